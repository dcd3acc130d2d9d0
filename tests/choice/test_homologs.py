"""Homologs: what strains share, and neither repeats nor what an assembler wrote twice."""

import numpy as np
import pytest
from builders import random_sequence
from hypothesis import given
from hypothesis import strategies as st

import vambx.choice.homologs
from vambx.choice import Homologs, find_homologs
from vambx.features.sketches import Sketches, sketch

RNG = np.random.default_rng(11)
REGION = random_sequence(RNG, 20_000)


def strain_of(sequence, share=0.02, seed=1):
    """The sequence with so many of its bases drawn anew."""
    rng = np.random.default_rng(seed)
    bases = np.frombuffer(sequence.encode(), dtype=np.uint8).copy()
    drawn = rng.random(len(bases)) < share
    bases[drawn] = rng.choice(np.frombuffer(b"ACGT", dtype=np.uint8), drawn.sum())
    return bases.tobytes().decode()


def pairs_of(sequences, samples=None):
    homologs = find_homologs(
        sketch(sequences), np.zeros(len(sequences), dtype=np.int64) if samples is None else samples
    )
    return {
        (int(one), int(other)): int(shared)
        for one, other, shared in zip(homologs.one, homologs.other, homologs.shared, strict=True)
    }


@pytest.mark.parametrize("share", [0.003, 0.02, 0.05])
def test_the_same_region_of_two_strains_is_found_with_what_is_shared(share):
    found = pairs_of([random_sequence(RNG, 9000), REGION, strain_of(REGION[5000:], share)])
    assert set(found) == {(1, 2)}
    np.testing.assert_allclose(found[1, 2], 15_000 * (1 - 0.75 * share) ** 21, rtol=0.2)


def test_contigs_of_two_samples_are_no_pair():
    sequences = [REGION, strain_of(REGION), strain_of(REGION, seed=2)]
    assert set(pairs_of(sequences)) == {(0, 1), (0, 2), (1, 2)}
    assert set(pairs_of(sequences, np.array([7, 3, 7]))) == {(0, 2)}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(REGION[4000:9000], id="written twice"),
        pytest.param(random_sequence(RNG, 12_000) + strain_of(REGION[:900]), id="short repeat"),
        pytest.param(strain_of(REGION, 0.3), id="far relative"),
        pytest.param(strain_of(REGION[:300]), id="shares too little"),
    ],
)
def test_what_is_no_homolog(other):
    assert pairs_of([REGION, other]) == {}


def test_words_on_many_contigs_are_repeats():
    repeat = random_sequence(RNG, 5000)
    few = [strain_of(repeat, seed=i) + random_sequence(RNG, 500) for i in range(3)]
    assert len(pairs_of(few)) == 3
    assert pairs_of([repeat + random_sequence(RNG, 500) for _ in range(9)]) == {}


@given(st.integers(0, 2**32 - 1), st.integers(1, 200))
def test_parts_of_the_hashes_give_what_all_of_them_give(seed, at_once):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 60, size=12)
    sketches = Sketches(
        np.concatenate([np.sort(rng.choice(90, size, replace=False)) for size in sizes]).astype(np.uint32), sizes
    )
    samples = rng.integers(0, 2, size=12)
    with pytest.MonkeyPatch.context() as patched:
        whole = find_homologs(sketches, samples)
        patched.setattr(vambx.choice.homologs, "_AT_ONCE", at_once)
        parts = find_homologs(sketches, samples)
    for name in ("one", "other", "shared"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    plain = plain_pairs(sketches, samples)
    assert {(int(a), int(b)): int(n) for a, b, n in zip(whole.one, whole.other, whole.shared, strict=True)} == plain


def plain_pairs(sketches, samples):
    """By the words of the definition."""
    words = [set(sketches.take(np.array([i])).hashes.tolist()) for i in range(12)]
    found = {}
    for one in range(12):
        for other in range(one + 1, 12):
            if samples[one] != samples[other]:
                continue
            held = [{i for i in range(12) if samples[i] == samples[one] and word in words[i]} for word in range(90)]
            shared = sum(len(held[word]) <= 8 for word in words[one] & words[other])
            share = shared / max(min(len(words[one]), len(words[other])), 1)
            if shared * 16 >= 320 and 0.1 <= share <= 0.98:
                found[one, other] = shared * 16
    return found


def test_pairs_within_sets_and_among_some():
    homologs = Homologs(*np.array([[0, 1, 4, 2], [3, 2, 5, 5], [100, 200, 300, 400]]))
    within = list(homologs.within([np.array([5, 2]), np.array([7]), np.array([0, 1, 3])], 8))
    assert [(h.one.tolist(), h.other.tolist(), h.shared.tolist()) for h in within] == [
        ([1], [0], [400]),
        ([], [], []),
        ([0], [2], [100]),
    ]
    some = homologs.among(np.isin(np.arange(8), [1, 2, 5]))
    assert (some.one.tolist(), some.other.tolist(), some.shared.tolist()) == ([0, 1], [1, 2], [200, 400])
    assert list(homologs.within([], 8)) == []


@pytest.mark.parametrize("n", [0, 1, 3])
def test_of_nothing_there_is_nothing(n):
    assert len(find_homologs(Sketches.none(n), np.zeros(n, dtype=np.int64)).one) == 0
