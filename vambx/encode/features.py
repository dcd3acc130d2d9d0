"""What is known of the contigs, as it lies in memory or in memory-mapped files, and how it is read a part at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vambx.features.kmers import KMERS
from vambx.io.mapped import give_back_pages

ROWS_AT_ONCE = 4096  # a fixed number, so that a contig's latent does not depend on how many threads there are


@dataclass(frozen=True, eq=False)
class Features:
    """RPKM and TNF of contigs, neither scaled nor checked yet.

    Both matrices may be memory-mapped (`numpy.load(..., mmap_mode="r")`): only the rows asked for are read, and they do
    not stay in memory.

    Attributes:
        rpkms: float32 (n_rows, n_samples), abundance.
        tnfs: float32 (n_rows, n_tnf), 4-mer frequencies; or integers, their counts, that become frequencies here.
        rows: int64 (n_contigs,), which rows these contigs are; None: all.
        sample_names: one a column of `rpkms`; empty: they have numbers.
        tnf_names: one a column of `tnfs`; empty: `KMERS` if there are 136, or else numbers.

    Raises:
        ValueError: matrices of different heights, or names that are not one a column.
    """

    rpkms: npt.NDArray[np.float32]
    tnfs: npt.NDArray[Any]
    rows: npt.NDArray[np.int64] | None = None
    sample_names: tuple[str, ...] = ()
    tnf_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.rpkms) != len(self.tnfs):
            raise ValueError(f"rpkms and tnfs need the same number of rows, not {len(self.rpkms)} and {len(self.tnfs)}")
        tnf_names = KMERS if self.n_tnf == len(KMERS) else numbered_names("TNF features", self.n_tnf)
        for name, n, otherwise in (
            ("sample_names", self.n_samples, numbered_names("samples", self.n_samples)),
            ("tnf_names", self.n_tnf, tnf_names),
        ):
            names = tuple(getattr(self, name)) or tuple(otherwise)
            if len(names) != n:
                raise ValueError(f"{name} are {len(names)}, and the matrix has {n} columns")
            object.__setattr__(self, name, names)

    def __len__(self) -> int:
        return len(self.rpkms) if self.rows is None else len(self.rows)

    @property
    def n_samples(self) -> int:
        """Columns of `rpkms`."""
        return int(self.rpkms.shape[1])

    @property
    def n_tnf(self) -> int:
        """Columns of `tnfs`."""
        return int(self.tnfs.shape[1])

    def take(self, contigs: npt.NDArray[np.int64]) -> "Features":
        """Some of the contigs, where the features are; contigs int64 (n,)."""
        return replace(self, rows=contigs if self.rows is None else self.rows[contigs])

    def read(self, contigs: slice | npt.NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """RPKM and TNF of some contigs, float32 (n, n_samples) and (n, n_tnf), in memory of their own.

        Raises:
            ValueError: a number that is not finite, or a negative RPKM.
        """
        rows = contigs if self.rows is None else self.rows[contigs]
        rpkms, tnfs = (np.array(matrix[rows]) for matrix in (self.rpkms, self.tnfs))
        for matrix in (self.rpkms, self.tnfs):
            give_back_pages(matrix)
        if tnfs.dtype.kind in "iu":
            tnfs = tnfs / tnfs.sum(axis=1, keepdims=True)
        rpkms, tnfs = (np.ascontiguousarray(part, dtype=np.float32) for part in (rpkms, tnfs))
        if not (np.isfinite(rpkms).all() and np.isfinite(tnfs).all() and (rpkms >= 0).all()):
            raise ValueError("rpkms and tnfs must be finite, and rpkms not negative")
        return torch.from_numpy(rpkms), torch.from_numpy(tnfs)

    def iter_parts(self, contigs: npt.NDArray[np.int64] | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Contigs, `ROWS_AT_ONCE` at a time, as `read` gives them; None: all."""
        for start in range(0, len(self) if contigs is None else len(contigs), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            yield self.read(part if contigs is None else contigs[part])


def numbered_names(what: str, n: int) -> tuple[str, ...]:
    """What columns without names are called: `samples` as sample 1, sample 2, ..."""
    return tuple(f"{what.removesuffix('s')} {i}" for i in range(1, n + 1))
