"""vambx markers: find marker genes."""

import argparse

from vambx.cli.options import (
    add_common,
    add_config_file,
    add_input,
    add_marker_files,
    add_output,
    add_parts,
    part_of,
    run_config_of,
)


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
    from vambx.cli.session import aside, session
    from vambx.markers import read_marker_set
    from vambx.steps import markers

    config, part = run_config_of(args).markers, part_of(args)
    if part is not None:
        with aside(args) as at:
            marker_set = read_marker_set(config.hmms, config.cutoffs)
            markers.make_part(at.run, args.fasta, marker_set, part, args.output, at.threads, at.progress)
        return
    with session(args, begins=False) as at:
        marker_set = read_marker_set(config.hmms, config.cutoffs)
        if args.parts:
            markers.join(at.run, args.fasta, marker_set, args.parts)
        else:
            markers.make(at.run, args.fasta, marker_set, at.threads, at.progress)
