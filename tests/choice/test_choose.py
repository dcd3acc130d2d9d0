import sys
from dataclasses import replace

import numpy as np
import pytest
from simulated import Simulated, simulate

from vambx.choice import Chosen, Contents, Copies, Homologs, around_medoid, choose, large_groups
from vambx.choice.choose import LEAST_GROUP
from vambx.choice.linkage import parts


@pytest.fixture(scope="module")
def community():
    return simulate(1, n_genomes=6, per_genome=40, close=0.7)


def told(chosen):
    """All of it, in order, as what can be compared."""
    return [(each.kind, each.members.tolist()) for each in chosen]


def bins(chosen, community):
    """The rows of what is large enough for a bin."""
    lengths = community.contents.lengths
    return [each.members for each in chosen if lengths[each.members].sum() >= LEAST_GROUP]


def members_of(numbers):
    return [np.flatnonzero(numbers == number) for number in np.unique(numbers)]


def cut(community, genomes):
    """Clusters that are genomes, of which some are cut in two at random."""
    half = np.random.default_rng(1).random(len(community.genomes)) < 0.5
    return 2 * community.genomes + (half & np.isin(community.genomes, genomes))


def joined(community, one, other):
    """Clusters that are genomes, of which two are one."""
    return np.where(community.genomes == other, one, community.genomes)


def strewn(community, share):
    """Clusters that are genomes, but for a share of the contigs, which are clusters of their own."""
    n = len(community.genomes)
    return np.where(np.random.default_rng(1).random(n) < share, 100 + np.arange(n), community.genomes)


@pytest.mark.parametrize("marked", [True, False])
def test_every_contig_comes_out_once_and_no_sample_is_mixed_with_another(community, marked):
    chosen = choose(community.contents, community.genomes, community.samples, community.copies if marked else None)
    assert sorted(np.concatenate([each.members for each in chosen]).tolist()) == list(range(len(community.genomes)))
    assert all((np.diff(each.members) > 0).all() for each in chosen)
    assert {len(set(community.samples[each.members])) for each in chosen} == {1}
    assert {each.kind for each in chosen} <= ({"markers", "stable"} if marked else {"stable"})
    assert ("markers" in {each.kind for each in chosen}) == marked


@pytest.mark.parametrize("marked", [True, False])
def test_more_threads_choose_the_same(community, marked):
    args = (community.contents, cut(community, [1, 3]), community.samples, community.copies if marked else None)
    one = told(choose(*args))
    assert told(choose(*args, threads=2)) == told(choose(*args, threads=4)) == one


def test_contigs_of_small_sets_join_the_genome_that_they_are_of(monkeypatch):
    made = simulate(5, n_genomes=8, n_samples=2, per_genome=120, close=0.6)
    args = (made.contents, strewn(made, 0.3), made.samples, None)
    gathered = bins(choose(*args), made)
    monkeypatch.setattr(sys.modules["vambx.choice.choose"], "recruit", lambda contents, groups, samples: groups * 0 - 1)
    alone = bins(choose(*args), made)
    bases = [made.contents.lengths[np.concatenate(each)].sum() for each in (gathered, alone)]
    assert bases[0] > bases[1]
    assert made.purity(gathered) > made.purity(alone) - 0.01
    assert made.near_complete(gathered) >= made.near_complete(alone)


