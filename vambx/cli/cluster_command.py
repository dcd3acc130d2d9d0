"""vambx cluster: cluster the latent vectors."""

import argparse

from vambx.cli.in_parts import add_parts, do_in_parts
from vambx.cli.options import add_common, add_config, add_config_file, add_output, run_config_of
from vambx.config import BinConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_output(parser)
    add_config(parser, BinConfig, "clusters", without=("choice", "min_bin_size"))
    add_parts(parser, "samples, with --scope sample")
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Write clusters.tsv, or a part of it."""
    from vambx.steps import clusters

    config = run_config_of(args).bins
    do_in_parts(
        args,
        lambda at: clusters.make(at.run, config, at.threads, at.progress),
        lambda at, part, output: clusters.make_part(at.run, config, part, output, at.threads, at.progress),
        lambda at, parts: clusters.join(at.run, config, parts),
    )
