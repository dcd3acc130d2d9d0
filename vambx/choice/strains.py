"""Strains in one set: they share their composition, and depth alone tells them apart.

The contigs of one genome are about as deep as each other in every sample; those of two strains lie in two heaps. Two
heaps are looked for in every set, by 2-means, and are two where their means are far apart in units of how genomes'
contigs spread, and also in units of how the heaps spread themselves (Ashman's D), for two halves of one heap are not.

In a catalogue of several assemblies reads of what these share are divided among their contigs, so that a genome's
contigs are less deep where other samples assembled it too, by the same factor in all samples: there only what is left
without a common factor counts.

Sources: Ashman, Bird & Zepf, Astron J 1994, doi 10.1086/117248; a set's halves by k-means, SemiBin2, Pan et al.,
Bioinformatics 2023, doi 10.1093/bioinformatics/btad209 (there where marker genes tell that it holds two genomes).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

LEAST_GAP = 4.0
"""Typical spreads of a genome's contigs that the means of two heaps are apart, at least."""

LEAST_D = 4.0
"""Spreads of the heaps themselves that their means are apart, at least; for two halves of a normal heap it is 2.7."""

LEAST_SHARE = 0.05
"""Bases of a set that the smaller heap holds, at least; less does a bin no harm, and may be a plasmid."""

LEAST_CONTIGS = 5
"""Contigs of a heap, at least; fewer tell nothing of how it spreads."""

_LEAST_SPREAD = 0.2  # of logarithms of depths within a genome, as it is where nothing else spreads them
_MEDIAN_OF_NORMAL = 0.6745  # of its absolute values
_MAX_ROUNDS = 30

Rows = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float64]


def split_strains(
    sets: Sequence[Rows], log_depth: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64]
) -> Iterator[list[Rows]]:
    """Split sets whose contigs lie in several heaps of depth.

    Args:
        sets: int64 (n_members,) each, rows.
        log_depth: float (n_contigs, d), logarithms of depths, or axes of them; with no columns nothing is split.
        lengths: int64 (n_contigs,), bp.

    Yields:
        For each set, in the same order, what it was split into; itself alone, if it was not.
    """
    scale = spread_of(sets, log_depth, lengths)
    for rows in sets:
        whole, todo = [], [rows]
        while todo:
            some = todo.pop()
            halves = _heaps(log_depth[some] / scale, lengths[some])
            if halves is None:
                whole.append(some)
            else:
                todo += [some[halves], some[~halves]]
        yield whole


def spread_of(sets: Sequence[Rows], log_depth: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64]) -> Matrix:
    """float64 (d,): how far contigs of one set typically lie from its mean, as a standard deviation; 0.2 at least."""
    if not len(sets):
        return np.full(log_depth.shape[1], _LEAST_SPREAD)
    residuals = [np.abs(log_depth[rows] - mean_of(log_depth[rows], lengths[rows])) for rows in sets]
    spread: Matrix = np.median(np.concatenate(residuals), axis=0) / _MEDIAN_OF_NORMAL
    return np.maximum(spread, _LEAST_SPREAD)


def mean_of(points: npt.NDArray[np.floating], weights: npt.NDArray[np.int64]) -> Matrix:
    """float64 (d,): the weighted mean of points (n, d)."""
    mean: Matrix = weights @ points / weights.sum()
    return mean


def _heaps(points: Matrix, weights: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_] | None:
    """Which of the points (n, d) are in one of two heaps; None where there is but one."""
    if len(points) < 2 * LEAST_CONTIGS or not points.shape[1]:
        return None
    one = _half(points, weights)
    heaps = (one, ~one)
    if min(np.count_nonzero(heap) for heap in heaps) < LEAST_CONTIGS:
        return None
    if min(weights[heap].sum() for heap in heaps) < LEAST_SHARE * weights.sum():
        return None
    means = [mean_of(points[heap], weights[heap]) for heap in heaps]
    between = means[0] - means[1]
    # Means of few points in many directions are apart by chance.
    by_chance = points.shape[1] * sum(1 / np.count_nonzero(heap) for heap in heaps)
    gap = np.sqrt(max(between @ between - by_chance, 0))
    if gap < LEAST_GAP:
        return None
    direction = between / np.linalg.norm(between)
    variances = [
        np.average(((points[heap] - mean) @ direction) ** 2, weights=weights[heap])
        for heap, mean in zip(heaps, means, strict=True)
    ]
    return one if gap >= LEAST_D * np.sqrt(np.mean(variances)) else None


def _half(points: Matrix, weights: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """One of two halves by 2-means, begun from the best cut along the main direction."""
    centred = points - mean_of(points, weights)
    along = centred @ np.linalg.eigh((centred * weights[:, None]).T @ centred)[1][:, -1]
    order = np.argsort(along, kind="stable")
    weight, moment = np.cumsum(weights[order]), np.cumsum(weights[order] * along[order])
    lower, upper = weight[:-1], weight[-1] - weight[:-1]
    between = (moment[:-1] / lower - (moment[-1] - moment[:-1]) / upper) ** 2 * lower * upper
    half = np.zeros(len(points), dtype=bool)
    half[order[: between.argmax() + 1]] = True
    for _ in range(_MAX_ROUNDS):
        one, other = mean_of(points[half], weights[half]), mean_of(points[~half], weights[~half])
        nearer = ((points - one) ** 2).sum(axis=1) < ((points - other) ** 2).sum(axis=1)
        if (nearer == half).all() or nearer.all() or not nearer.any():
            break
        half = nearer
    return half
