"""Contigs outside the genomes that were chosen join the one that they are most likely of.

Composition and depth of a short contig are blurred: it would mislead training and clustering, but against whole genomes
it can still be told where it belongs. How far from its genome's centre a contig may lie is seen from the contigs that
were chosen: in each direction of what tells the genomes apart, their spread has a part that they all have, and a part
that falls with length, as of what is counted; so the spread of contigs shorter than any of these is known too. Against
the genomes of its sample stands the spread of all contigs: what is of none of them.

Sources: joining by the probability of composition and depth, MaxBin, Wu et al., Microbiome 2014, doi
10.1186/2049-2618-2-26; Student's t, which some contigs that are astray do not mislead, Peel & McLachlan, Stat Comput
2000, doi 10.1023/A:1008981510081.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from vambx.choice.discriminant import centres_of
from vambx.choice.views import Contents, telling_apart
from vambx.one_thread import on_one_thread

N_TERMS = 40
"""Directions of the discriminant, besides one a sample."""

LEAST_PROBABILITY = 0.9
"""What is less likely of its nearest genome joins none."""

_FREEDOM = 5.0  # degrees of freedom of Student's t
_N_CLASSES = 12  # of length, for the spread of contigs
_MEDIAN_OF_CHI2 = 0.4549  # with one degree of freedom: what a median of squares is of their variance
_LEAST_VARIANCE = 1e-3  # of the variance within groups, which is 1
_AT_ONCE = 1 << 22  # pairs of contig and group

Rows = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float64]


@on_one_thread
def recruit(contents: Contents, groups: Rows, samples: Rows) -> Rows:
    """Find the group of contigs that are in none.

    Args:
        contents: of all contigs; latent vectors may have no columns.
        groups: int64 (n_contigs,), 0 upwards and without gaps, large groups of one sample each; -1 for contigs in none.
        samples: int64 (n_contigs,), the sample each contig is from.

    Returns:
        int64 (n_contigs,): a group for each contig that was in none, where there is one for it; -1 for all others.
    """
    joined = np.full(len(groups), -1)
    if groups.max(initial=-1) < 1 or (groups >= 0).all():
        return joined
    points = telling_apart(contents, groups, N_TERMS)
    centres = centres_of(points, contents.lengths, groups)
    members = np.flatnonzero(groups >= 0)
    residuals = points[members] - centres.astype(np.float32)[groups[members]]
    spread = Spread.of(residuals, contents.lengths[members])
    centre, variance = points.mean(axis=0, dtype=np.float64)[None], points.var(axis=0, dtype=np.float64)
    sample_of = np.empty(len(centres), dtype=np.int64)
    sample_of[groups[members]] = samples[members]
    for sample in np.unique(sample_of):
        near, loose = np.flatnonzero(sample_of == sample), np.flatnonzero((groups < 0) & (samples == sample))
        step = max(_AT_ONCE // len(near), 1)
        for start in range(0, len(loose), step):
            block = loose[start : start + step]
            variances = spread.variances(contents.lengths[block])
            of_one = _log_likelihood(points[block], centres[near], variances)
            of_none = _log_likelihood(points[block], centre, variances + variance)
            joined[block] = _likeliest(np.hstack([of_one, of_none]), near)
    return joined


@dataclass(frozen=True)
class Spread:
    """How far contigs lie from their genome's centre.

    Attributes:
        of_all: float64 (d,), the variance in each direction that contigs of any length have.
        of_counts: float64 (d,), what is added to it for a contig of 1 bp, and less for longer ones.
    """

    of_all: Matrix
    of_counts: Matrix

    @classmethod
    def of(cls, residuals: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64]) -> Self:
        """That of contigs with known centres: by least squares of what is above and below the line, in parts of it.

        Args:
            residuals: (n, d), how far each is from its centre.
            lengths: int64 (n,), bp.
        """
        classes = np.array_split(np.argsort(lengths, kind="stable"), min(_N_CLASSES, len(lengths)))
        per_bp = np.array([(1 / lengths[rows]).mean() for rows in classes])[:, None]
        medians = np.array([np.median(residuals[rows] ** 2, axis=0) for rows in classes])
        parts = 1 / np.maximum(medians / _MEDIAN_OF_CHI2, _LEAST_VARIANCE)
        one, x = parts.sum(axis=0), (parts * per_bp).sum(axis=0)
        one_one, one_x, x_x = ((parts**2 * per_bp**power).sum(axis=0) for power in range(3))
        determinant = np.maximum(one_one * x_x - one_x**2, np.finfo(float).tiny)
        of_all, of_counts = (one * x_x - x * one_x) / determinant, (x * one_one - one * one_x) / determinant
        of_all, of_counts = (
            np.where(of_counts < 0, one / one_one, np.maximum(of_all, 0)),
            np.where(of_all < 0, x / x_x, np.maximum(of_counts, 0)),
        )
        return cls(of_all, of_counts)

    def variances(self, lengths: npt.NDArray[np.int64]) -> Matrix:
        """float64 (n, d), of contigs of these lengths."""
        return np.maximum(self.of_all + self.of_counts / lengths[:, None], _LEAST_VARIANCE)


def _log_likelihood(points: npt.NDArray[np.floating], centres: Matrix, variances: Matrix) -> Matrix:
    """(n, n_centres): of Student's t around each centre (d,), but for a constant; points and variances (n, d)."""
    parts = 1 / variances
    squares = ((points**2 * parts).sum(axis=1)[:, None] - 2 * (points * parts) @ centres.T) + parts @ (centres**2).T
    tails = np.log1p(np.maximum(squares, 0) / _FREEDOM) * (_FREEDOM + points.shape[1])
    likelihood: Matrix = -(tails + np.log(variances).sum(axis=1)[:, None]) / 2
    return likelihood


def _likeliest(likelihoods: Matrix, names: Rows) -> Rows:
    """The name of the group that each contig is of; -1 where that is in doubt, or it is rather of none (the last)."""
    shares = np.exp(likelihoods - likelihoods.max(axis=1, keepdims=True))
    best = shares[:, :-1].argmax(axis=1)
    sure = shares[np.arange(len(shares)), best] >= LEAST_PROBABILITY * shares.sum(axis=1)
    return np.where(sure, names[best], -1)
