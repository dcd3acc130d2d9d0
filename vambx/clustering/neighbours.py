"""Who is near whom: the densities of all contigs at once, and the surroundings of one."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from vambx.clustering.balls import Balls, angle_of
from vambx.clustering.distances import LANES, NEIGHBOURHOOD, count_share, least_cosine, look_around, own_density
from vambx.clustering.valley import N_BINS, STEP

_SETTLE_BELOW = 0.5  # share of contigs left at which they are put into balls anew
_LONG = 128  # blocks of balls (of LANES x LANES contigs each) that are worth waking threads for


@dataclass(frozen=True)
class Surroundings:
    """The contigs left around one of them.

    Attributes:
        rows: int64 (n,), contigs within the distance asked for, without itself, in no order.
        distances: float32 (n,), from it.
        histogram: int64 (N_BINS,), bases at each distance, in steps of STEP.
    """

    rows: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float32]
    histogram: npt.NDArray[np.int64]


class Neighbours:
    """The contigs that are left, in balls.

    Args:
        unit: float32 (n, n_terms), as `normalised` gives them.
        lengths: int64 (n,), bp.
        reach: distance within which contigs are each other's company.
        pool: where work is done in parts.
        threads: how many parts, where it is long.

    Attributes:
        density: int64 (n,), of every contig, as long as all are there.
        lonely: bool (n,), contigs that never had company.
    """

    def __init__(
        self,
        unit: npt.NDArray[np.float32],
        lengths: npt.NDArray[np.int64],
        reach: float,
        pool: ThreadPoolExecutor,
        threads: int,
    ) -> None:
        self._unit, self.lengths, self._reach = unit, lengths, reach
        self._pool, self._threads = pool, threads
        self.lonely = np.zeros(len(unit), dtype=np.bool_)
        self._settle(np.arange(len(unit)))
        self.density, self.lonely = self._count()
        self._settle(np.arange(len(unit)))

    def _settle(self, rows: npt.NDArray[np.int64]) -> None:
        """Put these rows into balls, and forget the others."""
        self._balls = balls = Balls.of(self._unit, rows[~self.lonely[rows]], rows[self.lonely[rows]])
        self._n_left = self._n_settled = len(rows)
        there = balls.rows >= 0
        self._slot = np.full(len(self._unit), -1)
        self._slot[balls.rows[there]] = np.flatnonzero(there)
        self._length = np.where(there, self.lengths[balls.rows], 0)
        self._left = there.reshape(-1, LANES).sum(axis=1)
        self._least: dict[float, npt.NDArray[np.float32]] = {}
        n_blocks = len(balls.centres)
        edges = np.linspace(0, n_blocks, (self._threads if n_blocks >= _LONG else 1) + 1).astype(int).tolist()
        self._parts = list(pairwise(edges))
        self._slots = np.empty(len(balls.rows), dtype=np.int64)
        self._distances = np.empty(len(balls.rows), dtype=np.float32)

    def _count(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Density of every contig, and whether it is lonely."""
        balls = self._balls
        least = balls.least_cosines(self._reach)

        def share(first: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
            density, company = np.zeros_like(self._length), np.zeros_like(self._length)
            vectors = (balls.tiles, balls.centres, balls.radii, least, self._length)
            count_share(
                *vectors, angle_of(self._reach), np.float32(self._reach), first, self._threads, density, company
            )
            return density, company

        there = balls.rows >= 0
        density, company = own_density(self.lengths), np.zeros(len(self._unit), dtype=np.int64)
        for given, met in self._pool.map(share, range(self._threads)):
            density[balls.rows[there]] += given[there]
            company[balls.rows[there]] += met[there]
        return density, company == 0

    def density_of(self, row: int) -> int:
        """The density of a contig that is left, from what is left."""
        own = int(own_density(self.lengths[row]))
        return own if self.lonely[row] else own + sum(given for _, given, _ in self._look(row, NEIGHBOURHOOD))

    def around(self, row: int, distance: float) -> Surroundings:
        """Who is left within a distance of a contig that is left."""
        found, _, histograms = zip(*self._look(row, distance), strict=True)
        there = np.concatenate(found)
        return Surroundings(self._balls.rows[self._slots[there]], self._distances[there], np.sum(histograms, axis=0))

    def _look(self, row: int, distance: float) -> Iterable[tuple[npt.NDArray[np.int64], int, npt.NDArray[np.int64]]]:
        """Where what was found lies in `_slots` and `_distances`, the density it gives, and its histogram."""
        balls = self._balls
        if distance not in self._least:
            self._least[distance] = balls.least_cosines(distance, apart=distance <= self._reach)
        vectors = (balls.tiles, balls.centres, self._least[distance], self._length, self._left)
        within = least_cosine(distance)

        def part(blocks: tuple[int, int]) -> tuple[npt.NDArray[np.int64], int, npt.NDArray[np.int64]]:
            start, histogram = blocks[0] * LANES * LANES, np.zeros(N_BINS, dtype=np.int64)
            out = (self._slots[start:], self._distances[start:], histogram)
            n, given = look_around(self._slot[row], *vectors, within, blocks, np.float32(STEP), *out)
            return np.arange(start, start + n), given, histogram

        return map(part, self._parts) if len(self._parts) == 1 else self._pool.map(part, self._parts)

    def remove(self, rows: npt.NDArray[np.int64]) -> None:
        """Contigs leave."""
        slots = self._slot[rows]
        self._length[slots] = 0
        np.subtract.at(self._left, slots // LANES, 1)
        self._slot[rows] = -1
        self._n_left -= len(rows)
        if self._n_left < _SETTLE_BELOW * self._n_settled:
            self._settle(np.flatnonzero(self._slot >= 0))
