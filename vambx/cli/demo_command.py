"""vambx demo: make a small community, and bin it."""

import argparse
from pathlib import Path

from vambx.cli.options import add_common


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
    from vambx.demo import Community, count_recovered, write_community
    from vambx.layout import Layout

    args.outdir.mkdir(parents=True, exist_ok=True)
    files = write_community(args.outdir, Community())
    results = args.outdir / "results"
    command = ["--fasta", str(files.fasta), "--bams", str(files.bams), "--outdir", str(results), "--force"]
    parser = argparse.ArgumentParser()
    bin_command.add_arguments(parser)
    if not args.quiet:
        print("vambx bin", *command)
    bin_command.main(
        argparse.Namespace(
            **{
                **vars(parser.parse_args(command)),
                "threads": args.threads,
                "quiet": args.quiet,
                "verbose": args.verbose,
            }
        )
    )
    recovered, n_genomes = count_recovered(files, Layout(results).contig2bin)
    print(f"{recovered} of {n_genomes} genomes came back near-complete")
