"""markers.npz: the marker genes that were found, contig by contig."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.io.npz import all_within, pack_text, read_arrays, unpack_text, write_arrays

OF_HITS: Mapping[str, npt.NDArray[Any]] = {
    "contig": np.empty(0, dtype=np.int64),
    "marker": np.empty(0, dtype=np.int64),
    "score": np.empty(0, dtype=np.float32),
    "gene": np.empty(0, dtype=np.int64),
    "cut": np.empty(0, dtype=np.bool_),
}
"""The arrays of `Markers` with an entry a gene, in their order there; of no genes."""


@dataclass(frozen=True)
class Markers:
    """The marker genes of the contigs: one entry a gene.

    Attributes:
        names: all markers of the set, found or not.
        contig: int64 (n_hits,), rows of the contigs, ascending.
        marker: int64 (n_hits,), indices into `names`.
        score: float32 (n_hits,), bits.
        gene: int64 (n_hits,), a hash of the gene's DNA.
        cut: bool (n_hits,), whether the gene is cut by an end of its contig.
        n_contigs: rows that there are.
        names_sha256: `Contigs.digest` of the contigs.
    """

    names: tuple[str, ...]
    contig: npt.NDArray[np.int64]
    marker: npt.NDArray[np.int64]
    score: npt.NDArray[np.float32]
    gene: npt.NDArray[np.int64]
    cut: npt.NDArray[np.bool_]
    n_contigs: int
    names_sha256: str

    @property
    def counts(self) -> npt.NDArray[np.uint8]:
        """uint8 (n_contigs, n_markers): copies of each marker on each contig; 255 stands for more too."""
        return counts_of(self.contig, self.marker, (self.n_contigs, len(self.names)))

    def write(self, path: Path) -> None:
        """Write `markers.npz`.

        Raises:
            OutputError: the file cannot be written.
        """
        write_arrays(
            path,
            {
                "names": pack_text(self.names),
                "contig": self.contig,
                "marker": self.marker,
                "score": self.score,
                "gene": self.gene,
                "cut": self.cut,
                "names_sha256": pack_text([self.names_sha256]),
            },
        )

    @classmethod
    def read(cls, path: str | os.PathLike[str], contigs: Contigs) -> "Markers":
        """Read `markers.npz` and see that its rows are these contigs.

        Raises:
            InputError: the file is missing or broken, or was made for other contigs.
        """
        a = read_arrays(path, ["names", *OF_HITS, "names_sha256"])
        try:
            names, digest = unpack_text(a["names"]), unpack_text(a["names_sha256"])
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: its names are no text; make it anew") from error
        if digest != (contigs.digest,):
            raise InputError(f"{path}: was made for other contigs than the composition; make it anew")
        if any((a[name].dtype, a[name].ndim) != (one.dtype, 1) for name, one in OF_HITS.items()):
            raise InputError(f"{path}: its arrays do not fit each other; make it anew")
        if not are_hits(a, len(contigs), len(names)):
            raise InputError(f"{path}: the hits do not fit its contigs and markers; make it anew")
        hits = {name: a[name] for name in OF_HITS}
        return cls(names, **hits, n_contigs=len(contigs), names_sha256=contigs.digest)


def are_hits(arrays: Mapping[str, npt.NDArray[Any]], n_contigs: int, n_markers: int) -> bool:
    """Whether arrays, of the types of `OF_HITS`, tell of genes of so many contigs and markers."""
    return (
        len({len(arrays[name]) for name in OF_HITS}) == 1
        and all_within(arrays["contig"], 0, n_contigs - 1)
        and all_within(arrays["marker"], 0, n_markers - 1)
        and bool(np.isfinite(arrays["score"]).all())
    )


def counts_of(
    contig: npt.ArrayLike, marker: npt.ArrayLike, shape: tuple[int, int], dtype: npt.DTypeLike = np.uint8
) -> npt.NDArray[Any]:
    """How often each contig and marker come together.

    Args:
        contig: integers (n_hits,), rows.
        marker: integers (n_hits,), columns.
        shape: n_contigs, n_markers.
        dtype: of the counts.

    Returns:
        `dtype` (n_contigs, n_markers); its largest number, 255 of uint8, stands for more too.
    """
    counts = np.zeros(shape, dtype=dtype)
    hits = np.stack([np.asarray(contig, dtype=np.int64), np.asarray(marker, dtype=np.int64)])
    (rows, columns), copies = np.unique(hits, axis=1, return_counts=True)
    counts[rows, columns] = np.minimum(copies, np.iinfo(dtype).max)
    return counts
