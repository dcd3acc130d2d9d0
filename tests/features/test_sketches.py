import numpy as np
import pytest
from builders import random_sequence
from hypothesis import given
from hypothesis import strategies as st

from vambx.features.sketches import SCALE, WORD, Sketches, sketch

RNG = np.random.default_rng(3)
OTHER_STRAND = str.maketrans("ACGTN", "TGCAN")


def reverse(sequence):
    return sequence.translate(OTHER_STRAND)[::-1]


def words_of(sketches, row=0):
    return set(sketches.take(np.array([row])).hashes.tolist())


def test_a_sixteenth_of_the_words_is_kept():
    sketches = sketch([random_sequence(RNG, 200_000), random_sequence(RNG, 1000)])
    assert (sketches.hashes.dtype, sketches.sizes.dtype) == (np.uint32, np.int64)
    np.testing.assert_allclose(sketches.sizes[0], 200_000 / SCALE, rtol=0.05)
    assert sketches.sizes.sum() == len(sketches.hashes)
    parts = np.array_split(sketches.take(np.array([0])).hashes, 8)
    assert all(len(np.unique(part >> 29)) == 8 for part in parts)


@given(st.lists(st.sampled_from("ACGTN"), max_size=300).map("".join), st.integers(0, 2**32 - 1))
def test_both_strands_either_case_and_rna_are_one(text, seed):
    sequence = text + random_sequence(np.random.default_rng(seed), 500) + text
    words = words_of(sketch([sequence]))
    for same in (reverse(sequence), sequence.lower(), sequence.replace("T", "U")):
        assert words_of(sketch([same])) == words


@given(st.integers(0, 2**32 - 1), st.integers(WORD, 9000))
def test_a_part_holds_the_words_of_the_whole_that_lie_in_it(seed, cut):
    sequence = random_sequence(np.random.default_rng(seed), 10_000)
    whole, start, end = (words_of(sketch([part])) for part in (sequence, sequence[:cut], sequence[cut - WORD + 1 :]))
    assert start | end == whole


def test_words_with_anything_else_are_skipped():
    one, other = random_sequence(RNG, 3000), random_sequence(RNG, 3000)
    for gap in ("N", "-", "R", "N" * 5000):
        assert words_of(sketch([one + gap + other])) == words_of(sketch([one])) | words_of(sketch([other]))


def test_substitutions_leave_as_many_words_as_expected():
    sequence = np.frombuffer(random_sequence(RNG, 200_000).encode(), dtype=np.uint8).copy()
    changed = sequence.copy()
    changed[::50] = np.frombuffer(reverse(changed[::50].tobytes().decode())[::-1].encode(), dtype=np.uint8)
    one, other = (words_of(sketch([each.tobytes().decode()])) for each in (sequence, changed))
    np.testing.assert_allclose(len(one & other) / len(one), 1 - WORD / 50, atol=0.02)


@pytest.mark.parametrize("text", ["", "ACGT", "N" * 100, *("ACGTTGCA"[:n] * 20_000 for n in range(1, 9))])
def test_what_has_few_words_or_none(text):
    sketches = sketch([text])
    assert sketches.sizes.tolist() == [len(sketches.hashes)]
    assert len(words_of(sketches)) <= 8
    assert len(sketches.hashes) <= len(text) / 4 + 64


def test_repeats_longer_than_the_room_are_sketched_to_their_end():
    unit = random_sequence(RNG, 40_000)
    tail = random_sequence(RNG, 40_000)
    assert words_of(sketch([unit * 60 + tail])) >= words_of(sketch([unit, tail]), 0) | words_of(sketch([tail]))


def test_some_are_taken_in_any_order_and_joined():
    sketches = sketch([random_sequence(RNG, n) for n in (500, 3000, 10, 2000)])
    taken = sketches.take(np.array([3, 2, 0]))
    assert taken.sizes.tolist() == sketches.sizes[[3, 2, 0]].tolist()
    assert [words_of(taken, row) for row in range(3)] == [words_of(sketches, row) for row in (3, 2, 0)]
    joined = Sketches.joined([taken, Sketches.none(2), sketches])
    assert joined.sizes.tolist() == [*taken.sizes, 0, 0, *sketches.sizes]
    assert words_of(joined, 6) == words_of(sketches, 1)
    assert sketches.take(np.zeros(0, dtype=np.int64)).hashes.dtype == np.uint32
