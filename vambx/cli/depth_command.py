"""vambx depth: the depths of one sample, to be joined by vambx features --depths."""

import argparse
from pathlib import Path

from vambx.cli.options import add_common, add_config, add_config_file, run_config_of
from vambx.config import FeatureConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("input")
    group.add_argument("bam", metavar="BAM", help="the sample's reads mapped to the contigs, sorted by coordinate")
    group.add_argument(
        "--outdir",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder with the composition, which is only read",
    )
    group.add_argument("--sample", metavar="NAME", help="name of the sample; unset: the BAM's name")
    group = parser.add_argument_group("output")
    group.add_argument("--output", type=Path, required=True, metavar="FILE", help="file to write, such as S1.npz")
    add_config(parser, FeatureConfig, "reads", without=("min_length", "recruit_length"))
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Write the file."""
    from vambx.cli.session import aside
    from vambx.io.bam import find_bams
    from vambx.steps import abundance

    config = run_config_of(args).features
    with aside(args) as at:
        [bam] = find_bams([args.bam])
        abundance.make_part(at.run, bam, args.output, args.sample, config, at.progress)
