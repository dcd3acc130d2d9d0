"""Memory and time of each step for a million contigs and a hundred samples, on made-up data.

    python benchmarks/large.py FOLDER [--contigs 1000000] [--samples 100] [--pooled] [--block-memory MB]

Features are computed from a FASTA of contigs of 2 kb and as many BAM files as there are samples; the files are links to
one, as their headers are what takes memory. The encoder (one epoch, as every epoch takes the same), the clusterer and
the choice by markers then work on features of made-up genomes, each sample assembled by itself or, pooled, all in one.
Each part runs in a process of its own, so that each tells its own peak.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pysam

from vambx import steps
from vambx.config import BinConfig, EncoderConfig, FeatureConfig
from vambx.features.abundance import Abundance, rpkm_of
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.features.kmers import KMERS
from vambx.io.bam import find_bams
from vambx.layout import Layout
from vambx.markers import Markers
from vambx.progress import Silent

CONTIG_LENGTH = 2000
CONTIGS_A_GENOME = 120
N_MARKERS = 41
READ_LENGTH = 150


def make_files(folder: Path, n_contigs: int, n_samples: int) -> None:
    """Write contigs.fna and bams/."""
    rng = np.random.default_rng(1)
    with open(folder / "contigs.fna", "wb") as handle:
        for i in range(n_contigs):
            bases = rng.integers(0, 256, size=CONTIG_LENGTH, dtype=np.uint8) & 3
            handle.write(b">S%dC%d\n%s\n" % (i % n_samples, i, np.frombuffer(b"ACGT", dtype=np.uint8)[bases].tobytes()))
    (folder / "bams").mkdir(exist_ok=True)
    names = [f"S{i % n_samples}C{i}" for i in range(n_contigs)]
    header = pysam.AlignmentHeader.from_references(names, [CONTIG_LENGTH] * n_contigs)
    first = folder / "bams" / "S0.bam"
    with pysam.AlignmentFile(first, "wb", header=header) as bam:
        for i in range(0, n_contigs, 10):
            read = pysam.AlignedSegment(header)
            read.query_name, read.flag, read.reference_id, read.reference_start = f"r{i}", 0, i, 500
            read.mapping_quality, read.cigarstring, read.query_sequence = 60, f"{READ_LENGTH}M", "A" * READ_LENGTH
            read.set_tag("NM", 0, value_type="C")
            bam.write(read)
    for i in range(1, n_samples):
        (folder / "bams" / f"S{i}.bam").unlink(missing_ok=True)
        os.link(first, folder / "bams" / f"S{i}.bam")


def make_features(layout: Layout, n_contigs: int, n_samples: int, pooled: bool) -> None:
    """Write composition.npz, abundance.npz and markers.npz of genomes with compositions and depths of their own."""
    rng = np.random.default_rng(1)
    n_genomes = max(n_contigs // CONTIGS_A_GENOME, 1)
    genome = rng.integers(0, n_genomes, size=n_contigs)
    shares = rng.dirichlet(np.full(len(KMERS), 30.0), size=n_genomes)
    profiles = rng.lognormal(0, 2, size=(n_genomes, n_samples)).astype(np.float32)
    counts = np.empty((n_contigs, len(KMERS)), dtype=np.uint32)
    depth = np.empty((n_contigs, n_samples), dtype=np.float32)
    for part in np.array_split(np.arange(n_contigs), 100):
        counts[part] = rng.poisson(shares[genome[part]] * CONTIG_LENGTH)
        depth[part] = profiles[genome[part]] * rng.lognormal(0, 0.2, size=(len(part), n_samples))
    lengths = np.full(n_contigs, CONTIG_LENGTH, dtype=np.int64)
    gc = np.full(n_contigs, 0.5, dtype=np.float32)
    prefix = [f"S{s}C" for s in range(1 if pooled else n_samples)]
    contigs = Contigs(tuple(f"{prefix[i % len(prefix)]}{i}" for i in range(n_contigs)), lengths, gc)
    Composition(contigs, counts, CONTIG_LENGTH, ()).write(layout.composition)
    samples = tuple(f"S{i}" for i in range(n_samples))
    Abundance(depth, rpkm_of(depth, lengths), samples, contigs.digest).write(layout.abundance)
    # Of each genome in each assembly, every marker is on one contig drawn at random.
    assembled = np.unique(genome * len(prefix) + np.arange(n_contigs) % len(prefix), return_inverse=True)[1]
    members = np.split(np.argsort(assembled, kind="stable"), np.cumsum(np.bincount(assembled))[:-1])
    contig = np.sort(np.concatenate([rng.choice(rows, N_MARKERS) for rows in members]))
    marker = rng.permutation(np.tile(np.arange(N_MARKERS), len(members)))
    score = np.full(len(contig), 100, dtype=np.float32)
    names = tuple(f"M{i}" for i in range(N_MARKERS))
    Markers(names, contig, marker, score, n_contigs, contigs.digest).write(layout.markers)


def do(part: str, folder: Path, n_contigs: int, n_samples: int, pooled: bool, encoder: EncoderConfig) -> None:
    """Do one part."""
    layout, threads = Layout(folder), os.cpu_count() or 1
    bams = find_bams([folder / "bams"]) if (folder / "bams").exists() else []
    if part == "make files":
        make_files(folder, n_contigs, n_samples)
    elif part == "composition":
        steps.compose(layout, folder / "contigs.fna", bams, FeatureConfig(), None, Silent())
    elif part == "abundance":
        steps.measure(layout, {bam: bam.name for bam in bams}, FeatureConfig(), threads, Silent())
    elif part == "make features":
        make_features(layout, n_contigs, n_samples, pooled)
    elif part == "latent, one epoch":
        steps.encode(layout, encoder, Silent())
    elif part == "clusters":
        steps.cluster(layout, threads, Silent())
    else:
        steps.choose_genomes(layout, folder / "contigs.fna", BinConfig(), True, threads, Silent())


PARTS = ("make files", "composition", "abundance", "make features", "latent, one epoch", "clusters", "chosen")


def main() -> None:
    """Do all parts, each in a process of its own, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--contigs", type=int, default=1_000_000)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--pooled", action="store_true", help="one assembly of all samples")
    parser.add_argument("--block-memory", type=int, default=EncoderConfig().block_memory, help="MB, in training")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        started = time.perf_counter()
        encoder = EncoderConfig(seed=1, epochs=1, block_memory=args.block_memory)
        do(args.part, args.folder, args.contigs, args.samples, args.pooled, encoder)
        usages = [resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        seconds = round(time.perf_counter() - started, 1)
        print(json.dumps({"part": args.part, "seconds": seconds, "peak_mb": usages[0], "largest_child_mb": usages[1]}))
        return
    args.folder.mkdir(parents=True, exist_ok=True)
    sizes = ["--contigs", str(args.contigs), "--samples", str(args.samples), *(["--pooled"] if args.pooled else [])]
    sizes += ["--block-memory", str(args.block_memory)]
    environment = {"GOMP_SPINCOUNT": "1000", **os.environ}  # as the command line has it
    for part in args.parts:
        command = [sys.executable, __file__, str(args.folder), *sizes, "--part", part]
        subprocess.run(command, check=True, env=environment)


if __name__ == "__main__":
    main()
