import numpy as np
import pytest
from builders import community_latent

from vambx.clustering.balls import Balls
from vambx.clustering.distances import LANES, normalised


def sorted_into_balls(n, n_latent=8, n_apart=0):
    unit = normalised(community_latent(np.random.default_rng(n), n, n_latent)[0])
    rows = np.random.default_rng(1).permutation(n)
    return unit, rows, Balls.of(unit, rows[n_apart:], rows[:n_apart])


@pytest.mark.parametrize(("n", "n_apart"), [(0, 0), (1, 0), (1, 1), (63, 5), (64, 64), (65, 0), (3000, 400)])
def test_every_contig_lies_in_one_lane_with_its_vector(n, n_apart):
    unit, rows, balls = sorted_into_balls(n, n_apart=n_apart)
    there = balls.rows >= 0
    assert sorted(balls.rows[there].tolist()) == list(range(n))
    vectors = balls.tiles.transpose(0, 2, 1).reshape(-1, unit.shape[1])
    np.testing.assert_array_equal(vectors[there], unit[balls.rows[there]])
    assert not vectors[~there].any()
    apart = balls.rows[balls.n_near * LANES :]
    assert set(apart[apart >= 0].tolist()) == set(rows[:n_apart].tolist())


def test_radii_reach_every_contig_of_their_ball_and_grow():
    unit, _, balls = sorted_into_balls(3000)
    centres = balls.centres.transpose(0, 2, 1).reshape(-1, unit.shape[1])
    assert (np.diff(balls.radii) >= 0).all()
    assert (balls.radii < np.pi).sum() > 10
    for ball, radius in enumerate(balls.radii):
        rows = balls.rows[ball * LANES : (ball + 1) * LANES]
        cosines = unit[rows[rows >= 0]].astype(float) @ centres[ball].astype(float)
        assert np.arccos(np.clip(cosines, -1, 1)).max() <= radius + 1e-3


@pytest.mark.parametrize("distance", [0.05, 0.06, 0.3])
def test_nothing_near_lies_in_a_ball_that_is_passed_over(distance):
    unit, _, balls = sorted_into_balls(3000)
    centres = balls.centres.transpose(0, 2, 1).reshape(-1, unit.shape[1])
    passed = unit @ centres.T < balls.least_cosines(distance)
    near = (1 - unit @ unit.T) / 2 <= distance
    assert passed[:, : len(balls.radii)].mean() > 0.05
    for ball in range(len(balls.radii)):
        rows = balls.rows[ball * LANES : (ball + 1) * LANES]
        assert not near[np.ix_(passed[:, ball], rows[rows >= 0])].any()
