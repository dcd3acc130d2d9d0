"""Memory and time of each step for a million contigs and a hundred samples, on made-up data.

    python benchmarks/large.py FOLDER [--contigs 1000000] [--samples 100] [--pooled] [--block-memory MB] [--parts ...]

Features are computed from a FASTA of contigs of 2 kb and as many BAM files as there are samples; the files are links to
one, as their headers are what takes memory. The encoder (one epoch, as every epoch takes the same), the clusterer and
the choice by markers then work on features of made-up genomes, each sample assembled by itself or, pooled, all in one.
Each part runs in a process of its own, so that each tells its own peak. "One sample" is what one machine of many does
of a step (`--part 1/100`), each sample's genomes told apart by themselves; "joined" is what is left to do afterwards.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pysam

from vambx.config import BinConfig, EncoderConfig, FeatureConfig
from vambx.features.abundance import Abundance, rpkm_of
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.features.depths import SampleDepths, write_joined
from vambx.features.kmers import KMERS
from vambx.features.sketches import Sketches
from vambx.io.bam_files import find_bams
from vambx.layout import Layout
from vambx.markers import Markers
from vambx.parts import Part
from vambx.progress import Silent
from vambx.provenance import Existing, Run
from vambx.steps import abundance, chosen, clusters, composition, latent
from vambx.steps.abundance import Reads

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
    assembly = np.arange(n_contigs) * len(prefix) // n_contigs
    contigs = Contigs(tuple(f"{prefix[a]}{i}" for i, a in enumerate(assembly.tolist())), lengths, gc)
    Composition(contigs, counts, CONTIG_LENGTH, (), Sketches.none(n_contigs), counts // 2).write(layout.composition)
    samples = tuple(f"S{i}" for i in range(n_samples))
    Abundance(depth, rpkm_of(depth, lengths), samples, contigs.digest).write(layout.abundance)
    # Of each genome in each assembly, every marker is on one contig drawn at random.
    assembled = np.unique(genome * len(prefix) + assembly, return_inverse=True)[1]
    members = np.split(np.argsort(assembled, kind="stable"), np.cumsum(np.bincount(assembled))[:-1])
    contig = np.sort(np.concatenate([rng.choice(rows, N_MARKERS) for rows in members]))
    marker = rng.permutation(np.tile(np.arange(N_MARKERS), len(members)))
    score = np.full(len(contig), 100, dtype=np.float32)
    names = tuple(f"M{i}" for i in range(N_MARKERS))
    gene, cut = np.arange(len(contig)), np.zeros(len(contig), dtype=np.bool_)
    Markers(names, contig, marker, score, gene, cut, n_contigs, contigs.digest).write(layout.markers)


MARKED = {"steps": {"markers": {"key": "made up", "settings": {}, "inputs": {}, "outputs": {}}}}
ALONE = BinConfig(scope="sample")


def write_depths(layout: Layout) -> None:
    """Write the depths of each sample to a file of its own."""
    contigs = Composition.read(layout.composition).contigs
    found = Abundance.read(layout.abundance, contigs, mapped=True)
    layout.depths.mkdir(exist_ok=True)
    for i, sample in enumerate(found.samples):
        depths = SampleDepths(sample, np.array(found.depth[:, i]), sample, 0.0, contigs.digest)
        depths.write(layout.depths / f"{sample}.npz")


def actions(
    folder: Path, n_contigs: int, n_samples: int, pooled: bool, encoder: EncoderConfig
) -> dict[str, Callable[[], object]]:
    """What each part does."""
    layout, threads, silent = Layout(folder), os.cpu_count() or 1, Silent()
    run, one, output = Run(layout, Existing.FORCE, MARKED), Part(1, n_samples), folder / "part.npz"
    fasta, bams, features, both = folder / "contigs.fna", folder / "bams", FeatureConfig(), BinConfig()

    def join_depths() -> None:
        files = sorted(layout.depths.iterdir())
        contigs = Composition.read(layout.composition).contigs
        write_joined(layout.abundance, files, [path.stem for path in files], contigs)

    return {
        "make files": lambda: make_files(folder, n_contigs, n_samples),
        "composition": lambda: composition.make(run, fasta, features, silent),
        "abundance": lambda: abundance.make(run, Reads(find_bams([bams])), features, threads, silent),
        "depths, one sample": lambda: abundance.make_part(run, Reads([bams / "S0.bam"]), output, features, silent),
        "make features": lambda: make_features(layout, n_contigs, n_samples, pooled),
        "make depths": lambda: write_depths(layout),
        "depths, joined": join_depths,
        "latent, one epoch": lambda: latent.encode(layout, encoder, silent),
        "clusters": lambda: clusters.make(run, both, threads, silent),
        "clusters, one sample": lambda: clusters.make_part(run, ALONE, one, output, threads, silent),
        "chosen": lambda: chosen.make(run, both, threads, silent),
        "chosen, one sample": lambda: chosen.make_part(run, ALONE, one, output, threads, silent),
    }


PARTS = tuple(actions(Path(), 1, 1, False, EncoderConfig()))


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
        actions(args.folder, args.contigs, args.samples, args.pooled, encoder)[args.part]()
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        measured = {
            "part": args.part,
            "seconds": round(time.perf_counter() - started, 1),
            "cpu_seconds": round(sum(usage.ru_utime + usage.ru_stime for usage in usages), 1),
            "peak_mb": usages[0].ru_maxrss // 1024,
            "largest_child_mb": usages[1].ru_maxrss // 1024,
        }
        print(json.dumps(measured))
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
