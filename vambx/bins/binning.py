"""From clusters to bins: split by sample, name, keep those that are large enough."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vambx.bins.clusters_table import ClusteredContig
from vambx.bins.separator import POOLED, Separator
from vambx.features.contigs import Contigs

TOO_SMALL, UNLIKE_ANY = "its bin is smaller than the minimum size", "short, and not clearly of any bin"

_LONGEST = 100  # letters of a sample's name in those of its bins; file systems take 255


@dataclass(frozen=True)
class Bin:
    """The contigs of one cluster that were assembled from one sample.

    Attributes:
        name: letters, digits and `_` only, unique whatever the case; the id in every table and the file's name.
        sample: the sample of its contigs, as their names tell; empty if names are not split.
        rows: int64 (n,), its contigs, ascending.
        medoid: name of the contig that stands for the cluster, which may be another sample's.
        radius: the cluster's.
        kind: the cluster's: markers, stable, normal, fallback or loner.
    """

    name: str
    sample: str
    rows: npt.NDArray[np.int64]
    medoid: str
    radius: float
    kind: str


@dataclass(frozen=True)
class Binning:
    """What became of the contigs.

    Attributes:
        bins: of at least the minimum size, largest first.
        too_small: int64 (n,), rows of the contigs of smaller ones, ascending.
        loose: int64 (n,), rows of contigs that were chosen for none, ascending.
    """

    bins: tuple[Bin, ...]
    too_small: npt.NDArray[np.int64]
    loose: npt.NDArray[np.int64]


def split_clusters(
    clustered: Sequence[ClusteredContig], contigs: Contigs, separator: Separator, min_bin_size: int
) -> Binning:
    """Split clusters by sample and keep the bins of at least `min_bin_size` bp."""
    groups: dict[tuple[str, int], list[ClusteredContig]] = defaultdict(list)
    for row in clustered:
        groups[separator.sample_of(row.contig), row.cluster].append(row)
    prefix = _prefixes(sample for sample, _ in groups)
    bins, chosen, small = [], np.zeros(len(contigs), dtype=bool), np.zeros(len(contigs), dtype=bool)
    for (sample, cluster), members in groups.items():
        rows = np.sort(np.array([contigs.row[member.contig] for member in members]))
        chosen[rows] = True
        if contigs.lengths[rows].sum() < min_bin_size:
            small[rows] = True
            continue
        first = members[0]
        bins.append(Bin(f"{prefix[sample]}_{cluster}", sample, rows, first.medoid, first.radius, first.kind))
    bins.sort(key=lambda made: (-int(contigs.lengths[made.rows].sum()), made.name))
    return Binning(tuple(bins), np.flatnonzero(small), np.flatnonzero(~chosen))


def _prefixes(samples: Iterable[str]) -> dict[str, str]:
    """What the names of each sample's bins begin with: safe for files on any system, and different for each sample."""
    prefix: dict[str, str] = {}
    taken: set[str] = set()
    for sample in sorted(set(samples)):
        safe = "bin" if sample == POOLED else re.sub(r"[^A-Za-z0-9_]", "_", sample)[:_LONGEST]
        name, n = safe, 1
        while name.casefold() in taken:
            n += 1
            name = f"{safe}_{n}"
        taken.add(name.casefold())
        prefix[sample] = name
    return prefix
