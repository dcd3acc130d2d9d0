import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vambx.choice.agreement import agreement, agreement_of_sets
from vambx.choice.by_markers import (
    LEAST_F1,
    LEAST_PRECISION,
    WHOLE_F1,
    best_of,
    candidates_of,
    choose_by_markers,
    marker_f1,
)
from vambx.choice.copies import Copies, Held
from vambx.choice.linkage import average_linkage


def plain_f1(counts):
    different, copies = sum(n > 0 for n in counts), sum(counts)
    if copies == 0 or different / copies < LEAST_PRECISION:
        return 0.0
    return 2 / (copies / different + len(counts) / different)


@pytest.mark.parametrize(
    ("counts", "f1"),
    [
        ([1] * 8, 1),
        ([0] * 8, 0),
        ([1, 1, 1, 1, 0, 0, 0, 0], 2 * 0.5 / 1.5),
        ([2, 1, 1, 1, 1, 1, 1, 1], 2 * (8 / 9) / (1 + 8 / 9)),
        ([2, 2, 1, 1, 1, 1, 1, 1], 0),  # 8 of 10 copies
        ([2] + [1] * 5 + [0] * 2, 2 * (6 / 7) * 0.75 / (6 / 7 + 0.75)),
        ([2] + [1] * 4 + [0] * 3, 0),  # 5 of 6
        ([2] * 8, 0),
        ([7], 0),
        ([1], 1),
        ([4] + [1] * 16, 2 * 0.85 / 1.85),  # 17 of 20, which is just enough
    ],
)
def test_f1_of_a_few_markers_by_hand(counts, f1):
    assert f1_of(counts) == pytest.approx(f1) == pytest.approx(plain_f1(counts))
    assert f1_of([[counts]]).shape == (1, 1)


def f1_of(counts):
    """F1 of so many whole genes of each marker."""
    counts = np.array(counts)
    return marker_f1(Held.of(counts, np.zeros_like(counts)), counts.shape[-1])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_f1_is_its_definition(counts):
    assert f1_of(counts) == pytest.approx(plain_f1(counts))


def drawn(seed, n=None, n_markers=5, n_trees=3, share=0.15):
    """Trees of the same contigs, markers here and there, and lengths."""
    rng = np.random.default_rng(seed)
    n = n or int(rng.integers(1, 25))
    trees = [average_linkage(rng.normal(size=(n, 2))) for _ in range(n_trees)]
    return trees, (rng.random((n, n_markers)) < share).astype(np.int64), rng.integers(2000, 50_000, size=n)


def plain_candidates(tree, counts):
    """The sets of contigs of nodes with an F1, of which no node above has the same copies."""
    sets = [frozenset(tree.points(node).tolist()) for node in range(len(tree.heights))]
    copies = [counts[list(group)].sum() for group in sets]
    return {
        group
        for group, held in zip(sets, copies, strict=True)
        if plain_f1(counts[list(group)].sum(axis=0)) > 0
        and not any(group < other and held == more for other, more in zip(sets, copies, strict=True))
    }


@given(st.integers(0, 10**6))
def test_candidates_are_the_nodes_with_an_f1_and_know_what_holds_them(seed):
    (tree,), counts, _ = drawn(seed, n_trees=1)
    found = candidates_of(tree, Copies.of_counts(counts))
    sets = [frozenset(found.points(i).tolist()) for i in range(len(found.nodes))]
    assert len(set(sets)) == len(sets)
    assert set(sets) == plain_candidates(tree, counts)
    for i, group in enumerate(sets):
        above = [other for other in sets if group < other]
        assert (sets[found.above[i]] if found.above[i] >= 0 else None) == min(above, key=len, default=None)
    for point in range(len(counts)):
        holding = [group for group in sets if point in group]
        assert (sets[found.of_point[point]] if found.of_point[point] >= 0 else None) == min(
            holding, key=len, default=None
        )


def plain_agreement(ours, others, lengths):
    """Of each set the highest Jaccard index of bases with a set of each other tree; the mean over these."""

    def jaccard(one, other):
        return lengths[list(one & other)].sum() / lengths[list(one | other)].sum()

    return [np.mean([max((jaccard(one, x) for x in theirs), default=0) for theirs in others]) for one in ours]


