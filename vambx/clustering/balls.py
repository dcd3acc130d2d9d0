"""Contigs in balls, so that few distances need be computed: what lies in a far ball is far.

A ball is a centre, an angle, and the contigs of one tile, all within that angle of the centre. The angle of two unit
vectors is a metric: a contig at angle a from a ball's centre is at least a - radius from what lies in it. Contigs near
no centre (strays) share tiles with a radius of pi, which are never passed over.

Nothing found depends on how the balls are made, only the time does.

Source: the triangle inequality of angles, Schubert, A Triangle Inequality for Cosine Similarity, SISAP 2021,
doi 10.1007/978-3-030-89657-7_3.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from vambx.clustering.distances import LANES, tiled

_PER_CENTRE = 48  # contigs a centre has on average
_STRAY = np.cos(np.radians(35))  # contigs less like their centre than this stray
_LEAST = LANES // 4  # a ball with fewer contigs would waste its tile
_ROUNDS = 3  # of k-means
_TO_LEARN = 256  # contigs a centre that k-means looks at
_AT_ONCE = 1 << 14
_MARGIN = 2e-3  # radians; float32 cosines near 1 are off by up to 5e-4


@dataclass(frozen=True)
class Balls:
    """Contigs sorted into balls, tightest first.

    Attributes:
        rows: int64 (n_tiles x LANES,), the contig in each lane of each tile; -1 where there is none.
        tiles: float32 (n_tiles, n_terms, LANES), their unit vectors.
        centres: float32 (ceil(n_tiles / LANES), n_terms, LANES), the balls' centres, in tiles themselves.
        radii: float64 (n_tiles,), radians.
        n_near: the tiles from here on hold contigs that were kept apart.
    """

    rows: npt.NDArray[np.int64]
    tiles: npt.NDArray[np.float32]
    centres: npt.NDArray[np.float32]
    radii: npt.NDArray[np.float64]
    n_near: int

    @classmethod
    def of(cls, unit: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], apart: npt.NDArray[np.int64]) -> Self:
        """Sort some rows of `unit` (n, n_terms), vectors of length 1 or 0, into balls; and some into tiles apart."""
        balls, strays = _groups(unit, rows)
        centres = np.stack([_centre(unit[ball]) for ball in balls]) if balls else np.zeros((0, unit.shape[1]), "f4")
        radii = np.array([_angle(unit[ball] @ centre) for ball, centre in zip(balls, centres, strict=True)])
        tightest = np.argsort(radii, kind="stable")
        tiles = [balls[i] for i in tightest]
        tiles += [strays[i : i + LANES] for i in range(0, len(strays), LANES)]
        n_near = len(tiles)
        tiles += [apart[i : i + LANES] for i in range(0, len(apart), LANES)]
        lanes = np.full(len(tiles) * LANES, -1)
        for i, tile in enumerate(tiles):
            lanes[i * LANES : i * LANES + len(tile)] = tile
        n_tiles, n_terms = len(tiles), unit.shape[1]
        all_centres = np.zeros((-(-n_tiles // LANES) * LANES, n_terms), dtype=np.float32)
        all_centres[: len(centres)] = centres[tightest]
        all_radii = np.full(n_tiles, np.pi)
        all_radii[: len(radii)] = radii[tightest]
        vectors = np.where((lanes >= 0)[:, None], unit[lanes], np.float32(0))
        return cls(lanes, tiled(vectors), tiled(all_centres), all_radii, n_near)

    def least_cosines(self, distance: float, apart: bool = False) -> npt.NDArray[np.float32]:
        """The cosine a contig must have with each centre to be within `distance` of anything in the ball.

        With `apart`, no cosine is enough for the tiles apart.
        """
        reach = np.minimum(self.radii + angle_of(distance), np.pi)
        cosines = np.full(self.centres.shape[0] * LANES, 2.0, dtype=np.float32)
        cosines[: len(reach)] = np.where(reach < np.pi, np.cos(reach), -2.0)
        if apart:
            cosines[self.n_near :] = 2.0
        return cosines


def angle_of(distance: float) -> float:
    """The angle, in radians, of two contigs at this distance; a little more, for rounded cosines."""
    return float(np.arccos(1 - 2 * distance)) + _MARGIN


def _groups(
    unit: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
) -> tuple[list[npt.NDArray[np.int64]], npt.NDArray[np.int64]]:
    """Contigs near a common centre, at most LANES at a time, and the strays. k-means in two levels."""
    balls: list[npt.NDArray[np.int64]] = []
    strays = [rows[:0]]
    coarse, _ = _nearest(unit, rows, int(np.sqrt(len(rows) / _PER_CENTRE)))
    for cell in _split(rows, coarse):
        fine, cosine = _nearest(unit, cell, len(cell) // _PER_CENTRE)
        near = cosine >= _STRAY
        strays.append(cell[~near])
        for group in _split(cell[near], fine[near], cosine[near]):
            if len(group) < _LEAST:
                strays.append(group)
            else:
                balls += np.array_split(group, -(-len(group) // LANES))
    return balls, np.concatenate(strays)


def _split(
    rows: npt.NDArray[np.int64], labels: npt.NDArray[np.int64], cosine: npt.NDArray[np.float32] | None = None
) -> list[npt.NDArray[np.int64]]:
    """Rows of each label; with cosines, those nearest the centre first."""
    order = np.argsort(labels, kind="stable") if cosine is None else np.lexsort((-cosine, labels))
    ordered = labels[order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    return [part for part in np.split(rows[order], cuts) if len(part)]


def _nearest(
    unit: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], n_centres: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Which of `n_centres` centres, found by k-means on some of the rows, each row is nearest to; and its cosine."""
    n_centres = max(n_centres, 1)
    some = rows[:: max(len(rows) // (n_centres * _TO_LEARN), 1)]
    centres = unit[some[np.linspace(0, len(some) - 1, n_centres).astype(int)]] if len(some) else unit[:0]
    for _ in range(_ROUNDS if len(some) else 0):
        labels, _ = _assign(unit, some, centres)
        order = np.argsort(labels, kind="stable")
        present, first = np.unique(labels[order], return_index=True)
        sums = np.add.reduceat(unit[some[order]], first)
        centres[present] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), np.float32(1e-20))
    return _assign(unit, rows, centres)


def _assign(
    unit: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], centres: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    labels = np.zeros(len(rows), dtype=np.int64)
    cosine = np.zeros(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        likeness = unit[rows[part]] @ centres.T
        labels[part] = likeness.argmax(axis=1)
        cosine[part] = likeness.max(axis=1)
    return labels, cosine


def _centre(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    total = vectors.sum(axis=0, dtype=np.float64)
    centre: npt.NDArray[np.float32] = (total / max(float(np.linalg.norm(total)), 1e-20)).astype(np.float32)
    return centre


def _angle(cosines: npt.NDArray[np.float32]) -> float:
    """The largest angle that any of the cosines means."""
    return float(np.arccos(np.clip(cosines.min(), -1, 1)))
