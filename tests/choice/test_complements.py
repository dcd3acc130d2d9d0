import sys
from dataclasses import replace

import numpy as np
import pytest
from simulated import simulate

from vambx.choice import Copies, Homologs, choose
from vambx.choice.choose import LEAST_GROUP
from vambx.choice.complements import complements

TORN = 3  # number of the genome that is in two sets, the second of them the last set


@pytest.fixture(scope="module")
def community():
    return simulate(1, n_genomes=8, n_samples=1, per_genome=180)


def sets_of(community):
    """Each genome's contigs; of one genome a quarter, at random, is the last set."""
    sets = [np.flatnonzero(community.genomes == genome) for genome in range(8)]
    quarter = np.random.default_rng(2).random(len(sets[TORN])) < 0.25
    return [*sets[:TORN], sets[TORN][~quarter], *sets[TORN + 1 :], sets[TORN][quarter]]


def found(community, sets, homologs=None, **other):
    made = replace(community, **other)
    return complements(sets, made.contents, made.samples, made.copies, homologs or Homologs.none())


def changed_depth(community, rows, factor):
    depth = community.contents.depth.copy()
    depth[rows] *= factor
    return replace(community.contents, depth=depth)


def test_two_parts_of_a_genome_are_found_the_more_whole_one_first(community):
    sets = sets_of(community)
    assert found(community, sets) == [(TORN, 8)]
    assert found(community, sets[::-1]) == [(8 - TORN, 0)]


def test_whole_genomes_are_no_parts_of_each_other(community):
    assert found(community, [np.flatnonzero(community.genomes == genome) for genome in range(8)]) == []
    assert found(community, []) == found(community, sets_of(community)[:1]) == []


def test_a_marker_in_both_speaks_against_it(community):
    sets = sets_of(community)
    whole = community.copies.whole.copy()
    marker = np.flatnonzero(whole[sets[TORN]].any(axis=0))[0]
    whole[sets[-1][0], marker] += 1
    assert found(community, sets, copies=Copies.of_counts(whole)) == []


def test_a_part_may_hold_no_marker_but_one_of_the_two_must(community):
    sets = sets_of(community)
    whole = community.copies.whole.copy()
    whole[sets[-1]] = 0
    assert found(community, sets, copies=Copies.of_counts(whole)) == [(TORN, 8)]
    whole[sets[TORN]] = 0
    assert found(community, sets, copies=Copies.of_counts(whole)) == []


def test_further_copies_within_a_part_speak_against_it(community):
    sets = sets_of(community)
    whole = community.copies.whole.copy()
    whole[sets[-1]] *= 3
    assert found(community, sets, copies=Copies.of_counts(whole)) == []


@pytest.mark.parametrize(("factor", "pairs"), [(1.02, [(TORN, 8)]), (1.5, []), (0.6, [])])
def test_so_does_another_depth(community, factor, pairs):
    sets = sets_of(community)
    assert found(community, sets, contents=changed_depth(community, sets[-1], factor)) == pairs


def test_so_does_another_composition(community):
    sets = sets_of(community)
    other = replace(community.contents, frequencies=community.contents.frequencies.copy())
    other.frequencies[sets[-1]] = other.frequencies[sets[-1]][:, ::-1]
    assert found(community, sets, contents=other) == []


def test_so_does_another_sample(community):
    sets = sets_of(community)
    samples = community.samples.copy()
    samples[sets[-1]] = 1
    assert found(community, sets, samples=samples) == []


@pytest.mark.parametrize(("share", "pairs"), [(0.01, [(TORN, 8)]), (0.05, [])])
def test_so_do_regions_that_both_hold(community, share, pairs):
    sets = sets_of(community)
    shared = share * community.contents.lengths[sets[-1]].sum()
    ends = np.sort([sets[TORN][0], sets[-1][0]])
    elsewhere = sets[TORN][:2]  # within one part, which says nothing
    homologs = Homologs(*(np.array(each) for each in zip([*ends, int(shared)], [*elsewhere, 10**6], strict=True)))
    assert found(community, sets, homologs) == pairs


def test_a_set_is_in_one_pair_at_most_that_with_the_nearest(community):
    sets = sets_of(community)
    third = np.random.default_rng(4).random(len(sets[TORN])) < 0.3
    sets = [*sets[:TORN], sets[TORN][~third], *sets[TORN + 1 :], sets[TORN][third]]
    pairs = found(community, sets)
    assert len(pairs) == 1
    assert set(pairs[0]) < {TORN, 8, 9}


def test_what_was_torn_is_chosen_as_one(community, monkeypatch):
    torn = sets_of(community)
    wanted = [{*torn[TORN].tolist(), *torn[-1].tolist()}, *(set(rows.tolist()) for rows in torn[TORN + 1 : -1])]
    monkeypatch.setattr(sys.modules["vambx.choice.choose"], "best_of", lambda ways, copies, lengths: iter(torn))
    assert community.contents.lengths[torn[-1]].sum() >= LEAST_GROUP
    chosen = choose(community.contents, community.genomes, community.samples, community.copies)
    assert [set(each.members.tolist()) for each in chosen][TORN:] == wanted
    assert {each.kind for each in chosen} == {"markers"}
