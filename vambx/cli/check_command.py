"""vambx check: what vambx bin would do, and all that would stop it."""

import argparse

from vambx.cli import bin_command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options, which are those of vambx bin."""
    bin_command.add_arguments(parser)
    parser.epilog = (
        "Takes the options of vambx bin, makes its checks in seconds, and writes nothing. Every problem that is found "
        "is said, not the first alone; then the exit code is 1. What only a run can find is damage in the middle of a "
        "BAM file."
    )


def main(args: argparse.Namespace) -> None:
    """Look at everything, and say what was found."""
    import logging

    from vambx.check import check_run
    from vambx.cli.console import show
    from vambx.cli.options import existing_of, run_config_of, threads_of
    from vambx.cli.session import on_screen
    from vambx.errors import InputError
    from vambx.report.numbers import said_count

    config, threads = run_config_of(args), threads_of(args)
    with on_screen(args, logging.WARNING) as progress:
        plan = check_run(
            args.fasta,
            args.bams,
            args.outdir,
            config,
            existing_of(args),
            threads,
            progress,
            args.depths,
            args.reference,
            args.sort,
        )
    steps = {"kept": ", ".join(plan.kept) or "nothing", "to do": ", ".join(plan.to_do) or "nothing"}
    show(args, "vambx check: nothing was done", plan.rows | ({} if plan.problems else steps))
    if plan.problems:
        raise InputError(f"{said_count(len(plan.problems), 'problem')} would stop this run; mend what is said above")