@given(st.integers(0, 10**6), st.integers(2, 4))
def test_agreement_is_the_mean_of_the_best_jaccard_indices_with_the_other_trees(seed, n_trees):
    trees, counts, lengths = drawn(seed, n_trees=n_trees)
    every = [candidates_of(tree, Copies.of_counts(counts)) for tree in trees]
    sets = [[frozenset(each.points(i).tolist()) for i in range(len(each.nodes))] for each in every]
    for ours, mine in zip(every, sets, strict=True):
        others = [theirs for theirs in sets if theirs is not mine]
        asked = [theirs for theirs in every if theirs is not ours]
        np.testing.assert_allclose(agreement(ours, asked, lengths), plain_agreement(mine, others, lengths))


def test_one_tree_has_nothing_to_agree_with():
    (tree,), counts, lengths = drawn(3, n=20, n_trees=1)
    only = candidates_of(tree, Copies.of_counts(counts))
    assert len(only.nodes)
    assert not agreement(only, [], lengths).any()


def plain_choice(trees, counts, lengths):
    """Whole genomes, then the best each time, without a heap; what lost contigs is judged anew when its turn comes."""
    every = [sets_of(tree, counts) for tree in trees]
    whole = [row for row in range(len(counts)) if plain_f1(counts[row]) >= WHOLE_F1]
    yield from (frozenset([row]) for row in whole)
    waiting, taken = [], frozenset(whole)

    def judged(group, agreed):
        f1 = plain_f1(counts[list(group)].sum(axis=0)) if group else 0.0
        return round(f1 + agreed if f1 >= LEAST_F1 else 0.0, 9), -lengths[list(group)].sum(), agreed, group

    for i, mine in enumerate(every):
        others = every[:i] + every[i + 1 :]
        agreements = plain_agreement(mine, others, lengths) if others else [0.0] * len(mine)
        waiting += [judged(group, agreed) for group, agreed in zip(mine, agreements, strict=True)]
    while waiting:
        best = max(waiting, key=lambda entry: entry[:2])
        if best[0] <= 0:
            return
        waiting.remove(best)
        if best[3] & taken:
            waiting.append(judged(best[3] - taken, best[2]))
        else:
            taken |= best[3]
            yield best[3]


def sets_of(tree, counts):
    found = candidates_of(tree, Copies.of_counts(counts))
    return [frozenset(found.points(i).tolist()) for i in range(len(found.nodes))]


@given(st.integers(0, 10**6), st.integers(1, 3), st.sampled_from([0.05, 0.15, 0.4]))
def test_the_best_is_chosen_then_the_best_of_what_is_left(seed, n_trees, share):
    trees, counts, lengths = drawn(seed, n_trees=n_trees, share=share)
    found = [frozenset(rows.tolist()) for rows in choose_by_markers(trees, Copies.of_counts(counts), lengths)]
    assert found == list(plain_choice(trees, counts, lengths))


@given(st.integers(0, 10**6), st.integers(1, 3))
def test_contigs_come_out_once_at_most_and_in_order(seed, n_trees):
    trees, counts, lengths = drawn(seed, n_trees=n_trees, share=0.3)
    found = list(choose_by_markers(trees, Copies.of_counts(counts), lengths))
    rows = np.concatenate([*found, np.zeros(0, dtype=np.int64)]).tolist()
    assert len(set(rows)) == len(rows)
    assert all((np.diff(each) > 0).all() and len(each) for each in found)
    assert all(f1_of(counts[each].sum(axis=0)) >= LEAST_F1 for each in found)


@given(st.integers(0, 10**6))
def test_the_order_of_the_trees_does_not_matter(seed):
    """Lengths are all different, so that no two sets stand equal but the same set found in two trees."""
    trees, counts, lengths = drawn(seed)
    copies = Copies.of_counts(counts)
    one, other = (
        {frozenset(rows.tolist()) for rows in choose_by_markers(each, copies, lengths)} for each in (trees, trees[::-1])
    )
    assert one == other


def test_contigs_that_are_whole_genomes_come_first_and_alone():
    trees, counts, lengths = drawn(4, n=20, share=0.05)
    counts[[3, 8]] = 1
    found = [rows.tolist() for rows in choose_by_markers(trees, Copies.of_counts(counts), lengths)]
    assert found[:2] == [[3], [8]]
    assert not [rows for rows in found[2:] if {3, 8} & set(rows)]
    counts[8, 0] = 2  # precision and recall are 5 of 6, and one
    assert [8] not in [rows.tolist() for rows in choose_by_markers(trees, Copies.of_counts(counts), lengths)][:2]


