"""vambx features: composition and abundance."""

import argparse

from vambx.cli.options import (
    add_common,
    add_config,
    add_config_file,
    add_input,
    add_output,
    reads_of,
    run_config_of,
)
from vambx.config import FeatureConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_input(parser)
    add_output(parser)
    add_config(parser, FeatureConfig, "contigs and reads")
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Write composition.npz and abundance.npz."""
    from vambx.cli.session import session
    from vambx.pipeline import make_features

    config, reads = run_config_of(args), reads_of(args)
    with session(args, begins=True) as at:
        make_features(at.run, args.fasta, reads, config.features, None, at.threads, at.progress)
