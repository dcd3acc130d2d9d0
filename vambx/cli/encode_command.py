"""vambx encode: train the autoencoder, encode the contigs."""

import argparse

from vambx.cli.options import add_common, add_config, add_config_file, add_output, run_config_of
from vambx.config import EncoderConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_output(parser)
    add_config(parser, EncoderConfig, "autoencoder")
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Write model.pt and latent.npz."""
    from vambx.cli.session import session
    from vambx.steps import latent

    config = run_config_of(args).encoder
    with session(args, begins=False) as at:
        latent.check_device(config)
        latent.make(at.run, config, at.progress)
