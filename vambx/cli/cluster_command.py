"""vambx cluster: cluster the latent vectors."""

import argparse

from vambx.cli.options import add_common, add_output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_output(parser)
    add_common(parser)


def main(args: argparse.Namespace) -> None:
    """Write clusters.tsv."""
    from vambx.cli.session import session
    from vambx.pipeline import make_clusters

    with session(args, begins=False) as at:
        make_clusters(at.run, at.threads, at.progress)
