"""The iterative medoid clusterer: find the densest contig, find where its cluster ends, take it out, again.

    1. density of a contig = sum over its neighbours (distance < 0.05) of length x (0.05 - distance)
    2. medoid = the densest contig that has neighbours and was not tried
    3. radius = the valley of the histogram of distances from it (`vambx.clustering.valley`)
    4. found: the contigs within the radius are a cluster and leave; densities fall.
       not found: the medoid and its neighbours count as tried.
    5. when all were tried, shallower valleys are allowed, and it begins again; in the end what is left
       goes within a fixed radius, or alone.

Source: Nissen et al., Nat Biotechnol 2021, doi 10.1038/s41587-020-00777-4, and its successors (density weighed by
length). There, seeds wander by sampling to a denser neighbour; here all densities are known, and nothing is drawn at
random.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt

from vambx.clustering.distances import NEIGHBOURHOOD, normalised, own_density
from vambx.clustering.neighbours import Neighbours, Surroundings
from vambx.clustering.valley import MAX_RADIUS, find_valley

VALLEY_RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
FALLBACK_RADIUS = 0.06


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
        threads: how many work on it.

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
        neighbours = Neighbours(normalised(latent), np.asarray(lengths, dtype=np.int64), FALLBACK_RADIUS, pool, threads)
        yield from _Clustering(neighbours).run()


class _Clustering:
    """The contigs that are left, and what is known of them.

    Densities only fall, and each is computed anew just when its contig seems the densest (the lazy greedy of
    Minoux, Accelerated greedy algorithms, 1978, doi 10.1007/BFb0006528).
    """

    def __init__(self, neighbours: Neighbours) -> None:
        self.neighbours = neighbours
        self.own = own_density(neighbours.lengths)
        self.density = neighbours.density.copy()  # at most this
        self.alive = np.ones(len(self.density), dtype=np.bool_)

    def run(self) -> Iterator[Cluster]:
        for ratio in VALLEY_RATIOS:
            yield from self._round(ratio)
        yield from self._left_over()

    def _round(self, ratio: float) -> Iterator[Cluster]:
        """Clusters whose valley is deeper than `ratio`."""
        # A contig without neighbours is no medoid, though it may end up in another's cluster.
        untried = self.alive & (self.density > self.own)
        for medoid in self._densest_first(untried):
            if self.density[medoid] == self.own[medoid]:
                continue
            around = self.neighbours.around(medoid, MAX_RADIUS)
            if valley := find_valley(around.histogram, ratio):
                cluster = self._take_out(medoid, around, valley.radius, "normal", valley.ratio)
                untried[cluster.members] = False
                yield cluster
            else:
                untried[around.rows[around.distances < NEIGHBOURHOOD]] = False

    def _left_over(self) -> Iterator[Cluster]:
        """Contigs that no valley was found for, each with what lies within the fixed radius."""
        for medoid in self._densest_first(self.alive):
            if self.neighbours.lonely[medoid]:
                yield Cluster(medoid, np.array([medoid]), 0.0, "loner", float("nan"))
                continue
            around = self.neighbours.around(medoid, FALLBACK_RADIUS)
            yield self._take_out(medoid, around, FALLBACK_RADIUS, "fallback", float("nan"))

    def _densest_first(self, among: npt.NDArray[np.bool_]) -> Iterator[int]:
        """The densest contig of those that are still among them, then the next."""
        rows = np.flatnonzero(among)
        ordered = rows[np.argsort(-self.density[rows], kind="stable")]
        waiting = zip((-self.density[ordered]).tolist(), ordered.tolist(), strict=True)
        sunken: list[tuple[int, int]] = []  # a heap of those less dense than they were thought
        upcoming = next(waiting, None)
        while upcoming or sunken:
            if upcoming and (not sunken or upcoming < sunken[0]):
                (thought, row), upcoming = upcoming, next(waiting, None)
            else:
                thought, row = heappop(sunken)
            if not among[row]:
                continue
            self.density[row] = now = self.neighbours.density_of(row)
            if now < -thought:
                heappush(sunken, (-now, row))
            else:
                yield row

    def _take_out(self, medoid: int, around: Surroundings, radius: float, kind: str, ratio: float) -> Cluster:
        members = np.sort(np.append(around.rows[around.distances <= np.float32(radius)], medoid))
        if len(members) == 1 and kind == "fallback":
            kind, radius = "loner", 0.0
        self.alive[members] = False
        self.neighbours.remove(members)
        return Cluster(medoid, members, radius, kind, ratio)
