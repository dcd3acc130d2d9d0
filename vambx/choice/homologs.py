"""Homologs: contigs of one assembly that hold the same region, and so are of two strains, never of one.

An assembly holds each region of a genome once. Where strains are unlike enough for the assembler to keep them apart, it
holds the region once a strain. What two contigs share is seen from their sketches. Contigs that are the same word by
word are one region that the assembler wrote twice; those that share little share a repeat.

Source: how much of a contig another one contains, from sketches, Irber et al., bioRxiv 2022, doi
10.1101/2022.01.11.475838.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vambx.features.sketches import SCALE, Sketches

LEAST_SHARED = 320
"""Bases, at least, that a pair of contigs shares; less is a short repeat."""

SHARES = (0.1, 0.98)
"""Of the words of the contig with fewer of them: at least and at most so much is the other's too."""

MOST_CONTIGS = 8
"""On more contigs of one sample than this a word is a repeat."""

_AT_ONCE = 1 << 23  # hashes

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Homologs:
    """Pairs of contigs that are of two strains.

    Attributes:
        one, other: int64 (n_pairs,), rows of the contigs.
        shared: int64 (n_pairs,), bases, about, in words that both hold.
    """

    one: Rows
    other: Rows
    shared: Rows

    @classmethod
    def none(cls) -> "Homologs":
        """No pair."""
        return cls(*np.zeros((3, 0), dtype=np.int64))

    def among(self, some: npt.NDArray[np.bool_]) -> "Homologs":
        """The pairs among some of the contigs, which are numbered anew in their order; bool (n_contigs,)."""
        place = np.cumsum(some) - 1
        both = some[self.one] & some[self.other]
        return Homologs(place[self.one[both]], place[self.other[both]], self.shared[both])

    def within(self, sets: Sequence[Rows], n_contigs: int) -> Iterator["Homologs"]:
        """For each set of rows, the pairs within it, numbered by their places there; no contig is in two sets."""
        set_of, place = np.full(n_contigs, -1), np.zeros(n_contigs, dtype=np.int64)
        for number, rows in enumerate(sets):
            set_of[rows], place[rows] = number, np.arange(len(rows))
        inside = np.flatnonzero((set_of[self.one] == set_of[self.other]) & (set_of[self.one] >= 0))
        inside = inside[np.argsort(set_of[self.one[inside]], kind="stable")]
        ends = np.searchsorted(set_of[self.one[inside]], np.arange(len(sets)), side="right")
        for pairs in np.split(inside, ends[:-1]) if len(sets) else ():
            yield Homologs(place[self.one[pairs]], place[self.other[pairs]], self.shared[pairs])


def find_homologs(sketches: Sketches, samples: Rows) -> Homologs:
    """Find the pairs of contigs of one sample that are homologs.

    Args:
        sketches: of the contigs.
        samples: int64 (n_contigs,), the sample whose assembly each contig is from.

    Returns:
        Pairs of rows, the lower one as `one`, each pair once, sample by sample.
    """
    found = [_pairs_in(sketches, np.flatnonzero(samples == sample)) for sample in np.unique(samples)]
    if not found:
        return Homologs.none()
    one, other, n_words, n_least = np.concatenate(found, axis=1)
    share = n_words / n_least
    are = (n_words * SCALE >= LEAST_SHARED) & (share >= SHARES[0]) & (share <= SHARES[1])
    return Homologs(one[are], other[are], n_words[are] * SCALE)


def _pairs_in(sketches: Sketches, rows: Rows) -> npt.NDArray[np.int64]:
    """int64 (4, n_pairs): two contigs of one sample, the words that both hold, and those of the one with fewer."""
    some = sketches.take(rows)
    contigs = np.repeat(np.arange(len(rows)), some.sizes)
    n_parts = len(some.hashes) // _AT_ONCE + 1
    n_words = np.zeros(len(rows), dtype=np.int64)
    pairs, counts = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    for part in range(n_parts):
        here = np.flatnonzero(some.hashes % n_parts == part) if n_parts > 1 else slice(None)
        hashes, holders = _each_once(some.hashes[here], contigs[here])
        n_words += np.bincount(holders, minlength=len(rows))
        new, n_new = np.unique(
            np.concatenate([low * len(rows) + high for low, high in _meetings(hashes, holders)]), return_counts=True
        )
        pairs, place = np.unique(np.concatenate([pairs, new]), return_inverse=True)
        counts = np.bincount(place, np.concatenate([counts, n_new]), len(pairs)).astype(np.int64)
    low, high = pairs // len(rows), pairs % len(rows)
    return np.stack([rows[low], rows[high], counts, np.minimum(n_words[low], n_words[high])])


def _each_once(hashes: npt.NDArray[np.uint32], contigs: Rows) -> tuple[npt.NDArray[np.uint32], Rows]:
    """Hashes, and the contigs they are on, each once for each contig; by hash, and by contig where that is the same."""
    order = np.lexsort((contigs, hashes))
    hashes, contigs = hashes[order], contigs[order]
    new = np.ones(len(hashes), dtype=bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (contigs[1:] != contigs[:-1])
    return hashes[new], contigs[new]


def _meetings(hashes: npt.NDArray[np.uint32], contigs: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Every two contigs that hold a word, once for each word; the lower one first. Hashes are sorted."""
    first = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)])
    sizes = np.diff(np.append(first, len(hashes)))
    few = np.repeat(sizes <= MOST_CONTIGS, sizes)
    hashes, contigs = hashes[few], contigs[few]
    for apart in range(1, MOST_CONTIGS):
        both = np.flatnonzero(hashes[apart:] == hashes[:-apart])
        yield contigs[both], contigs[both + apart]
