"""vambx report: the page of a run."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "outdir", type=Path, metavar="OUTDIR", help="output folder of a run, finished or not; report.html is made in it"
    )


def main(args: argparse.Namespace) -> None:
    """Make the page and say where it is."""
    from vambx.cli.output import say
    from vambx.report.page import write_report

    say([str(write_report(args.outdir))], "the page is whole")
