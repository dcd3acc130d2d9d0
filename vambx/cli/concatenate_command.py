"""vambx concatenate: the samples' assemblies as one catalogue."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vambx.config import FeatureConfig

if TYPE_CHECKING:
    from vambx.catalogue import Catalogue

_LONGEST_NAME = 36


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("input")
    group.add_argument(
        "assemblies",
        nargs="+",
        metavar="ASSEMBLY",
        help="contigs of one sample, plain, gz, bz2, xz or zst: NAME=FILE, or FILE alone: then the sample is named as "
        "the file, or as its folder where several files are called alike, such as final.contigs.fa",
    )
    group = parser.add_argument_group("output")
    group.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="FASTA to write, such as catalogue.fna.gz; packed if it ends so",
    )
    group.add_argument("--force", action="store_true", help="write over a file that is there already")
    group = parser.add_argument_group("contigs")
    group.add_argument(
        "--min-length",
        type=int,
        default=FeatureConfig.recruit_length,
        metavar="BP",
        help="leave out contigs shorter than this (default: %(default)s)",
    )
    group.add_argument(
        "--separator",
        metavar="TEXT",
        help="what stands between sample and contig in a contig's new name; unset: C if samples are named S1, S2, ..., "
        "else a colon, which binning finds by itself",
    )
    group = parser.add_argument_group("other")
    group.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


def main(args: argparse.Namespace) -> None:
    """Write the catalogue and say what was taken of each sample."""
    from vambx.catalogue import concatenate, name_assemblies
    from vambx.cli.output import say
    from vambx.cli.session import on_screen

    assemblies = name_assemblies(args.assemblies)
    with on_screen(args) as progress:
        made = concatenate(assemblies, args.output, args.min_length, args.separator, args.force, progress)
    if not args.quiet:
        say(_lines(made), "the catalogue is whole")


def _lines(made: "Catalogue") -> Iterator[str]:
    """What was taken of each sample, and of all."""
    names = [_shortened(taken.sample) for taken in made.samples]
    numbers = [(taken.n_contigs, taken.n_bases, taken.n_short) for taken in made.samples]
    in_all = [sum(column) for column in zip(*numbers, strict=True)]
    width = max(map(len, ["separator", *names]))
    yield "vambx concatenate is done"
    yield f"  {'sample':<{width}} {'contigs':>12} {'Mbp':>12} {'too short':>12}"
    for name, (contigs, bases, short) in zip([*names, "in all"], [*numbers, in_all], strict=True):
        yield f"  {name:<{width}} {contigs:>12,} {bases / 1e6:>12,.2f} {short:>12,}"
    yield f"  {'separator':<{width}} {_separator(made)}"
    yield f"  {'catalogue':<{width}} {made.path}"


def _separator(made: "Catalogue") -> str:
    return made.separator if made.is_found else f"{made.separator} (give it when binning: --separator)"


def _shortened(name: str) -> str:
    half = _LONGEST_NAME // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[: half - 2]}...{name[1 - half :]}"
