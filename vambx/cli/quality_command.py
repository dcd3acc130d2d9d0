"""vambx quality: completeness and contamination of any bins."""

import argparse
from pathlib import Path

from vambx.cli.options import add_common, add_marker_files, config_of, threads_of
from vambx.config import MarkerConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("input")
    group.add_argument(
        "bins", type=Path, metavar="BINS", help="folder with a FASTA a bin, or table of contig and bin in either order"
    )
    group.add_argument(
        "--fasta", type=Path, metavar="FILE", help="the contigs that a table is of; unset: BINS is a folder"
    )
    group = parser.add_argument_group("output")
    group.add_argument("--out", type=Path, required=True, metavar="FILE", help="table to write, such as quality.tsv")
    group.add_argument("--force", action="store_true", help="write over a table that is there already")
    add_marker_files(parser)
    add_common(parser)


def main(args: argparse.Namespace) -> None:
    """Write the table and say how many bins are good."""
    from vambx.bins.quality_table import write_quality
    from vambx.cli.console import show
    from vambx.cli.session import on_screen
    from vambx.io.atomic import check_free
    from vambx.markers import read_marker_set
    from vambx.quality import estimate_quality

    config, threads = config_of(args, MarkerConfig), threads_of(args)
    check_free(args.out, args.force, "--out")
    markers = read_marker_set(config.hmms, config.cutoffs)
    with on_screen(args) as progress:
        qualities = estimate_quality(args.bins, args.fasta, markers, threads, progress)
    write_quality(args.out, qualities)
    near, medium = sum(q.near_complete for q in qualities), sum(q.medium for q in qualities)
    rows = {
        "bins": f"{len(qualities):,}",
        "near-complete": f"{near:,} (completeness over 90%, contamination under 5%)",
        "medium": f"{medium:,} more (at least 50%, under 10%)",
        "table": f"{args.out}",
    }
    show(args, "vambx quality is done", rows)
