"""vambx markers: find marker genes."""

import argparse

from vambx.cli.in_parts import add_parts, do_in_parts
from vambx.cli.options import add_common, add_config_file, add_input, add_marker_files, add_output, run_config_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_input(parser, bams=False)
    add_output(parser)
    add_marker_files(parser)
    add_parts(parser, "contigs")
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Write markers.npz, or a part of it."""
    from vambx.markers import MarkerSet, read_marker_set
    from vambx.steps import markers

    config = run_config_of(args).markers

    def marker_set() -> MarkerSet:
        return read_marker_set(config.hmms, config.cutoffs)

    do_in_parts(
        args,
        lambda at: markers.make(at.run, args.fasta, marker_set(), at.threads, at.progress),
        lambda at, part, out: markers.make_part(at.run, args.fasta, marker_set(), part, out, at.threads, at.progress),
        lambda at, parts: markers.join(at.run, args.fasta, marker_set(), parts),
    )
