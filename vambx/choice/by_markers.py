"""Choice by markers: of the nodes of several trees, those that look most like one whole genome.

A genome holds every single-copy marker once (`vambx.choice.copies` says what is a copy). A node's F1 weighs the markers
it has (recall: of all of them) against copies (precision: different ones of all copies). Markers lie on few contigs and
so say little about where a genome's border runs; there the trees bear witness for each other
(`vambx.choice.agreement`): a node counts more, the more of it is found again as a node of the other trees.

Sources: F1 of a node from its markers, 0 below a precision of 0.85, and the choice among all nodes of a tree,
GenomeFace (bioRxiv 2024); the best candidate first over several clusterings, Pan et al., SemiBin2, Bioinformatics
2023, doi 10.1093/bioinformatics/btad209.
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

import numpy as np
import numpy.typing as npt

from vambx.choice.agreement import Candidates, agreement, agreement_of_sets
from vambx.choice.copies import Copies, Held
from vambx.choice.linkage import Tree

LEAST_PRECISION = 0.85
LEAST_F1 = 0.1
"""What looks less like a genome is not chosen."""

WHOLE_F1 = 0.9
"""A contig that by itself looks so much like a genome is one: long reads give whole chromosomes."""

Rows = npt.NDArray[np.int64]


def marker_f1(held: Held, n_markers: int) -> npt.NDArray[np.float64]:
    """How much like one genome: 1 for every marker once, 0 where more than 15% of the copies are further copies.

    Returns:
        float64 (...,), one a set of contigs.
    """
    recall, precision = held.different / n_markers, held.different / np.maximum(held.copies, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, np.finfo(float).tiny)
    scores: npt.NDArray[np.float64] = np.where(precision >= LEAST_PRECISION, f1, 0.0)
    return scores


def candidates_of(tree: Tree, copies: Copies) -> Candidates:
    """The nodes of a tree with some likeness to a genome.

    Of nodes that differ only by contigs without markers it is the largest.
    """
    genes, parents = tree.sums(copies.genes), tree.parents
    largest = (parents < 0) | (genes[parents] > genes)
    return Candidates.of(tree, (marker_f1(copies.in_nodes(tree), copies.n_markers) > 0) & largest)


def choose_by_markers(trees: Sequence[Tree], copies: Copies, lengths: Rows) -> Iterator[Rows]:
    """The sets of contigs that look most like genomes, the best first; each contig in one of them at most.

    Contigs that are whole genomes by themselves come first. When a set is taken its contigs leave all others, which are
    judged by what is left of them when their turn comes.

    Args:
        trees: of the same n contigs, seen in different ways; one or more.
        copies: of the markers on each contig.
        lengths: int64 (n,), bp.

    Yields:
        int64 (n_members,), their rows, ascending.
    """
    every = [candidates_of(tree, copies) for tree in trees]
    sets = [each.points(i) for each in every for i in range(len(each.nodes))]
    agreed = np.concatenate(
        [agreement(each, [other for other in every if other is not each], lengths) for each in every]
    )
    whole = np.flatnonzero(marker_f1(copies.in_each(), copies.n_markers) >= WHOLE_F1)
    yield from whole[:, None]
    left = np.ones(len(lengths), dtype=bool)
    left[whole] = False
    yield from _best_first(sets, agreed, copies, lengths, left)


def best_of(found: Sequence[Sequence[Rows]], copies: Copies, lengths: Rows) -> Iterator[Rows]:
    """Of sets of contigs that were found in several ways, those that look most like genomes, the best first.

    Args:
        found: in each way, sets of rows; no contig is in two sets of one way.
        copies: of the markers on each contig.
        lengths: int64 (n,), bp.

    Yields:
        int64 (n_members,), rows, ascending; each in one of them at most.
    """
    agreed = np.concatenate([agreement_of_sets(sets, [o for o in found if o is not sets], lengths) for sets in found])
    every = [rows for sets in found for rows in sets]
    return _best_first(every, agreed, copies, lengths, np.ones(len(lengths), dtype=bool))


def _best_first(
    sets: list[Rows],
    agreed: npt.NDArray[np.float64],
    copies: Copies,
    lengths: Rows,
    left: npt.NDArray[np.bool_],
) -> Iterator[Rows]:
    """The sets with the highest sum of F1 and agreement, of the contigs that are `left`."""

    def entry(i: int) -> tuple[float, int, int, int]:
        f1 = float(marker_f1(copies.in_set(sets[i]), copies.n_markers))
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
