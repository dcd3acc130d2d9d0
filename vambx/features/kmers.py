"""Counting 4-mers, both strands as one: 256 words fold into 136."""

from itertools import product

import numpy as np
import numpy.typing as npt

from vambx.compiled import compiled

K = 4
_SKIP, _ILLEGAL = 4, 5


def _reverse_complement(word: str) -> str:
    return word[::-1].translate(str.maketrans("ACGT", "TGCA"))


_WORDS = ["".join(letters) for letters in product("ACGT", repeat=K)]
KMERS: tuple[str, ...] = tuple(word for word in _WORDS if word <= _reverse_complement(word))
"""The 136 words that stand for themselves and their reverse complement, in the order of the columns."""

_COLUMN = np.array([KMERS.index(min(word, _reverse_complement(word))) for word in _WORDS], dtype=np.int64)


def _codes() -> npt.NDArray[np.uint8]:
    """What each byte means: 0-3 for A, C, G, T (U), 4 for what is skipped (IUPAC, gaps), 5 for what is no base."""
    codes = np.full(256, _ILLEGAL, dtype=np.uint8)
    for letter in b"NRYSWKMBDHV-.*":
        codes[letter] = _SKIP
    for code, letters in enumerate((b"A", b"C", b"G", b"TU")):
        for letter in letters:
            codes[letter] = code
    for upper in range(ord("A"), ord("Z") + 1):
        codes[upper + 32] = codes[upper]
    return codes


_CODES = _codes()


@compiled
def _count(sequence, codes, column, counts):  # type: ignore[no-untyped-def]
    word = 0
    run = 0
    gc = 0
    bases = 0
    for i in range(len(sequence)):
        code = codes[sequence[i]]
        if code > 3:
            if code == 5:
                return i, gc, bases
            run = 0
            continue
        bases += 1
        gc += 1 <= code <= 2
        word = (word << 2 | code) & 255
        run += 1
        if run >= 4:
            counts[column[word]] += 1
    return -1, gc, bases


def count_kmers(sequence: bytes) -> tuple[npt.NDArray[np.uint32], float]:
    """Count the 4-mers of one sequence; words with anything but A, C, G, T (U) are skipped.

    Args:
        sequence: bases in either case, IUPAC codes and gaps among them.

    Returns:
        counts: uint32 (136,), columns as in `KMERS`.
        gc: share of G and C among A, C, G, T; 0 where there are none.

    Raises:
        ValueError: a byte that no base is written with; says which and where.
    """
    counts = np.zeros(len(KMERS), dtype=np.uint32)
    illegal, gc, bases = _count(np.frombuffer(sequence, dtype=np.uint8), _CODES, _COLUMN, counts)
    if illegal >= 0:
        raise ValueError(f"{chr(sequence[illegal])!r} at base {illegal + 1} is no nucleotide")
    return counts, gc / bases if bases else 0.0
