"""How many copies of each marker contigs hold, with what only looks like a further copy counted for what it is.

Assemblers write a place more than once, and end contigs in the middle of genes. So genes of a marker with the very
same DNA are one copy; and a gene that is cut by its contig's end shows that the marker is there, but is never a further
copy: what is missing of it may be on another contig. Where a species is looked for, whose strains are told apart
afterwards, genes that homologs hold are one copy too. What that is worth stands in benchmarks/LOG.md.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from vambx.choice.homologs import Homologs
from vambx.choice.linkage import Tree
from vambx.compiled import compiled
from vambx.markers import Markers
from vambx.markers.hits import counts_of

Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Held:
    """Markers that sets of contigs hold.

    Attributes:
        different: int64 (...,), markers that are there.
        copies: int64 (...,), copies of them.
    """

    different: Ints
    copies: Ints

    @classmethod
    def of(cls, whole: Ints, cut: npt.NDArray[np.integer]) -> Self:
        """Of whole genes that are different copies, and of cut ones; both int64 (..., n_markers)."""
        there = (whole > 0) | (cut > 0)
        return cls(there.sum(axis=-1), np.maximum(whole, there).sum(axis=-1))


@dataclass(frozen=True)
class Copies:
    """The marker genes of n contigs.

    Attributes:
        whole: uint16 (n, n_markers), whole genes on each contig.
        cut: uint16 (n, n_markers), genes that are cut by its ends.
        repeats: int64 (n_repeats, 3), contig, marker and number of the DNA of each whole gene whose DNA others have
            too; those of one number stand together.
    """

    whole: Counts
    cut: Counts
    repeats: Ints

    @classmethod
    def of_counts(cls, counts: npt.NDArray[np.integer]) -> Self:
        """Of integers (n, n_markers), where nothing is known of the genes but how many they are."""
        whole = counts.astype(np.uint16)
        return cls(whole, np.zeros_like(whole), np.zeros((0, 3), dtype=np.int64))

    @classmethod
    def of_markers(cls, markers: Markers, rows: Ints | None = None, homologs: Homologs | None = None) -> Self:
        """Of the contigs of `markers`, or of some of them; rows int64 (n,).

        With `homologs` among these contigs, genes that two of them both hold are one copy.
        """
        rows = np.arange(markers.n_contigs) if rows is None else rows
        place = np.full(markers.n_contigs, -1)
        place[rows] = np.arange(len(rows))
        there = place[markers.contig] >= 0
        contig, marker = place[markers.contig[there]], markers.marker[there]
        gene, cut = markers.gene[there], markers.cut[there]
        shape = len(rows), len(markers.names)
        whole = ~cut
        if homologs is not None:
            gene = gene.astype(np.int64)
            gene[whole] = _alleles(contig[whole], marker[whole], gene[whole], homologs)
        return cls(
            counts_of(contig[whole], marker[whole], shape, np.uint16),
            counts_of(contig[cut], marker[cut], shape, np.uint16),
            _repeated(contig[whole], marker[whole], gene[whole]),
        )

    @property
    def n_markers(self) -> int:
        """How many markers there are."""
        n_markers: int = self.whole.shape[1]
        return n_markers

    @property
    def genes(self) -> Ints:
        """int64 (n,): genes on each contig, of whatever kind."""
        genes: Ints = (self.whole + self.cut).sum(axis=1, dtype=np.int64)
        return genes

    def take(self, rows: Ints) -> "Copies":
        """Of some of the contigs; rows int64 (n,)."""
        place = np.full(len(self.whole), -1)
        place[rows] = np.arange(len(rows))
        contig, marker, dna = self.repeats[place[self.repeats[:, 0]] >= 0].T
        return Copies(self.whole[rows], self.cut[rows], _repeated(place[contig], marker, dna))

    def in_each(self) -> Held:
        """What each contig holds by itself."""
        whole = self.whole.astype(np.int64)
        if len(self.repeats):
            once, n = np.unique(self.repeats, axis=0, return_counts=True)
            np.subtract.at(whole, (once[:, 0], once[:, 1]), n - 1)
        return Held.of(whole, self.cut)

    def in_set(self, rows: Ints) -> Held:
        """What contigs hold together; rows int64 (n,)."""
        whole = self.whole[rows].sum(axis=0, dtype=np.int64)
        contig, marker, dna = self.repeats.T
        inside = np.isin(contig, rows)
        _, first, n = np.unique(dna[inside], return_index=True, return_counts=True)
        np.subtract.at(whole, marker[inside][first], n - 1)
        return Held.of(whole, self.cut[rows].sum(axis=0, dtype=np.int64))

    def in_nodes(self, tree: Tree) -> Held:
        """What each node of a tree of the contigs holds."""
        whole = tree.sums(self.whole.astype(np.int64))
        along = np.lexsort((tree.first[self.repeats[:, 0]], self.repeats[:, 2]))
        _count_once(whole, self.repeats[along], tree.first, tree.sizes, tree.parents)
        return Held.of(whole, tree.sums(self.cut.astype(np.int64)))


def _alleles(contig: Ints, marker: Ints, gene: Ints, homologs: Homologs) -> Ints:
    """The DNA of each gene as a number, which is the same for what homologs both hold."""
    held: defaultdict[int, defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i, (row, name) in enumerate(zip(contig.tolist(), marker.tolist(), strict=True)):
        held[row][name].append(i)
    _, dna = np.unique(np.stack([marker, gene]), axis=1, return_inverse=True)
    number = dna.ravel().tolist()
    stands_for = list(range(len(number)))

    def found(allele: int) -> int:
        while stands_for[allele] != allele:
            stands_for[allele] = allele = stands_for[stands_for[allele]]
        return allele

    for one, other in zip(homologs.one.tolist(), homologs.other.tolist(), strict=True):
        if one in held and other in held:
            for name in held[one].keys() & held[other].keys():
                for two in zip(held[one][name], held[other][name], strict=False):
                    mine, theirs = (found(number[i]) for i in two)
                    stands_for[max(mine, theirs)] = min(mine, theirs)
    return np.array([found(allele) for allele in number], dtype=np.int64)


def _repeated(contig: Ints, marker: Ints, gene: Ints) -> Ints:
    """Rows of `Copies.repeats`; the same DNA as another marker's is another number."""
    _, dna, n = np.unique(np.stack([marker, gene]), axis=1, return_inverse=True, return_counts=True)
    dna = dna.ravel()
    again = np.flatnonzero(n[dna] > 1)
    again = again[np.argsort(dna[again], kind="stable")]
    return np.stack([contig[again], marker[again], dna[again]], axis=1)


@compiled
def _count_once(whole, repeats, first, sizes, parents):  # type: ignore[no-untyped-def]
    """Where two neighbours of one DNA meet in a tree, and above, there is one copy less; repeats from left to right."""
    for i in range(len(repeats) - 1):
        if repeats[i, 2] != repeats[i + 1, 2]:
            continue
        node, place = repeats[i, 0], first[repeats[i + 1, 0]]
        while not first[node] <= place < first[node] + sizes[node]:
            node = parents[node]
        while node >= 0:
            whole[node, repeats[i, 1]] -= 1
            node = parents[node]
