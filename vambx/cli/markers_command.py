"""vambx markers: find marker genes."""

import argparse

from vambx.cli.options import add_common, add_input, add_marker_files, add_output, config_of
from vambx.config import MarkerConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_input(parser, bams=False)
    add_output(parser)
    add_marker_files(parser)
    add_common(parser)


def main(args: argparse.Namespace) -> None:
    """Write markers.npz."""
    from vambx.cli.session import session
    from vambx.markers import read_marker_set
    from vambx.pipeline import make_markers

    config = config_of(args, MarkerConfig)
    with session(args, begins=False) as at:
        make_markers(at.run, args.fasta, read_marker_set(config.hmms, config.cutoffs), at.threads, at.progress)
