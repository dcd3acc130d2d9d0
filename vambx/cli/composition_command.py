"""vambx composition: the first half of vambx features."""

import argparse

from vambx.cli.options import add_common, add_config, add_config_file, add_input, add_output, run_config_of
from vambx.config import BinConfig, FeatureConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_input(parser, bams=False)
    add_output(parser)
    add_config(parser, FeatureConfig, "contigs", without=("min_identity",))
    add_config(parser, BinConfig, "names of contigs", without=("choice", "min_bin_size", "scope"))
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Write composition.npz."""
    from vambx.cli.session import session
    from vambx.steps import composition
    from vambx.steps.samples import separator_of

    config = run_config_of(args)
    with session(args, begins=True) as at:
        composition.make(
            at.run,
            args.fasta,
            config.features,
            at.progress,
            lambda found: separator_of(args.fasta, found, config.bins),
        )
