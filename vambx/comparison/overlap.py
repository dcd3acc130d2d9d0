"""What two partitions of the same contigs share, counted only where they meet: near-linear in the contigs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Overlaps:
    """The pairs of bins, one of each of two binnings, that share contigs; n_pairs is at most the contigs' number.

    Attributes:
        first, second: int64 (n_pairs,), the numbers of the bins; ascending by first, then second.
        n_contigs: int64 (n_pairs,), contigs that they share.
        weight: int64 (n_pairs,), bases of these.
    """

    first: Ints
    second: Ints
    n_contigs: Ints
    weight: Ints


@dataclass(frozen=True)
class Sizes:
    """The bins of one binning.

    Attributes:
        n_contigs: int64 (n_bins,).
        weight: int64 (n_bins,), bases.
    """

    n_contigs: Ints
    weight: Ints


def sizes_of(bins: Ints, weights: Ints, n_bins: int) -> Sizes:
    """Count the contigs and bases of bins.

    Args:
        bins: int64 (n,), the bin of each contig, -1 for none.
        weights: int64 (n,), bp, above 0.
        n_bins: how many bins there are.
    """
    inside = bins >= 0
    order, numbers = np.argsort(bins[inside], kind="stable"), np.arange(n_bins)
    starts = np.searchsorted(bins[inside][order], np.append(numbers, n_bins))
    before = np.concatenate([[0], weights[inside][order].cumsum()])
    return Sizes(np.diff(starts).astype(np.int64), np.diff(before[starts]).astype(np.int64))


def overlaps_of(first: Ints, second: Ints, weights: Ints) -> Overlaps:
    """Find the pairs of bins that share contigs.

    Args:
        first: int64 (n,), the bin of each contig in one binning, -1 for none.
        second: the same in the other.
        weights: int64 (n,), bp, above 0.
    """
    both = np.flatnonzero((first >= 0) & (second >= 0))
    n_second = int(second.max(initial=0)) + 1
    keys = first[both] * n_second + second[both]
    order = np.argsort(keys, kind="stable")
    keys, sorted_weights = keys[order], weights[both][order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(starts, append=len(keys))
    before = np.concatenate([[0], sorted_weights.cumsum()])
    shared = before[starts + counts] - before[starts]
    return Overlaps(keys[starts] // n_second, keys[starts] % n_second, counts.astype(np.int64), shared)


def best_partners(overlaps: Overlaps, first: Sizes, second: Sizes) -> tuple[Ints, Ints]:
    """The bin of the other binning with which each bin shares most bases.

    Of equal ones the smaller bin, as more of it is shared; then the one that comes first.

    Args:
        overlaps: of the two binnings.
        first: the bins of one binning.
        second: those of the other.

    Returns:
        int64 (n_first,) and (n_second,), places in `overlaps`; -1 for a bin of which no contig is in a bin there.
    """
    return (
        _best(overlaps.first, overlaps.second, overlaps.weight, len(first.weight), second),
        _best(overlaps.second, overlaps.first, overlaps.weight, len(second.weight), first),
    )


def _best(own: Ints, other: Ints, shared: Ints, n_own: int, sizes: Sizes) -> Ints:
    order = np.lexsort((other, sizes.weight[other], -shared, own))
    leads = order[np.flatnonzero(np.diff(own[order], prepend=-1))]
    found = np.full(n_own, -1, dtype=np.int64)
    found[own[leads]] = leads
    return found


def adjusted_rand_index(overlaps: Overlaps) -> float | None:
    """How far two binnings agree on which bases belong together: 1 wholly, 0 as by chance; None if they share none.

    Of the contigs that are in a bin of both; every base counts as one thing that is put somewhere.

    Source:
        Hubert & Arabie, Comparing partitions, J Classif 1985, doi 10.1007/BF01908075, eq. 5; as in AMBER.
    """
    if not len(overlaps.first):
        return None
    n = int(overlaps.weight.sum())
    together = _squares(overlaps.weight)
    in_first = _squares(_sums(overlaps.first, overlaps.weight))
    in_second = _squares(_sums(overlaps.second, overlaps.weight))
    both, only_first, only_second = together - n, in_first - together, in_second - together
    neither = n * n - in_first - in_second + together
    if not only_first and not only_second:
        return 1.0
    pairs_first, pairs_second = both + only_first, both + only_second
    expected = pairs_first * (only_first + neither) + pairs_second * (only_second + neither)
    return 2 * (both * neither - only_first * only_second) / expected


def _sums(keys: Ints, weights: Ints) -> Ints:
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    return np.add.reduceat(weights[order], starts)


def _squares(values: Ints) -> int:
    """The sum of squares; squares of bases do not fit into 64 bits."""
    return sum(value * value for value in values.tolist())
