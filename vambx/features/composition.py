"""Composition: the 4-mer counts (TNF) of every contig, and a sketch of its longer words."""

import itertools
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError
from vambx.features.bases import IllegalBaseError
from vambx.features.contigs import Contigs
from vambx.features.kmers import KMERS, count_halves
from vambx.features.sketches import Sketches, sketch
from vambx.io.fasta import Record, iter_fasta
from vambx.io.npz import all_within, iter_blocks, pack_text, read_arrays, unpack_text, write_arrays

logger = logging.getLogger(__name__)

_LONGEST = 1 << 40  # bp, far beyond any sequence; sums of lengths fit
_BATCH = 1_000_000  # bases that are counted at a time
TOO_SHORT, NO_KMER = "shorter than the minimum length", "not one 4-mer of A, C, G and T"


@dataclass(frozen=True)
class SetAside:
    """A contig of the FASTA that is not binned.

    Attributes:
        name: its name.
        length: bp.
        reason: why, in words.
    """

    name: str
    length: int
    reason: str


@dataclass(frozen=True)
class Composition:
    """What the sequences of the contigs that are to be binned are made of.

    Attributes:
        contigs: names, lengths and GC, in the FASTA's order.
        counts: uint32 (n_contigs, 136), columns as in `vambx.features.kmers.KMERS`.
        min_length: contigs of at least this length (bp) are trained on and clustered; shorter ones are recruited.
        set_aside: the FASTA's other contigs, in its order.
        sketches: the 21-mers that are kept of each contig.
        fronts: uint32 (n, 136), counts of the first half of each contig in `long`.
    """

    contigs: Contigs
    counts: npt.NDArray[np.uint32]
    min_length: int
    set_aside: tuple[SetAside, ...]
    sketches: Sketches
    fronts: npt.NDArray[np.uint32]

    @cached_property
    def long(self) -> npt.NDArray[np.int64]:
        """int64 (n,): rows of the contigs of at least `min_length`, ascending."""
        return np.flatnonzero(self.contigs.lengths >= self.min_length)

    @property
    def frequencies(self) -> npt.NDArray[np.float32]:
        """float32 (n_contigs, 136): each row's counts as shares of their sum."""
        shares: npt.NDArray[np.float64] = self.counts / self.counts.sum(axis=1, keepdims=True)
        return shares.astype(np.float32)

    def take(self, rows: npt.NDArray[np.int64]) -> "Composition":
        """Some of the contigs, and none set aside; rows int64 (n,)."""
        fronts = self.fronts[np.searchsorted(self.long, rows[self.contigs.lengths[rows] >= self.min_length])]
        contigs, sketches = self.contigs.take(rows), self.sketches.take(rows)
        return Composition(contigs, self.counts[rows], self.min_length, (), sketches, fronts)

    def write(self, path: Path) -> None:
        """Write `composition.npz`.

        Raises:
            OutputError: the file cannot be written.
        """
        write_arrays(
            path,
            {
                "counts": self.counts,
                "names": pack_text(self.contigs.names),
                "lengths": self.contigs.lengths,
                "gc": self.contigs.gc,
                "min_length": np.array(self.min_length),
                "names_sha256": pack_text([self.contigs.digest]),
                "set_aside_names": pack_text(contig.name for contig in self.set_aside),
                "set_aside_lengths": np.array([contig.length for contig in self.set_aside], dtype=np.int64),
                "set_aside_reasons": pack_text(contig.reason for contig in self.set_aside),
                "sketches": self.sketches.hashes,
                "sketch_sizes": self.sketches.sizes,
                "fronts": self.fronts,
            },
        )

    @classmethod
    def read(cls, path: str | os.PathLike[str], mapped: bool = False) -> "Composition":
        """Read `composition.npz`; if `mapped`, counts, fronts and sketches stay in the file.

        Raises:
            InputError: the file is missing or broken, or its names do not fit their hash.
        """
        a = read_arrays(path, _ARRAYS, ("counts", "fronts", "sketches") if mapped else ())
        try:
            contigs = Contigs(unpack_text(a["names"]), a["lengths"], a["gc"])
            columns = (unpack_text(a["set_aside_names"]), a["set_aside_lengths"].tolist())
            set_aside = tuple(
                itertools.starmap(SetAside, zip(*columns, unpack_text(a["set_aside_reasons"]), strict=True))
            )
            sketches = Sketches(a["sketches"], a["sketch_sizes"])
            composition = cls(contigs, a["counts"], int(a["min_length"]), set_aside, sketches, a["fronts"])
            fits = unpack_text(a["names_sha256"]) == (contigs.digest,)
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f"{path}: its arrays do not fit each other ({error}); make it anew") from error
        if not fits or composition.counts.shape != (len(contigs), len(KMERS)) or len(contigs.row) < len(contigs):
            raise InputError(f"{path}: the names do not fit their hash or their counts; make it anew")
        if not composition._can_be():
            raise InputError(f"{path}: holds lengths, GC, counts or sketches that cannot be; make it anew")
        return composition

    def _can_be(self) -> bool:
        """Whether all that was read is of its type, and within its bounds."""
        lengths, gc, counts = self.contigs.lengths, self.contigs.gc, self.counts
        return (
            lengths.dtype == np.int64
            and gc.dtype == np.float32
            and counts.dtype == np.uint32
            and lengths.ndim == gc.ndim == 1
            and all_within(lengths, 1, _LONGEST)
            and all_within(gc, 0, 1)
            and all(type(contig.length) is int for contig in self.set_aside)
            and all(part.any(axis=1).all() for part in iter_blocks(counts))
            and self.sketches.fit(lengths)
            and self.fronts.dtype == np.uint32
            and self.fronts.shape == (len(self.long), counts.shape[1])
            and all((front <= counts[rows]).all() for front, rows in self._iter_fronts())
        )

    def _iter_fronts(self) -> Iterator[tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]]:
        """Fronts, some at a time, and the rows they are of."""
        return zip(iter_blocks(self.fronts), iter_blocks(self.long), strict=True)


