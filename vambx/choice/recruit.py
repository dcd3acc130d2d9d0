"""Short contigs join the group that they are most like, once the groups are known.

Composition and depth of a short contig are blurred: it would mislead training and clustering, but against whole genomes
it can still be told where it belongs. It goes to the nearest centre among its sample's groups, where all features are
projected to what tells the groups apart, if no other is nearly as near, and if it is not far from all of them.
"""

import numpy as np
import numpy.typing as npt

from vambx.choice.views import Contents, telling_apart
from vambx.one_thread import on_one_thread

N_TERMS = 10
"""Directions of the discriminant, besides one a sample; fewer than for long contigs, for short ones blur the others."""

MARGIN = 1.5
"""How much farther the second nearest centre must be (squared distance)."""

FARTHEST = 10.0
"""Variances a direction from the nearest centre beyond which a contig belongs to none."""

_AT_ONCE = 1 << 12

Rows = npt.NDArray[np.int64]


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
    members = np.flatnonzero(groups >= 0)
    members = members[np.argsort(groups[members], kind="stable")]
    begins = np.flatnonzero(np.diff(groups[members], prepend=-1))
    weights = contents.lengths[members, None].astype(np.float64)
    centres = np.add.reduceat(points[members] * weights, begins) / np.add.reduceat(weights, begins)
    sample_of = samples[members[begins]]
    for sample in np.unique(sample_of):
        near, loose = np.flatnonzero(sample_of == sample), np.flatnonzero((groups < 0) & (samples == sample))
        for start in range(0, len(loose), _AT_ONCE):
            block = loose[start : start + _AT_ONCE]
            joined[block] = _nearest(points[block], centres[near], near)
    return joined


def _nearest(points: npt.NDArray[np.floating], centres: npt.NDArray[np.floating], names: Rows) -> Rows:
    """The name of the centre nearest to each point (n, d); -1 where that is in doubt."""
    squared = (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
    first = squared.argmin(axis=1)
    nearest = np.maximum(np.take_along_axis(squared, first[:, None], axis=1)[:, 0], 0)
    np.put_along_axis(squared, first[:, None], np.inf, axis=1)
    sure = (squared.min(axis=1) > MARGIN * nearest) & (nearest < FARTHEST * points.shape[1])
    return np.where(sure, names[first], -1)
