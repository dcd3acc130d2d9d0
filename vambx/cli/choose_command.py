"""vambx choose: the first half of vambx bins."""

import argparse

from vambx.cli.options import (
    add_common,
    add_config,
    add_config_file,
    add_output,
    add_parts,
    part_of,
    run_config_of,
)
from vambx.config import BinConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_output(parser)
    add_config(parser, BinConfig, "genomes", without=("min_bin_size",))
    add_parts(parser, "samples, with --scope sample")
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Write chosen.tsv, or a part of it."""
    from vambx.cli.session import aside, session
    from vambx.steps import chosen

    config, part = run_config_of(args).bins, part_of(args)
    if part is not None:
        with aside(args) as at:
            chosen.make_part(at.run, config, part, args.output, at.threads, at.progress)
        return
    with session(args, begins=False) as at:
        if args.parts:
            chosen.join(at.run, config, args.parts)
        else:
            chosen.make(at.run, config, at.threads, at.progress)
