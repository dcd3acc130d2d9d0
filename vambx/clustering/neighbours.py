"""Who is near whom: the densities of all contigs at once, and the surroundings of one."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from vambx.clustering.balls import Balls, angle_of
from vambx.clustering.distances import (
    LANES,
    NEIGHBOURHOOD,
    closeness_of,
    cosines,
    cosines_of_two,
    distance_of,
    own_density,
)
from vambx.clustering.valley import N_BINS, STEP
from vambx.compiled import compiled

_SETTLE_BELOW = 0.5  # share of contigs left at which they are put into balls anew
_LONG = 128  # blocks of balls (of LANES x LANES contigs each) that are worth waking threads for
_F = np.float32


@compiled
def _add_hits(reach, here, cosine, lengths, density, company, first):  # type: ignore[no-untyped-def]
    """Count one contig and the contigs of a tile, from `first` on, for each other."""
    length = lengths[here]
    given = np.int64(0)
    met = np.int64(0)
    for j in range(LANES):
        distance = distance_of(cosine[j])
        closeness = closeness_of(distance)
        near = np.int64(distance <= reach and lengths[first + j] > 0)
        given += lengths[first + j] * closeness
        density[first + j] += length * closeness
        company[first + j] += near
        met += near
    density[here] += given
    company[here] += met


@compiled
def _candidates(t, centres, radii, radii_cos, radii_sin, reach, out):  # type: ignore[no-untyped-def]
    """Write the tiles up to `t` whose balls may hold something within `reach` (radians) of t's; returns how many."""
    n_terms = centres.shape[1]
    query = np.empty(n_terms, dtype=np.float32)
    query[:] = centres[t // LANES, :, t % LANES]
    cosine = np.empty(LANES, dtype=np.float32)
    n = 0
    mine = radii[t] + reach
    mine_cos, mine_sin = np.cos(mine), np.sin(mine)
    for block in range(t // LANES + 1):
        cosines(query, centres[block], cosine)
        for j in range(min(LANES, t + 1 - block * LANES)):
            u = block * LANES + j
            if mine + radii[u] >= np.pi or cosine[j] >= mine_cos * radii_cos[u] - mine_sin * radii_sin[u]:
                out[n] = u
                n += 1
    return n


@compiled
def _pack(rows, n, centres, least, packed, needed):  # type: ignore[no-untyped-def]
    """Copy the centres of n tiles, and the cosines they need, side by side; what fills up the last is never near."""
    for i in range(-(-n // LANES) * LANES):
        needed[i // LANES, i % LANES] = least[rows[i]] if i < n else 2.0
        if i < n:
            packed[i // LANES, :, i % LANES] = centres[rows[i] // LANES, :, rows[i] % LANES]


@compiled
def _count_share(tiles, centres, radii, least, lengths, angle, reach, share, of, density, company):  # type: ignore[no-untyped-def]
    """Meet all contigs of every `of`-th tile, from `share` on, with those of the tiles up to it: each pair once."""
    n_tiles, n_terms = tiles.shape[0], tiles.shape[1]
    n_blocks = -(-n_tiles // LANES)
    radii_cos, radii_sin = np.cos(radii), np.sin(radii)
    candidates = np.empty(n_tiles, dtype=np.int64)
    packed = np.zeros((n_blocks, n_terms, LANES), dtype=np.float32)
    needed = np.empty((n_blocks, LANES), dtype=np.float32)
    pairs = np.empty((LANES // 2, 2, n_terms), dtype=np.float32)
    near = np.empty((LANES // 2, LANES), dtype=np.bool_)
    cosine = np.empty((2, LANES), dtype=np.float32)
    within = _F(1.0) - _F(2.0) * reach - _F(1e-6)
    for t in range(share, n_tiles, of):
        n = _candidates(t, centres, radii, radii_cos, radii_sin, angle, candidates)
        _pack(candidates, n, centres, least, packed, needed)
        n_pairs = 0
        for lane in range(0, LANES, 2):
            if lengths[t * LANES + lane] > 0:
                pairs[n_pairs, 0] = tiles[t, :, lane]
                pairs[n_pairs, 1] = tiles[t, :, lane + 1]
                n_pairs += 1
        for block in range(-(-n // LANES)):
            for p in range(n_pairs):
                cosines_of_two(pairs[p], packed[block], cosine)
                for i in range(LANES):
                    near[p, i] = max(cosine[0, i], cosine[1, i]) >= needed[block, i]
            for i in range(min(LANES, n - block * LANES)):
                u = candidates[block * LANES + i]
                for p in range(n_pairs):
                    if near[p, i]:
                        cosines_of_two(pairs[p], tiles[u], cosine)
                        _meet(t * LANES + 2 * p, u, cosine, within, reach, lengths, density, company)


@compiled
def _meet(here, u, cosine, within, reach, lengths, density, company):  # type: ignore[no-untyped-def]
    """Count two contigs, side by side from `here` on, and those of tile u for each other."""
    for side in range(2):
        if u == here // LANES:
            cosine[side, here % LANES + side :] = -1.0  # in their own tile each pair once
        nearest = cosine[side, 0]
        for j in range(LANES):
            nearest = max(nearest, cosine[side, j])
        if nearest >= within and lengths[here + side] > 0:
            _add_hits(reach, here + side, cosine[side], lengths, density, company, u * LANES)


@compiled
def _look_around(me, tiles, centres, least, lengths, left, within, blocks, slots, distances, histogram):  # type: ignore[no-untyped-def]
    """Find who is left within a distance (as its least cosine) of one contig, in some blocks of balls.

    Returns how many there are, and what they give to its density.
    """
    query = tiles[me // LANES, :, me % LANES].copy()
    to_centres = np.empty(LANES, dtype=np.float32)
    cosine = np.empty(LANES, dtype=np.float32)
    n = 0
    density = 0
    for block in range(blocks[0], blocks[1]):
        cosines(query, centres[block], to_centres)
        for i in range(LANES):
            u = block * LANES + i
            if to_centres[i] < least[u] or left[u] == 0:
                continue
            cosines(query, tiles[u], cosine)
            for j in range(LANES):
                if cosine[j] < within or lengths[u * LANES + j] == 0 or u * LANES + j == me:
                    continue
                distance = distance_of(cosine[j])
                slots[n] = u * LANES + j
                distances[n] = distance
                n += 1
                density += lengths[u * LANES + j] * closeness_of(distance)
                at = np.int64(distance / _F(STEP))
                if at < N_BINS:
                    histogram[at] += lengths[u * LANES + j]
    return n, density


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
            _count_share(*vectors, angle_of(self._reach), _F(self._reach), first, self._threads, density, company)
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
        within = _F(1 - 2 * distance - 1e-6)

        def part(blocks: tuple[int, int]) -> tuple[npt.NDArray[np.int64], int, npt.NDArray[np.int64]]:
            start, histogram = blocks[0] * LANES * LANES, np.zeros(N_BINS, dtype=np.int64)
            room = (self._slots[start:], self._distances[start:])
            n, given = _look_around(self._slot[row], *vectors, within, blocks, *room, histogram)
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
