"""Sketches: a sixteenth of the 21-mers of every contig, by which contigs that share a region are found.

A word is kept if its hash is small, whichever contig it is on, so that what two contigs share can be counted among what
is kept of both. 21-mers are long enough to be on two contigs by chance hardly ever, and short enough that half of them
are the same where strains differ in 3% of their bases.

Source: FracMinHash, Irber et al., bioRxiv 2022, doi 10.1101/2022.01.11.475838.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from vambx.compiled import compiled

WORD = 21
"""Bases of a word; its two strands are one."""

SCALE = 16
"""One word in so many is kept."""

_LIMIT = np.uint64((1 << 64) // SCALE)
_NO_WORD = np.uint64((1 << 64) - 1)
_BLOCK = 4096  # bases at a time
_ROOM = 4  # words more than none, and times those kept of a sequence that does not repeat itself


@dataclass(frozen=True)
class Sketches:
    """The words that are kept of each contig.

    Attributes:
        hashes: uint32 (n_hashes,), the lower half of each word's hash; those of one contig stand together. A word that
            is on a contig more than once may be there as often.
        sizes: int64 (n_contigs,), how many are on each contig.
    """

    hashes: npt.NDArray[np.uint32]
    sizes: npt.NDArray[np.int64]

    @classmethod
    def none(cls, n_contigs: int) -> "Sketches":
        """Of contigs of which no word was kept."""
        return cls(np.zeros(0, dtype=np.uint32), np.zeros(n_contigs, dtype=np.int64))

    @classmethod
    def joined(cls, parts: Sequence["Sketches"]) -> "Sketches":
        """Those of the contigs of all parts, in their order; one part or more."""
        return cls(np.concatenate([part.hashes for part in parts]), np.concatenate([part.sizes for part in parts]))

    @cached_property
    def ends(self) -> npt.NDArray[np.int64]:
        """int64 (n_contigs,): where in `hashes` those of each contig end."""
        return np.cumsum(self.sizes)

    def take(self, rows: npt.NDArray[np.int64]) -> "Sketches":
        """Those of some contigs; rows int64 (n,)."""
        parts = [self.hashes[self.ends[row] - self.sizes[row] : self.ends[row]] for row in rows]
        return Sketches(np.concatenate([self.hashes[:0], *parts]), self.sizes[rows])

    def fit(self, lengths: npt.NDArray[np.int64]) -> bool:
        """Whether they can be those of contigs of these lengths."""
        return (
            self.hashes.dtype == np.uint32
            and self.sizes.dtype == np.int64
            and self.sizes.shape == lengths.shape
            and self.hashes.ndim == 1
            and bool(((self.sizes >= 0) & (self.sizes <= lengths)).all())
            and int(self.sizes.sum()) == len(self.hashes)
        )


def sketch(sequences: Sequence[str]) -> Sketches:
    """Sketch sequences; words with anything but A, C, G, T (U) are skipped."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    joined = np.frombuffer("".join(sequences).encode("latin-1", "replace"), dtype=np.uint8)
    return Sketches(*_sketch_all(joined, np.concatenate([[0], lengths.cumsum()])))


@compiled
def _sketch_all(joined, edges):  # type: ignore[no-untyped-def]
    """The hashes of all sequences, joined[edges[i] : edges[i + 1]], one after the other, and how many each has."""
    sizes = np.zeros(len(edges) - 1, dtype=np.int64)
    kept = np.empty(_ROOM * len(joined) // SCALE + _ROOM * len(sizes), dtype=np.uint32)
    words = np.empty(_BLOCK, dtype=np.uint64)
    end = 0
    for i in range(len(sizes)):
        room = kept[end : end + _ROOM * (edges[i + 1] - edges[i]) // SCALE + _ROOM]
        sizes[i] = _sketch_one(joined[edges[i] : edges[i + 1]], words, room)
        end += sizes[i]
    return kept[:end].copy(), sizes


@compiled
def _sketch_one(sequence, words, kept):  # type: ignore[no-untyped-def]
    """Put the hashes of the words that are kept into uint32 `kept`, as far as there is room; returns how many."""
    forward, backward, length = np.uint64(0), np.uint64(0), 0
    n = 0
    for start in range(0, len(sequence), _BLOCK):
        block = sequence[start : start + _BLOCK]
        forward, backward, length = _hash_block(block, words, forward, backward, length)
        for word in words[: len(block)]:
            if word < _LIMIT:
                if n == len(kept):  # a sequence that repeats itself
                    once = np.unique(kept)
                    n = len(once)
                    kept[:n] = once
                    if n == len(kept):
                        return n
                kept[n] = word & np.uint64(0xFFFFFFFF)
                n += 1
    return n


@compiled
def _hash_block(block, words, forward, backward, length):  # type: ignore[no-untyped-def]
    """Put the hash of the word that ends at each base into uint64 `words`, or what is none; returns where it stands.

    Args:
        block: uint8 (n,), letters.
        words: uint64, n and more.
        forward: the last bases before it, as bits.
        backward: the same of the other strand.
        length: how many bases before it were A, C, G and T.
    """
    first = np.uint64(2 * (WORD - 1))  # bits before the first base of a word
    known = np.empty(len(block), dtype=np.uint8)
    n_known = 0
    for i in range(len(block)):
        letter = block[i] & 0xDF
        known[i] = (letter == 65) | (letter == 67) | (letter == 71) | (letter == 84) | (letter == 85)
        n_known += known[i]
    for i in range(len(block)):
        code = np.uint64((block[i] >> 1) & 3)  # A, C, T, G count from 0 to 3, and U as T; two apart are complements
        forward = ((forward << np.uint64(2)) | code) & np.uint64((1 << 2 * WORD) - 1)
        backward = (backward >> np.uint64(2)) | ((code ^ np.uint64(2)) << first)
        words[i] = min(forward, backward)
    for i in range(len(block)):  # apart from the loop above, so that several are hashed at a time
        words[i] = _spread(words[i])
    if n_known == len(block):
        words[: max(WORD - 1 - length, 0)] = _NO_WORD
        return forward, backward, length + len(block)
    for i in range(len(block)):
        length = (length + 1) * known[i]
        if length < WORD:
            words[i] = _NO_WORD
    return forward, backward, length


@compiled
def _spread(word):  # type: ignore[no-untyped-def]
    """A word's hash: the last step of MurmurHash3."""
    word = (word ^ (word >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    word = (word ^ (word >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return word ^ (word >> np.uint64(33))
