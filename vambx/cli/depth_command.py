"""vambx depth: the depths of one sample, to be joined by vambx features --depths."""

import argparse
from pathlib import Path

from vambx.cli.options import add_bam_options, add_common, add_config, add_config_file, run_config_of
from vambx.config import FeatureConfig
from vambx.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("input")
    group.add_argument("bam", metavar="BAM", help="the sample's reads mapped to the contigs, BAM or CRAM")
    group.add_argument(
        "--outdir",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder with the composition, which is only read",
    )
    group.add_argument("--sample", metavar="NAME", help="name of the sample; unset: the BAM's name")
    add_bam_options(group, "what their headers or REF_PATH name")
    group = parser.add_argument_group("output")
    group.add_argument("--output", type=Path, required=True, metavar="FILE", help="file to write, such as S1.npz")
    add_config(parser, FeatureConfig, "reads", without=("min_length", "recruit_length"))
    add_common(parser)
    add_config_file(parser)


def main(args: argparse.Namespace) -> None:
    """Write the file."""
    from vambx.cli.session import aside
    from vambx.io.atomic import check_folder
    from vambx.io.bam_files import find_named_bams
    from vambx.io.fasta import existing_fasta
    from vambx.steps import abundance

    config = run_config_of(args).features
    check_folder(args.output)
    if args.sample is not None and not (args.sample and args.sample.isprintable()):
        raise UsageError(f"--sample {args.sample!r} cannot name a sample; give another, or leave it out")
    with aside(args) as at:
        bams, names = find_named_bams([args.bam])
        if len(bams) > 1:
            raise UsageError(f"{args.bam}: is {len(bams)} BAM files; give one, depths are computed a sample at a time")
        if args.sample is not None:
            names = {bams[0]: args.sample}
        reference = existing_fasta(args.reference) if args.reference else None
        reads = abundance.Reads(bams, (), names, reference, args.sort)
        abundance.make_part(at.run, reads, args.output, config, at.progress, at.threads)
