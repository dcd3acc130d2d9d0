"""vambx bins: choose the contigs of each genome, write them as bins."""

import argparse

from vambx.cli.options import add_common, add_config, add_config_file, add_input, add_output, run_config_of
from vambx.config import BinConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_input(parser, bams=False)
    add_output(parser)
    add_config(parser, BinConfig, "bins")
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Write bins/ and the tables, and say what was found."""
    from vambx.cli.console import show_summary
    from vambx.cli.session import session
    from vambx.config import ReportConfig
    from vambx.pipeline import Summary
    from vambx.steps import bins, chosen, reports

    config = run_config_of(args).bins
    with session(args, begins=False) as at:
        chosen.make(at.run, config, at.threads, at.progress)
        binned = bins.make(at.run, args.fasta, config, at.progress)
        reports.make(at.run, ReportConfig(omit=True), at.progress)
        show_summary(args, at.run.layout, Summary.of(binned))
