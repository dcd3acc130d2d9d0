"""Copies of markers: of one DNA counted once, genes cut by a contig's end never further copies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vambx.choice import Copies, Homologs
from vambx.choice.linkage import average_linkage
from vambx.markers import Markers

N, N_MARKERS = 12, 3
GENES = st.lists(
    st.tuples(st.integers(0, N - 1), st.integers(0, N_MARKERS - 1), st.integers(-3, 3), st.booleans()), max_size=40
)


def markers_of(genes):
    """Markers of (contig, marker, DNA, cut) of each gene."""
    contig, marker, gene, cut = np.array(sorted(genes), dtype=np.int64).reshape(-1, 4).T
    names = tuple(map(str, range(N_MARKERS)))
    return Markers(names, contig, marker, np.ones(len(contig), dtype=np.float32), gene, cut.astype(bool), N, "")


def plain(genes, rows):
    """Markers on some contigs, and copies of them, by the words of the definition."""
    here = [(marker, dna, cut) for contig, marker, dna, cut in genes if contig in rows]
    there = {marker for marker, _, _ in here}
    whole = [len({dna for other, dna, cut in here if other == marker and not cut}) for marker in there]
    return len(there), sum(max(n, 1) for n in whole)


@given(GENES, st.integers(0, 10**6))
def test_each_node_holds_what_its_contigs_hold_together(genes, seed):
    rng = np.random.default_rng(seed)
    tree = average_linkage(rng.normal(size=(N, 2)))
    copies = Copies.of_markers(markers_of(genes))
    nodes, each = copies.in_nodes(tree), copies.in_each()
    for node in range(2 * N - 1):
        rows = tree.points(node)
        held = copies.in_set(rows)
        assert (held.different, held.copies) == plain(genes, rows)
        assert (nodes.different[node], nodes.copies[node]) == plain(genes, rows)
    assert list(zip(each.different, each.copies, strict=True)) == [plain(genes, [row]) for row in range(N)]


@given(GENES, st.sets(st.integers(0, N - 1)))
def test_some_contigs_hold_what_they_hold(genes, some):
    rows = np.array(sorted(some), dtype=np.int64)
    every = Copies.of_markers(markers_of(genes))
    for copies in (every.take(rows), Copies.of_markers(markers_of(genes), rows)):
        held = copies.in_set(np.arange(len(rows)))
        assert (held.different, held.copies) == plain(genes, some)
        assert copies.genes.tolist() == [sum(contig == row for contig, _, _, _ in genes) for row in rows]
    assert every.n_markers == N_MARKERS


@pytest.mark.parametrize(
    ("genes", "copies"),
    [
        ([(0, 0, 1, False), (1, 0, 1, False)], 1),  # a place that was written twice
        ([(0, 0, 1, False), (1, 0, 2, False)], 2),
        ([(0, 0, 1, False), (1, 1, 1, False)], 2),  # other markers are others
        ([(0, 0, 1, False), (1, 0, 2, True)], 1),  # cut
        ([(0, 0, 1, True), (1, 0, 2, True)], 1),  # two halves
        ([(0, 0, 1, False), (1, 0, 1, False), (1, 0, 2, False), (2, 0, 2, False)], 2),
        ([(0, 0, 1, False), (0, 0, 1, False)], 1),
    ],
)
def test_copies_by_hand(genes, copies):
    assert Copies.of_markers(markers_of(genes)).in_set(np.arange(3)).copies == copies


def test_plain_counts_are_copies_all():
    copies = Copies.of_counts(np.array([[2, 0], [1, 1]], dtype=np.uint8))
    held = copies.in_set(np.arange(2))
    assert (held.different, held.copies) == (2, 4)
    assert copies.in_each().copies.tolist() == [2, 2]


@given(GENES, st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)), max_size=15))
def test_genes_that_homologs_both_hold_are_one_copy(genes, pairs):
    pairs = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    homologs = Homologs(one, other, np.full(len(pairs), 5000))
    markers, rows = markers_of(genes), np.arange(N)
    plainly, species = Copies.of_markers(markers), Copies.of_markers(markers, rows, homologs)
    for each in (rows, *np.array(pairs, dtype=np.int64).reshape(-1, 2)):
        assert species.in_set(each).different == plainly.in_set(each).different
        assert species.in_set(each).copies <= plainly.in_set(each).copies
    for pair in np.array(pairs, dtype=np.int64).reshape(-1, 2):
        alone = [plainly.in_set(row[None]) for row in pair]
        whole = [{marker for at, marker, _, cut in genes if at == row and not cut} for row in pair]
        saved = plainly.in_set(pair).copies - species.in_set(pair).copies
        assert saved <= sum(held.copies for held in alone)
        if not whole[0] & whole[1]:
            assert saved >= 0
    assert Copies.of_markers(markers, rows, Homologs.none()).in_set(rows) == plainly.in_set(rows)


def test_homologs_count_the_genes_of_a_place_once_and_true_copies_twice():
    genes = [(0, 0, 1, False), (0, 1, 2, False), (1, 0, 3, False), (1, 1, 4, True), (2, 0, 5, False), (2, 0, 6, False)]
    rows, pair = np.arange(N), (np.array([0]), np.array([1]), np.array([9000]))
    assert copies_in(genes, [0, 1]) == (2, 3)
    assert copies_in(genes, [0, 1], Homologs(*pair)) == (2, 2)
    assert copies_in(genes, rows, Homologs(*pair)) == (2, 4)
    chain = Homologs(np.array([0, 1]), np.array([1, 2]), np.array([9000, 9000]))
    assert copies_in(genes, rows, chain) == (2, 3)
    some = Copies.of_markers(markers_of(genes), np.array([2, 0]), Homologs(np.array([0]), np.array([1]), np.array([9])))
    assert some.in_set(np.array([0, 1])).copies == 3


def copies_in(genes, rows, homologs=None):
    held = Copies.of_markers(markers_of(genes), np.arange(N), homologs).in_set(np.array(rows))
    return int(held.different), int(held.copies)
