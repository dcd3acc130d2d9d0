"""Inputs of growing size."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dnaio.readers import FastaReader
from xopen import xopen

from benchmarks.speed.measure import measure


@dataclass(frozen=True)
class Fasta:
    """The same contigs twice, plain and compressed.

    Attributes:
        share: of the contigs' bases in the data set that was taken.
        bases: in the file.
        plain, gz: the files.
    """

    share: float
    bases: int
    plain: Path
    gz: Path


def iter_fastas(source: Path, shares: Sequence[float], folder: Path) -> Iterator[Fasta]:
    """Write, and afterwards remove, a data set's first contigs (a share below 1) or all of them several times.

    A contig is a line, as megahit leaves it; the copies have names of their own.

    Args:
        source: contigs.fna.gz.
        shares: how much of it, by bases.
        folder: where to.
    """
    total = sum(len(sequence) for _, sequence in _contigs(source))
    for share in shares:
        plain, gz = folder / f"{share:g}.fna", folder / f"{share:g}.fna.gz"
        bases = 0
        with open(plain, "wb") as out, xopen(gz, "wb", compresslevel=6, threads=0) as packed:
            for name, sequence in _first(source, share * total):
                bases += len(sequence)
                record = f">{name}\n{sequence}\n".encode()
                out.write(record)
                packed.write(record)
        yield Fasta(share, bases, plain, gz)
        plain.unlink()
        gz.unlink()


def _first(source: Path, bases: float) -> Iterator[tuple[str, str]]:
    """Contigs, from the first, again and again, until there are so many bases."""
    copy = 0
    while bases > 0:
        copy += 1
        for name, sequence in _contigs(source):
            if bases <= 0:
                return
            bases -= len(sequence)
            yield f"{name}_{copy}", sequence


def _contigs(source: Path) -> Iterator[tuple[str, str]]:
    """One after the other: what this process holds would count as its children's memory."""
    with xopen(source, "rb", threads=0) as handle, FastaReader(handle) as reader:
        for record in reader:
            yield record.id, record.sequence


def read_through(paths: Iterable[Path]) -> None:
    """Read files once, so that the tool that comes first does not wait for the disk where others need not."""
    for path in paths:
        with open(path, "rb", buffering=0) as handle:
            while handle.read(1 << 20):
                pass


def make_latent(script: Path, contigs: int, folder: Path) -> Path:
    """A latent of that many contigs: npz of `latent` float32 (n, 32) and `lengths` int32 (n,)."""
    path = folder / f"latent_{contigs}.npz"
    measure([sys.executable, script, "--contigs", contigs, "--out", path, "--seed", "1"])
    return path