_ARRAYS = (
    "counts",
    "names",
    "lengths",
    "gc",
    "min_length",
    "names_sha256",
    "set_aside_names",
    "set_aside_lengths",
    "set_aside_reasons",
    "sketches",
    "sketch_sizes",
    "fronts",
)


def read_composition(
    fasta: str | os.PathLike[str],
    min_length: int,
    progress: Callable[[int], None] = lambda done: None,
    recruit_length: int | None = None,
) -> Composition:
    """Count the 4-mers of every contig of a FASTA file, and sketch it; both strands as one.

    Contigs shorter than both lengths, and contigs without a single 4-mer of A, C, G and T, are set aside.

    Args:
        fasta: plain, gz, bz2, xz or zst.
        min_length: bp; of contigs that are trained on and clustered.
        progress: called with the bytes of the FASTA read so far.
        recruit_length: bp; of contigs that may join a bin afterwards; None: none shorter than `min_length`.

    Raises:
        InputError: the file cannot be read as FASTA, or a sequence holds what is no nucleotide.

    Source:
        Tetranucleotide frequencies: Teeling et al., Environ Microbiol 2004, doi 10.1111/j.1462-2920.2004.00624.x.
    """
    least = min(min_length, recruit_length or min_length)
    counted = _Counted(min_length, least)
    for batch in _batches(iter_fasta(fasta, progress)):
        taken = [record for record in batch if len(record.sequence) >= least]
        sequences = [record.sequence for record in taken]
        try:
            counted.add(batch, *count_halves(sequences), sketch(sequences))
        except IllegalBaseError as error:
            name = taken[error.index].name
            raise InputError(f"{fasta}: contig {name}: {error}; give nucleotide sequences") from error
    composition = counted.composition()
    _tell(fasta, composition)
    return composition


@dataclass(frozen=True)
class _Counted:
    """What is known of the contigs so far."""

    min_length: int
    least: int
    names: list[str] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    gc: list[npt.NDArray[np.float32]] = field(default_factory=list)
    fronts: list[npt.NDArray[np.uint32]] = field(default_factory=list)
    counts: list[npt.NDArray[np.uint32]] = field(default_factory=list)
    sketches: list[Sketches] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)

    def add(
        self,
        batch: list[Record],
        halves: npt.NDArray[np.uint32],
        gc: npt.NDArray[np.float32],
        sketches: Sketches,
    ) -> None:
        """Add contigs, and what was counted of those that are long enough."""
        counts = halves.sum(axis=1, dtype=np.uint32)
        kept = np.flatnonzero(counts.any(axis=1))
        blank = set(range(len(counts))) - set(kept.tolist())
        row = itertools.count()
        for record in batch:
            length = len(record.sequence)
            if length < self.least:
                self.set_aside.append(SetAside(record.name, length, TOO_SHORT))
            elif next(row) in blank:
                self.set_aside.append(SetAside(record.name, length, NO_KMER))
            else:
                self.names.append(record.name)
                self.lengths.append(length)
        long = np.array(self.lengths[len(self.lengths) - len(kept) :], dtype=np.int64) >= self.min_length
        self.fronts.append(halves[kept[long], 0])
        self.counts.append(counts[kept])
        self.gc.append(gc[kept])
        self.sketches.append(sketches.take(kept))

    def composition(self) -> Composition:
        """All of it."""
        contigs = Contigs(tuple(self.names), np.array(self.lengths, dtype=np.int64), np.concatenate(self.gc))
        sketches = Sketches.joined(self.sketches)
        counts, fronts = np.concatenate(self.counts), np.concatenate(self.fronts)
        return Composition(contigs, counts, self.min_length, tuple(self.set_aside), sketches, fronts)


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    bases = 0
    for record in records:
        batch.append(record)
        bases += len(record.sequence)
        if bases >= _BATCH:
            yield batch
            batch, bases = [], 0
    yield batch


def _tell(fasta: str | os.PathLike[str], composition: Composition) -> None:
    short = [contig for contig in composition.set_aside if contig.reason == TOO_SHORT]
    blank = [contig for contig in composition.set_aside if contig.reason == NO_KMER]
    lengths = composition.contigs.lengths
    long = lengths[composition.long]
    logger.info(
        "%s: %d contigs of >= %d bp (%.2f Mbp); shorter, to be recruited: %d (%.2f Mbp); left out: %d (%.2f Mbp)",
        fasta,
        len(long),
        composition.min_length,
        long.sum() / 1e6,
        len(lengths) - len(long),
        (lengths.sum() - long.sum()) / 1e6,
        len(short),
        sum(contig.length for contig in short) / 1e6,
    )
    if blank:
        logger.warning(
            "%s: %d contigs have no 4-mer of A, C, G and T (all N?) and are set aside: %s",
            fasta,
            len(blank),
            ", ".join(contig.name for contig in blank[:3]) + (", ..." if len(blank) > 3 else ""),
        )
