"""vambx encode: train the autoencoder, encode the contigs."""

import argparse

from vambx.cli.options import add_common, add_config, add_output, config_of
from vambx.config import EncoderConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_output(parser)
    add_config(parser, EncoderConfig, "autoencoder")
    add_common(parser)


def main(args: argparse.Namespace) -> None:
    """Write model.pt and latent.npz."""
    from vambx.cli.session import session
    from vambx.pipeline import check_device, make_latent

    config = config_of(args, EncoderConfig)
    with session(args, begins=False) as at:
        check_device(config)
        make_latent(at.run, config, at.progress)
