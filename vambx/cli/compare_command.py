"""vambx compare: binnings side by side."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vambx.errors import UsageError

if TYPE_CHECKING:
    from vambx.comparison.binnings import Binning


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("input")
    group.add_argument(
        "binnings",
        nargs="+",
        metavar="BINNING",
        help="two or more: an output folder, a folder with a FASTA a bin, or a table of contig and bin in either "
        "order; all are compared with the first; NAME=BINNING has a name shown for it",
    )
    group.add_argument(
        "--fasta",
        type=Path,
        metavar="FILE",
        help="the contigs, for their lengths; unset: from output folders and folders of bins, or else contigs count",
    )
    group.add_argument(
        "--quality",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="completeness and contamination of the bins of one binning, with CheckM2's column names; may be given "
        "again; unset: from quality.tsv beside it",
    )
    group = parser.add_argument_group("output")
    group.add_argument("--out", type=Path, metavar="FILE", help="page to write, such as compare.html; unset: none")
    group.add_argument("--tsv", type=Path, metavar="FILE", help="table to write of contigs that moved; unset: none")
    group.add_argument("--force", action="store_true", help="write over files that are there already")
    group = parser.add_argument_group("other")
    group.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


def main(args: argparse.Namespace) -> None:
    """Print tables; write the page, and the table of contigs that moved."""
    from vambx.cli.compare_text import text_of
    from vambx.cli.console import show
    from vambx.comparison.compare import compare
    from vambx.comparison.page import write_moved, write_page
    from vambx.io.atomic import check_free
    from vambx.io.fasta import iter_fasta

    if len(args.binnings) < 2:
        raise UsageError(f"{args.binnings[0]}: there is nothing to compare it with; give two or more binnings")
    written = {option: path for option, path in (("--out", args.out), ("--tsv", args.tsv)) if path is not None}
    for option, path in written.items():
        check_free(path, args.force, option)
    lengths = {record.name: len(record.sequence) for record in iter_fasta(args.fasta)} if args.fasta else None
    comparison = compare(_with_quality(_read(args.binnings, lengths), args.quality), lengths)
    if args.out is not None:
        write_page(args.out, comparison)
    if args.tsv is not None:
        write_moved(args.tsv, comparison)
    text = text_of(comparison) + ("\n" if written else "")
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"  # not every terminal knows every sign
    shown = text.encode(encoding, "replace").decode(encoding)
    show(args, shown, {{"--out": "page", "--tsv": "table"}[option]: str(path) for option, path in written.items()})


def _read(given: Sequence[str], lengths: dict[str, int] | None) -> "list[Binning]":
    """Binnings with the names that the user chose."""
    from vambx.comparison.binnings import as_binnings, clean

    pairs = [_split(word) for word in given]
    read = as_binnings([path for _, path in pairs], lengths)
    return [replace(each, name=clean(name)) if name else each for (name, _), each in zip(pairs, read, strict=True)]


def _split(word: str) -> tuple[str, Path]:
    """NAME=PATH, unless there is a file of that whole name."""
    name, sign, path = word.partition("=")
    return (name, Path(path)) if sign and name and path and not os.path.exists(word) else ("", Path(word))


def _with_quality(binnings: "list[Binning]", given: Sequence[str]) -> "list[Binning]":
    for word in given:
        name, sign, path = word.partition("=")
        place = next((i for i, each in enumerate(binnings) if sign and each.name == name), None)
        if place is None:
            names = ", ".join(each.name for each in binnings)
            raise UsageError(f"--quality {word}: begins with no binning's name ({names}); write NAME=FILE")
        binnings[place] = binnings[place].with_quality(Path(path))
    return binnings
