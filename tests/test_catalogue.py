"""The catalogue of several assemblies: what is in it, under which names, in which bytes."""

import gzip
import os
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from builders import random_sequence, write_fasta
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vambx.bins.separator import choose_separator
from vambx.catalogue import Catalogue, Taken, concatenate, name_assemblies
from vambx.errors import InputError, UsageError, VambxError
from vambx.features.composition import read_composition
from vambx.io.fasta import iter_fasta

SAM = "0123456789ABCXYZabcxyz!#$%&+./:;?@^_|~-*="  # signs of reference names; the last two may not come first
LENGTHS = st.integers(1, 40)
USUAL = st.text("SCab019_.-", min_size=1, max_size=4)
NUMBERED = st.integers(0, 99).map("S{}".format)


def contents(path):
    return {record.header: record.sequence for record in iter_fasta(path)}


def contigs_of(names):
    """Some contigs, with bases of their own."""
    return st.dictionaries(names, LENGTHS, min_size=1, max_size=4)


def write_assemblies(folder, samples):
    """A FASTA a sample, no sequence twice; returns the files, and the sequences by sample and contig."""
    rng = np.random.default_rng(3)
    sequences = {
        sample: {name: random_sequence(rng, length) for name, length in contigs.items()}
        for sample, contigs in samples.items()
    }
    files = {
        sample: write_fasta(Path(folder, f"{i}.fa"), {f"{name} more of it": s for name, s in contigs.items()}, width=7)
        for i, (sample, contigs) in enumerate(sequences.items())
    }
    return files, sequences


def assert_every_contig_once(made, sequences, min_length, given_separator):
    """Every contig that is long enough is there once, in order, and its name is split back to its sample and it."""
    names = list(contents(made.path))
    found = choose_separator(names, None if made.is_found else given_separator)
    assert found.text == made.separator
    back = [
        (found.sample_of(name), name[len(found.sample_of(name)) + len(found.text) :], bases)
        for name, bases in contents(made.path).items()
    ]
    assert back == [
        (sample, name, bases)
        for sample, contigs in sequences.items()
        for name, bases in contigs.items()
        if len(bases) >= min_length
    ]


@given(
    samples=st.dictionaries(NUMBERED, contigs_of(USUAL), min_size=1, max_size=4)
    | st.dictionaries(USUAL, contigs_of(USUAL), min_size=1, max_size=4),
    min_length=LENGTHS,
)
@example(samples={"S1": {"k141_1": 10, "k141_2": 10}, "S2": {"k141_1": 10}}, min_length=1)
@example(samples={"S1": {"1": 10, "2": 10}, "gut": {"1": 10, "S1C": 10}}, min_length=1)
def test_every_contig_comes_out_once_and_its_name_tells_its_sample(samples, min_length):
    kept = [n for contigs in samples.values() for n in contigs.values() if n >= min_length]
    with_one = sum(any(n >= min_length for n in contigs.values()) for contigs in samples.values())
    assume(len(kept) == 1 or len(kept) > with_one)  # or else binning takes each name for a contig's own
    assume(not all(sample[:2] in ("S0", "S1", "S9") and "C" in sample[2:] for sample in samples))
    with tempfile.TemporaryDirectory() as folder:
        files, sequences = write_assemblies(folder, samples)
        made = concatenate(files, Path(folder, "all.fna"), min_length)
        assert made.is_found
        assert_every_contig_once(made, sequences, min_length, None)


@given(
    samples=st.dictionaries(
        st.text(SAM, max_size=4) | NUMBERED, contigs_of(st.text(SAM, min_size=1, max_size=4)), min_size=1, max_size=3
    ),
    min_length=LENGTHS,
    separator=st.none() | st.text(SAM, max_size=2),
)
@example(samples={"a_": {"1": 9, "2": 9}}, min_length=1, separator="__")  # a___1 is cut after a
@example(samples={"S1": {"1:1": 9, "2:1": 9}}, min_length=1, separator=None)  # looks like sample:contig too
@example(samples={"S1": {"1:1": 9, "2:1": 9}}, min_length=1, separator="C")
@example(samples={"S1Cx": {"1": 9, "2": 9}}, min_length=1, separator=None)  # both, whatever comes between
@example(samples={"S1": {"1": 9}, "S2": {"1": 9}}, min_length=1, separator=None)  # each name is a sample of its own
def test_odd_names_are_refused_or_come_out_right(samples, min_length, separator):
    with tempfile.TemporaryDirectory() as folder:
        files, sequences = write_assemblies(folder, samples)
        out = Path(folder, "all.fna")
        try:
            made = concatenate(files, out, min_length, separator)
        except VambxError:
            assert sorted(os.listdir(folder)) == [path.name for path in files.values()]
        else:
            assert made.separator == separator or (separator is None and made.is_found)
            assert_every_contig_once(made, sequences, min_length, separator)


