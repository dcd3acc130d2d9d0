"""The contigs of a run: one order for all, known by name."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Contigs:
    """Names, lengths and GC of the contigs, in the one order that every matrix of the run follows.

    Attributes:
        names: one unique name a contig.
        lengths: int64 (n_contigs,), bp.
        gc: float32 (n_contigs,), share of G and C among A, C, G, T.
    """

    names: tuple[str, ...]
    lengths: npt.NDArray[np.int64]
    gc: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.lengths) == len(self.gc):
            raise ValueError("names, lengths and gc must be of one length")

    def take(self, rows: npt.NDArray[np.int64]) -> "Contigs":
        """Some of the contigs; rows int64 (n,)."""
        return Contigs(tuple(self.names[row] for row in rows), self.lengths[rows], self.gc[rows])

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def digest(self) -> str:
        """A hash of the names in their order; lists that differ in any way differ in it."""
        return names_digest(self.names)

    @cached_property
    def row(self) -> dict[str, int]:
        """The row of each contig, by name."""
        return {name: i for i, name in enumerate(self.names)}


def names_digest(names: Iterable[str]) -> str:
    """sha256 (hex) of a list of names; each goes in with its length, so ["ab", "c"] and ["a", "bc"] differ."""
    digest = hashlib.sha256()
    for name in names:
        raw = name.encode()
        digest.update(len(raw).to_bytes(8, "little"))
        digest.update(raw)
    return digest.hexdigest()
