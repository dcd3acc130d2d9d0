"""Tell of the measurements: a table for the README, and plots.

    python -m benchmarks.speed.report speed.json [--readme README.md] [--plots FOLDER]

Without --readme the table is printed. All ratios are made here, from the raw measurements.
"""

import argparse
from pathlib import Path

from benchmarks.readme import write_table
from benchmarks.speed.entries import Results
from benchmarks.speed.rows import Row, limits_of, rounded, rows_of

MARKER = "speed"


def render(results: Results) -> str:
    """The Markdown table, and what it was measured on."""
    rows = ["| what | vambx | opponent | its figure | ratio, median (range) |", "|---|--:|---|--:|--:|"]
    rows += map(_line, rows_of(results))
    limits = ", ".join(limits_of(results.entries("limits")))
    notes = [_about(results), *([f"The machine's limits: {limits}."] if limits else [])]
    return "\n\n".join(["\n".join(rows), *notes])


def _line(row: Row) -> str:
    ratio = "" if row.ratio is None else rounded(row.ratio.median)
    if row.ratio is not None and row.ratio.least < row.ratio.most:
        ratio += f" ({rounded(row.ratio.least)} to {rounded(row.ratio.most)})"
    return f"| {row.what} | {row.ours} | {row.opponent} | {row.theirs} | {ratio} |"


def _about(results: Results) -> str:
    machine, versions = results.content.get("machine", {}), results.content.get("versions", {})
    vamb = versions.get("with vamb", {}).get("vamb")
    parts = [
        f"{machine.get('cores', '?')} cores ({machine.get('cpu', '?')}), {machine.get('memory_gb', '?')} GB",
        f"Python {versions.get('python', '?')}, torch {versions.get('torch', '?')}, numba {versions.get('numba', '?')}",
        f"vambx at {versions.get('vambx commit') or '?'}",
        *([f"previous: {versions['previous commit']}"] if versions.get("previous commit") else []),
        *([f"Vamb {vamb}"] if vamb else []),
        results.content.get("date", "")[:10],
    ]
    return "; ".join(part for part in parts if part) + "."


def main() -> None:
    """Write what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.report", description=__doc__.split("\n")[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--readme", type=Path, help=f"the table goes between <!-- {MARKER} --> and <!-- /{MARKER} -->")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="speed_STAGE.png go there; needs matplotlib")
    args = parser.parse_args()
    results = Results(args.results)
    table = render(results)
    if args.readme:
        write_table(args.readme, table, MARKER)
    else:
        print(table)
    if args.plots:
        from benchmarks.speed.plots import draw_all

        for path in draw_all(results, args.plots):
            print(path)


if __name__ == "__main__":
    main()