def with_strain(made, genome, ratio):
    """The community with a second strain of a genome, less deep by a ratio: its homologs, and copies of species."""
    rng = np.random.default_rng(3)
    one = np.flatnonzero(made.genomes == genome)
    other = np.arange(len(one)) + len(made.genomes)
    rows = np.concatenate([np.arange(len(made.genomes)), one])
    depth = made.contents.depth[rows]
    depth[other] *= np.exp(rng.normal(0, 0.15, size=depth[other].shape)) / ratio
    latent = made.contents.latent[rows] + 0.05 * rng.normal(size=(len(rows), made.contents.latent.shape[1]))
    contents = replace(made.contents.take(rows, latent.astype(np.float32)), depth=depth)
    genomes = np.append(made.genomes, np.full(len(one), made.genomes.max() + 1))
    counts = made.copies.whole[rows]
    contig, marker = np.nonzero(counts[one])
    both = np.stack([one[contig], other[contig]], axis=1).ravel()
    number = np.arange(len(contig))
    repeats = np.stack([both, np.repeat(marker, 2), np.repeat(number, 2)], axis=1)
    copies = Copies.of_counts(counts)
    homologs = Homologs(one, other, (0.6 * contents.lengths[one]).astype(np.int64))
    return Simulated(contents, genomes, made.samples[rows], copies), homologs, replace(copies, repeats=repeats)


@pytest.mark.parametrize("marked", [True, False])
def test_strains_that_hold_the_same_regions_come_apart(community, marked):
    made, homologs, species = with_strain(community, 2, ratio=1.5)
    species_of = np.where(made.genomes == 6, 2, made.genomes)
    args = (made.contents, species_of, made.samples, made.copies if marked else None)
    apart = bins(choose(*args, homologs=homologs, species=species if marked else None), made)
    together = bins(choose(*args), made)
    assert made.near_complete(apart) >= made.near_complete(together) + 2
    assert made.purity(apart) > made.purity(together)
    assert told(choose(*args, homologs=Homologs.none())) == told(choose(*args))


@pytest.mark.parametrize(("in_catalogue", "n_columns"), [(None, 3), (True, 3), (False, 4)])
def test_strains_are_told_apart_by_what_samples_do_not_share_in_a_catalogue(monkeypatch, in_catalogue, n_columns):
    made = simulate(1, n_genomes=6, n_samples=2, per_genome=40, close=0.7)
    depth = np.hstack([made.contents.depth, made.contents.depth[:, ::-1]])
    seen = []

    def split(sets, log_depth, lengths):
        seen.append(log_depth.shape[1])
        return ([rows[::2], rows[1::2]] for rows in sets)

    monkeypatch.setattr(sys.modules["vambx.choice.choose"], "split_strains", split)
    monkeypatch.setattr(sys.modules["vambx.choice.choose"], "recruit", lambda contents, groups, samples: groups * 0 - 1)
    contents = replace(made.contents, depth=depth)
    chosen = choose(contents, made.genomes, made.samples, None, in_catalogue=in_catalogue)
    assert seen == [n_columns]
    assert sorted(np.concatenate([each.members for each in chosen]).tolist()) == list(range(len(made.genomes)))


def test_progress_grows_to_all(community):
    for copies in (community.copies, None):
        shares = []
        choose(community.contents, community.genomes, community.samples, copies, advance=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1)
        assert 0 < shares[0] < 1


@pytest.mark.parametrize("marked", [True, False])
def test_what_clusters_have_right_stays_right(community, marked):
    chosen = choose(community.contents, community.genomes, community.samples, community.copies if marked else None)
    assert community.near_complete(bins(chosen, community)) == 18


@pytest.mark.parametrize("clusters", [lambda c: cut(c, [0, 2, 4]), lambda c: joined(c, 1, 3)])
def test_markers_find_genomes_that_clusters_cut_in_two_or_join(community, clusters):
    numbers = clusters(community)
    chosen = choose(community.contents, numbers, community.samples, community.copies)
    found = bins(chosen, community)
    assert community.near_complete(found) >= 17
    assert community.near_complete(members_of(8 * numbers + community.samples)) <= 12


def test_without_markers_the_stable_take_in_what_clusters_left_out(community):
    numbers = strewn(community, 0.2)
    chosen = choose(community.contents, numbers, community.samples, None)
    assert community.near_complete(bins(chosen, community)) >= 10
    assert community.near_complete(members_of(8 * numbers + community.samples)) <= 3


def test_counts_of_nothing_are_as_good_as_none(community):
    args = (community.contents, cut(community, [1]), community.samples)
    assert told(choose(*args, Copies.of_counts(np.zeros_like(community.copies.whole)))) == told(choose(*args, None))


