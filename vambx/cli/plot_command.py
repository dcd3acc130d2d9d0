"""vambx plot: pictures of a run."""

import argparse
from pathlib import Path

_KINDS = ("latent", "loss", "bins", "depth")
_COLOURS = ("bin", "sample", "gc", "depth", "length")
_METHODS = ("tsne", "pca")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("input")
    group.add_argument(
        "kind",
        choices=_KINDS,
        metavar="KIND",
        help="latent: contigs where the encoder puts them; loss: how training went; bins: their completeness and "
        "contamination, or their sizes; depth: of each bin in each sample",
    )
    group.add_argument("outdir", type=Path, metavar="OUTDIR", help="folder of a run")
    group = parser.add_argument_group("output")
    group.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FILE", help="picture to write: FILE.pdf, .svg or .png"
    )
    group.add_argument("--force", action="store_true", help="write over a picture that is there already")
    group = parser.add_argument_group("latent")
    group.add_argument(
        "--colour", choices=_COLOURS, default="bin", help="what the colour of a contig tells (default: %(default)s)"
    )
    group.add_argument(
        "--method", choices=_METHODS, default="tsne", help="how it is laid out on a plane (default: %(default)s)"
    )
    group = parser.add_argument_group("other")
    group.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


def main(args: argparse.Namespace) -> None:
    """Write one picture."""
    from vambx.cli.console import show
    from vambx.io.atomic import check_free
    from vambx.plots.plots import PLOTS, ending_of, plot_latent, write_picture
    from vambx.report.run_data import read_run

    ending_of(args.out)
    check_free(args.out, args.force, "--out")
    run = read_run(args.outdir)
    figure = plot_latent(run, args.colour, args.method) if args.kind == "latent" else PLOTS[args.kind](run)
    write_picture(args.out, figure)
    show(args, "vambx plot is done", {"picture": f"{args.out}"})
