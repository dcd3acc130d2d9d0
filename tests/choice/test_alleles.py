"""Strains whose contigs overlap each other come apart, also where depth alone would not tell them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vambx.choice import Homologs
from vambx.choice.alleles import _chains, _moved, _neighbours, split_alleles

SPREAD = 0.22  # of log depths within a genome
GENOME = 3_000_000


class Community:
    """Strains of one species and unrelated genomes, cut into contigs; each strain lacks a part of what others hold."""

    def __init__(self, seed, depths, others=5, contig=20_000, lacks=0.1):
        rng = np.random.default_rng(seed)
        depths = np.array(depths, dtype=float).reshape(len(depths), -1)
        alien = rng.normal(2, 1, size=(others, depths.shape[1]))
        genome, start, end, held = [], [], [], []
        for number in range(len(depths) + others):
            cuts = np.unique(np.concatenate([[0, GENOME], rng.integers(0, GENOME, GENOME // contig)]))
            keep = rng.random(len(cuts) - 1) > (lacks if number < len(depths) else 0)
            start += cuts[:-1][keep].tolist()
            end += cuts[1:][keep].tolist()
            genome += [number] * int(keep.sum())
        self.genome, self.start, self.end = np.array(genome), np.array(start), np.array(end)
        self.lengths = self.end - self.start
        of_genome = np.concatenate([np.log(depths), alien])
        self.log_depth = of_genome[self.genome] + rng.normal(0, SPREAD, size=(len(genome), depths.shape[1]))
        strain = np.flatnonzero(self.genome < len(depths))
        for i in strain:
            for j in strain[strain > i]:
                shared = min(self.end[i], self.end[j]) - max(self.start[i], self.start[j])
                if self.genome[i] != self.genome[j] and shared > 1000:
                    held.append((i, j, int(0.6 * shared)))
        self.homologs = Homologs(*np.array(held, dtype=np.int64).reshape(-1, 3).T)
        self.species = strain
        self.alien = [np.flatnonzero(self.genome == len(depths) + number) for number in range(others)]

    def split(self, first=None, homologs=None):
        sets = [self.species if first is None else first, *self.alien]
        return list(split_alleles(sets, homologs or self.homologs, self.log_depth, self.lengths))

    def purity(self, rows):
        return np.bincount(self.genome[rows], self.lengths[rows]).max() / self.lengths[rows].sum()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("depths", [(10, 16), (9, 25), ([10, 8, 4], [8, 10, 5]), ([5] * 10, [6] * 10)], ids=str)
def test_two_strains_come_apart_and_genomes_stay_whole(seed, depths):
    made = Community(seed, depths)
    first, *others = made.split()
    assert len(first) == 2
    assert sorted(np.concatenate(first).tolist()) == made.species.tolist()
    assert all(made.purity(rows) > 0.93 for rows in first)
    assert [[rows.tolist() for rows in found] for found in others] == [[rows.tolist()] for rows in made.alien]


def test_three_strains_that_share_alike_are_left_together():
    made = Community(3, [(9, 3), (9, 10), (10, 12)])
    assert len(made.split()[0]) == 1


def test_three_strains_that_depth_has_parted_stay_as_they_are():
    made = Community(4, [(4, 3), (9, 10), (30, 22)])
    strains = [np.flatnonzero(made.genome == number) for number in range(3)]
    found = split_alleles([*strains, *made.alien], made.homologs, made.log_depth, made.lengths)
    assert all(len(each) == 1 for each in found)


def test_chains_tell_more_than_contigs_do():
    made = Community(1, (10, 15), lacks=0)
    one, other = made.split()[0]
    by_depth = made.log_depth[made.species, 0] > np.log([10, 15]).mean()
    wrong = np.mean(by_depth != (made.genome[made.species] == 1))
    assert wrong > 0.1
    assert min(made.purity(one), made.purity(other)) > 0.97


def test_without_homologs_nothing_is_split():
    made = Community(2, (10, 30))
    assert all(len(found) == 1 for found in made.split(homologs=Homologs.none()))
    assert list(split_alleles([], made.homologs, made.log_depth, made.lengths)) == []


@pytest.mark.parametrize("share", [0.02, 0.08])
def test_what_an_assembler_wrote_twice_is_no_strain(share):
    made = Community(5, (10,), others=10, lacks=0)
    rng = np.random.default_rng(5)
    twice = rng.choice(made.species, int(share * len(made.species)), replace=False)
    again = np.setdiff1d(made.species, twice)[: len(twice)]
    lengths = made.lengths.copy()
    lengths[again] = lengths[twice]
    homologs = Homologs(np.minimum(twice, again), np.maximum(twice, again), lengths[twice])
    (first, *_) = split_alleles([made.species, *made.alien], homologs, made.log_depth, lengths)
    assert len(first) == 1


def test_a_few_contigs_astray_are_not_a_strain():
    made = Community(6, (10, 20))
    of_other = made.species[made.genome[made.species] == 1][:3]
    mixed = np.sort(np.concatenate([made.species[made.genome[made.species] == 0], of_other]))
    assert len(made.split(mixed)[0]) == 1


PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda two: two[0] != two[1]), max_size=25)


@given(PAIRS)
def test_chains_hold_what_is_joined_and_sides_alternate_along_the_pairs_that_made_them(pairs):
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    chain, side = _chains(10, one, other, np.arange(len(pairs)))
    group, made = {i: {i} for i in range(10)}, []
    for a, b in pairs:
        if b not in group[a]:
            made.append((a, b))
            union = group[a] | group[b]
            group |= dict.fromkeys(union, union)
    assert all((chain[i] == chain[j]) == (j in group[i]) for i in range(10) for j in range(10))
    assert all(side[a] == -side[b] for a, b in made)


@given(PAIRS, st.integers(0, 2**32 - 1))
def test_contigs_that_move_never_fit_worse(pairs, seed):
    rng = np.random.default_rng(seed)
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    homologs = Homologs(one, other, rng.integers(300, 5000, size=len(pairs)))
    by_depth, before = rng.normal(0, 3, size=10), rng.random(10) < 0.5
    ends, others, penalties = _neighbours(homologs, 10)
    assert others.size == 2 * len(pairs) == ends[-1]

    def fit(side):
        same = side[one] == side[other]
        weights = 4 * np.minimum(homologs.shared / 2000, 1)
        return np.where(side, by_depth, -by_depth).sum() - 2 * weights[same].sum()

    after = _moved(before, by_depth, ends, others, penalties)
    assert fit(after) >= fit(before) - 1e-9
