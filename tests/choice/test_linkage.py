import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vambx.choice.linkage import average_linkage, parts


def plain_merges(points):
    """Average linkage by its definition (Lance-Williams): the height and the points of each merge, lowest first."""
    points = np.asarray(points, dtype=np.float64)
    apart = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    groups, merges = [{i} for i in range(len(points))], []
    while len(groups) > 1:
        one, two = sorted(np.unravel_index(apart.argmin(), apart.shape))
        sizes = len(groups[one]), len(groups[two])
        merges.append((apart[one, two], frozenset(groups[one] | groups[two])))
        joined = (sizes[0] * apart[one] + sizes[1] * apart[two]) / sum(sizes)
        joined[one] = np.inf
        apart[one], apart[:, one] = joined, joined
        apart = np.delete(np.delete(apart, two, axis=0), two, axis=1)
        groups[one] = groups[one] | groups.pop(two)
    return merges


def assert_a_tree_of(tree, points):
    """What holds for the tree of any points."""
    n, points = len(points), np.asarray(points, dtype=np.float64)
    assert tree.children.shape == (n - 1, 2)
    assert sorted(tree.children.ravel().tolist()) == list(range(2 * n - 2))  # all but the root have a parent
    assert sorted(tree.order.tolist()) == list(range(n))
    assert tree.heights[:n].tolist() == [0.0] * n
    assert [tree.points(leaf).tolist() for leaf in range(n)] == [[leaf] for leaf in range(n)]
    parents = tree.parents
    assert parents[-1] == -1
    assert (parents[:-1] > np.arange(2 * n - 2)).all()
    assert (tree.heights[parents[:-1]] >= tree.heights[:-1]).all()
    assert (np.diff(tree.heights) >= 0).all()
    rounding = 1e-5 * (1 + (points**2).sum(axis=1).max())
    for node, (one, two) in enumerate(tree.children.tolist(), start=n):
        assert parents[[one, two]].tolist() == [node, node]
        assert tree.points(node).tolist() == [*tree.points(one), *tree.points(two)]
        left, right = points[tree.points(one)], points[tree.points(two)]
        mean = ((left[:, None] - right[None]) ** 2).sum(axis=2).mean()
        below = max(tree.heights[one], tree.heights[two])
        assert tree.heights[node] == pytest.approx(max(mean, below), rel=1e-4, abs=rounding)


@pytest.mark.parametrize(("n", "d"), [(1, 3), (2, 1), (3, 2), (20, 1), (60, 4), (150, 30)])
def test_the_tree_is_that_of_the_definition(n, d):
    points = np.random.default_rng(n).normal(size=(n, d))
    tree = average_linkage(points)
    assert_a_tree_of(tree, points)
    want = plain_merges(points)
    assert {frozenset(tree.points(node).tolist()) for node in range(n, 2 * n - 1)} == {group for _, group in want}
    np.testing.assert_allclose(tree.heights[n:], [height for height, _ in want], rtol=1e-4)


def test_with_more_points_than_are_looked_at_together_the_tree_is_that_of_scipys_definition():
    rng = np.random.default_rng(5)
    points = rng.normal(size=(1100, 3)) + 6 * rng.normal(size=(40, 3))[rng.integers(40, size=1100)]
    tree = average_linkage(points)
    assert_a_tree_of(tree, points)
    want = plain_merges(points)
    np.testing.assert_allclose(np.sort(tree.heights[1100:]), np.sort([height for height, _ in want]), rtol=1e-3)


ALIKE = {
    "one": np.zeros((1, 2)),
    "two": np.array([[0.0, 1.0], [3.0, 5.0]]),
    "two the same": np.ones((2, 2)),
    "all the same": np.full((50, 3), 0.3),
    "a line": np.arange(40.0)[:, None] * [[1, 2]],
    "duplicates": np.repeat(np.random.default_rng(1).normal(size=(9, 3)), 5, axis=0),
    "corners of a simplex": np.eye(31) * 0.37,
    "corners, several points each": np.repeat(np.eye(12) * 0.7, 3, axis=0),
    "a circle": np.c_[np.cos(np.arange(24) * np.pi / 12), np.sin(np.arange(24) * np.pi / 12)],
    "no directions": np.zeros((5, 0)),
}


@pytest.mark.parametrize("points", ALIKE.values(), ids=ALIKE)
def test_points_that_are_as_far_apart_as_others_make_a_tree_too(points):
    assert_a_tree_of(average_linkage(points), points)


