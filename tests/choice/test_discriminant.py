import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vambx.choice.discriminant import discriminant

N_GROUPS, N_FEATURES = 5, 6


def planted(n=3000, seed=1, n_loose=0):
    """Features of groups that differ in their means and not in their spread; how much each row counts; groups."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(N_GROUPS, size=n)
    features = 3 * rng.normal(size=(N_GROUPS, N_FEATURES))[groups] + rng.normal(size=(n, N_FEATURES))
    groups[rng.permutation(n)[:n_loose]] = -1
    return features, rng.integers(1, 100, size=n).astype(float), groups


def within(points, weights, groups):
    """The covariance within groups, over all of them."""
    known = groups >= 0
    points, weights, groups = points[known].astype(np.float64), weights[known], groups[known]
    for group in np.unique(groups):
        mine = groups == group
        points[mine] -= np.average(points[mine], axis=0, weights=weights[mine])
    return (points * weights[:, None]).T @ points / weights.sum()


def squared(points):
    points = points.astype(np.float64)
    return ((points[:, None] - points[None]) ** 2).sum(axis=2)


@pytest.mark.parametrize("n", [300, 3000])
@pytest.mark.parametrize("n_loose", [0, 100])
def test_within_groups_the_variance_is_one_in_each_direction_and_directions_have_nothing_in_common(n, n_loose):
    features, weights, groups = planted(n, n_loose=n_loose)
    points = discriminant(features, weights, groups, 10)
    assert (points.shape, points.dtype) == ((n, N_FEATURES), np.float32)
    # The ridge of a hundredth takes away a hundredth where features vary by themselves.
    np.testing.assert_allclose(within(points, weights, groups), np.eye(N_FEATURES), atol=0.02)


def test_the_most_telling_direction_comes_first_and_only_those_asked_for():
    features, weights, groups = planted()
    points = discriminant(features, weights, groups, 10)
    spread = np.cov(points.T, aweights=weights)
    assert (np.diff(np.diag(spread)) < 0).all()
    np.testing.assert_allclose(spread - np.diag(np.diag(spread)), 0, atol=1e-3)
    np.testing.assert_allclose(np.average(points, axis=0, weights=weights), 0, atol=1e-4)
    for n_terms in (1, 3):
        np.testing.assert_array_equal(discriminant(features, weights, groups, n_terms), points[:, :n_terms])


def test_the_first_direction_tells_two_groups_apart_that_the_longest_axis_does_not():
    rng = np.random.default_rng(2)
    groups = rng.integers(2, size=500)
    features = rng.normal(size=(500, 4)) * [20, 5, 0.1, 1]
    features[:, 2] += groups
    first = discriminant(features, np.ones(500), groups, 1)[:, 0]
    one, two = first[groups == 0], first[groups == 1]
    assert max(one.min(), two.min()) > min(one.max(), two.max())
    assert abs(one.mean() - two.mean()) == pytest.approx(10, rel=0.1)


@given(st.lists(st.sampled_from([1e-3, 0.5, 1.0, 30.0, 1e4]), min_size=N_FEATURES, max_size=N_FEATURES))
def test_units_and_origin_of_a_feature_do_not_matter(scales):
    features, weights, groups = planted(200)
    want = squared(discriminant(features, weights, groups, 4))
    got = squared(discriminant((features + 1) * scales, weights, groups, 4))
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(squared(discriminant(features, 7 * weights, groups, 4)), want, rtol=1e-4, atol=1e-4)


def test_a_row_counts_as_often_as_it_weighs():
    features, _, groups = planted(200)
    times = np.random.default_rng(1).integers(1, 5, size=200)
    weighed = discriminant(features, times.astype(float), groups, 4)
    repeated = discriminant(*(np.repeat(each, times, axis=0) for each in (features, np.ones(200), groups)), 4)
    np.testing.assert_allclose(squared(weighed), squared(repeated[np.cumsum(times) - 1]), rtol=1e-3, atol=1e-3)


def test_what_groups_are_called_does_not_matter():
    features, weights, groups = planted(200, n_loose=30)
    turned = np.where(groups >= 0, N_GROUPS - 1 - groups, -1)
    one, other = (squared(discriminant(features, weights, each, 4)) for each in (groups, turned))
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_rows_in_no_group_do_not_count_for_the_spread_within():
    features, weights, groups = planted(1000, n_loose=300)
    features[groups < 0] *= 40
    points = discriminant(features, weights, groups, 10)
    np.testing.assert_allclose(within(points, weights, groups), np.eye(N_FEATURES), atol=0.02)


@pytest.mark.parametrize("constant", [0.0, 0.1, np.log(np.float32(0.1)), 1e6])
def test_a_feature_that_is_the_same_everywhere_says_nothing(constant):
    features, weights, groups = planted(200)
    more = np.hstack([features[:, :2], np.full((200, 1), constant), features[:, 2:]])
    want, got = (discriminant(each, weights, groups, N_FEATURES) for each in (features, more))
    np.testing.assert_allclose(squared(got), squared(want), rtol=1e-3, atol=1e-3)
    assert np.abs(got).max() < 100


@pytest.mark.parametrize("rows", [[0], range(50)])
def test_a_feature_that_is_the_same_within_groups_and_not_elsewhere_stays_finite(rows):
    features, weights, groups = planted(200)
    groups[rows] = -1
    told = (groups < 0).astype(float)[:, None]
    assert np.abs(discriminant(np.hstack([features, told]), weights, groups, 10)).max() < 1e5
    told = (groups == 2).astype(float)[:, None]
    assert np.abs(discriminant(np.hstack([features, told]), weights, groups, 10)).max() < 1e5
