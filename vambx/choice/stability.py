"""Choice without markers: of a tree's nodes, those that stay as they are over the widest range of distances.

A node lives from the height at which it is made to the height at which it is joined to another. Where groups spread by
about 1 in each direction (`vambx.choice.discriminant`), points of one genome are about 2 d apart (squared distance in d
directions), and only lives around that count. The nodes chosen are those, none inside another, whose lives, weighted by
bases, add up to most.

Source: the excess of mass of HDBSCAN, Campello et al., ACM TKDD 2015, doi 10.1145/2733381, with lives on a logarithmic
scale and cut off at both ends.
"""

import numpy as np
import numpy.typing as npt

from vambx.choice.linkage import Tree

SHORTEST, LONGEST = 1.44, 4.0
"""The lives that count, in units of the squared distance expected inside a genome."""


def stable_nodes(tree: Tree, lengths: npt.NDArray[np.int64], n_terms: int) -> list[int]:
    """The most stable nodes, left to right; together they hold every point once.

    Args:
        tree: of contigs in a space where genomes have variance 1 in each direction.
        lengths: int64 (n,), bp.
        n_terms: directions of that space.
    """
    unit = 2.0 * n_terms
    log_heights = np.log(np.clip(tree.heights, SHORTEST * unit, LONGEST * unit))
    parents = tree.parents
    ends = np.where(parents >= 0, log_heights[parents], np.log(LONGEST * unit))
    lives = tree.sums(lengths.astype(np.float64)) * (ends - log_heights)
    return best_nodes(tree, lives)


def best_nodes(tree: Tree, scores: npt.NDArray[np.floating]) -> list[int]:
    """The nodes, none inside another, that hold every point and whose scores add up to most; larger ones when equal."""
    n = len(tree.order)
    best = scores.astype(np.float64)
    whole = np.ones(len(best), dtype=bool)
    for i, (one, two) in enumerate(tree.children.tolist(), start=n):
        if (below := best[one] + best[two]) > best[i]:
            best[i], whole[i] = below, False
    chosen, todo = [], [len(best) - 1]
    while todo:
        node = todo.pop()
        if whole[node]:
            chosen.append(node)
        else:
            todo += reversed(tree.children[node - n].tolist())
    return chosen
