"""Counting 4-mers, both strands as one: 256 words fold into 136."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from vambx.compiled import compiled
from vambx.features.bases import check_bases

K = 4


def _reverse_complement(word: str) -> str:
    return word[::-1].translate(str.maketrans("ACGT", "TGCA"))


_WORDS = ["".join(letters) for letters in product("ACGT", repeat=K)]
KMERS: tuple[str, ...] = tuple(word for word in _WORDS if word <= _reverse_complement(word))
"""The 136 words that stand for themselves and their reverse complement, in the order of the columns."""

_ORDER = "ACTG"  # bits 1 and 2 of these letters, of either case, count from 0 to 3 in this order, and U counts as T
_COLUMN = np.array(
    [KMERS.index(min(word, _reverse_complement(word))) for word in map("".join, product(_ORDER, repeat=K))]
)
_BLOCK = 4096  # bases at a time


def count_halves(sequences: Sequence[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float32]]:
    """Count the 4-mers of both halves of sequences; words with anything but A, C, G, T (U) are skipped.

    Args:
        sequences: bases in either case, IUPAC codes and gaps among them.

    Returns:
        counts: uint32 (n, 2, 136), of the words that begin in the first half, and of those that begin in the second,
            which has the odd base; columns as in `KMERS`.
        gc: float32 (n,), share of G and C among A, C, G, T; 0 where there are none.

    Raises:
        IllegalBaseError: something else; says what and where.
    """
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    counts = np.zeros((len(sequences), 2, len(KMERS)), dtype=np.uint32)
    bases, gc = np.zeros_like(lengths), np.zeros_like(lengths)
    joined = np.frombuffer("".join(sequences).encode("latin-1", "replace"), dtype=np.uint8)
    _count_all(joined, np.concatenate([[0], lengths.cumsum()]), _COLUMN, counts, gc, bases)
    for index in np.flatnonzero(bases < lengths).tolist():
        check_bases(sequences[index], index)
    shares: npt.NDArray[np.float64] = gc / np.maximum(bases, 1)
    return counts, shares.astype(np.float32)


@compiled
def _count(sequence, n_begin, counts):  # type: ignore[no-untyped-def]
    """Add the words that begin in the first `n_begin` letters to uint32 `counts` (256,), by `_ORDER`.

    Returns how many G and C, and how many bases, are among these letters.
    """
    codes = np.empty(_BLOCK + K - 1, dtype=np.uint8)
    known = np.empty(_BLOCK + K - 1, dtype=np.uint8)
    words = np.empty(_BLOCK, dtype=np.uint8)
    tallies = np.zeros((4, 256), dtype=np.uint32)  # one would wait for itself where a word is repeated
    gc = 0
    bases = 0
    for start in range(0, n_begin, _BLOCK):
        n_own = min(_BLOCK, n_begin - start)
        block = sequence[start : start + n_own + K - 1]
        n_words = max(min(n_own, len(block) - K + 1), 0)
        n_known = 0
        for i in range(len(block)):
            letter = block[i] & 0xDF
            codes[i] = (letter >> 1) & 3
            known[i] = (letter == 65) | (letter == 67) | (letter == 71) | (letter == 84) | (letter == 85)
            n_known += known[i]
        for i in range(n_own):
            gc += known[i] & codes[i] & 1
            bases += known[i]
        for i in range(n_words):
            words[i] = codes[i] << 6 | codes[i + 1] << 4 | codes[i + 2] << 2 | codes[i + 3]
        if n_known == len(block):
            for i in range(0, n_words - 3, 4):
                tallies[0, words[i]] += 1
                tallies[1, words[i + 1]] += 1
                tallies[2, words[i + 2]] += 1
                tallies[3, words[i + 3]] += 1
            for i in range(n_words - n_words % 4, n_words):
                tallies[0, words[i]] += 1
        else:
            for i in range(n_words):
                tallies[0, words[i]] += known[i] & known[i + 1] & known[i + 2] & known[i + 3]
    for tally in tallies:
        counts += tally
    return gc, bases


@compiled
def _count_all(joined, edges, column, counts, gc, bases):  # type: ignore[no-untyped-def]
    for i in range(len(counts)):
        half = (edges[i + 1] - edges[i]) // 2
        for part, begin, n_begin in ((0, edges[i], half), (1, edges[i] + half, edges[i + 1] - edges[i] - half)):
            by_word = np.zeros(256, dtype=np.uint32)
            n_gc, n_bases = _count(joined[begin : edges[i + 1]], n_begin, by_word)
            gc[i] += n_gc
            bases[i] += n_bases
            for word in range(256):
                counts[i, part, column[word]] += by_word[word]
