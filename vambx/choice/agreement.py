"""Trees of the same contigs, seen in different ways, bear witness for each other's nodes.

What is a genome shows from every side; what the noise of one view has put together, or torn apart, shows in that view
alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vambx.choice.linkage import Tree
from vambx.compiled import compiled


@dataclass(frozen=True)
class Candidates:
    """Nodes of one tree that might be genomes.

    Attributes:
        tree: whose nodes they are.
        nodes: int64 (n_candidates,), children before parents.
        above: int64 (n_candidates,), the next candidate that holds each one, as an index; -1 where there is none.
        of_point: int64 (n,), the smallest candidate that holds each contig, as an index; -1 where there is none.
    """

    tree: Tree
    nodes: npt.NDArray[np.int64]
    above: npt.NDArray[np.int64]
    of_point: npt.NDArray[np.int64]

    @classmethod
    def of(cls, tree: Tree, wanted: npt.NDArray[np.bool_]) -> "Candidates":
        """The wanted nodes of a tree; bool (2n - 1,)."""
        parents, nodes = tree.parents, np.flatnonzero(wanted)
        holder = np.full(len(parents), -1)  # the smallest candidate that holds each node, or is it
        holder[nodes] = np.arange(len(nodes))
        above = np.full(len(parents), -1)
        for node in range(len(parents) - 2, -1, -1):
            above[node] = holder[parents[node]]
            if not wanted[node]:
                holder[node] = above[node]
        return cls(tree, nodes, above[nodes], holder[: len(tree.order)])

    def points(self, candidate: int) -> npt.NDArray[np.int64]:
        """The contigs of a candidate."""
        return self.tree.points(int(self.nodes[candidate]))


def agreement(
    ours: Candidates, others: Sequence[Candidates], lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """How much of each candidate is found again in other trees: Jaccard's index of bases with its like there.

    Args:
        ours: the candidates of one tree.
        others: those of other trees of the same contigs.
        lengths: int64 (n,), bp.

    Returns:
        float64 (n_candidates,), 0 to 1: the mean over the other trees; 0 where there are none.
    """
    agreed = np.zeros(len(ours.nodes))
    first, last = ours.tree.first[ours.nodes], ours.tree.first[ours.nodes] + ours.tree.sizes[ours.nodes]
    for theirs in others:
        sizes = theirs.tree.sums(lengths)[theirs.nodes]
        agreed += _best_jaccard(first, last, ours.tree.order, theirs.of_point, theirs.above, sizes, lengths)
    return agreed / max(len(others), 1)


def agreement_of_sets(
    ours: Sequence[npt.NDArray[np.int64]],
    others: Sequence[Sequence[npt.NDArray[np.int64]]],
    lengths: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """The same for sets of contigs that were found in several ways; in each way a contig is in one set at most.

    Args:
        ours: rows of each set of one way.
        others: those of other ways.
        lengths: int64 (n,), bp.

    Returns:
        float64 (n_ours,), 0 to 1.
    """
    agreed = np.zeros(len(ours))
    for theirs in others:
        sizes = np.array([lengths[rows].sum() for rows in theirs])
        set_of = numbered(theirs, len(lengths))
        for i, rows in enumerate(ours):
            met, place = np.unique(set_of[rows], return_inverse=True)
            shared = np.bincount(place, lengths[rows])
            known = met >= 0
            indices = shared[known] / (lengths[rows].sum() + sizes[met[known]] - shared[known])
            agreed[i] += indices.max(initial=0)
    return agreed / max(len(others), 1)


def numbered(sets: Sequence[npt.NDArray[np.int64]], n: int) -> npt.NDArray[np.int64]:
    """int64 (n,): for each row the number of the set that it is in, or -1."""
    numbers = np.full(n, -1)
    for number, rows in enumerate(sets):
        numbers[rows] = number
    return numbers


@compiled
def _best_jaccard(first, last, order, of_point, above, sizes, lengths):  # type: ignore[no-untyped-def]
    """float64 (n_ours,): for each of ours, points order[first:last], the highest Jaccard index with one of theirs."""
    best = np.zeros(len(first))
    shared = np.zeros(len(above))
    met = np.empty(len(above), np.int64)
    for i in range(len(first)):
        total, n_met = 0.0, 0
        for point in order[first[i] : last[i]]:
            total += lengths[point]
            at = of_point[point]
            while at >= 0:
                if shared[at] == 0:
                    met[n_met] = at
                    n_met += 1
                shared[at] += lengths[point]
                at = above[at]
        for at in met[:n_met]:
            best[i] = max(best[i], shared[at] / (total + sizes[at] - shared[at]))
            shared[at] = 0
    return best
