"""clusters.tsv and chosen.tsv: one row a contig, with what is known of its cluster."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vambx.clustering.medoids import Cluster
from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.io.npz import all_within, pack_text, unpack_text
from vambx.io.tables import read_rows, write_rows

_MOST_CLUSTERS = 1 << 40


@dataclass(frozen=True)
class ClusteredContig:
    """One row of clusters.tsv, or of chosen.tsv, where a cluster is what was chosen for one genome.

    Attributes:
        cluster: number, from 1, in the order found.
        contig: its name.
        medoid: name of the contig that stands for the cluster.
        radius: cosine distance from the medoid within which the cluster's contigs lie.
        kind: how it was found: normal, fallback or loner by the clusterer, markers or stable by the choice.
    """

    cluster: int
    contig: str
    medoid: str
    radius: float
    kind: str


def rows_of(clusters: Iterable[Cluster], names: tuple[str, ...]) -> Iterator[ClusteredContig]:
    """The rows of clusters as they come."""
    for number, cluster in enumerate(clusters, start=1):
        for row in cluster.members:
            yield ClusteredContig(number, names[row], names[cluster.medoid], round(cluster.radius, 6), cluster.kind)


def write_clusters(path: Path, rows: Iterable[ClusteredContig]) -> None:
    """Write clusters.tsv or chosen.tsv.

    Raises:
        OutputError: the file cannot be written.
    """
    write_rows(path, ClusteredContig, rows)


def read_clusters(path: Path, contigs: Contigs, others: Contigs | None = None) -> list[ClusteredContig]:
    """Read clusters.tsv or chosen.tsv.

    Args:
        path: of the table.
        contigs: those that must be in it.
        others: those that may be in it.

    Raises:
        InputError: the file is missing, is no such table, or is of other contigs.
    """
    known = contigs if others is None else others
    rows = list(iter_cluster_rows(path, known))
    names = {row.contig for row in rows}
    if len(rows) != len(names) or not set(contigs.names) <= names:
        raise of_others(path)
    return rows


def iter_cluster_rows(path: Path, contigs: Contigs) -> Iterator[ClusteredContig]:
    """Yield the rows of clusters.tsv or chosen.tsv, all of these contigs.

    Raises:
        InputError: the file is missing, is no such table, or is of other contigs.
    """
    for row in read_rows(path, ClusteredContig):
        if not {row.contig, row.medoid} <= contigs.row.keys():
            raise of_others(path)
        if not (0 < row.cluster < _MOST_CLUSTERS and 0 <= row.radius < math.inf):
            raise InputError(
                f"{path}: contig {row.contig} is in cluster {row.cluster} of radius {row.radius}, which cannot be; "
                "make it anew"
            )
        yield row


def of_others(path: Path) -> InputError:
    """The sentence for a table of other contigs."""
    return InputError(f"{path}: was made for other contigs than the composition; make it anew")


def numbered_on(tables: Iterable[Iterable[ClusteredContig]]) -> Iterator[ClusteredContig]:
    """The rows of several tables as those of one: where the clusters of one end, the numbers of the next go on."""
    last = 0
    for table in tables:
        before, first = last, 0
        for row in table:
            first = first or row.cluster  # a table that was part of a larger one begins with another number than 1
            number = before + row.cluster - first + 1
            last = max(last, number)
            yield replace(row, cluster=number)


def to_arrays(rows: Iterable[ClusteredContig], contigs: Contigs) -> dict[str, npt.NDArray[Any]]:
    """Rows as arrays of one length: clusters and radii, contigs and medoids by number, kinds as packed text."""
    listed = list(rows)
    return {
        "cluster": np.array([row.cluster for row in listed], dtype=np.int64),
        "contig": np.array([contigs.row[row.contig] for row in listed], dtype=np.int64),
        "medoid": np.array([contigs.row[row.medoid] for row in listed], dtype=np.int64),
        "radius": np.array([row.radius for row in listed], dtype=np.float64),
        "kind": pack_text(row.kind for row in listed),
    }


def are_rows(arrays: Mapping[str, npt.NDArray[Any]], contigs: Contigs) -> bool:
    """Whether arrays, of the types that `to_arrays` gives, are rows of these contigs."""
    try:
        kinds = unpack_text(arrays["kind"])
    except UnicodeDecodeError:
        return False
    return (
        all(len(arrays[name]) == len(kinds) for name in ("cluster", "contig", "medoid", "radius"))
        and all(all_within(arrays[name], 0, len(contigs) - 1) for name in ("contig", "medoid"))
        and all_within(arrays["cluster"], 1, len(contigs))
        and all_within(arrays["radius"], 0, float(np.finfo(np.float64).max))
    )


def from_arrays(arrays: Mapping[str, npt.NDArray[Any]], contigs: Contigs) -> Iterator[ClusteredContig]:
    """The rows that `to_arrays` was given."""
    numbers = (arrays[name].tolist() for name in ("cluster", "contig", "medoid", "radius"))
    for cluster, contig, medoid, radius, kind in zip(*numbers, unpack_text(arrays["kind"]), strict=True):
        yield ClusteredContig(cluster, contigs.names[contig], contigs.names[medoid], radius, kind)
