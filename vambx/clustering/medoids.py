"""The iterative medoid clusterer: find the densest contig, find where its cluster ends, take it out, again.

    1. density of a contig = sum over its neighbours (distance < 0.05) of length x (0.05 - distance)
    2. medoid = the densest contig that was not tried
    3. radius = the valley of the histogram of distances from it (`vambx.clustering.valley`)
    4. found: the contigs within the radius are a cluster and leave; densities fall.
       not found: the medoid, and its neighbours that are no denser, count as tried.
    5. when all were tried, shallower valleys are allowed, and it begins again; in the end what is left
       goes within a fixed radius, or alone.

Source: Nissen et al., Nat Biotechnol 2021, doi 10.1038/s41587-020-00777-4, and its successors (density weighed by
length). There, seeds wander by sampling to a denser neighbour; here all densities are known, and nothing is drawn at
random.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from vambx.clustering.distances import (
    NEIGHBOURHOOD,
    add_to_density,
    distances_from,
    histogram_of,
    normalised,
    own_density,
)
from vambx.clustering.valley import N_BINS, find_valley

VALLEY_RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
FALLBACK_RADIUS = 0.06
_COMPACT_BELOW = 0.5  # share of contigs left at which the matrix is made smaller


@dataclass(frozen=True)
class Cluster:
    """Contigs close in latent space.

    Attributes:
        medoid: row of the contig that stands for the cluster.
        members: int64 (n,), rows of its contigs, ascending; the medoid is one of them.
        radius: distance within which they lie; 0 for a loner.
        kind: `normal` (a valley was found), `fallback` (the fixed radius) or `loner` (one contig, no neighbours).
        valley_ratio: how high the valley lies, as a share of the peak; NaN where none was found.
    """

    medoid: int
    members: npt.NDArray[np.int64]
    radius: float
    kind: str
    valley_ratio: float


def iter_clusters(
    latent: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64], threads: int = 1
) -> Iterator[Cluster]:
    """Cluster contigs, densest clusters first; every contig comes out in exactly one cluster.

    The result is the same for the same input, on any number of threads.

    Args:
        latent: (n_contigs, n_latent), finite; its rows' lengths do not matter.
        lengths: int64 (n_contigs,), bp, at least 1.
        threads: how many compute densities.

    Raises:
        ValueError: the matrices do not fit each other, or hold numbers that cannot be.
    """
    if latent.ndim != 2 or lengths.shape != (len(latent),):
        raise ValueError(f"latent must be (n, d) and lengths (n,), not {latent.shape} and {lengths.shape}")
    if not np.isfinite(latent).all() or (lengths < 1).any():
        raise ValueError("latent must be finite, and lengths at least 1")
    return _iter(latent, lengths, threads)


def _iter(latent: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64], threads: int) -> Iterator[Cluster]:
    with ThreadPoolExecutor(max_workers=threads) as pool:
        yield from _Clustering(latent, lengths, pool, threads).run()


class _Clustering:
    """The contigs that are left, and what is known of them."""

    def __init__(
        self,
        latent: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        pool: ThreadPoolExecutor,
        threads: int,
    ) -> None:
        self.pool, self.threads = pool, threads
        self.unit = normalised(latent)
        self.lengths = np.ascontiguousarray(lengths, dtype=np.int64)
        self.rows = np.arange(len(lengths))
        self.alive = np.ones(len(lengths), dtype=np.bool_)
        self.density = np.zeros(len(lengths), dtype=np.int64)
        self._give(self.rows, 1)
        self.untried = self.alive.copy()
        self.distances = np.empty(len(lengths), dtype=np.float32)
        self.histogram = np.empty(N_BINS, dtype=np.int64)

    def run(self) -> Iterator[Cluster]:
        for ratio in VALLEY_RATIOS:
            # A contig without neighbours is no medoid, though it may end up in another's cluster.
            self.untried = self.alive & (self.density > own_density(self.lengths))
            while self.untried.any():
                if cluster := self._around(self._densest(self.untried), ratio):
                    yield cluster
        while self.alive.any():
            yield self._left_over(self._densest(self.alive))

    def _densest(self, among: npt.NDArray[np.bool_]) -> int:
        return int(np.where(among, self.density, -1).argmax())

    def _around(self, medoid: int, ratio: float) -> Cluster | None:
        """The cluster around a medoid, taken out; or None, and the medoid and its lesser neighbours are tried."""
        distances_from(self.unit, medoid, self.distances)
        histogram_of(self.distances, self.lengths, self.alive, medoid, self.histogram)
        valley = find_valley(self.histogram, ratio)
        if valley is None:
            self.untried &= (self.distances >= NEIGHBOURHOOD) | (self.density > self.density[medoid])
            return None
        return self._take_out(medoid, valley.radius, "normal", valley.ratio)

    def _left_over(self, medoid: int) -> Cluster:
        """A contig that no valley was found for, and what lies within the fixed radius."""
        distances_from(self.unit, medoid, self.distances)
        return self._take_out(medoid, FALLBACK_RADIUS, "fallback", float("nan"))

    def _take_out(self, medoid: int, radius: float, kind: str, ratio: float) -> Cluster:
        members = np.flatnonzero(self.alive & (self.distances <= radius))
        if len(members) == 1 and kind == "fallback":
            kind, radius = "loner", 0.0
        cluster = Cluster(int(self.rows[medoid]), self.rows[members], radius, kind, ratio)
        self.alive[members] = False
        self.untried[members] = False
        self._give(members, -1)
        self._compact()
        return cluster

    def _give(self, givers: npt.NDArray[np.int64], sign: int) -> None:
        """Change all densities by what `givers` give, a share of the contigs a thread."""
        edges = np.linspace(0, len(self.density), self.threads + 1).astype(int).tolist()
        work = [
            self.pool.submit(add_to_density, self.unit, self.lengths, givers, sign, self.density, *part)
            for part in pairwise(edges)
        ]
        for part in work:
            part.result()

    def _compact(self) -> None:
        """Drop the contigs that have left, once they are many."""
        keep = self.alive
        if keep.sum() > _COMPACT_BELOW * len(keep):
            return
        self.unit = np.ascontiguousarray(self.unit[:, keep])
        for name in ("lengths", "rows", "density", "distances", "untried", "alive"):
            setattr(self, name, getattr(self, name)[keep])
