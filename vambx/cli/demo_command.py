"""vambx demo: make a small community, and bin it."""

import argparse
from pathlib import Path

from vambx.cli.options import add_common, threads_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--outdir",
        type=Path,
        default=Path("vambx_demo"),
        metavar="DIR",
        help="folder for the community and its bins; made anew (default: %(default)s)",
    )
    add_common(parser)


def main(args: argparse.Namespace) -> None:
    """Make a community, bin it as `vambx bin` does, and say how many of its genomes came back."""
    from vambx.cli import bin_command
    from vambx.cli.output import say
    from vambx.demo import Community, Files, count_recovered, write_community
    from vambx.errors import OutputError
    from vambx.io.atomic import cannot_write
    from vambx.layout import Layout

    threads_of(args)
    if args.outdir.is_dir() and any(args.outdir.iterdir()) and not Files(args.outdir).truth.exists():
        raise OutputError(f"{args.outdir}: holds files that are not the demo's; choose another --outdir")
    try:
        args.outdir.mkdir(parents=True, exist_ok=True)
        files = write_community(args.outdir, Community())
    except OSError as error:
        raise cannot_write(Path(error.filename or args.outdir), error) from error
    results = args.outdir / "results"
    if not args.quiet:
        command = f"vambx bin --fasta {files.fasta} --bams {files.bams} --outdir {results} --no-markers --force"
        say([command], "the community is whole, and not yet binned")
    given = {
        "fasta": files.fasta,
        "bams": [files.bams],
        "depths": [],
        "reference": None,
        "sort": False,
        "outdir": results,
        "resume": False,
        "force": True,
        "config": None,
        "skip": True,  # made-up genomes have no genes
    }
    bin_command.main(argparse.Namespace(**(vars(args) | given)))
    recovered, n_genomes = count_recovered(files, Layout(results).contig2bin)
    say([f"{recovered} of {n_genomes} genomes came back near-complete"], "the results are whole")
