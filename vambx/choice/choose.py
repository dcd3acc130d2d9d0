"""Which contigs make a genome: a tree a sample, seen in several ways, and the choice among its nodes.

    1. view 1: latent vectors with depths beside them
    2. view 2: what tells the clusterer's clusters apart
    3. without markers: the stable nodes of view 2's trees, with view 1's as witnesses; on to 8, 10
    4. with markers: the nodes of both views' trees that look most like whole genomes
    5. view 3: what tells these apart
    6. the same of all three views' trees; once with every copy of a marker, and once with those of strains as one
    7. of both, sets in which depth or homologs show two strains are split, and the better ones kept
    8. where markers are silent, the stable nodes, split alike
    9. with markers: sets that are two parts of one genome are joined
   10. contigs of sets too small to be bins join the large set that they are most likely of

Clusters are found over all samples, which is what teaches the autoencoder and the clusterer most; a genome's contigs of
one sample are then chosen in that sample alone (as by Yazhini et al., Brief Bioinform 2025, doi 10.1093/bib/bbaf617).
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from vambx.choice.agreement import numbered
from vambx.choice.alleles import split_alleles
from vambx.choice.by_markers import best_of, choose_by_markers
from vambx.choice.complements import complements
from vambx.choice.copies import Copies
from vambx.choice.homologs import Homologs
from vambx.choice.linkage import Tree, average_linkage, parts
from vambx.choice.recruit import recruit
from vambx.choice.stability import stable_nodes
from vambx.choice.strains import split_strains
from vambx.choice.views import Contents, Points, beside_depth, telling_apart, unit_rows
from vambx.clustering.medoids import Cluster
from vambx.one_thread import on_one_thread

LEAST_GROUP = 200_000
"""Bases from which on a group teaches what tells groups apart."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chosen:
    """Contigs of one sample that are taken for one genome.

    Attributes:
        members: int64 (n,), rows, ascending.
        kind: `markers` or `stable`: what they were chosen by.
    """

    members: Rows
    kind: str


@on_one_thread
def choose(
    contents: Contents,
    clusters: Rows,
    samples: Rows,
    copies: Copies | None,
    threads: int = 1,
    advance: Callable[[float], object] = lambda share: None,
    in_catalogue: bool | None = None,
    homologs: Homologs | None = None,
    species: Copies | None = None,
) -> list[Chosen]:
    """Choose the contigs of genomes, sample by sample; every contig comes out once.

    The result is the same on any number of threads.

    Args:
        contents: of the contigs.
        clusters: int64 (n_contigs,), 0 upwards, the cluster of each contig.
        samples: int64 (n_contigs,), 0 upwards, the sample whose assembly each contig is from.
        copies: of the markers on each contig; None to go without.
        threads: how many work on it.
        advance: told which share of the work is done.
        in_catalogue: whether reads were mapped to several assemblies together; None: if there are several samples here.
        homologs: pairs of contigs of two strains; None: none are known.
        species: as `copies`, but with what homologs both hold as one; None: as `copies`.

    Returns:
        What was chosen; nothing where fewer than two clusters are large enough to tell groups apart.
    """
    groups = large_groups(clusters + (clusters.max(initial=0) + 1) * samples, contents.lengths)
    if groups.max(initial=-1) < 1 or not contents.latent.shape[1]:
        return []
    apart = telling_apart(contents, groups)
    places = [rows[part] for rows in _rows_of(samples) for part in parts(apart[rows])]
    if in_catalogue is None:
        in_catalogue = bool((samples != samples[0]).any())
    homologs = homologs or Homologs.none()
    strains = _Strains(contents, homologs, in_catalogue)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        grow = _Growing(places, 2 if copies is None else 3, pool, advance)
        views = [grow.trees(apart), grow.trees(beside_depth(contents))]
        stable = [
            [tree.points(node) for node in stable_nodes(tree, contents.lengths[rows], apart.shape[1], witness)]
            for rows, tree, witness in zip(places, *views, strict=True)
        ]
        found: list[Rows] = []
        if copies is not None:
            found = _by_markers(views, places, copies, contents.lengths)
            groups = large_groups(numbered(found, len(groups)), contents.lengths)
            if groups.max(initial=-1) >= 1:
                views.append(grow.trees(telling_apart(contents, groups)))
            counted = [copies] if species is None else [copies, species]
            ways = [strains.of(_by_markers(views, places, each, contents.lengths)) for each in counted]
            found = list(best_of(ways, copies, contents.lengths))
    chosen = [Chosen(rows, "markers") for rows in found]
    left = numbered(found, len(groups)) < 0
    nodes = (rows[points] for rows, sets in zip(places, stable, strict=True) for points in sets)
    rest = [np.sort(members[left[members]]) for members in nodes if left[members].any()]
    chosen += [Chosen(rows, "stable") for rows in strains.of(rest)]
    if copies is not None:
        chosen = _whole(chosen, contents, samples, copies, homologs)
    return _gathered(chosen, contents, samples)


