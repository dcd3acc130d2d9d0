"""Tables that are made from results, in their place in the README."""

import argparse
from collections.abc import Callable
from pathlib import Path


def splice(text: str, table: str, marker: str) -> str:
    """Put the table between `<!-- marker -->` and `<!-- /marker -->`.

    Raises:
        ValueError: the text does not have both, once each and in order.
    """
    opening, closing = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    before, begin, rest = text.partition(opening)
    _, end, after = rest.partition(closing)
    if not (begin and end) or opening in after or closing in before + after:
        raise ValueError(f"needs {opening} and, after it, {closing}, once each")
    return f"{before}{opening}\n\n{table}\n\n{closing}{after}"


def write_table(readme: Path, table: str, marker: str) -> None:
    """Put the table into its place in a file; see `splice`."""
    readme.write_text(splice(readme.read_text(encoding="utf-8"), table, marker), encoding="utf-8")


def run_report(program: str, description: str, marker: str, render: Callable[[Path], str]) -> None:
    """The command that prints the table of a file of results, or puts it into its place in the README.

    Args:
        program: how it is called.
        description: what `--help` says of it.
        marker: of the table's place.
        render: makes the table of the file.
    """
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("results", type=Path)
    parser.add_argument("--readme", type=Path, help=f"the table goes between <!-- {marker} --> and <!-- /{marker} -->")
    args = parser.parse_args()
    table = render(args.results)
    if args.readme:
        write_table(args.readme, table, marker)
    else:
        print(table)