@pytest.fixture
def two(tmp_path):
    """Two assemblies, and what is in them."""
    return write_assemblies(tmp_path, {"S1": {"a": 2000, "b": 499, "c": 500}, "S2": {"a": 1500, "z": 10}})


def test_what_was_taken_is_told(two, tmp_path):
    made = concatenate(two[0], tmp_path / "all.fna")
    assert made == Catalogue(tmp_path / "all.fna", "C", True, (Taken("S1", 2, 2500, 1), Taken("S2", 1, 1500, 1)))
    assert list(contents(made.path)) == ["S1Ca", "S1Cc", "S2Ca"]


def test_a_sequence_is_one_line_and_its_description_is_left_out(two, tmp_path):
    concatenate(two[0], tmp_path / "all.fna")
    bases = [two[1][sample][contig] for sample, contig in (("S1", "a"), ("S1", "c"), ("S2", "a"))]
    expected = ">S1Ca\n{}\n>S1Cc\n{}\n>S2Ca\n{}\n".format(*bases)
    assert (tmp_path / "all.fna").read_bytes() == expected.encode()


def test_lower_case_and_ambiguous_bases_stay(tmp_path):
    path = write_fasta(tmp_path / "x.fa", {"a": "acgtNNRYacgt", "b": "A"})
    concatenate({"S1": path}, tmp_path / "all.fna", min_length=12)
    assert contents(tmp_path / "all.fna") == {"S1Ca": "acgtNNRYacgt"}


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz", ".zst"])
@pytest.mark.parametrize("output", ["all.fna", "all.fna.gz", "ALL.GZ"])
def test_every_compression_gives_the_same(two, tmp_path, suffix, output):
    files = {sample: write_fasta(tmp_path / f"{sample}.fa{suffix}", contents(path)) for sample, path in two[0].items()}
    concatenate(two[0], tmp_path / "plain.fna")
    concatenate(files, tmp_path / output)
    data = (tmp_path / output).read_bytes()
    assert (gzip.decompress(data) if output.lower().endswith(".gz") else data) == (tmp_path / "plain.fna").read_bytes()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """5 Mbp in contigs of 50 kb, more than a block of packed bytes."""
    rng = np.random.default_rng(4)
    contigs = {f"c{i}": random_sequence(rng, 50_000) for i in range(100)}
    return {"S1": write_fasta(tmp_path_factory.mktemp("large") / "x.fa", contigs)}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs to choose processor cores")
def test_packed_bytes_are_the_same_on_any_number_of_cores_at_any_time_under_any_name(large, tmp_path, monkeypatch):
    cores = os.sched_getaffinity(0)
    concatenate(large, tmp_path / "a.fna.gz")
    monkeypatch.setattr("time.time", lambda: 2e9)
    try:
        os.sched_setaffinity(0, {min(cores)})
        concatenate(large, tmp_path / "b.gz")
    finally:
        os.sched_setaffinity(0, cores)
    data = (tmp_path / "a.fna.gz").read_bytes()
    assert data == (tmp_path / "b.gz").read_bytes()
    assert (data[3], data[4:8]) == (0, bytes(4))  # the header's flags, of which one is for the name, and its time
    assert len(gzip.decompress(data)) == large["S1"].stat().st_size + 100 * len("S1C")


@pytest.mark.parametrize("name", ["all.fna", "all.fna.gz"])
def test_memory_does_not_grow_with_the_bases(large, tmp_path, name):
    concatenate(large, tmp_path / "warm.fna.gz")
    tracemalloc.start()
    try:
        concatenate({f"S{i}": copy for i, copy in enumerate(copies(large, tmp_path, 6))}, tmp_path / name)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20e6  # of 30 Mbp


def copies(large, folder, n):
    for i in range(n):
        path = folder / f"copy{i}.fa"
        path.write_bytes(large["S1"].read_bytes())
        yield path


def test_progress_hears_of_the_bytes_of_all_files(two, tmp_path):
    told = []

    class Watched:
        def task(self, title, total, unit):
            told.append((title, total, unit))
            return self

        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda self, *args: None  # noqa: E731

        def advance_to(self, done, note=""):
            told.append(done)

    concatenate(two[0], tmp_path / "all.fna", progress=Watched())
    (title, total, unit), *steps = told
    assert (title, unit, total) == ("Joining assemblies", "bytes", sum(p.stat().st_size for p in two[0].values()))
    assert steps == sorted(steps)
    assert (len(steps), steps[-1]) == (5, total)