@on_one_thread
def around_medoid(chosen: Chosen, contents: Contents) -> Cluster:
    """What was chosen as a cluster: its medoid is the contig whose latent vector is most like the mean of all."""
    rows = chosen.members
    directions = unit_rows(contents.latent[rows])
    medoid = int(np.argmax(directions @ (contents.lengths[rows] @ directions)))
    radius = float(np.max(1 - directions @ directions[medoid])) / 2
    return Cluster(int(rows[medoid]), rows, max(radius, 0.0), chosen.kind, float("nan"))


@dataclass
class _Growing:
    """Grows the trees of all places, and tells how far it has come."""

    places: Sequence[Rows]
    n_views: int
    pool: Executor
    advance: Callable[[float], object]
    grown: int = 0

    def trees(self, points: Points) -> list[Tree]:
        """A tree of the points of each place."""
        trees = []
        for tree in self.pool.map(lambda rows: average_linkage(points[rows]), self.places):
            trees.append(tree)
            self.grown += len(tree.order)
            self.advance(self.grown / (len(points) * self.n_views))
        return trees


def _by_markers(trees: Sequence[Sequence[Tree]], places: Sequence[Rows], copies: Copies, lengths: Rows) -> list[Rows]:
    """What is chosen by markers in each place, given each view's trees of all places."""
    return [
        rows[found]
        for rows, *views in zip(places, *trees, strict=True)
        for found in choose_by_markers(views, copies.take(rows), lengths[rows])
    ]


@dataclass(frozen=True)
class _Strains:
    """Splits sets that hold several strains."""

    contents: Contents
    homologs: Homologs
    in_catalogue: bool

    def of(self, sets: Sequence[Rows]) -> list[Rows]:
        """The sets, with strains that are in one large set each in its own; those too small to be bins come last."""
        lengths, log_depth = self.contents.lengths, self.contents.log_depth
        depths = self.contents.log_profile if self.in_catalogue else log_depth
        large, small = self._parted(sets)
        large, parts = self._parted(chain.from_iterable(split_strains(large, depths, lengths)))
        return [*chain.from_iterable(split_alleles(large, self.homologs, log_depth, lengths)), *parts, *small]

    def _parted(self, sets: Iterable[Rows]) -> tuple[list[Rows], list[Rows]]:
        """Sets that are large enough for a bin, and the others."""
        large: list[Rows] = []
        small: list[Rows] = []
        for rows in sets:
            (large if self.contents.lengths[rows].sum() >= LEAST_GROUP else small).append(rows)
        return large, small


def _whole(
    chosen: Sequence[Chosen], contents: Contents, samples: Rows, copies: Copies, homologs: Homologs
) -> list[Chosen]:
    """What was chosen, with two parts of one genome as one."""
    large = [i for i, each in enumerate(chosen) if contents.lengths[each.members].sum() >= LEAST_GROUP]
    whole = dict(enumerate(chosen))
    for one, other in complements([chosen[i].members for i in large], contents, samples, copies, homologs):
        members = np.concatenate([whole[large[one]].members, whole.pop(large[other]).members])
        whole[large[one]] = Chosen(np.sort(members), whole[large[one]].kind)
    return list(whole.values())


def _gathered(chosen: Sequence[Chosen], contents: Contents, samples: Rows) -> list[Chosen]:
    """What was chosen, with the contigs of small sets in the large ones that they are likely of."""
    sets = numbered([each.members for each in chosen], len(samples))
    groups = large_groups(sets, contents.lengths)
    set_of = np.zeros(groups.max() + 2, dtype=np.int64)
    set_of[groups] = sets
    joined = recruit(contents, groups, samples)
    sets = np.where(joined >= 0, set_of[joined], sets)
    return [Chosen(rows, chosen[int(sets[rows[0]])].kind) for rows in _rows_of(sets)]


def _rows_of(numbers: Rows) -> list[Rows]:
    """The rows of each number, by number."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)


def large_groups(groups: Rows, lengths: Rows) -> Rows:
    """Groups of at least 200,000 bases, numbered anew from 0; -1 for rows of others, and rows that are -1."""
    known = groups >= 0
    names, index = np.unique(groups[known], return_inverse=True)
    enough = np.bincount(index, lengths[known], len(names)) >= LEAST_GROUP
    numbers = np.where(enough, np.cumsum(enough) - 1, -1)
    large = np.full(len(groups), -1)
    large[known] = numbers[index]
    return large
