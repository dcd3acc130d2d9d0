"""vambx bin: all steps."""

import argparse

from vambx.cli.options import add_common, add_config, add_config_file, add_input, add_output, reads_of, run_config_of
from vambx.config import BinConfig, EncoderConfig, FeatureConfig, MarkerConfig, ReportConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_input(parser)
    add_output(parser)
    add_config(parser, FeatureConfig, "contigs and reads")
    add_config(parser, MarkerConfig, "marker genes")
    add_config(parser, EncoderConfig, "autoencoder")
    add_config(parser, BinConfig, "bins")
    add_config(parser, ReportConfig, "report")
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Run all steps and say what was found."""
    from vambx.cli.console import show_summary
    from vambx.cli.session import session
    from vambx.pipeline import run_all

    config, reads = run_config_of(args), reads_of(args)
    with session(args, begins=True) as at:
        summary = run_all(at.run, args.fasta, reads, config, at.threads, at.progress)
        show_summary(args, at.run.layout, summary)