def test_the_catalogue_can_be_binned(two, tmp_path):
    made = concatenate(two[0], tmp_path / "all.fna.gz")
    names = read_composition(made.path, min_length=500).contigs.names
    assert [choose_separator(names).sample_of(name) for name in names] == ["S1", "S1", "S2"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["S1=a.fa", "S2=b.fa"], ["S1", "S2"]),
        (["x/S1.fa", "x/S2.fna.gz", "S3.fasta.zst", "S4.fas.bz2", "S5.FA.GZ"], ["S1", "S2", "S3", "S4", "S5"]),
        (["gut.contigs.fa", "S2.gz", "S3.xz", "odd", "a.fa.fa"], ["gut.contigs", "S2", "S3", "odd", "a.fa"]),
        (["S1/final.contigs.fa", "S2/final.contigs.fa.gz"], ["S1", "S2"]),
        (["x/S1/contigs.fasta", "y/S2/contigs.fasta", "S3.fa"], ["S1", "S2", "S3"]),
        (["mine=S1/contigs.fa", "S2/contigs.fa"], ["mine", "contigs"]),
        (["S1/../S2/contigs.fa", "S3/contigs.fa"], ["S2", "S3"]),
        (["final.contigs.fa"], ["final.contigs"]),
        (["S1=a=b.fa"], ["S1"]),
    ],
)
def test_samples_are_named_by_the_user_the_file_or_its_folder(words, names):
    assert list(name_assemblies(words)) == names


def test_a_link_names_its_sample_by_where_it_lies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("S1", "S2"):
        write_fasta(tmp_path / f"store_{name}.fa", {"a": "ACGT"})
        (tmp_path / name).mkdir()
        (tmp_path / name / "contigs.fa").symlink_to(tmp_path / f"store_{name}.fa")
    (tmp_path / "S3").mkdir()
    monkeypatch.chdir(tmp_path / "S3")
    assert list(name_assemblies(["contigs.fa", "../S1/contigs.fa"])) == ["S3", "S1"]


def test_a_file_of_the_whole_name_is_that_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_fasta(tmp_path / "k=21.fa", {"a": "ACGT"})
    assert name_assemblies(["k=21.fa", "S1=k=21.fa"]) == {"k=21": Path("k=21.fa"), "S1": Path("k=21.fa")}


@pytest.mark.parametrize(
    ("samples", "separator"),
    [
        (["S1"], "C"),
        (["S1", "S22"], "C"),
        (["S1", "gut"], ":"),
        (["gut_1", "gut_2"], ":"),
        (["s1", "s2"], ":"),
        (["Control", "Cow"], ":"),
        (["S1Cx", "gut"], ":"),
    ],
)
def test_the_separator_is_one_that_binning_finds(tmp_path, samples, separator):
    files, _ = write_assemblies(tmp_path, {sample: {"a": 9, "b": 9} for sample in samples})
    made = concatenate(files, tmp_path / "all.fna", min_length=1)
    assert (made.separator, made.is_found) == (separator, True)


@pytest.mark.parametrize(("separator", "is_found"), [("C", True), (":", True), ("_", False), ("~~", False)])
def test_a_given_separator_is_taken_and_whether_binning_finds_it_told(two, tmp_path, separator, is_found):
    made = concatenate(two[0], tmp_path / "all.fna", separator=separator)
    assert (made.separator, made.is_found) == (separator, is_found)
    assert next(iter(contents(made.path))) == f"S1{separator}a"


def test_a_sample_without_a_long_contig_is_told_of(two, tmp_path):
    made = concatenate(two[0], tmp_path / "all.fna", min_length=1501)
    assert made.samples == (Taken("S1", 1, 2000, 2), Taken("S2", 0, 0, 2))


def test_a_sample_with_an_empty_name_and_no_sample_are_refused(two, tmp_path):
    with pytest.raises(UsageError, match=r"0\.fa: its sample has no name; give one: NAME="):
        concatenate({"": two[0]["S1"]}, tmp_path / "all.fna")
    with pytest.raises(UsageError, match=r"\Athere is no assembly to join; give one or more\Z"):
        concatenate({}, tmp_path / "all.fna")


def test_an_error_while_reading_leaves_nothing(two, tmp_path):
    two[0]["S2"].write_bytes(gzip.compress(two[0]["S2"].read_bytes())[:-20])
    with pytest.raises(InputError, match=r"1\.fa: cannot be read .*is the file whole"):
        concatenate(two[0], tmp_path / "all.fna.gz", min_length=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.fa", "1.fa"]
