import logging

import numpy as np
import pytest
from builders import random_sequence, sentence, write_fasta

from vambx.errors import InputError
from vambx.features.composition import NO_KMER, TOO_SHORT, Composition, SetAside, read_composition
from vambx.features.contigs import Contigs, names_digest
from vambx.features.kmers import count_halves
from vambx.io.npz import pack_text, read_arrays, write_arrays

ARRAYS = ("counts", "names", "lengths", "gc", "min_length", "names_sha256")
SET_ASIDE = ("set_aside_names", "set_aside_lengths", "set_aside_reasons")
SKETCHES = ("sketches", "sketch_sizes")


@pytest.fixture
def sequences():
    rng = np.random.default_rng(1)
    return {
        "s2|c1 x": random_sequence(rng, 300, gc=0.3),
        "short": random_sequence(rng, 249),
        "s1|c1": random_sequence(rng, 250),
        "c": random_sequence(rng, 4000, gc=0.7),
        "blank": "N" * 500,
        "tiny": "A",
        "gaps": "ACGN" * 100,
    }


@pytest.fixture
def fasta(tmp_path, sequences):
    return write_fasta(tmp_path / "x.fa", sequences)


@pytest.fixture
def composition(fasta):
    return read_composition(fasta, 250)


def test_contigs_are_counted_in_the_order_of_the_file(composition, sequences):
    kept = ["s2|c1 x", "s1|c1", "c"]
    assert composition.contigs.names == ("s2|c1", "s1|c1", "c")
    assert composition.contigs.lengths.tolist() == [300, 250, 4000]
    halves, gc = count_halves([sequences[header] for header in kept])
    np.testing.assert_array_equal(composition.counts, halves.sum(axis=1, dtype=np.uint32), strict=True)
    np.testing.assert_array_equal(composition.contigs.gc, np.array(gc, dtype=np.float32), strict=True)
    assert composition.contigs.row == {"s2|c1": 0, "s1|c1": 1, "c": 2}


def test_fronts_are_those_of_long_contigs(fasta, sequences):
    composition = read_composition(fasta, 300, recruit_length=250)
    assert composition.contigs.lengths[composition.long].tolist() == [300, 4000]
    # A word belongs to the half that it begins in, so the first one sees three letters beyond its end.
    begun, _ = count_halves([sequences["s2|c1 x"][: 150 + 3], sequences["c"][: 2000 + 3]])
    fronts = begun.sum(axis=1, dtype=np.uint32)
    np.testing.assert_array_equal(composition.fronts, fronts, strict=True)
    some = composition.take(np.array([2, 1]))
    np.testing.assert_array_equal(some.fronts, fronts[1:], strict=True)
    assert composition.take(np.array([1])).fronts.shape == (0, 136)


def test_short_and_blank_contigs_are_set_aside(composition):
    assert composition.set_aside == (
        SetAside("short", 249, TOO_SHORT),
        SetAside("blank", 500, NO_KMER),
        SetAside("tiny", 1, TOO_SHORT),
        SetAside("gaps", 400, NO_KMER),
    )


def test_blank_contigs_are_warned_of(fasta, caplog):
    with caplog.at_level(logging.WARNING):
        read_composition(fasta, 250)
    (told,) = [record.getMessage() for record in caplog.records]
    assert told == f"{fasta}: 2 contigs have no 4-mer of A, C, G and T (all N?) and are set aside: blank, gaps"


def test_nothing_long_enough_is_an_empty_composition(fasta):
    composition = read_composition(fasta, 10_000)
    assert (len(composition.contigs), composition.counts.shape, len(composition.set_aside)) == (0, (0, 136), 7)
    assert composition.frequencies.shape == (0, 136)


def test_frequencies_are_shares(composition):
    assert composition.frequencies.dtype == np.float32
    np.testing.assert_allclose(composition.frequencies.sum(axis=1), 1, rtol=1e-6)
    shares = composition.counts[2] / composition.counts[2].sum()
    np.testing.assert_allclose(composition.frequencies[2], shares, rtol=1e-6)


