from dataclasses import replace

import numpy as np
import pytest
from simulated import simulate

from vambx.choice import Contents, recruit
from vambx.choice.recruit import Spread

N_SHORT = 40


@pytest.fixture(scope="module")
def community():
    """Two samples; the first contigs of each genome are in no group, and the others are its group."""
    made = simulate(5, n_genomes=8, n_samples=2, per_genome=120)
    groups = made.targets.copy()
    groups[:N_SHORT] = -1
    return made, groups


def without_latent(contents):
    return replace(contents, latent=np.zeros((len(contents.lengths), 0)))


def test_contigs_join_the_genome_that_they_are_of(community):
    made, groups = community
    joined = recruit(without_latent(made.contents), groups, made.samples)
    assert (joined[N_SHORT:] == -1).all()
    found = joined[:N_SHORT] >= 0
    assert found.mean() > 0.5
    assert (joined[:N_SHORT][found] == made.targets[:N_SHORT][found]).mean() > 0.9


def test_nothing_joins_a_group_of_another_sample(community):
    made, groups = community
    other = np.where(np.arange(len(groups)) < N_SHORT, 1 - made.samples, made.samples)
    joined = recruit(without_latent(made.contents), groups, other)
    of_sample = dict(zip(groups[N_SHORT:].tolist(), made.samples[N_SHORT:].tolist(), strict=True))
    assert all(of_sample[group] == other[row] for row, group in enumerate(joined.tolist()) if group >= 0)


def test_what_is_like_two_groups_joins_neither(community):
    made, groups = community
    doubled = groups.copy()  # one genome's contigs in two groups at random: which is nearer is chance
    ours = np.flatnonzero(groups == 0)
    doubled[ours[::2]] = groups.max() + 1
    loose = np.flatnonzero((groups < 0) & (made.targets == 0))
    assert len(loose)
    assert (recruit(without_latent(made.contents), doubled, made.samples)[loose] == -1).all()


def test_what_is_far_from_every_group_joins_none(community):
    made, groups = community
    depth = made.contents.depth.copy()
    depth[:N_SHORT] *= 1e9
    strange = replace(without_latent(made.contents), depth=depth)
    assert (recruit(strange, groups, made.samples) == -1).all()


@pytest.mark.parametrize("groups", [[-1, -1, -1], [0, 0, -1], [0, 1, 1]], ids=["none", "one group", "all in groups"])
def test_nothing_joins_without_two_groups_or_without_loose_contigs(groups):
    contents = Contents(np.zeros((3, 0)), np.full((3, 4), 0.25), np.ones((3, 1)), np.array([5000, 6000, 1500]))
    assert recruit(contents, np.array(groups), np.zeros(3, dtype=int)).tolist() == [-1, -1, -1]


def drawn(rng, lengths, of_all, of_counts):
    return rng.normal(size=(len(lengths), len(of_all))) * np.sqrt(of_all + of_counts / lengths[:, None])


def test_the_spread_of_lengths_that_were_not_seen_follows_from_those_that_were():
    rng = np.random.default_rng(3)
    of_all, of_counts = np.array([0.5, 1.0, 0.0, 2.0]), np.array([2000.0, 0.0, 5000.0, 20_000.0])
    lengths = np.exp(rng.uniform(np.log(2000), np.log(100_000), 100_000)).astype(np.int64)
    residuals = drawn(rng, lengths, of_all, of_counts)
    residuals[::50] = 100  # what is astray does not count
    short, longest = Spread.of(residuals, lengths).variances(np.array([1000, 1_000_000]))
    np.testing.assert_allclose(short, of_all + of_counts / 1000, rtol=0.2)
    np.testing.assert_allclose(longest[[0, 1, 3]], of_all[[0, 1, 3]], rtol=0.2)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_spread_of_few_or_equal_contigs_is_small_and_no_nothing(n):
    variances = Spread.of(np.zeros((n, 3)), np.full(n, 5000)).variances(np.array([1000, 10_000]))
    assert (variances > 0).all()
    assert (variances < 0.01).all()


def test_shorter_contigs_must_be_as_near_in_units_of_their_own_spread(community):
    """A contig between two genomes joins one of them where its length says that it is near, and none where not."""
    made, groups = community
    joined = [
        recruit(replace(without_latent(made.contents), lengths=lengths), groups, made.samples)
        for lengths in (
            made.contents.lengths,
            np.where(groups < 0, 100, made.contents.lengths),  # so short that it could be of any
        )
    ]
    assert (joined[0][:N_SHORT] >= 0).sum() > (joined[1][:N_SHORT] >= 0).sum()
