"""Choice by markers: of the nodes of several trees, those that look most like one whole genome.

A genome holds every single-copy marker once. A node's F1 weighs the markers it has (recall: of all of them) against
copies (precision: different ones of all copies). Markers lie on few contigs and so say little about where a genome's
border runs; there the trees bear witness for each other: a node counts more, the more of it is found again as a node of
the other trees.

Sources: F1 of a node from its markers, 0 below a precision of 0.85, and the choice among all nodes of a tree,
GenomeFace (bioRxiv 2024); the best candidate first over several clusterings, Pan et al., SemiBin2, Bioinformatics
2023, doi 10.1093/bioinformatics/btad209.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
import numpy.typing as npt

from vambx.choice.linkage import Tree
from vambx.compiled import compiled

LEAST_PRECISION = 0.85
LEAST_F1 = 0.1
"""What looks less like a genome is not chosen."""

WHOLE_F1 = 0.9
"""A contig that by itself looks so much like a genome is one: long reads give whole chromosomes."""

Counts = npt.NDArray[np.int64]


def marker_f1(counts: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """How much like one genome: 1 for every marker once, 0 where more than 15% of the copies are further copies.

    Args:
        counts: integers (..., n_markers), copies of each marker.

    Returns:
        float64 (...,).
    """
    different, copies = (counts > 0).sum(axis=-1), counts.sum(axis=-1)
    recall, precision = different / counts.shape[-1], different / np.maximum(copies, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, np.finfo(float).tiny)
    scores: npt.NDArray[np.float64] = np.where(precision >= LEAST_PRECISION, f1, 0.0)
    return scores


@dataclass(frozen=True)
class Candidates:
    """The nodes of one tree that might be genomes.

    Of nodes that differ only by contigs without markers it is the largest. All are of the same contigs.

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
    def of(cls, tree: Tree, counts: Counts) -> "Candidates":
        """The candidates of a tree; counts are int64 (n, n_markers)."""
        below, parents = tree.sums(counts), tree.parents
        copies = below.sum(axis=1)
        largest = (parents < 0) | (copies[parents] > copies)
        nodes = np.flatnonzero((marker_f1(below) > 0) & largest)
        index = np.full(len(parents), -1)
        index[nodes] = np.arange(len(nodes))
        holder = np.full(len(parents), -1)  # the smallest candidate that holds each node, or is it
        for node in range(len(parents) - 1, -1, -1):
            holder[node] = index[node] if index[node] >= 0 else holder[parents[node]] if parents[node] >= 0 else -1
        above = np.where(parents[nodes] >= 0, holder[parents[nodes]], -1)
        return cls(tree, nodes, above, holder[: len(tree.order)])

    def points(self, candidate: int) -> npt.NDArray[np.int64]:
        """The contigs of a candidate."""
        return self.tree.points(int(self.nodes[candidate]))


def choose_by_markers(
    trees: Sequence[Tree], counts: npt.NDArray[np.integer], lengths: npt.NDArray[np.int64]
) -> Iterator[npt.NDArray[np.int64]]:
    """The sets of contigs that look most like genomes, the best first; each contig in one of them at most.

    Contigs that are whole genomes by themselves come first. When a set is taken its contigs leave all others, which are
    then judged by what is left of them.

    Args:
        trees: of the same n contigs, seen in different ways; one or more.
        counts: integers (n, n_markers), copies of each marker on each contig.
        lengths: int64 (n,), bp.

    Yields:
        int64 (n_members,), their rows, ascending.
    """
    copies: Counts = counts.astype(np.int64)
    every = [Candidates.of(tree, copies) for tree in trees]
    sets = [each.points(i) for each in every for i in range(len(each.nodes))]
    agreed = np.concatenate([_agreement(each, every, lengths) for each in every])
    whole = np.flatnonzero(marker_f1(copies) >= WHOLE_F1)
    yield from whole[:, None]
    left = np.ones(len(counts), dtype=bool)
    left[whole] = False

    def entry(i: int) -> tuple[float, int, int, int]:
        f1 = float(marker_f1(copies[sets[i]].sum(axis=0)))
        standing = f1 + agreed[i] if f1 >= LEAST_F1 else 0.0
        return -standing, int(lengths[sets[i]].sum()), i, len(sets[i])

    waiting = [entry(i) for i in range(len(sets))]
    heapify(waiting)
    while waiting and waiting[0][0] < 0:
        _, _, i, size = heappop(waiting)
        sets[i] = sets[i][left[sets[i]]]
        if 0 < len(sets[i]) < size:
            heappush(waiting, entry(i))
        elif len(sets[i]) == size:
            left[sets[i]] = False
            yield np.sort(sets[i])


def _agreement(
    ours: Candidates, every: Sequence[Candidates], lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Of each candidate, the share of bases in common with its like in another tree; the mean over other trees, 0 to 1.

    What is in common is measured by Jaccard's index of bases.
    """
    agreed = np.zeros(len(ours.nodes))
    for theirs in every:
        if theirs is not ours and len(theirs.nodes):
            sizes = theirs.tree.sums(lengths)[theirs.nodes]
            first, last = ours.tree.first[ours.nodes], ours.tree.first[ours.nodes] + ours.tree.sizes[ours.nodes]
            agreed += _best_jaccard(first, last, ours.tree.order, theirs.of_point, theirs.above, sizes, lengths)
    return agreed / max(len(every) - 1, 1)


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
