"""Depths as MetaBAT2 wants them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pysam

from benchmarks.accuracy.datasets import Dataset
from benchmarks.speed.measure import MeasuringError, Word, measure


def jgi_depths(dataset: Dataset, folder: Path, environment: Mapping[str, str]) -> tuple[Path, float]:
    """Mean and variance of depth, of every contig in every sample, by jgi_summarize_bam_contig_depths.

    That program stops at a read without its sequence, though it takes nothing from it but its length (identity comes
    from the NM tag). Such BAMs are copied with N's for sequences, which gives the same table: compared on a BAM
    that has sequences.

    Args:
        dataset: whose BAMs are read.
        folder: where the table is made.
        environment: of the process.

    Returns:
        The table, and the seconds it took, without those of copying.

    Raises:
        MeasuringError: the program failed.
    """
    table = folder / f"{dataset.name}.depths.tsv"
    command: list[Word] = ["jgi_summarize_bam_contig_depths", "--outputDepth", table]
    bams = sorted(dataset.bams.glob("*.bam"))
    try:
        return table, measure([*command, *bams], environment).wall
    except MeasuringError:
        copies = folder / f"{dataset.name}.bams"
        copies.mkdir()
        try:
            for bam in bams:
                fill_sequences(bam, copies / bam.name)
            return table, measure([*command, *sorted(copies.iterdir())], environment).wall
        finally:
            shutil.rmtree(copies)


def fill_sequences(bam: Path, copy: Path) -> None:
    """Copy a BAM, with N's for the sequences that are not there."""
    with pysam.AlignmentFile(str(bam)) as reads, pysam.AlignmentFile(str(copy), "wb", template=reads) as out:
        for read in reads.fetch(until_eof=True):
            if read.query_sequence is None and (length := read.infer_query_length()):
                read.query_sequence = "N" * length
            out.write(read)
