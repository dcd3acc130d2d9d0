"""Tell of the runs: a table for the README.

    python -m benchmarks.accuracy.report accuracy.json [--readme README.md]

Without --readme the table is printed. Of each tool with its options it has, on each data set, the version that ran
last; the JSON file has all of them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import mean
from typing import Any

from benchmarks.accuracy.results import Results, Run
from benchmarks.readme import run_report

MARKER = "accuracy"
PEER = "vamb"
"""Whom ratios are to."""

_NAMES = {"vambx": "vambx", "vamb": "Vamb", "metabat2": "MetaBAT2", "semibin2": "SemiBin2"}
_COLUMNS = ("data set", "tool", "NC_ref (each seed)", "x Vamb", "NC_asm (each seed)", "x Vamb", "HQ", "MQ", "species")
_USUAL, _SHORT = "2000", "1000"  # bp: minimum lengths of contigs whose reach is told


@dataclass(frozen=True)
class Line:
    """One tool on one data set.

    Attributes:
        runs: by seed.
    """

    runs: Sequence[Run]

    @property
    def label(self) -> str:
        """The tool, as people read it; the version of vambx stands below the table."""
        run = self.runs[0]
        version = "" if run.tool == "vambx" else run.version
        options = f"`{' '.join(run.options)}`" if run.options else ""
        return " ".join(filter(None, (_NAMES.get(run.tool, run.tool), version, options)))

    def mean(self, score: str) -> float:
        """Of all seeds."""
        return mean(run.scores[score] for run in self.runs)

    def told(self, score: str) -> str:
        """Mean, and each seed's."""
        return f"{self.mean(score):.1f} ({', '.join(f'{run.scores[score]:.0f}' for run in self.runs)})"

    def ratio(self, score: str, peer: "Line | None") -> str:
        """Mean over the peer's mean."""
        if peer is None or self.runs[0].tool == PEER or not peer.mean(score):
            return ""
        return f"{self.mean(score) / peer.mean(score):.2f}"


def render(results: Results) -> str:
    """The Markdown table, what bins say of themselves, and what it was made with."""
    content, runs = results.content, results.runs
    rows = [list(_COLUMNS), ["---", "---", *["--:"] * (len(_COLUMNS) - 2)]]
    chosen = []
    for data in in_order([*content["reach"]]):
        lines = lines_of([run for run in runs if run.data == data])
        chosen += [run for line in lines for run in line.runs]
        rows.append(_reach_row(data, content["reach"][data]))
        peer = next((line for line in lines if line.runs[0].tool == PEER and not line.runs[0].options), None)
        rows += [_row(line, peer) for line in lines]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n\n".join([table, *called(chosen), _about(content, chosen)])


def in_order(names: Sequence[str]) -> list[str]:
    """Data sets by kind, as the kinds were met, each with its further draws (`small100`) after it."""

    def split(name: str) -> tuple[str, int]:
        kind, number = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]  # fits every name
        return kind, int(number or 0)

    kinds = list(dict.fromkeys(split(name)[0] for name in names))
    return sorted(names, key=lambda name: (kinds.index(split(name)[0]), split(name)[1]))


def lines_of(runs: Sequence[Run]) -> list[Line]:
    """One data set's runs by tool and options, those of the newest version; vambx before its peers."""

    def tool(run: Run) -> tuple[int, str, int, tuple[str, ...]]:
        place = [*_NAMES].index(run.tool) if run.tool in _NAMES else len(_NAMES)
        return place, run.tool, len(run.options), run.options

    lines = []
    for _, group in groupby(sorted(runs, key=tool), key=tool):
        of_tool = list(group)
        newest = max(of_tool, key=lambda run: run.when).version
        lines.append(Line(sorted((run for run in of_tool if run.version == newest), key=lambda run: run.seed)))
    return lines


def called(runs: Sequence[Run]) -> Iterator[str]:
    """A sentence for each tool whose bins say what they think of themselves."""
    judged = [run for run in runs if run.called]
    for label in dict.fromkeys(Line([run]).label for run in judged):
        counts: dict[str, list[int]] = {}
        for run in judged:
            if run.called and Line([run]).label == label:
                sums = counts.setdefault(run.data, [0, 0])
                counts[run.data] = [sums[0] + run.called["near_complete"], sums[1] + run.called["impure"]]
        total, impure = (sum(column) for column in zip(*counts.values(), strict=True))
        most = max(counts, key=lambda data: counts[data][1] / max(counts[data][0], 1))
        worst = f"; the largest share is in `{most}`, {counts[most][1]} of {counts[most][0]}" if impure else ""
        yield (
            f"Of {total} bins that {label} calls near-complete (completeness over 90%, contamination under 5%), "
            f"{impure} ({impure / max(total, 1):.1%}) are under 90% pure{worst}."
        )


def _reach_row(data: str, reach: dict[str, dict[str, int]]) -> list[str]:
    cells = [f"{reach[_USUAL][score]} ({reach[_SHORT][score]})" for score in ("NC_ref", "NC_asm")]
    return [f"**`{data}`**", "*within reach at 2 kb (1 kb)*", cells[0], "", cells[1], "", "", "", ""]


def _row(line: Line, peer: Line | None) -> list[str]:
    compared = [cell for score in ("NC_ref", "NC_asm") for cell in (line.told(score), line.ratio(score, peer))]
    means = [f"{line.mean(score):.1f}" for score in ("HQ90_ref", "MQ50_ref", "NC_species_asm")]
    return ["", line.label, *compared, *means]


def _about(content: dict[str, Any], runs: Sequence[Run]) -> str:
    cpu = content["machine"].get("cpu", "?")
    ours = ", ".join(dict.fromkeys(run.version for run in runs if run.tool == "vambx"))
    last = max((run.when for run in runs), default="")[:10]
    return "; ".join(filter(None, (cpu, ours and f"vambx at {ours}", last))) + "."


def main() -> None:
    """Write what was asked for."""
    title = (__doc__ or "").split("\n")[0]
    run_report("python -m benchmarks.accuracy.report", title, MARKER, lambda path: render(Results(path)))


if __name__ == "__main__":
    main()
