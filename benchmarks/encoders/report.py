"""Tell of the runs: a table for the README.

    python -m benchmarks.encoders.report encoders.json [--readme README.md]

Without --readme the table is printed. Of each encoder it has, on each data set, the version that ran last; the JSON
file has all of them.
"""

from statistics import mean

from benchmarks.accuracy.report import Line, in_order, lines_of
from benchmarks.accuracy.results import Results
from benchmarks.readme import run_report
from vambx.config import ENCODERS

MARKER = "encoders"

_MEANS = {
    "composition": "composition_error",
    "depths": "depths_error",
    "total": "total_error",
    "silhouette": "silhouette",
}
_COUNTS = {"NC_ref (each seed)": "NC_ref", "NC_ref, clusters alone": "clusters_NC_ref"}


def render(results: Results) -> str:
    """The Markdown table, a row for each encoder on each data set, and what it was made with."""
    content, runs = results.content, results.runs
    header = ["data set", "encoder", *_MEANS, *_COUNTS, "CPU seconds"]
    rows, chosen = [header, ["---", "---", *["--:"] * (len(header) - 2)]], []
    for data in in_order([*content["reach"]]):
        lines = sorted(lines_of([run for run in runs if run.data == data]), key=_place)
        rows += [[f"**`{data}`**" if line is lines[0] else "", *_cells(line)] for line in lines]
        chosen += [run for line in lines for run in line.runs]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    versions = ", ".join(dict.fromkeys(run.version for run in chosen))
    last = max((run.when for run in chosen), default="")[:10]
    about = (content["machine"].get("cpu", "?"), versions and f"vambx at {versions}", last)
    return f"{table}\n\n{'; '.join(filter(None, about))}."


def encoder_of(line: Line) -> str:
    """The encoder that these runs used."""
    options = line.runs[0].options
    return options[options.index("--encoder") + 1]


def _place(line: Line) -> int:
    return ENCODERS.index(encoder_of(line))


def _cells(line: Line) -> list[str]:
    means = []
    for name in _MEANS.values():
        values = [run.scores[name] for run in line.runs if name in run.scores]
        means.append(f"{mean(values):.3f}" if values else "")
    seconds = line.mean("cpu_seconds")  # other work on the machine changes these less
    return [encoder_of(line).upper(), *means, *map(line.told, _COUNTS.values()), f"{seconds:.1f}"]


def main() -> None:
    """Write what was asked for."""
    title = (__doc__ or "").split("\n")[0]
    run_report("python -m benchmarks.encoders.report", title, MARKER, lambda path: render(Results(path)))


if __name__ == "__main__":
    main()
