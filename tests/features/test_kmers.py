import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vambx.features.bases import IllegalBaseError
from vambx.features.kmers import KMERS, count_halves

COMPLEMENT = str.maketrans("ACGTUNRYSWKMBDHVacgtnr", "TGCAANYRSWMKVHDBtgcany")
bases = st.one_of(st.text("ACGT", max_size=200), st.text("ACGTNacgtnRYU", max_size=200))


def reverse_complement(sequence):
    return sequence[::-1].translate(COMPLEMENT)


def counted(sequence):
    halves, gc = count_halves([sequence])
    return halves[0].sum(axis=0, dtype=np.uint32), gc[0]


def plain_counts(sequence):
    sequence = sequence.upper().replace("U", "T")
    counts = dict.fromkeys(KMERS, 0)
    for word in (sequence[i : i + 4] for i in range(len(sequence) - 3)):
        if set(word) <= set("ACGT"):
            counts[min(word, reverse_complement(word))] += 1
    known = [base for base in sequence if base in "ACGT"]
    return list(counts.values()), np.float32(sum(base in "GC" for base in known) / max(len(known), 1))


def test_136_columns_stand_for_256_words():
    assert len(KMERS) == 136
    assert list(KMERS) == sorted({min(word, reverse_complement(word)) for word in KMERS})
    assert sum(word == reverse_complement(word) for word in KMERS) == 16


@given(bases)
@settings(deadline=None, max_examples=300)
def test_counts_and_gc_are_those_of_a_plain_count(sequence):
    counts, gc = counted(sequence)
    assert (counts.dtype, counts.shape) == (np.uint32, (136,))
    assert (counts.tolist(), gc) == plain_counts(sequence)


@pytest.mark.parametrize("length", [4094, 4095, 4096, 4097, 4099, 4100, 8192, 8195, 12_000])
@pytest.mark.parametrize("gaps", [(), (0,), (4093,), (4095, 4096), (4099, 8191)])
def test_long_sequences_are_counted_through_all_blocks(length, gaps):
    letters = np.random.default_rng(length).choice(list("ACGTacgtU"), size=length)
    letters[[gap for gap in gaps if gap < length]] = "N"
    counts, gc = counted("".join(letters))
    assert (counts.tolist(), gc) == plain_counts("".join(letters))


@given(bases)
@settings(deadline=None)
def test_a_word_is_of_the_half_that_it_begins_in(sequence):
    (halves,), _ = count_halves([sequence])
    middle = len(sequence) // 2
    assert halves.dtype == np.uint32
    assert halves[0].tolist() == plain_counts(sequence[: middle + 3])[0]
    assert halves[1].tolist() == plain_counts(sequence[middle:])[0]


@given(bases)
@settings(deadline=None)
def test_reverse_complement_counts_alike(sequence):
    here, there = counted(sequence), counted(reverse_complement(sequence))
    assert (here[0].tolist(), here[1]) == (there[0].tolist(), there[1])


@given(bases, st.sampled_from("NRYSWKMBDHV-.*nry"), bases)
@settings(deadline=None)
def test_what_is_no_base_breaks_words(left, gap, right):
    whole = counted(f"{left}{gap}{right}")[0]
    assert whole.tolist() == (counted(left)[0] + counted(right)[0]).tolist()


@pytest.mark.parametrize("sequence", ["", "ACG", "NNNNNNNN", "ACGNACG"])
def test_no_word_no_count(sequence):
    assert not counted(sequence)[0].any()


@pytest.mark.parametrize(
    ("sequence", "letter", "at"),
    [
        ("ACGE", "'E'", 4),
        ("xACG", "'x'", 1),
        ("AC GT", "' '", 3),
        ("AC\x00", r"'\x00'", 3),
        ("Aé", "'é'", 2),
        ("A√", "'√'", 2),
    ],
)
def test_what_no_base_is_written_with_is_named(sequence, letter, at):
    with pytest.raises(IllegalBaseError, match="is no nucleotide") as caught:
        count_halves(["ACGT", sequence, sequence])
    assert caught.value.index == 1
    assert str(caught.value) == f"{letter} at base {at} is no nucleotide"
