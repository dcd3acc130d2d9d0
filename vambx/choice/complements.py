"""Two parts of one genome that no tree holds together: sets that complement each other.

Two sets of one sample are parts of one genome if much would speak against it otherwise, and nothing does: no marker and
no region is in both, their depths differ by no more than means of so many contigs do by chance, and their centres lie
near each other among all that tells genomes apart. One of them has to look like a part of a genome by its markers; the
other may hold none.

Source: bins with complementary markers, alike in depth and composition, as candidates for one genome, CheckM's merge,
Parks et al., Genome Res 2015, doi 10.1101/gr.186072.114.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vambx.choice.agreement import numbered
from vambx.choice.by_markers import LEAST_F1, marker_f1
from vambx.choice.copies import Copies
from vambx.choice.discriminant import centres_of
from vambx.choice.homologs import Homologs
from vambx.choice.strains import mean_of, spread_of
from vambx.choice.views import Contents, telling_apart

MOST_ERRORS = 2.0
"""Standard errors that the depths of two parts differ by, at most: the root mean square over the samples."""

MOST_APART = 4.0
"""Variances within genomes that their centres are apart, squared, at most: the mean over all directions."""

MOST_SHARED = 0.02
"""Of the smaller part's bases, at most so much is of regions that the other holds too."""

Rows = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float64]


def complements(
    sets: Sequence[Rows], contents: Contents, samples: Rows, copies: Copies, homologs: Homologs
) -> list[tuple[int, int]]:
    """Find the sets that are two parts of one genome.

    Args:
        sets: int64 (n_members,) each, rows of one sample; no contig is in two.
        contents: of all contigs.
        samples: int64 (n_contigs,), the sample each contig is from.
        copies: of the markers on each contig.
        homologs: among all contigs.

    Returns:
        Pairs of numbers of sets, the one with more of a genome's markers first, and the nearest pairs first; each set
        is in one pair at most.
    """
    if len(sets) < 2:
        return []
    parts = _Parts.of(sets, contents, samples, copies)
    shared = _shared(sets, homologs, len(contents.lengths))
    found = []
    for one in np.flatnonzero(parts.f1 >= LEAST_F1).tolist():
        for apart, other in parts.like(one):
            less = min(parts.bases[one], parts.bases[other])
            if shared.get((min(one, other), max(one, other)), 0) > MOST_SHARED * less:
                continue
            together = copies.in_set(np.concatenate([sets[one], sets[other]]))
            if marker_f1(together, copies.n_markers) >= parts.f1[one]:
                found.append((apart, one, other))
    return list(_each_once(found))


@dataclass(frozen=True)
class _Parts:
    """What is known of n sets.

    Attributes:
        sample: int64 (n,), that each is of.
        bases: int64 (n,).
        markers: bool (n, n_markers), those that are there.
        f1: float64 (n,), by their markers.
        depth: float64 (n, d), means of logarithms, in units of a contig's spread.
        error: float64 (n,), variance of these means.
        centre: float64 (n, d), mean in what tells the sets apart, in units of contigs' spread.
    """

    sample: Rows
    bases: Rows
    markers: npt.NDArray[np.bool_]
    f1: npt.NDArray[np.float64]
    depth: Matrix
    error: npt.NDArray[np.float64]
    centre: Matrix

    @classmethod
    def of(cls, sets: Sequence[Rows], contents: Contents, samples: Rows, copies: Copies) -> "_Parts":
        lengths, log_depth = contents.lengths, contents.log_depth
        groups = numbered(sets, len(lengths))
        scale = spread_of(sets, log_depth, lengths)
        bases = np.array([lengths[rows].sum() for rows in sets])
        return cls(
            samples[[rows[0] for rows in sets]],
            bases,
            np.array([(copies.whole[rows] | copies.cut[rows]).any(axis=0) for rows in sets]),
            np.array([float(marker_f1(copies.in_set(rows), copies.n_markers)) for rows in sets]),
            np.array([mean_of(log_depth[rows], lengths[rows]) for rows in sets]) / scale,
            np.array(
                [(lengths[rows] / total) @ (lengths[rows] / total) for rows, total in zip(sets, bases, strict=True)]
            ),
            centres_of(telling_apart(contents, groups), lengths, groups),
        )

    def like(self, one: int) -> Iterator[tuple[float, int]]:
        """The sets of less of a genome that may be another part of the same, but for homologs, and how far apart."""
        depth, apart = (((each - each[one]) ** 2).mean(axis=1) for each in (self.depth, self.centre))
        alike = (depth <= MOST_ERRORS**2 * (self.error + self.error[one])) & (apart <= MOST_APART)
        alike &= (self.sample == self.sample[one]) & ~(self.markers & self.markers[one]).any(axis=1)
        less = (self.f1 < self.f1[one]) | ((self.f1 == self.f1[one]) & (np.arange(len(self.f1)) > one))
        for other in np.flatnonzero(alike & less).tolist():
            yield float(apart[other]), other


def _shared(sets: Sequence[Rows], homologs: Homologs, n_contigs: int) -> dict[tuple[int, int], int]:
    """Bases of regions that both of two sets hold; the lower number first."""
    set_of = numbered(sets, n_contigs)
    both = np.sort(np.stack([set_of[homologs.one], set_of[homologs.other]]), axis=0)
    between = (both[0] >= 0) & (both[0] < both[1])
    pairs, place = np.unique(both[:, between], axis=1, return_inverse=True)
    shared = np.bincount(place.ravel(), homologs.shared[between], pairs.shape[1])
    return {(int(low), int(high)): int(bases) for low, high, bases in zip(*pairs, shared, strict=True)}


def _each_once(found: Sequence[tuple[float, int, int]]) -> Iterator[tuple[int, int]]:
    """Pairs, the nearest first, of sets that are in no nearer one."""
    taken: set[int] = set()
    for _, one, other in sorted(found):
        if not taken & {one, other}:
            taken |= {one, other}
            yield one, other
