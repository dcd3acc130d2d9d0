"""vambx status: where a run stands."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("input")
    group.add_argument("outdir", type=Path, metavar="OUTDIR", help="folder of a run, at work or not; it is only read")
    parser.epilog = (
        "Says which steps are done, with the time and memory that they took, which one is at work and how far it has "
        "come, the last warning or error, and what to do next."
    )


def main(args: argparse.Namespace) -> None:
    """Say where a run stands."""
    from datetime import datetime

    from vambx.cli.output import say
    from vambx.report.status import read_status
    from vambx.report.status_text import lines_of

    say(lines_of(read_status(args.outdir), datetime.now()), "look at vambx.log in the folder")
