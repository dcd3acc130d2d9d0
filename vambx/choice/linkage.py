"""Average-linkage trees of points, in memory that grows with the points and not with their pairs.

The distance of two clusters is the mean squared Euclidean distance of their points, which needs no distances of points:
it is |centre - centre|^2 + spread + spread, the spread of a cluster being the mean squared distance of its points from
its centre.

Sources: average linkage (UPGMA), Sokal and Michener 1958; nearest-neighbour chains, which find the same tree in any
order of merging, Murtagh, Computer Journal 1983, doi 10.1093/comjnl/26.4.354.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from vambx.compiled import compiled

LARGEST = 25_000
"""Points of one tree; the time of a tree grows with their square."""

_BLOCK = 512  # points looked at together, so that their distances stay in the cache
_ROUNDS = 10  # of 2-means


Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True)
class Tree:
    """A binary tree of n points: nodes 0 to n - 1 are the points, node n + i is the i-th merge, the last one the root.

    Attributes:
        children: int64 (n - 1, 2), the nodes that each merge joined.
        heights: float64 (2n - 1,), mean squared distance at which each node was made; 0 for points.
        order: int64 (n,), the points from left to right, so that those of a node stand side by side.
        first: int64 (2n - 1,), where the points of each node begin in `order`.
        sizes: int64 (2n - 1,), how many they are.
    """

    children: npt.NDArray[np.int64]
    heights: npt.NDArray[np.float64]
    order: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]

    def points(self, node: int) -> npt.NDArray[np.int64]:
        """The points of a node."""
        return self.order[self.first[node] : self.first[node] + self.sizes[node]]

    @property
    def parents(self) -> npt.NDArray[np.int64]:
        """int64 (2n - 1,): the node above each; -1 for the root."""
        parents = np.full(len(self.heights), -1)
        parents[self.children.ravel()] = np.repeat(np.arange(len(self.order), len(self.heights)), 2)
        return parents

    def sums(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """What the points hold (n, ...), added up for each node: (2n - 1, ...)."""
        total = np.concatenate([values, np.zeros((len(self.children), *values.shape[1:]), dtype=values.dtype)])
        _add_up(total.reshape(len(total), -1), self.children)
        return total


def average_linkage(points: npt.NDArray[np.floating]) -> Tree:
    """The average-linkage tree of points (n, d), n at least 1, over squared Euclidean distances."""
    n = len(points)
    children, heights = _chain(np.array(points.T, dtype=np.float32, order="C"))
    ranked = np.argsort(heights, kind="stable")
    place = np.empty(n - 1, dtype=np.int64)
    place[ranked] = np.arange(n - 1)
    joined = children[ranked]
    merged = joined >= n
    joined[merged] = n + place[joined[merged] - n]
    sizes = np.ones(2 * n - 1, dtype=np.int64)
    first = np.zeros(2 * n - 1, dtype=np.int64)
    _lay_out(joined, sizes, first)
    order = np.empty(n, dtype=np.int64)
    order[first[:n]] = np.arange(n)
    return Tree(joined, np.concatenate([np.zeros(n), heights[ranked]]), order, first, sizes)


def parts(points: npt.NDArray[np.floating], largest: int = LARGEST) -> list[npt.NDArray[np.int64]]:
    """Rows of points (n, d), put into parts of at most `largest` by halving along what parts them most (2-means)."""
    todo, done = [np.arange(len(points))], []
    while todo:
        rows = todo.pop()
        if len(rows) <= largest:
            done.append(rows)
            continue
        todo += _halves(points[rows], rows)
    return sorted(done, key=lambda rows: int(rows[0]))


def _halves(points: npt.NDArray[np.floating], rows: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Two parts by 2-means, begun at the two halves of the longest axis; the middle is the border where it fails."""
    spread = points - points.mean(axis=0)
    axis = np.linalg.eigh(spread.T @ spread)[1][:, -1]
    along = spread @ axis
    left = along < 0
    for _ in range(_ROUNDS):
        if not left.any() or left.all():
            break
        one, two = points[left].mean(axis=0), points[~left].mean(axis=0)
        left = points @ (one - two) > (one @ one - two @ two) / 2
    if not len(rows) // 8 < left.sum() < len(rows) - len(rows) // 8:
        left = np.argsort(np.argsort(along, kind="stable"), kind="stable") < len(rows) // 2
    return [rows[left], rows[~left]]


