"""Two binnings: the bins that match, the contigs that moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vambx.comparison.binnings import GRADES, Binning
from vambx.comparison.overlap import Ints, Overlaps, Sizes, adjusted_rand_index, best_partners, overlaps_of


@dataclass(frozen=True)
class BinPair:
    """Two bins that stand for the same genome, or one bin that has none like it.

    Attributes:
        first, second: their numbers; None: there is none.
        shared: bases in both.
        first_size, second_size: their bases; 0 for None.
        identical: whether they hold the same contigs.
        nearest: of a bin without a match, the bin of the other binning that holds most of it; None if none does.
        nearest_shared: bases in both of these.
    """

    first: int | None
    second: int | None
    shared: int
    first_size: int
    second_size: int
    identical: bool
    nearest: int | None = None
    nearest_shared: int = 0

    @property
    def first_share(self) -> float:
        """How much of the first is in the second: the recall, if the first is the truth."""
        return self.shared / self.first_size if self.first_size else 0.0

    @property
    def second_share(self) -> float:
        """How much of the second is in the first: the precision, if the first is the truth."""
        return self.shared / self.second_size if self.second_size else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both shares."""
        return 2 * self.shared / (self.first_size + self.second_size)

    @property
    def jaccard(self) -> float:
        """Bases in both among the bases in either."""
        return self.shared / (self.first_size + self.second_size - self.shared)


@dataclass(frozen=True)
class Pair:
    """Two binnings.

    Attributes:
        first, second: their numbers.
        bins: matched bins, by falling size, then those only in the first, then those only in the second.
        moved: int64, contigs that are in a bin of both, but not of matched bins.
        only_first, only_second: int64, contigs that are in a bin of one alone.
        n_bases: bases of contigs in matched bins, moved, only in the first, only in the second.
        ari: adjusted Rand index by bases, of the contigs in a bin of both; None if there is none.
    """

    first: int
    second: int
    bins: Sequence[BinPair]
    moved: Ints
    only_first: Ints
    only_second: Ints
    n_bases: tuple[int, int, int, int]
    ari: float | None

    @property
    def matched(self) -> list[BinPair]:
        """Bins that share more bases with each other than with any other bin; identical ones are among them."""
        return [pair for pair in self.bins if pair.first is not None and pair.second is not None]

    @property
    def identical(self) -> list[BinPair]:
        """Bins with the very same contigs."""
        return [pair for pair in self.bins if pair.identical]

    @property
    def bins_only_first(self) -> list[BinPair]:
        """Bins of the first without a match."""
        return [pair for pair in self.bins if pair.second is None]

    def grade_changes(self, first: Binning, second: Binning) -> tuple[int, int] | None:
        """How many matched bins have a better grade in the second, and how many a worse one; None if none is known."""
        pairs = [(first.grade(pair.first or 0), second.grade(pair.second or 0)) for pair in self.matched]
        ranks = [(GRADES.index(a), GRADES.index(b)) for a, b in pairs if "unknown" not in (a, b)]
        return (sum(b < a for a, b in ranks), sum(b > a for a, b in ranks)) if ranks else None

    @property
    def bins_only_second(self) -> list[BinPair]:
        """Bins of the second without a match."""
        return [pair for pair in self.bins if pair.first is None]


def pair_of(i: int, j: int, bin_of: Ints, weights: Ints, sizes: Sequence[Sizes]) -> Pair:
    """Compare two of the binnings.

    Args:
        i: number of the first.
        j: number of the second.
        bin_of: int64 (n_binnings, n_contigs), the bin of each contig, -1 for none.
        weights: int64 (n_contigs,), bp, above 0.
        sizes: of the bins of each binning.
    """
    first, second = bin_of[i], bin_of[j]
    overlaps = overlaps_of(first, second, weights)
    best_first, best_second = best_partners(overlaps, sizes[i], sizes[j])
    mutual = np.flatnonzero(best_first[overlaps.first] == best_second[overlaps.second])
    partner = np.full(len(best_first) + 1, -1, dtype=np.int64)  # the last: of contigs in no bin
    partner[overlaps.first[mutual]] = overlaps.second[mutual]
    both = (first >= 0) & (second >= 0)
    stayed = both & (partner[first] == second)
    moved, only_first, only_second = both & ~stayed, (first >= 0) & ~both, (second >= 0) & ~both
    pairs = (
        _matched(overlaps, mutual, sizes[i], sizes[j]),
        _lone_first(overlaps, best_first, mutual, sizes[i]),
        _lone_second(overlaps, best_second, mutual, sizes[j]),
    )
    return Pair(
        i,
        j,
        [pair for group in pairs for pair in sorted(group, key=lambda pair: -(pair.first_size + pair.second_size))],
        np.flatnonzero(moved),
        np.flatnonzero(only_first),
        np.flatnonzero(only_second),
        tuple(int(weights[part].sum()) for part in (stayed, moved, only_first, only_second)),  # type: ignore[arg-type]
        adjusted_rand_index(overlaps),
    )


def _matched(overlaps: Overlaps, places: Ints, first: Sizes, second: Sizes) -> Iterator[BinPair]:
    a, b, n = overlaps.first[places], overlaps.second[places], overlaps.n_contigs[places]
    identical = (n == first.n_contigs[a]) & (n == second.n_contigs[b])
    columns = (a, b, overlaps.weight[places], first.weight[a], second.weight[b], identical)
    for values in zip(*(column.tolist() for column in columns), strict=True):
        yield BinPair(*values)


def _lone_first(overlaps: Overlaps, best: Ints, places: Ints, sizes: Sizes) -> Iterator[BinPair]:
    for a in np.setdiff1d(np.arange(len(best)), overlaps.first[places]).tolist():
        nearest = _nearest(overlaps.second, overlaps.weight, best[a])
        yield BinPair(a, None, 0, int(sizes.weight[a]), 0, False, *nearest)


def _lone_second(overlaps: Overlaps, best: Ints, places: Ints, sizes: Sizes) -> Iterator[BinPair]:
    for b in np.setdiff1d(np.arange(len(best)), overlaps.second[places]).tolist():
        nearest = _nearest(overlaps.first, overlaps.weight, best[b])
        yield BinPair(None, b, 0, 0, int(sizes.weight[b]), False, *nearest)


def _nearest(others: Ints, shared: Ints, place: int) -> tuple[int | None, int]:
    return (None, 0) if place < 0 else (int(others[place]), int(shared[place]))