def test_the_counts_may_be_of_any_kind_and_none_makes_nothing():
    trees, counts, lengths = drawn(4, n=20)
    want = [rows.tolist() for rows in choose_by_markers(trees, Copies.of_counts(counts), lengths)]
    assert want
    assert [
        rows.tolist() for rows in choose_by_markers(trees, Copies.of_counts(counts.astype(np.uint8)), lengths)
    ] == want
    assert list(choose_by_markers(trees, Copies.of_counts(np.zeros_like(counts)), lengths)) == []


def two_genomes(rng, n_markers=40):
    """Points of two genomes that lie close together and a third afar; markers of each on some contigs."""
    genome = np.repeat([0, 1, 2], [60, 60, 30])
    points = np.array([[0.0, 0], [4, 0], [60, 60]])[genome] + rng.normal(size=(150, 2))
    counts = np.zeros((150, n_markers), dtype=np.int64)
    for each in range(3):
        counts[rng.choice(np.flatnonzero(genome == each), size=n_markers), range(n_markers)] += 1
    return points, genome, counts


def test_genomes_whose_union_has_markers_twice_are_told_apart():
    rng = np.random.default_rng(1)
    points, genome, counts = two_genomes(rng)
    trees = [average_linkage(points), average_linkage(points + 0.3 * rng.normal(size=points.shape))]
    lengths = rng.integers(2000, 50_000, size=150)
    found = list(choose_by_markers(trees, Copies.of_counts(counts), lengths))
    most = [np.bincount(genome[rows]).argmax() for rows in found[:3]]
    assert sorted(most) == [0, 1, 2]
    for rows, name in zip(found, most, strict=False):
        mine = genome == name
        assert lengths[rows[mine[rows]]].sum() >= 0.9 * lengths[mine].sum()
        assert lengths[rows[mine[rows]]].sum() >= 0.95 * lengths[rows].sum()


def test_markers_that_one_genome_has_alone_are_no_reason_to_cut_it():
    points, genome, counts = two_genomes(np.random.default_rng(1))
    counts[genome == 1] = 0
    (first, second) = choose_by_markers([average_linkage(points)], Copies.of_counts(counts), np.full(150, 5000))
    assert sorted([len(first), len(second)]) == [30, 120]


def test_of_two_ways_the_sets_that_look_most_like_genomes_are_taken():
    counts = np.zeros((8, 4), dtype=np.int64)
    counts[[0, 1, 2, 3], [0, 1, 2, 3]] = 1  # contigs 0 to 3 are a genome
    counts[[4, 5, 6, 7], [0, 1, 2, 3]] = 1  # 4 to 7 another
    lengths = np.full(8, 50_000)
    whole, mixed = [[0, 1, 2, 3], [4, 5], [6, 7]], [[0, 1, 2], [3, 4], [5, 6]]
    halves = [[0, 1], [2, 3], [4, 5, 6, 7]]
    assert taken([whole, mixed], counts, lengths)[0] == [0, 1, 2, 3]
    assert taken([whole, halves], counts, lengths) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert taken([halves, whole], counts, lengths) == [[4, 5, 6, 7], [0, 1, 2, 3]]
    assert taken([halves], counts, lengths) == [[4, 5, 6, 7], [0, 1], [2, 3]]
    assert taken([[], []], counts, lengths) == taken([[[0]]], counts * 0, lengths) == []


def taken(ways, counts, lengths):
    found = [[np.array(rows) for rows in way] for way in ways]
    return [rows.tolist() for rows in best_of(found, Copies.of_counts(counts), lengths)]


@given(st.integers(0, 2**32 - 1))
def test_sets_agree_as_their_bases_do(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    lengths = rng.integers(1, 1000, size=n)
    ways = [members_of(rng.integers(-1, 4, size=n)) for _ in range(3)]
    agreed = agreement_of_sets(ways[0], ways[1:], lengths)
    assert agreed.shape == (len(ways[0]),)
    for rows, found in zip(ways[0], agreed, strict=True):
        best = [max((jaccard(rows, other, lengths) for other in way), default=0) for way in ways[1:]]
        assert found == pytest.approx(np.mean(best))
    assert (agreement_of_sets(ways[0], [], lengths) == 0).all()


def members_of(numbers):
    return [np.flatnonzero(numbers == number) for number in np.unique(numbers[numbers >= 0])]


def jaccard(one, other, lengths):
    both, either = np.intersect1d(one, other), np.union1d(one, other)
    return lengths[both].sum() / lengths[either].sum()
