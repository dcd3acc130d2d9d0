"""clusters.tsv and chosen.tsv: one row a contig, with what is known of its cluster."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vambx.clustering.medoids import Cluster
from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.io.tables import read_rows, write_rows


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
    rows = list(read_rows(path, ClusteredContig))
    names = {row.contig for row in rows}
    known = contigs if others is None else others
    if len(rows) != len(names) or not set(contigs.names) <= names <= set(known.names):
        raise InputError(f"{path}: was made for other contigs than the composition; make it anew")
    return rows
