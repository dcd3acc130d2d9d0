"""A small community of made-up genomes: contigs, reads mapped to them, and the truth.

Every genome draws its bases from a Markov chain of its own, which gives it a composition of its own, as real genomes
have. Each sample holds most of the genomes at different depths, and is assembled by itself: contigs are
the genome cut at random, with what is short lost. Reads are placed without errors.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pysam

from vambx.compiled import compiled
from vambx.io.tables import read_rows, write_rows

READ_LENGTH = 150
ORDER = 3  # a base depends on this many before it
RECALL, PRECISION = 0.9, 0.95  # near-complete


@dataclass(frozen=True, kw_only=True)
class Community:
    """What to make.

    Attributes:
        n_genomes: genomes in the community.
        n_samples: samples, each with an assembly and a BAM of its own.
        genome_length: mean length of a genome, bp.
        contig_length: mean length of a contig, bp.
        depth: mean depth of a genome in a sample that holds it.
        seed: of all random numbers.
    """

    n_genomes: int = 8
    n_samples: int = 3
    genome_length: int = 400_000
    contig_length: int = 12_000
    depth: float = 8.0
    seed: int = 1


@dataclass(frozen=True)
class Truth:
    """Where a contig is from: one row of truth.tsv."""

    contig: str
    genome: str
    sample: str
    length: int


@dataclass(frozen=True)
class Files:
    """Where a community's files lie."""

    root: Path

    @property
    def fasta(self) -> Path:
        """Contigs of all samples, named S<sample>C<number>."""
        return self.root / "contigs.fna"

    @property
    def bams(self) -> Path:
        """A BAM a sample."""
        return self.root / "bams"

    @property
    def truth(self) -> Path:
        """Which genome each contig is from."""
        return self.root / "truth.tsv"


def write_community(root: Path, community: Community) -> Files:
    """Make a community; the same arguments give the same files.

    Args:
        root: an existing folder.
        community: what to make.
    """
    rng = np.random.default_rng(community.seed)
    files = Files(root)
    files.bams.mkdir(exist_ok=True)
    genomes = [_genome(rng, int(community.genome_length * rng.uniform(0.8, 1.2))) for _ in range(community.n_genomes)]
    depths = community.depth * rng.lognormal(0, 0.8, (community.n_genomes, community.n_samples))
    depths[rng.random(depths.shape) < 0.2] = 0
    depths[np.arange(len(genomes)), rng.integers(community.n_samples, size=len(genomes))] = community.depth
    truth: list[Truth] = []
    sequences: list[npt.NDArray[np.uint8]] = []
    for sample in range(community.n_samples):
        for genome, bases in enumerate(genomes):
            if depths[genome, sample]:
                for piece in _cut(rng, bases, community.contig_length):
                    name = f"S{sample + 1}C{len(truth) + 1}"
                    truth.append(Truth(name, f"genome{genome + 1}", f"S{sample + 1}", len(piece)))
                    sequences.append(piece)
    with open(files.fasta, "wb") as handle:
        for row, bases in zip(truth, sequences, strict=True):
            handle.write(b">" + row.contig.encode() + b"\n" + bases.tobytes() + b"\n")
    write_rows(files.truth, Truth, truth)
    copies = Counter(row.genome for row in truth_samples(truth))
    for sample in range(community.n_samples):
        # A read fits the contigs of every sample that holds its genome, and lands on one of them.
        expected = [depths[int(row.genome[6:]) - 1, sample] / copies[row.genome] for row in truth]
        _write_bam(files.bams / f"S{sample + 1}.bam", truth, np.array(expected), rng)
    return files


def truth_samples(truth: list[Truth]) -> list[Truth]:
    """One row of each genome in each sample."""
    return list({(row.genome, row.sample): row for row in truth}.values())


def count_recovered(files: Files, contig2bin: Path) -> tuple[int, int]:
    """How many genomes came back near-complete in at least one sample, and how many there are.

    A genome came back if a bin holds at least 90% of what one sample assembled of it, and is at least 95% pure.
    """
    truth = {row.contig: row for row in read_rows(files.truth, Truth)}
    assembled: Counter[tuple[str, str]] = Counter()
    for row in truth.values():
        assembled[row.genome, row.sample] += row.length
    bins: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for line in contig2bin.read_text(encoding="utf-8").splitlines():
        contig, name = line.split("\t")
        bins[name][truth[contig].genome, truth[contig].sample] += truth[contig].length
    recovered = set()
    for held in bins.values():
        target, bases = held.most_common(1)[0]
        if bases >= RECALL * assembled[target] and bases >= PRECISION * held.total():
            recovered.add(target[0])
    return len(recovered), len({row.genome for row in truth.values()})


@compiled
def _walk(chances, draws, out):  # type: ignore[no-untyped-def]
    state = 0
    for i in range(len(draws)):
        base = 0
        while base < 3 and draws[i] > chances[state, base]:
            base += 1
        out[i] = base
        state = (state << 2 | base) & 63


def _genome(rng: np.random.Generator, length: int) -> npt.NDArray[np.uint8]:
    gc = rng.uniform(0.3, 0.65)
    chances = rng.dirichlet(12 * np.array([1 - gc, gc, gc, 1 - gc]), size=4**ORDER).cumsum(axis=1)
    codes = np.empty(length, dtype=np.uint8)
    _walk(chances, rng.random(length), codes)
    return np.frombuffer(b"ACGT", dtype=np.uint8)[codes]


def _cut(rng: np.random.Generator, bases: npt.NDArray[np.uint8], mean: int) -> Iterator[npt.NDArray[np.uint8]]:
    edges = np.sort(rng.integers(len(bases), size=len(bases) // mean))
    for piece in np.split(bases, edges):
        if len(piece) >= 1000:
            yield piece


def _write_bam(path: Path, truth: list[Truth], depths: npt.NDArray[np.float64], rng: np.random.Generator) -> None:
    header = pysam.AlignmentHeader.from_references([row.contig for row in truth], [row.length for row in truth])
    header = pysam.AlignmentHeader.from_dict({"HD": {"VN": "1.6", "SO": "coordinate"}, **header.to_dict()})
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for number, (row, depth) in enumerate(zip(truth, depths, strict=True)):
            n_reads = rng.poisson(depth * row.length / READ_LENGTH)
            for start in np.sort(rng.integers(row.length - READ_LENGTH, size=n_reads)).tolist():
                read = pysam.AlignedSegment(header)
                read.query_name = "r"
                read.flag = 0
                read.reference_id, read.reference_start = number, start
                read.mapping_quality = 60
                read.cigartuples = [(0, READ_LENGTH)]
                read.set_tag("NM", 0, value_type="C")
                bam.write(read)