def test_progress_hears_of_every_contig_up_to_the_last_byte(fasta, sequences):
    heard = []
    read_composition(fasta, 250, heard.append)
    assert (len(heard), heard[-1]) == (len(sequences), fasta.stat().st_size)


@pytest.mark.parametrize(("protein", "letter"), [("MKVLE", "'L' at base 4"), ("ACGTACGTX", "'X' at base 9")])
def test_protein_is_refused(tmp_path, protein, letter):
    path = write_fasta(tmp_path / "x.fa", {"good": "ACGT" * 10, "bad one": protein})
    with pytest.raises(InputError, match=sentence(path, f"contig bad: {letter}", "give nucleotide sequences")):
        read_composition(path, 1)


@pytest.mark.parametrize("min_length", [1, 250, 10_000])
def test_it_comes_back_and_is_the_same_bytes(tmp_path, fasta, min_length):
    composition = read_composition(fasta, min_length)
    composition.write(tmp_path / "1.npz")
    back = Composition.read(tmp_path / "1.npz")
    assert (back.contigs.names, back.min_length, back.set_aside) == (
        composition.contigs.names,
        min_length,
        composition.set_aside,
    )
    np.testing.assert_array_equal(back.counts, composition.counts, strict=True)
    np.testing.assert_array_equal(back.fronts, composition.fronts, strict=True)
    np.testing.assert_array_equal(back.contigs.lengths, composition.contigs.lengths, strict=True)
    np.testing.assert_array_equal(back.contigs.gc, composition.contigs.gc, strict=True)
    np.testing.assert_array_equal(back.sketches.hashes, composition.sketches.hashes, strict=True)
    np.testing.assert_array_equal(back.sketches.sizes, composition.sketches.sizes, strict=True)
    back.write(tmp_path / "2.npz")
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()


@pytest.mark.parametrize(
    ("array", "value"),
    [
        ("names", pack_text(["s2|c1", "s1|c1", "d"])),
        ("names", pack_text(["s1|c1", "s2|c1", "c"])),
        ("names", pack_text(["s2|c1", "s1|c1"])),
        ("names", np.frombuffer("s2|c1\ns1|c1\né".encode("latin-1"), dtype=np.uint8)),
        ("names_sha256", pack_text(["0" * 64])),
        ("counts", np.ones((2, 136), dtype=np.uint32)),
        ("counts", np.ones((3, 103), dtype=np.uint32)),
        ("lengths", np.array([300, 250])),
        ("gc", np.zeros(4, dtype=np.float32)),
        ("set_aside_names", pack_text(["short"])),
        ("set_aside_lengths", np.array([249])),
        ("sketches", np.zeros(0, dtype=np.uint32)),
        ("sketches", np.zeros((3, 2), dtype=np.uint32)),
        ("sketch_sizes", np.array([-1, 1, 0])),
        ("sketch_sizes", np.array([0, 0])),
        ("sketch_sizes", np.array([0.0, 0.0, 0.0])),
        ("fronts", np.zeros((2, 136), dtype=np.uint32)),
        ("fronts", np.zeros((3, 135), dtype=np.uint32)),
        ("fronts", np.zeros((3, 136), dtype=np.int64)),
        ("fronts", np.full((3, 136), 4001, dtype=np.uint32)),
    ],
)
def test_tampered_file_is_refused(tmp_path, composition, array, value):
    path = tmp_path / "x.npz"
    composition.write(path)
    write_arrays(path, {**read_arrays(path, (*ARRAYS, *SET_ASIDE, *SKETCHES, "fronts")), array: value})
    with pytest.raises(InputError, match=sentence(path, "", "make it anew")):
        Composition.read(path)


def test_digest_tells_lists_apart():
    lists = [["ab", "c"], ["a", "bc"], ["abc"], ["c", "ab"], ["ab", "c", ""], [], [""], ["ab\nc"]]
    assert len({names_digest(names) for names in lists}) == len(lists)
    assert names_digest(["ab", "c"]) == names_digest(("ab", "c"))


def test_contigs_of_unequal_columns_are_refused():
    with pytest.raises(ValueError, match="of one length"):
        Contigs(("a",), np.array([1, 2]), np.zeros(1, dtype=np.float32))
