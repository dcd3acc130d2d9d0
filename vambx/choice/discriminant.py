"""Fisher's linear discriminant: the directions in which groups differ most, in units of their own spread.

Contigs of one genome spread in composition and in depth, and how much is seen from groups that are already known. Where
that spread is made the unit, genomes are about as wide as each other, so that one scale of distances fits all of them.

Source: Fisher, Annals of Eugenics 1936, doi 10.1111/j.1469-1809.1936.tb02137.x; for many groups, Rao, J R Stat Soc B
1948, doi 10.1111/j.2517-6161.1948.tb00008.x.
"""

import numpy as np
import numpy.typing as npt

_RIDGE = 0.01  # of each feature's own spread, so that few contigs do not make directions without any
_LEAST_WITHIN = 1e-4  # of a feature's variance is taken to lie within groups, where there is less, or none
_ROUNDING = 1e-6  # of a feature's mean; a feature that spreads less is constant
_AT_ONCE = 1 << 16

Matrix = npt.NDArray[np.float64]


def discriminant(
    features: npt.NDArray[np.floating], weights: npt.NDArray[np.floating], groups: npt.NDArray[np.int64], n_terms: int
) -> npt.NDArray[np.float32]:
    """Project features so that groups differ most and have, over all of them, variance 1 in each direction.

    Args:
        features: (n, d), finite.
        weights: (n,), above 0; how much each row counts.
        groups: int64 (n,), 0 upwards; -1 for rows that are in none. At least two groups.
        n_terms: directions to keep.

    Returns:
        float32 (n, min(n_terms, d)), the most telling direction first.
    """
    known = groups >= 0
    total, centres = np.bincount(groups[known], weights[known]), centres_of(features, weights, groups)
    within, all_over = np.zeros((2, features.shape[1], features.shape[1]))
    mean = (weights / weights.sum()) @ features
    for start in range(0, len(features), _AT_ONCE):
        block = slice(start, start + _AT_ONCE)
        rows, share = features[block], weights[block] / weights.sum()
        all_over += _scatter(rows - mean, share)
        ours = known[block]
        within += _scatter(rows[ours] - centres[groups[block][ours]], weights[block][ours] / total.sum())
    least = np.maximum(_LEAST_WITHIN * np.diag(all_over), (_ROUNDING * mean) ** 2) + np.finfo(np.float32).tiny
    within += _RIDGE * np.diag(np.maximum(np.diag(within), least))
    # all_over v = lambda within v, by way of within = L L'
    lower = np.linalg.inv(np.linalg.cholesky(within))
    directions = lower.T @ np.linalg.eigh(lower @ all_over @ lower.T)[1][:, ::-1][:, :n_terms]
    projected: npt.NDArray[np.float32] = ((features - mean) @ directions).astype(np.float32)
    return projected


def centres_of(
    features: npt.NDArray[np.floating], weights: npt.NDArray[np.number], groups: npt.NDArray[np.int64]
) -> Matrix:
    """float64 (n_groups, d): the weighted means of the groups, 0 upwards and without gaps; -1 for rows in none."""
    rows = np.flatnonzero(groups >= 0)
    rows = rows[np.argsort(groups[rows], kind="stable")]
    begins = np.flatnonzero(np.diff(groups[rows], prepend=-1))
    sums = np.add.reduceat(features[rows] * weights[rows, None], begins, axis=0)
    means: Matrix = sums / np.add.reduceat(weights[rows], begins)[:, None]
    return means


def _scatter(rows: npt.NDArray[np.floating], share: npt.NDArray[np.floating]) -> Matrix:
    scatter: Matrix = (rows * share[:, None]).T @ rows
    return scatter
