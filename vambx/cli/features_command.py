"""vambx features: composition and abundance."""

import argparse

from vambx.cli.options import add_common, add_config, add_input, add_output, config_of
from vambx.config import FeatureConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_input(parser)
    add_output(parser)
    add_config(parser, FeatureConfig, "contigs and reads")
    add_common(parser)


def main(args: argparse.Namespace) -> None:
    """Write composition.npz and abundance.npz."""
    from vambx.cli.session import session
    from vambx.pipeline import make_features

    config = config_of(args, FeatureConfig)
    with session(args, begins=True) as at:
        make_features(at.run, args.fasta, args.bams, config, None, at.threads, at.progress)