def test_heights_of_a_few_points_by_hand():
    tree = average_linkage(np.array([[0.0], [1.0], [10.0], [12.0]]))
    assert tree.heights.tolist() == [0, 0, 0, 0, 1, 4, (100 + 144 + 81 + 121) / 4]
    assert sorted(tree.points(4).tolist()) == [0, 1]
    assert sorted(tree.points(5).tolist()) == [2, 3]


COORDINATES = st.sampled_from([0.1, 0.2, 0.3]) | st.floats(-10, 10, width=32)
POINTS = st.tuples(st.integers(1, 25), st.integers(1, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=COORDINATES)
)


@given(POINTS)
def test_any_points_make_a_tree(points):
    assert_a_tree_of(average_linkage(points), points)


@given(st.integers(2, 8), st.integers(1, 6), st.integers(0, 1000))
def test_corners_with_points_around_them_make_a_tree(n_corners, each, seed):
    rng = np.random.default_rng(seed)
    points = np.repeat(np.eye(n_corners) * 0.7, each, axis=0)
    points += 1e-4 * rng.choice([-1, 0, 1], size=points.shape)
    assert_a_tree_of(average_linkage(points), points)


@given(st.integers(2, 40), st.integers(0, 1000))
def test_moving_all_points_or_putting_them_in_another_order_changes_nothing(n, seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 3))
    whole = plain(average_linkage(points))
    np.testing.assert_allclose(*heights_of(whole, plain(average_linkage(points + np.array([5, -3, 1])))), rtol=1e-3)
    turned = rng.permutation(n)
    other = {frozenset(turned[list(group)].tolist()): h for group, h in plain(average_linkage(points[turned])).items()}
    np.testing.assert_allclose(*heights_of(whole, other), rtol=1e-3)


def plain(tree):
    """Height of each merge by its points."""
    n = len(tree.order)
    return {frozenset(tree.points(node).tolist()): tree.heights[node] for node in range(n, 2 * n - 1)}


def heights_of(one, other):
    """The heights of the same groups, in one order."""
    assert one.keys() == other.keys()
    return [one[group] for group in one], [other[group] for group in one]


@pytest.mark.parametrize("shape", [(), (3,), (2, 2), (0,)])
def test_sums_add_up_what_the_points_of_each_node_hold(shape):
    rng = np.random.default_rng(3)
    tree = average_linkage(rng.normal(size=(30, 2)))
    values = rng.integers(0, 9, size=(30, *shape))
    sums = tree.sums(values)
    assert (sums.dtype, sums.shape) == (values.dtype, (59, *shape))
    for node in range(59):
        np.testing.assert_array_equal(sums[node], values[tree.points(node)].sum(axis=0))


def assert_parts(points, found, largest):
    assert sorted(np.concatenate(found).tolist()) == list(range(len(points)))
    assert 0 < min(map(len, found)) <= max(map(len, found)) <= largest
    assert [rows[0] for rows in found] == sorted(rows[0] for rows in found)
    assert all((np.diff(rows) > 0).all() for rows in found)


@pytest.mark.parametrize("largest", [1, 2, 3, 7, 29, 30, 31])
@pytest.mark.parametrize("kind", ["apart", "the same", "one apart"])
def test_parts_hold_every_row_once_and_are_no_larger_than_asked(kind, largest):
    points = np.random.default_rng(2).normal(size=(30, 3))
    if kind != "apart":
        points[kind == "one apart" :] = 0.1
    assert_parts(points, parts(points, largest), largest)


@given(POINTS, st.integers(1, 30))
def test_any_points_can_be_parted(points, largest):
    assert_parts(points, parts(points, largest), largest)


def test_what_fits_is_not_parted():
    assert [rows.tolist() for rows in parts(np.random.default_rng(1).normal(size=(6, 2)), 6)] == [list(range(6))]


def test_parts_keep_together_what_is_together():
    rng = np.random.default_rng(1)
    group = rng.permutation(np.repeat(np.arange(4), [30, 40, 20, 30]))
    points = np.array([[0, 0], [9, 0], [0, 30], [9, 30]])[group] + rng.normal(size=(120, 2))
    found = parts(points, 70)
    assert sorted(sorted(set(group[rows])) for rows in found) == [[0, 1], [2, 3]]
    assert sorted(sorted(set(group[rows])) for rows in parts(points, 40)) == [[0], [1], [2], [3]]