def test_contigs_of_one_assembly_are_of_one_sample(community):
    pooled = np.zeros_like(community.samples)
    chosen = choose(community.contents, community.genomes, pooled, None)
    assert sorted(np.concatenate([each.members for each in chosen]).tolist()) == list(range(len(pooled)))
    assert len(chosen) < 18


def test_samples_that_are_too_large_for_a_tree_are_parted(community, monkeypatch):
    monkeypatch.setattr(sys.modules[choose.__module__], "parts", lambda points: parts(points, 100))
    chosen = choose(community.contents, community.genomes, community.samples, community.copies)
    assert sorted(np.concatenate([each.members for each in chosen]).tolist()) == list(range(len(community.genomes)))
    assert max(len(each.members) for each in chosen) <= 100
    assert community.near_complete(bins(chosen, community)) >= 12


def test_nothing_is_chosen_where_nothing_can_teach(community):
    contents, samples, copies = community.contents, community.samples, community.copies
    n = len(samples)
    first = np.flatnonzero(samples == 0)
    one = contents.take(first, contents.latent[first])
    assert choose(one, np.zeros(len(first), dtype=np.int64), samples[first], copies.take(first)) == []
    assert choose(contents, np.arange(n), samples, copies) == []
    assert choose(contents.take(np.arange(n), np.zeros((n, 0))), community.genomes, samples, copies) == []
    none = np.zeros(0, dtype=np.int64)
    assert choose(contents.take(none, contents.latent[none]), none, none, None) == []


def test_what_is_given_is_left_as_it_is(community):
    given = (*vars(community.contents).values(), community.samples, *vars(community.copies).values())
    before = [array.copy() for array in given]
    choose(community.contents, community.genomes, community.samples, community.copies)
    for one, other in zip(before, given, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_sample_without_a_read_is_no_harm(community):
    silent = replace(
        community.contents, depth=np.hstack([community.contents.depth, np.zeros((len(community.samples), 1))])
    )
    chosen = choose(silent, community.genomes, community.samples, community.copies)
    assert community.near_complete(bins(chosen, community)) >= 17


def test_large_groups_are_numbered_anew():
    lengths = np.array([150_000, 50_000, 199_999, 500_000, 10, 10**6])
    groups = np.array([7, 7, 3, 9, 9, -1])
    assert large_groups(groups, lengths).tolist() == [0, 0, -1, 1, 1, -1]
    assert large_groups(groups[:0], lengths[:0]).tolist() == []
    assert large_groups(np.full(2, -1), lengths[:2]).tolist() == [-1, -1]


def made(latent, lengths):
    n = len(latent)
    return Contents(np.array(latent, dtype=np.float32), np.ones((n, 136)) / 136, np.ones((n, 1)), np.array(lengths))


def test_the_medoid_is_most_like_the_mean_and_the_radius_reaches_all():
    contents = made([[9, 9], [1, 0], [0, 2], [3, 3], [0, 1]], [5000, 5000, 5000, 5000, 5000])
    found = around_medoid(Chosen(np.array([1, 2, 3]), "markers"), contents)
    assert (found.medoid, found.members.tolist(), found.kind) == (3, [1, 2, 3], "markers")
    assert found.radius == pytest.approx((1 - np.sqrt(0.5)) / 2)
    assert np.isnan(found.valley_ratio)


def test_long_contigs_count_more_for_the_mean():
    contents = made([[1, 0], [0, 2], [3, 3]], [90_000, 2000, 2000])
    found = around_medoid(Chosen(np.arange(3), "stable"), contents)
    assert (found.medoid, found.radius) == (0, pytest.approx(0.5))


def test_one_contig_stands_for_itself():
    found = around_medoid(Chosen(np.array([1]), "stable"), made([[1, 0], [0.3, 0.1]], [3000, 2000]))
    assert (found.medoid, found.radius) == (1, pytest.approx(0, abs=1e-6))
    assert found.radius >= 0
