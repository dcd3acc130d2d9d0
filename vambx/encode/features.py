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

    The matrices may be memory-mapped (`numpy.load(..., mmap_mode="r")`): only the rows asked for are read, and they do
    not stay in memory.

    Attributes:
        rpkms: float32 (n_rows, n_samples), abundance.
        tnfs: float32 (n_rows, n_tnf), 4-mer frequencies; or integers, their counts, that become frequencies here.
        rows: int64 (n_contigs,), which rows these contigs are; None: all.
        sample_names: one a column of `rpkms`; empty: they have numbers.
        tnf_names: one a column of `tnfs`; empty: `KMERS` if there are 136, or else numbers.
        fronts: integers (n_contigs, n_tnf), the counts of each contig's first half; `tnfs` are counts too, then. None:
            halves cannot be told apart, and there is no contrast (`vambx.encode.contrast`).

    Raises:
        ValueError: matrices of different heights, or names that are not one a column.
    """

    rpkms: npt.NDArray[np.float32]
    tnfs: npt.NDArray[Any]
    rows: npt.NDArray[np.int64] | None = None
    sample_names: tuple[str, ...] = ()
    tnf_names: tuple[str, ...] = ()
    fronts: npt.NDArray[Any] | None = None

    def __post_init__(self) -> None:
        if len(self.rpkms) != len(self.tnfs):
            raise ValueError(f"rpkms and tnfs need the same number of rows, not {len(self.rpkms)} and {len(self.tnfs)}")
        if self.fronts is not None:
            self._require_counts(self.fronts)
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
        fronts = None if self.fronts is None else self.fronts[contigs]
        return replace(self, rows=contigs if self.rows is None else self.rows[contigs], fronts=fronts)

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

    def read_halves(self, contigs: npt.NDArray[np.int64]) -> Tensor:
        """TNF of both halves of some contigs, float32 (n, 2, n_tnf); where a half has no 4-mer, that of the whole.

        Raises:
            ValueError: there are no `fronts`, or more of a 4-mer in the first half than in the whole.
        """
        if self.fronts is None:
            raise ValueError("nothing is known of the contigs' halves; give the features their fronts")
        whole = self.tnfs[contigs if self.rows is None else self.rows[contigs]].astype(np.int64)
        front = self.fronts[contigs].astype(np.int64)
        for matrix in (self.tnfs, self.fronts):
            give_back_pages(matrix)
        if not ((front >= 0) & (front <= whole)).all():
            raise ValueError("fronts must be counts of a part of each contig, from 0 to those in tnfs")
        halves = np.stack([front, whole - front], axis=1)
        halves = np.where(halves.any(axis=2, keepdims=True), halves, whole[:, None])
        return torch.from_numpy((halves / halves.sum(axis=2, keepdims=True)).astype(np.float32))

    def _require_counts(self, fronts: npt.NDArray[Any]) -> None:
        """See that halves can be told apart.

        Raises:
            ValueError: another number of contigs or columns, or frequencies in place of counts.
        """
        if fronts.shape != (len(self), self.n_tnf):
            raise ValueError(f"fronts are of shape {fronts.shape}, and contigs and TNF of {(len(self), self.n_tnf)}")
        if "f" in (fronts.dtype.kind, self.tnfs.dtype.kind):
            raise ValueError("fronts and tnfs must be counts, not frequencies, if there are fronts")

    def iter_parts(self, contigs: npt.NDArray[np.int64] | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Contigs, `ROWS_AT_ONCE` at a time, as `read` gives them; None: all."""
        for start in range(0, len(self) if contigs is None else len(contigs), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            yield self.read(part if contigs is None else contigs[part])


def numbered_names(what: str, n: int) -> tuple[str, ...]:
    """What columns without names are called: `samples` as sample 1, sample 2, ..."""
    return tuple(f"{what.removesuffix('s')} {i}" for i in range(1, n + 1))
