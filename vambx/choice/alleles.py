"""Strains in one set, told apart by their homologs: contigs that hold the same region (`vambx.choice.homologs`).

Two homologs are of two strains, so each strain holds one of them. Homologs of one contig overlap each other's ends, and
so make chains along the genome whose contigs are of one strain and the other in turn. Which end of a chain is of which
strain is told by depth; that of a whole chain says more than that of a contig, so that strains come apart which are too
much alike in depth for `vambx.choice.strains`.

    1. chains: a forest of the pairs, those that share most first
    2. two strains: each has its depths, and chains are turned until they fit these best (as in 2-means)
    3. contigs move by themselves, by their depths and their homologs, where a chain was wrong

A set is split again where it holds two strains still. Three that share as much with each other are left together: any
two halves share two thirds of it, and one strain of the three would be torn.

Sources: k-means with pairs that cannot be in one cluster, Wagstaff et al., ICML 2001; contigs one by one, by what their
neighbours are now, Besag, J R Stat Soc B 1986, doi 10.1111/j.2517-6161.1986.tb01412.x.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from vambx.choice.homologs import Homologs
from vambx.choice.strains import mean_of, spread_of
from vambx.compiled import compiled

LEAST_SHARED = 0.05
"""Of a set's bases, at least so many are shared by two of its contigs, if it may hold two strains."""

LEAST_CUT = 0.8
"""Of what its contigs share, at least so much is shared by the two strains that it is split into."""

LEAST_OF_SMALLER = 0.3
"""Of the smaller strain's bases, the larger one shares at least so many; regions written twice are few."""

_PENALTY = 4.0  # log likelihood that homologs of one strain lose, if they share as much as _FULL_SHARED
_FULL_SHARED = 2000
_MOST_OF_DEPTH = 4.0  # log likelihood that the depths of one contig say, at most
_N_OF_CHAINS, _N_OF_CONTIGS = 10, 20  # rounds
_LEAST_PRIOR = 0.05

Rows = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float64]
Strain = npt.NDArray[np.bool_]


def split_alleles(
    sets: Sequence[Rows], homologs: Homologs, log_depth: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64]
) -> Iterator[list[Rows]]:
    """Split sets that hold both of many homologs.

    Args:
        sets: int64 (n_members,) each, rows; no contig is in two.
        homologs: among all contigs.
        log_depth: float (n_contigs, d), logarithms of depths, or axes of them.
        lengths: int64 (n_contigs,), bp.

    Yields:
        For each set, in the same order, what it was split into; itself alone, if it was not.
    """
    scale = spread_of(sets, log_depth, lengths)
    for rows, inside in zip(sets, homologs.within(sets, len(lengths)), strict=True):
        whole, todo = [], [(rows, inside)]
        while todo:
            some, pairs = todo.pop()
            one = _strain(pairs, log_depth[some] / scale, lengths[some])
            if one is None:
                whole.append(some)
            else:
                todo += [(some[half], pairs.among(half)) for half in (one, ~one)]
        yield whole


def _strain(pairs: Homologs, points: Matrix, weights: npt.NDArray[np.int64]) -> Strain | None:
    """Which of the points (n, d), with pairs among them, are of one of two strains; None where there are no two."""
    shared = pairs.shared
    if not len(shared) or shared.sum() < LEAST_SHARED * weights.sum():
        return None
    chain, side = _chains(len(points), pairs.one, pairs.other, np.argsort(-shared, kind="stable"))
    paired = np.zeros(len(points), dtype=bool)
    paired[pairs.one] = paired[pairs.other] = True
    ends, others, penalties = _neighbours(pairs, len(points))
    apart = points[pairs.one] - points[pairs.other]
    along = np.linalg.eigh((apart * shared[:, None]).T @ apart)[1][:, -1]
    means, prior = mean_of(points, weights) + np.outer([1, -1], along), 0.0
    one = np.zeros(len(points), dtype=bool)
    for turn in range(_N_OF_CHAINS + _N_OF_CONTIGS):
        by_depth = ((points - means[1]) ** 2 - (points - means[0]) ** 2).sum(axis=1) / 2
        by_depth = np.clip(by_depth, -_MOST_OF_DEPTH, _MOST_OF_DEPTH)
        before = one
        if turn < _N_OF_CHAINS:
            of_chain = np.bincount(chain, side * np.where(paired, by_depth, by_depth + prior), len(points))
            one = of_chain[chain] * side > 0
        else:
            one = _moved(one, by_depth + prior, ends, others, penalties)
        if one.all() or not one.any():
            return None
        if turn > _N_OF_CHAINS and (one == before).all():
            break
        means = np.stack([mean_of(points[heap], weights[heap]) for heap in (one, ~one)])
        share = np.clip(weights[one].sum() / weights.sum(), _LEAST_PRIOR, 1 - _LEAST_PRIOR)
        prior = float(np.log(share / (1 - share)))
    cut = shared[one[pairs.one] != one[pairs.other]].sum()
    smaller = min(weights[one].sum(), weights[~one].sum())
    return one if cut >= max(LEAST_CUT * shared.sum(), LEAST_OF_SMALLER * smaller) else None


@compiled
def _chains(n, one, other, order):  # type: ignore[no-untyped-def]
    """The chain of each of n contigs, and its side in it, 1 or -1; int64 and float64 (n,). Pairs count in `order`."""
    above = np.arange(n)
    side = np.ones(n)  # against the contig above
    for pair in order:
        at, at_side = _top(one[pair], above, side)
        to, to_side = _top(other[pair], above, side)
        if at != to:
            above[at] = to
            side[at] = -at_side * to_side
    chain = np.empty(n, np.int64)
    sides = np.empty(n)
    for i in range(n):
        chain[i], sides[i] = _top(i, above, side)
    return chain, sides


@compiled
def _top(contig, above, side):  # type: ignore[no-untyped-def]
    """The contig that a chain hangs from, and the side of one of its contigs against it."""
    sign = 1.0
    while above[contig] != contig:
        sign *= side[contig]
        contig = above[contig]
    return contig, sign


def _neighbours(pairs: Homologs, n: int) -> tuple[Rows, Rows, Matrix]:
    """Of each of n contigs: where its homologs end in a list of all, the list, and what it costs to be with each."""
    contig = np.concatenate([pairs.one, pairs.other])
    order = np.argsort(contig, kind="stable")
    others = np.concatenate([pairs.other, pairs.one])[order]
    penalties = _PENALTY * np.minimum(np.tile(pairs.shared, 2)[order] / _FULL_SHARED, 1)
    return np.cumsum(np.bincount(contig, minlength=n)), others, penalties


@compiled
def _moved(one, by_depth, ends, others, penalties):  # type: ignore[no-untyped-def]
    """Where contigs stand, bool (n,), when each, in turn, has gone where its depths and homologs would have it."""
    moved = one.copy()
    for i in range(len(moved)):
        says = by_depth[i]
        for k in range(ends[i - 1] if i else 0, ends[i]):
            says -= penalties[k] if moved[others[k]] else -penalties[k]
        moved[i] = says > 0
    return moved
