import numpy as np
import pytest

from vambx.choice import Contents
from vambx.choice.views import N_TERMS, beside_depth, telling_apart, unit_rows


def contents(n=50, n_samples=3, n_latent=4, seed=1):
    rng = np.random.default_rng(seed)
    return Contents(
        latent=rng.normal(size=(n, n_latent)).astype(np.float32),
        frequencies=rng.dirichlet(np.ones(136), size=n).astype(np.float32),
        depth=rng.lognormal(2, 1, size=(n, n_samples)).astype(np.float32),
        lengths=rng.integers(2000, 50_000, size=n),
    )


def squared(points):
    points = points.astype(np.float64)
    return ((points[:, None] - points[None]) ** 2).sum(axis=2)


def test_unit_rows_have_length_one_and_rows_of_zeros_stay():
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [-1e-20, 0.0]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0], [-1, 0]], rtol=1e-6)
    assert rows.dtype == np.float32


def test_logarithms_of_depths_of_few_samples():
    depth = np.array([[0.0, 0.9], [9.9, 99.9]], dtype=np.float32)
    few = Contents(np.zeros((2, 1)), np.full((2, 136), 1 / 136), depth, np.array([2000, 3000]))
    np.testing.assert_allclose(few.log_depth, np.log([[0.1, 1], [10, 100]]), rtol=1e-6)
    assert few.log_depth.dtype == np.float32
    np.testing.assert_array_equal(contents(n_samples=32).log_depth, np.log(contents(n_samples=32).depth + 0.1))


@pytest.mark.parametrize("n_samples", [33, 60])
def test_of_many_samples_axes_stand_for_the_logarithms_of_depths(n_samples):
    rng = np.random.default_rng(3)
    many = contents(n=200, n_samples=n_samples)
    known = rng.normal(size=(200, 10)) @ rng.normal(size=(10, n_samples))
    many.depth[:] = np.exp(known) - 0.1
    assert many.log_depth.shape == (200, 32)
    # Ten directions are all there is, so that no distance is lost.
    np.testing.assert_allclose(squared(many.log_depth), squared(known), rtol=1e-3, atol=1e-2)


def test_a_factor_in_depth_says_as_much_in_one_sample_as_in_many():
    for n_samples in (1, 2, 9):
        some = contents(n=2, n_samples=n_samples)
        some.latent[:] = 1
        some.depth[:] = np.array([[99.9], [9.9]])
        assert squared(beside_depth(some))[0, 1] == pytest.approx((0.8 * np.log(10)) ** 2, rel=1e-4)


def test_beside_depth_holds_latent_vectors_of_length_one_and_depths():
    some = contents()
    points = beside_depth(some)
    assert (points.shape, points.dtype) == ((50, 7), np.float32)
    np.testing.assert_array_equal(points[:, :4], unit_rows(some.latent))
    np.testing.assert_allclose(points[:, 4:], 0.8 / np.sqrt(3) * some.log_depth, rtol=1e-6)


@pytest.mark.parametrize(("n_samples", "n_terms"), [(1, 21), (3, 23), (40, 52)])
def test_what_tells_apart_has_one_direction_a_sample_more(n_samples, n_terms):
    many = contents(n=400, n_samples=n_samples)
    points = telling_apart(many, np.arange(400) % 5)
    assert (points.shape, points.dtype) == ((400, n_terms), np.float32)
    assert n_terms == N_TERMS + min(n_samples, 32)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("told_by", ["frequencies", "depth", "latent"])
def test_groups_are_told_apart_by_whatever_tells_them(told_by):
    rng = np.random.default_rng(1)
    many, groups = contents(n=600), rng.integers(2, size=600)
    many.frequencies[:] = rng.dirichlet(np.full(136, 50), size=600)
    feature = getattr(many, told_by)
    feature[groups == 1, 0] = 4 * np.abs(feature[groups == 1, 0])
    feature[groups == 1, 1] *= 0.2
    many.frequencies[:] /= many.frequencies.sum(axis=1, keepdims=True)
    unknown = np.where(rng.random(600) < 0.2, -1, groups)
    first = telling_apart(many, unknown)[:, 0]
    middle = (first[groups == 0].mean() + first[groups == 1].mean()) / 2
    right = (first > middle) == (groups == (first[groups == 1].mean() > middle))
    assert right.mean() > 0.75


def test_a_sample_without_a_read_changes_no_distance():
    some = contents(n=300)
    groups = np.arange(300) % 4
    empty = Contents(some.latent, some.frequencies, np.hstack([some.depth, np.zeros((300, 1))]), some.lengths)
    one, other = telling_apart(some, groups, 100), telling_apart(empty, groups, 100)
    np.testing.assert_allclose(squared(other)[:20, :20], squared(one)[:20, :20], rtol=0.05)
    assert np.abs(other).max() < 1000


def test_some_contigs_are_taken_with_their_latent_vectors():
    some, rows = contents(), np.array([4, 2])
    taken = some.take(rows, np.ones((2, 3)))
    assert taken.latent.tolist() == [[1] * 3] * 2
    for name in ("frequencies", "depth", "lengths"):
        np.testing.assert_array_equal(getattr(taken, name), getattr(some, name)[rows])
