"""Test data made by code: sequences, FASTA, BAM and latents, the same for the same seed."""

import re

import numpy as np
import pysam
from xopen import xopen


def random_sequence(rng, n, gc=0.5):
    """A sequence of n bases whose expected share of G and C is gc."""
    at = (1 - gc) / 2
    return "".join(rng.choice(list("ACGT"), size=n, p=[at, gc / 2, gc / 2, at]))


def write_fasta(path, sequences, width=None, newline="\n"):
    """Write {header: sequence}, compressed as the suffix says; width: bases a line, None for one line."""
    with xopen(path, "w", newline=newline, encoding="utf-8") as out:
        for header, sequence in sequences.items():
            step = width or max(len(sequence), 1)
            print(f">{header}", *(sequence[i : i + step] for i in range(0, len(sequence), step)), sep="\n", file=out)
    return path


def write_bam(path, lengths, reads, sort_order="coordinate", nm_type="C"):
    """Write (reference or None, position, length, n_mismatches) in the order given.

    sort_order None leaves SO out of the header, nm_type None the NM tag out of the reads; "C" is an unsigned tag,
    "c" and "i" are signed.
    """
    names = list(lengths)
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": name, "LN": lengths[name]} for name in names]}
    if sort_order is not None:
        header["HD"]["SO"] = sort_order
    row = {name: i for i, name in enumerate(names)}
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for i, (name, position, length, n_mismatches) in enumerate(reads):
            read = pysam.AlignedSegment(bam.header)
            read.query_name = f"r{i}"
            read.query_sequence = "A" * length
            if name is None:
                read.flag = 4
            else:
                read.reference_id, read.reference_start, read.mapping_quality = row[name], position, 60
                read.cigarstring = f"{length}M"
                if nm_type is not None:
                    read.set_tag("NM", n_mismatches, value_type=nm_type)
            bam.write(read)
    return path


def even_reads(lengths, depth, read_length=100, *, rng):
    """Reads without mismatches at about that depth on every contig of {name: length}, sorted as the header is."""
    for name, length in lengths.items():
        n = round(depth * length / read_length)
        starts = (np.arange(n) + rng.random(n)) * (length - read_length + 1) / max(n, 1)
        yield from ((name, int(start), read_length, 0) for start in starts)


def blobs(rng, n_groups, per_group, n_latent=8, spread=0.05):
    """Latents of groups around well separated directions, their group and length in bp, in shuffled order."""
    axes = np.linalg.qr(rng.normal(size=(n_latent, n_latent)))[0]
    centres = np.concatenate([axes, -axes])[:n_groups]
    if len(centres) < n_groups:
        raise ValueError(f"at most {2 * n_latent} groups fit well separated into {n_latent} dimensions")
    labels = rng.permutation(np.repeat(np.arange(n_groups), per_group))
    latent = centres[labels] + spread * rng.normal(size=(len(labels), n_latent))
    return latent.astype(np.float32), labels, rng.integers(2_000, 50_000, size=len(labels))


def community_latent(rng, n, n_latent=32):
    """A latent shaped like a community's: genomes near relatives, short contigs astray, some of no genome; and bp."""
    genera = rng.normal(size=(3, n_latent))[rng.integers(0, 3, size=6)] + 0.8 * rng.normal(size=(6, n_latent))
    genomes = genera[rng.integers(0, 6, size=20)] + 0.5 * rng.normal(size=(20, n_latent))
    sizes = rng.dirichlet(np.full(20, 0.7))
    lengths = np.maximum(2000, rng.lognormal(8.7, 0.95, size=n)).astype(np.int64)
    spread = 0.3 * np.sqrt(4000 / np.minimum(lengths, 60_000))[:, None]
    latent = genomes[rng.choice(20, size=n, p=sizes)] + spread * rng.normal(size=(n, n_latent))
    stray = rng.random(n) < 0.15
    latent[stray] = rng.normal(size=(stray.sum(), n_latent))
    return latent.astype(np.float32), lengths


def sentence(path, problem, remedy):
    """Pattern of an error that names the file, the problem and the remedy in one line."""
    return rf"\A{re.escape(str(path))}: [^\n]*{re.escape(problem)}[^\n]*{re.escape(remedy)}[^\n]*\Z"
