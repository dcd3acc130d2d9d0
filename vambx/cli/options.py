"""Options that subcommands share; those of the configurations are made from their fields."""

import argparse
import os
from collections.abc import Collection
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from vambx.config import TABLES, BaseConfig, MarkerConfig, RunConfig, read_tables
from vambx.errors import UsageError
from vambx.provenance import Existing

if TYPE_CHECKING:
    from vambx.steps.abundance import Reads

Config = TypeVar("Config", bound=BaseConfig)


def add_input(parser: argparse.ArgumentParser, *, bams: bool = True) -> None:
    """--fasta, and where depths come from."""
    group = parser.add_argument_group("input")
    group.add_argument(
        "--fasta", type=Path, required=True, metavar="FILE", help="assembled contigs: plain, gz, bz2, xz or zst"
    )
    if bams:
        group.add_argument(
            "--bams",
            nargs="+",
            default=[],
            metavar="BAM",
            help="each sample's reads mapped to the contigs, sorted by coordinate, BAM or CRAM: files, folders, globs, "
            "or lists of files (.txt, .tsv or .list), a path a line, then a tab and the sample's name if you like",
        )
        group.add_argument(
            "--depths",
            nargs="+",
            default=[],
            metavar="FILE",
            help="depths of samples, known already: files of vambx depth; tables of strobealign --aemb (named after "
            "their samples), jgi_summarize_bam_contig_depths or coverm contig; any with a header of contigname and "
            "samples; Vamb's abundance.npz beside its composition.npz",
        )
        add_bam_options(group, "the contigs of --fasta")


def add_bam_options(group: "argparse._ArgumentGroup", reference: str) -> None:
    """--reference, --sort; `reference` says what the first is where it is not given."""
    group.add_argument(
        "--reference",
        type=Path,
        metavar="FILE",
        help=f"FASTA that the reads of CRAM files were mapped to; unset: {reference}",
    )
    group.add_argument(
        "--sort", action="store_true", help="sort files that are not sorted by coordinate, while they are read"
    )


def reads_of(args: argparse.Namespace) -> "Reads":
    """Where depths come from.

    Raises:
        InputError: a file is not there, or is given twice.
        UsageError: none is given.
    """
    from vambx.features.depths import find_depths
    from vambx.io.bam_files import find_named_bams
    from vambx.io.fasta import existing_fasta
    from vambx.steps.abundance import Reads

    bams, names = find_named_bams(args.bams)
    reference = existing_fasta(args.reference) if args.reference else args.fasta
    return Reads(bams, find_depths(args.depths), names, reference, args.sort)


def add_marker_files(parser: argparse.ArgumentParser) -> None:
    """--hmms, --cutoffs."""
    add_config(parser, MarkerConfig, "marker genes", without=("skip",))


def add_output(parser: argparse.ArgumentParser) -> None:
    """--outdir, --resume, --force."""
    group = parser.add_argument_group("output")
    group.add_argument("--outdir", type=Path, required=True, metavar="DIR", help="folder for all results")
    again = group.add_mutually_exclusive_group()
    again.add_argument(
        "--resume", action="store_true", help="go on where an earlier run ended: keep what is still right"
    )
    again.add_argument("--force", action="store_true", help="make results anew that are there already")


def add_config_file(parser: argparse.ArgumentParser) -> None:
    """--config."""
    group = parser.add_argument_group("settings from a file")
    tables = ", ".join(f"[{name}]" for name in TABLES)
    group.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"TOML file with tables {tables}; options given count more; unset: defaults hold",
    )


def add_common(parser: argparse.ArgumentParser) -> None:
    """--threads, -q, -v."""
    group = parser.add_argument_group("other")
    group.add_argument(
        "-t", "--threads", type=int, default=_cores(), metavar="N", help="processor cores to use (default: %(default)s)"
    )
    loudness = group.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")
    loudness.add_argument("-v", "--verbose", action="store_true", help="say more, such as each epoch's losses")


def add_config(parser: argparse.ArgumentParser, config: type, title: str, without: Collection[str] = ()) -> None:
    """An option for each field of a configuration, with its help, unit and default."""
    group = parser.add_argument_group(title)
    for field in (field for field in fields(config) if field.name not in without):
        if flag := field.metadata.get("flag"):
            group.add_argument(
                flag, dest=field.name, action="store_true", default=argparse.SUPPRESS, help=field.metadata["help"]
            )
            continue
        plural = isinstance(field.default, tuple)
        group.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=_parse(field),
            nargs="+" if plural else None,
            choices=field.metadata.get("choices"),
            default=argparse.SUPPRESS,
            metavar=field.metadata["unit"] or None,
            help=field.metadata["help"] + _default(field),
        )


def config_of(args: argparse.Namespace, config: type[Config]) -> Config:
    """One configuration as the options set it.

    Raises:
        UsageError: a value out of range.
    """
    return config.from_table(_given(args, config))


def run_config_of(args: argparse.Namespace) -> RunConfig:
    """All settings: those of the file that --config names, and over them the options.

    Raises:
        InputError: the file cannot be read.
        UsageError: a setting that is none of ours, or a value that cannot be.
    """
    tables = read_tables(args.config) if args.config else {}
    given = {name: tables.get(name, {}) | _given(args, kind) for name, kind in TABLES.items()}
    return RunConfig.from_tables(tables | given)


def _given(args: argparse.Namespace, config: Any) -> dict[str, Any]:
    given = vars(args)
    return {field.name: given[field.name] for field in fields(config) if field.name in given}


def existing_of(args: argparse.Namespace) -> Existing:
    """What to do with results that are there already."""
    return Existing.RESUME if args.resume else Existing.FORCE if args.force else Existing.REFUSE


def threads_of(args: argparse.Namespace) -> int:
    """The number of threads.

    Raises:
        UsageError: less than one.
    """
    threads: int = args.threads
    if threads < 1:
        raise UsageError(f"--threads must be at least 1, not {threads}")
    return threads


def _cores() -> int:
    """The cores that this process may use, 8 at most."""
    affinity = getattr(os, "sched_getaffinity", None)
    return min(len(affinity(0)) if affinity else os.cpu_count() or 1, 8)


def _parse(field: Field[Any]) -> Any:
    if isinstance(field.default, tuple):
        return type(field.default[0])
    kinds = get_args(field.type) if isinstance(field.type, UnionType) else (field.type,)
    return next(kind for kind in kinds if kind is not type(None))


def _default(field: Field[Any]) -> str:
    if field.default is None or field.default is MISSING:
        return ""  # the help says what happens then
    values = field.default if isinstance(field.default, tuple) else (field.default,)
    return f" (default: {' '.join(map(str, values))})"
