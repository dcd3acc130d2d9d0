import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vambx.choice.linkage import Tree, average_linkage
from vambx.choice.stability import LEAST_NODE, LONGEST, SHORTEST, best_nodes, stable_nodes


def antichains(tree, node):
    """Every way to choose nodes of a subtree, none inside another, that hold all of its points."""
    ways = [[node]]
    if node >= len(tree.order):
        one, two = tree.children[node - len(tree.order)].tolist()
        ways += [left + right for left in antichains(tree, one) for right in antichains(tree, two)]
    return ways


@given(st.integers(1, 9), st.integers(0, 1000), st.data())
def test_the_best_nodes_are_the_best_of_all_choices(n, seed, data):
    tree = average_linkage(np.random.default_rng(seed).normal(size=(n, 2)))
    scores = data.draw(st.lists(st.integers(0, 4), min_size=2 * n - 1, max_size=2 * n - 1))
    chosen = best_nodes(tree, np.array(scores))
    assert sorted(np.concatenate([tree.points(node) for node in chosen]).tolist()) == list(range(n))
    ways = antichains(tree, 2 * n - 2)
    best = max(sum(scores[node] for node in way) for way in ways)
    assert sum(scores[node] for node in chosen) == best
    equal = [way for way in ways if sum(scores[node] for node in way) == best]
    assert len(chosen) == min(map(len, equal))
    assert [tree.first[node] for node in chosen] == sorted(tree.first[node] for node in chosen)


def test_scores_are_left_as_they_are():
    tree, scores = average_linkage(np.arange(4.0)[:, None]), np.arange(7.0)
    best_nodes(tree, scores)
    assert scores.tolist() == list(range(7))


def planted(rng, n_groups, n_terms, apart, per_group=40):
    centres = apart * np.sqrt(n_terms) * np.linalg.qr(rng.normal(size=(max(n_groups, n_terms), n_terms)))[0]
    group = rng.permutation(np.repeat(np.arange(n_groups), per_group))
    return centres[group % len(centres)] + rng.normal(size=(len(group), n_terms)), group


@pytest.mark.parametrize("n_terms", [5, 22, 40])
def test_groups_of_variance_one_that_are_far_apart_are_found(n_terms):
    rng = np.random.default_rng(n_terms)
    points, group = planted(rng, 5, n_terms, 4)
    tree = average_linkage(points)
    chosen = stable_nodes(tree, rng.integers(2000, 50_000, size=200), n_terms)
    found = [set(group[tree.points(node)].tolist()) for node in chosen]
    assert sorted(map(sorted, found)) == [[i] for i in range(5)]


def test_one_group_of_variance_one_stays_one():
    points = np.random.default_rng(1).normal(size=(300, 20))
    tree = average_linkage(points)
    assert stable_nodes(tree, np.full(300, 5000), 20) == [598]


@given(st.integers(1, 30), st.integers(0, 100), st.floats(0.1, 10))
def test_every_contig_is_in_one_node(n, seed, scale):
    rng = np.random.default_rng(seed)
    tree = average_linkage(scale * rng.normal(size=(n, 3)))
    chosen = stable_nodes(tree, rng.integers(2000, 50_000, size=n), 3)
    assert sorted(np.concatenate([tree.points(node) for node in chosen]).tolist()) == list(range(n))


def tree_of(children, heights):
    """A tree of points that lie from left to right as they are numbered."""
    n = len(children) + 1
    sizes, first = np.ones(2 * n - 1, dtype=np.int64), np.arange(2 * n - 1)
    for node, (one, two) in enumerate(children, start=n):
        sizes[node], first[node] = sizes[one] + sizes[two], first[one]
    return Tree(np.array(children), np.array([0.0] * n + heights), np.arange(n), first, sizes)


@pytest.mark.parametrize(
    ("low", "high", "chosen"),
    [
        (SHORTEST, LONGEST, [4, 5]),  # both pairs live through all that counts
        (SHORTEST, SHORTEST, [6]),  # pairs that do not live, in a root that does
        (LONGEST, 2 * LONGEST, [0, 1, 2, 3]),  # what is far apart is not of one genome
        (SHORTEST / 9, SHORTEST / 2, [6]),  # lives before the shortest do not count
        (LONGEST / 1.01, 2 * LONGEST, [0, 1, 2, 3]),
    ],
)
def test_only_lives_in_the_range_of_a_genome_count(low, high, chosen):
    unit = 2 * 7
    tree = tree_of([(0, 1), (2, 3), (4, 5)], [low * unit, low * unit, high * unit])
    assert stable_nodes(tree, np.full(4, 5000), 7) == chosen


@pytest.mark.parametrize(("lengths", "chosen"), [([9000, 9000, 10, 10], [6]), ([10, 10, 9000, 9000], [4, 5])])
def test_lives_are_weighed_by_bases(lengths, chosen):
    unit = 2 * 7 * SHORTEST  # the root lives longer than the left pair, and not as long as the right one
    tree = tree_of([(0, 1), (2, 3), (4, 5)], [1.2 * unit, unit, 1.75 * unit])
    assert stable_nodes(tree, np.array(lengths), 7) == chosen


def test_of_nodes_that_live_as_long_the_one_that_another_tree_shows_is_chosen():
    unit, middle = 2 * 7, np.sqrt(SHORTEST * LONGEST)
    pairs = [(0, 1), (2, 3), (4, 5)]
    tree = tree_of(pairs, [SHORTEST * unit, SHORTEST * unit, 1.01 * middle * unit])  # pairs live a little longer
    other = tree_of([(1, 2), (0, 4), (3, 5)], [1.0, 2.0, 3.0])
    lengths = np.full(4, LEAST_NODE)
    assert stable_nodes(tree, lengths, 7) == [4, 5]
    assert stable_nodes(tree, lengths, 7, tree) == [4, 5]
    assert stable_nodes(tree, lengths, 7, other) == [6]  # it has all four together, and neither pair
    assert stable_nodes(tree, lengths // 8, 7, other) == [4, 5]  # of what is no bin no other tree is asked


@given(st.integers(1, 30), st.integers(0, 100))
def test_with_a_witness_every_contig_is_in_one_node(n, seed):
    rng = np.random.default_rng(seed)
    tree, witness = (average_linkage(2 * rng.normal(size=(n, 3))) for _ in range(2))
    chosen = stable_nodes(tree, rng.integers(2000, 200_000, size=n), 3, witness)
    assert sorted(np.concatenate([tree.points(node) for node in chosen]).tolist()) == list(range(n))
