import numpy as np
import pytest

from vambx.choice import Contents
from vambx.choice.strains import split_strains

SPREAD = 0.2  # of log depths within a genome


def of_genomes(rng, n_genomes, n_samples, per_genome=60):
    """Log depths of genomes, their rows, and lengths."""
    depths = np.repeat(rng.normal(2, 1, size=(n_genomes, n_samples)), per_genome, axis=0)
    lengths = rng.integers(2000, 50_000, size=len(depths))
    return depths + rng.normal(0, SPREAD, size=depths.shape), np.split(np.arange(len(depths)), n_genomes), lengths


def told(sets):
    return [[rows.tolist() for rows in found] for found in sets]


@pytest.mark.parametrize("n_samples", [1, 2, 5, 30])
def test_a_genome_is_not_split(n_samples):
    log_depth, sets, lengths = of_genomes(np.random.default_rng(n_samples), 200, n_samples)
    assert told(split_strains(sets, log_depth, lengths)) == [[rows.tolist()] for rows in sets]


@pytest.mark.parametrize("n_samples", [1, 2, 5])
def test_strains_of_other_depths_are_split_however_many(n_samples):
    log_depth, sets, lengths = of_genomes(np.random.default_rng(7), 20, n_samples)
    log_depth[sets[0][20:]] += 10 * SPREAD / np.sqrt(n_samples)
    log_depth[sets[0][50:]] += 20 * SPREAD / np.sqrt(n_samples)
    first, *others = told(split_strains(sets, log_depth, lengths))
    assert sorted(map(len, first)) == [10, 20, 30]
    assert {tuple(rows) for rows in first} == {tuple(range(20)), tuple(range(20, 50)), tuple(range(50, 60))}
    assert all(len(found) == 1 for found in others)


@pytest.mark.parametrize("n_samples", [3, 20, 100])
def test_genomes_that_most_samples_lack_are_not_split(n_samples):
    rng = np.random.default_rng(n_samples)
    log_depth, sets, lengths = of_genomes(rng, 100, n_samples)
    there = np.repeat(rng.random((100, n_samples)) < 2 / n_samples, 60, axis=0)
    reads = rng.poisson(np.where(there, np.exp(log_depth), 0) * lengths[:, None] / 150)
    contents = Contents(np.zeros((6000, 0)), np.full((6000, 4), 0.25), 150 * reads / lengths[:, None], lengths)
    for depths in (contents.log_depth, contents.log_profile):
        assert told(split_strains(sets, depths, lengths)) == [[rows.tolist()] for rows in sets]


@pytest.mark.parametrize("seed", range(5))
def test_broad_is_not_two(seed):
    log_depth, sets, lengths = of_genomes(np.random.default_rng(seed), 20, 3)
    log_depth[sets[0]] += np.random.default_rng(seed).normal(0, 10 * SPREAD, size=(60, 1))
    assert all(len(found) == 1 for found in split_strains(sets, log_depth, lengths))


@pytest.mark.parametrize(
    ("n_of_second", "length_of_second"), [pytest.param(4, 20_000, id="few"), pytest.param(30, 100, id="short")]
)
def test_what_is_few_or_short_stays(n_of_second, length_of_second):
    log_depth, sets, lengths = of_genomes(np.random.default_rng(4), 20, 3)
    second = sets[0][:n_of_second]
    log_depth[second] += 3
    lengths[second] = length_of_second
    assert all(len(found) == 1 for found in split_strains(sets, log_depth, lengths))


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (30, 0), (30, 3)])
def test_nothing_and_what_does_not_differ_is_not_split(shape):
    rows = np.arange(shape[0])
    sets = [rows] if shape[0] else []
    assert told(split_strains(sets, np.ones(shape), np.full(shape[0], 5000))) == [[each.tolist()] for each in sets]


def test_profiles_hold_what_samples_do_not_share():
    rng = np.random.default_rng(5)
    depth = rng.lognormal(2, 1, size=(50, 4)) + 1e6  # of which 0.1 more is nothing
    shared = depth * rng.lognormal(0, 1, size=(50, 1))
    profile, same = (
        Contents(np.zeros((50, 0)), np.full((50, 4), 0.25), each, np.full(50, 5000)).log_profile
        for each in (depth, shared)
    )
    assert profile.shape == (50, 3)
    np.testing.assert_allclose(np.abs(profile), np.abs(same), atol=1e-4)
    alone = Contents(np.zeros((50, 0)), np.full((50, 4), 0.25), depth[:, :1], np.full(50, 5000))
    assert alone.log_profile.shape == (50, 0)
