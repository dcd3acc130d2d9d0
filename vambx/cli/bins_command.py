"""vambx bins: choose the contigs of each genome, write them as bins."""

import argparse

from vambx.cli.options import add_common, add_config, add_input, add_output, config_of
from vambx.config import BinConfig, ReportConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_input(parser, bams=False)
    add_output(parser)
    add_config(parser, BinConfig, "bins")
    add_common(parser)


def main(args: argparse.Namespace) -> None:
    """Write bins/ and the tables, and say what was found."""
    from vambx.cli.console import show_summary
    from vambx.cli.session import session
    from vambx.pipeline import make_bins, make_report

    config = config_of(args, BinConfig)
    with session(args, begins=False) as at:
        summary = make_bins(at.run, args.fasta, config, at.threads, at.progress)
        make_report(at.run, ReportConfig(omit=True), at.progress)
        show_summary(args, at.run.layout, summary)