@compiled
def _chain(centres):  # type: ignore[no-untyped-def]
    """Merge float32 points (d, n), whose array is written over, along chains of nearest neighbours.

    Returns int64 (n - 1, 2), the nodes joined by each merge, and float64 (n - 1,), its height, in the order merged.
    """
    n = centres.shape[1]
    children, heights = np.empty((n - 1, 2), np.int64), np.empty(n - 1, np.float64)
    spread, weight = np.zeros(n, np.float32), np.ones(n, np.float32)
    node, slot = np.arange(n), np.arange(2 * n - 1)  # the node in each slot, and the slot of each node
    chain, length = np.zeros(n, np.int64), 0
    linked = np.zeros(2 * n - 1, np.bool_)  # the nodes in the chain
    for merge in range(n - 1):
        if length == 0:
            chain[0], linked[node[0]], length = node[0], True, 1
        while True:
            at = slot[chain[length - 1]]
            before = slot[chain[length - 2]] if length > 1 else -1
            nearest, distance = _nearest(centres, spread, n - merge, at, before)
            if linked[node[nearest]]:  # the one before; or one further back, which by rounding alone is nearer
                break
            chain[length], linked[node[nearest]] = node[nearest], True
            length += 1
        length -= 2
        one, two = min(at, before), max(at, before)
        children[merge] = min(node[one], node[two]), max(node[one], node[two])
        heights[merge] = distance
        for below in children[merge]:  # rounding must not put a merge below one that it builds on
            if below >= n:
                heights[merge] = max(heights[merge], heights[below - n])
        _join(centres, spread, weight, one, two)
        node[one] = n + merge
        last = n - merge - 1
        centres[:, two] = centres[:, last]
        spread[two], weight[two], node[two] = spread[last], weight[last], node[last]
        slot[node[two]] = two
        slot[n + merge] = one
    return children, heights


@compiled
def _nearest(centres, spread, left, at, before):  # type: ignore[no-untyped-def]
    """The slot nearest to slot `at` of the `left` first ones, `before` when others are as near; and its distance."""
    distances = np.empty(_BLOCK, np.float32)
    best, nearest = np.float32(np.inf), -1
    for start in range(0, left, _BLOCK):
        size = min(_BLOCK, left - start)
        distances[:size] = spread[start : start + size]
        for k in range(len(centres)):
            own, others = centres[k, at], centres[k, start : start + size]
            for j in range(size):
                distances[j] += (others[j] - own) * (others[j] - own)
        for j in range(size):
            nearer = distances[j] < best or (distances[j] == best and start + j == before)
            if nearer and start + j != at:
                best, nearest = distances[j], start + j
    return nearest, best + spread[at]


@compiled
def _join(centres, spread, weight, one, two):  # type: ignore[no-untyped-def]
    """Put the cluster of slot two into that of slot one."""
    total = weight[one] + weight[two]
    share = weight[two] / total
    apart = np.float32(0)
    for k in range(len(centres)):
        step = centres[k, two] - centres[k, one]
        apart += step * step
        centres[k, one] += share * step
    spread[one] += share * (spread[two] - spread[one]) + share * (1 - share) * apart
    weight[one] = total


@compiled
def _lay_out(children, sizes, first):  # type: ignore[no-untyped-def]
    """Fill in sizes (all 1 before) and first (all 0 before) of the nodes of a tree."""
    n = len(children) + 1
    for i in range(n - 1):
        sizes[n + i] = sizes[children[i, 0]] + sizes[children[i, 1]]
    for i in range(n - 2, -1, -1):
        one, two = children[i]
        first[one] = first[n + i]
        first[two] = first[n + i] + sizes[one]


@compiled
def _add_up(total, children):  # type: ignore[no-untyped-def]
    """Give each node of total (2n - 1, k) the sum of its children's."""
    n = len(children) + 1
    for i in range(n - 1):
        one, two = children[i]
        for k in range(total.shape[1]):
            total[n + i, k] = total[one, k] + total[two, k]
