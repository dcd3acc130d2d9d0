"""Choice without markers: of a tree's nodes, those that stay as they are over the widest range of distances.

A node lives from the height at which it is made to the height at which it is joined to another. Where groups spread by
about 1 in each direction (`vambx.choice.discriminant`), points of one genome are about 2 d apart (squared distance in d
directions), and only lives around that count. The nodes chosen are those, none inside another, whose lives, weighted by
bases and by how much of the node another view's tree shows too, add up to most.

Source: the excess of mass of HDBSCAN, Campello et al., ACM TKDD 2015, doi 10.1145/2733381, with lives on a logarithmic
scale and cut off at both ends.
"""

import numpy as np
import numpy.typing as npt

from vambx.choice.agreement import Candidates, agreement
from vambx.choice.linkage import Tree

SHORTEST, LONGEST = 1.44, 4.0
"""The lives that count, in units of the squared distance expected inside a genome."""


LEAST_NODE = 200_000
"""Bases from which on another tree is asked about a node; smaller ones are no bins, and count for nearly nothing."""

_UNASKED = 1e-9


def stable_nodes(tree: Tree, lengths: npt.NDArray[np.int64], n_terms: int, witness: Tree | None = None) -> list[int]:
    """The most stable nodes, left to right; together they hold every point once.

    Args:
        tree: of contigs in a space where genomes have variance 1 in each direction.
        lengths: int64 (n,), bp.
        n_terms: directions of that space.
        witness: a tree of the same contigs in another space, if there is one.
    """
    unit = 2.0 * n_terms
    log_heights = np.log(np.clip(tree.heights, SHORTEST * unit, LONGEST * unit))
    parents = tree.parents
    ends = np.where(parents >= 0, log_heights[parents], np.log(LONGEST * unit))
    bases = tree.sums(lengths)
    lives = bases * (ends - log_heights)
    if witness is not None:
        ours = Candidates.of(tree, bases >= LEAST_NODE)
        weights = np.full(len(lives), _UNASKED)
        weights[ours.nodes] += agreement(ours, [Candidates.of(witness, witness.sums(lengths) >= LEAST_NODE)], lengths)
        lives *= weights
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
