"""vambx concatenate: the assemblies of several samples as one FASTA."""

import gzip
import os
import resource
from contextlib import contextmanager

import numpy as np
import pytest
from builders import random_sequence, sentence, write_fasta
from communities import assert_refused, run_cli

from vambx import catalogue
from vambx.cli import concatenate_command
from vambx.io.fasta import iter_fasta

LENGTHS = {"S1": {"k1": 2500, "k2": 500, "k3": 499}, "S2": {"k1": 1_200_000}, "S3": {"k1": 300}}
MADE = ("S1=S1.fa", "S2=S2.fa.gz")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An assembly of each of three samples, of which the last has no long contig, and odd ones."""
    root, rng = tmp_path_factory.mktemp("assemblies"), np.random.default_rng(6)
    for sample, contigs in LENGTHS.items():
        suffix = ".gz" if sample == "S2" else ""
        sequences = {f"{name} flag=1": random_sequence(rng, n) for name, n in contigs.items()}
        write_fasta(root / f"{sample}.fa{suffix}", sequences, width=60)
    bases = random_sequence(rng, 1500)
    write_fasta(root / "comma.fa", {"a": bases, "b,c": bases})
    write_fasta(root / "colons.fa", {"a:1": bases, "a:2": bases})
    write_fasta(root / "one.fa", {"a": bases})
    (root / "twice.fa").write_text(f">a x\n{bases}\n>a y\n{bases}\n")
    (root / "empty.fa").write_text("")
    (root / "other.fa").write_text("contig\tbin\n")
    return root


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    for path in made.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def join(*args, output="all.fna"):
    return run_cli("concatenate", *args, "--output", output)


def names(path):
    return [record.header for record in iter_fasta(path)]


def assert_nothing_written(here, made):
    assert {path.name for path in here.iterdir()} == {path.name for path in made.iterdir()}


def test_what_was_taken_of_each_sample_is_said(here):
    ran = join(*MADE)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "vambx concatenate is done",
        "  sample         contigs          Mbp    too short",
        "  S1                   2         0.00            1",
        "  S2                   1         1.20            0",
        "  in all               3         1.20            1",
        "  separator C",
        "  catalogue all.fna",
    ]
    assert names("all.fna") == ["S1Ck1", "S1Ck2", "S2Ck1"]


def test_lines_fit_80_columns_however_long_a_name_is(here):
    long = "patient_17_visit_2_stool_2019-03-14_replicate_1"
    ran = join(f"{long}=S1.fa", "S2.fa.gz")
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "  patient_17_visit...03-14_replicate_1 " in ran.out
    assert names("all.fna") == [f"{long}:k1", f"{long}:k2", "S2:k1"]


def test_a_sample_without_a_long_contig_is_a_warning(here):
    ran = join(*MADE, "S3.fa")
    assert (ran.code, ran.err) == (0, "warning: S3.fa: no contig of sample S3 is long enough\n")
    assert "  S3                   0         0.00            1\n" in ran.out
    assert names("all.fna") == ["S1Ck1", "S1Ck2", "S2Ck1"]


def test_quiet_is_quiet(here):
    assert join(*MADE, "S3.fa", "-q") == (0, "", "")


def test_the_least_length_can_be_given(here):
    assert join(*MADE, "S3.fa", "--min-length", "300").code == 0
    assert names("all.fna") == ["S1Ck1", "S1Ck2", "S1Ck3", "S2Ck1", "S3Ck1"]


def test_a_separator_that_binning_does_not_find_is_told(here):
    ran = join(*MADE, "--separator", "_")
    assert "\n  separator _ (give it when binning: --separator)\n" in ran.out
    assert names("all.fna") == ["S1_k1", "S1_k2", "S2_k1"]


def test_a_file_that_is_there_is_written_over_only_when_asked(here):
    (here / "all.fna").write_text("mine")
    assert_refused(join(*MADE), 1, sentence("all.fna", "is there already", "--force"))
    assert (here / "all.fna").read_text() == "mine"
    assert join(*MADE, "--force").code == 0
    assert names("all.fna") == ["S1Ck1", "S1Ck2", "S2Ck1"]


@pytest.mark.parametrize(
    ("args", "code", "path", "problem", "remedy"),
    [
        (("S1=none.fa",), 1, "none.fa", "does not exist", "give the file of the assembled contigs"),
        (("S1=.",), 1, ".", "is a folder", "give the file"),
        (("S1=empty.fa",), 1, "empty.fa", "is empty", "give the file"),
        (("S1=other.fa",), 1, "other.fa", "not a FASTA file", "give the assembled contigs"),
        (("S1=twice.fa",), 1, "twice.fa", "two contigs are named 'a'", "rename them"),
        (("S1=comma.fa",), 1, "comma.fa", "contig 'b,c' cannot be named so, as ',' cannot stand in a BAM", "rename it"),
        (("S1=S1.fa", "S2=../{here}/S1.fa"), 1, "../{here}/S1.fa", "given twice, for samples S1 and S2", "give every"),
        (("=S1.fa",), 2, "=S1.fa", "the sample has no name", "give NAME=S1.fa"),
        (("S1=",), 2, "S1=", "the sample has no file", "give S1=FILE"),
        ((".fa",), 2, ".fa", "its sample has no name", "NAME=.fa"),
        (("S1.fa", "S1=S2.fa.gz"), 2, "S2.fa.gz", "named 'S1', as that of S1.fa is", "give NAME=S2.fa.gz"),
        (("S1.fa", "S1.fa"), 2, "S1.fa", "would be named", "give NAME=S1.fa"),
        (("a b=S1.fa",), 2, "S1.fa", "named 'a b', as ' ' cannot stand in a BAM", "give NAME=S1.fa"),
        (("*a=S1.fa",), 2, "S1.fa", "named '*a', as '*' cannot come first in a BAM", "give NAME=S1.fa"),
        (("a:b=S1.fa",), 2, "S1.fa", "name 'a:b' would be cut at the separator ':'", "another --separator"),
        (("Cow=S1.fa", "--separator", "C"), 2, "S1.fa", "'Cow' would be cut at the separator 'C'", "give NAME=S1.fa"),
        (("a_=S1.fa", "--separator", "__"), 2, "S1.fa", "'a_' would be cut at the separator '__'", "--separator"),
        (("S1=colons.fa",), 1, "all.fna", "not written, as names such as S1Ca:1", "--separator"),
        (("S1=one.fa", "S2=S2.fa.gz"), 1, "all.fna", "would not tell samples by themselves", "--separator"),
        (("S1=S1.fa", "--min-length", "2501"), 1, "all.fna", "has 2,501 bp (the longest 2,500)", "--min-length"),
    ],
)
def test_what_cannot_be_joined_is_refused_and_nothing_is_written(here, made, args, code, path, problem, remedy):
    args, path = [word.format(here=here.name) for word in args], path.format(here=here.name)
    assert_refused(join(*args), code, sentence(path, problem, remedy))
    assert_nothing_written(here, made)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--min-length", "0"), r"\A--min-length must be at least 1 bp, not 0\Z"),
        (("--separator", ""), r"\A--separator is empty, .*; give a sign, or leave it out\Z"),
        (("--separator", " "), r"\A--separator ' ' cannot be, as ' ' cannot stand in a BAM; give another\Z"),
    ],
)
def test_values_that_cannot_be_are_refused(here, made, args, words):
    assert_refused(join(*MADE, *args), 2, words)
    assert_nothing_written(here, made)


def test_samples_whose_names_look_like_contigs_are_refused(here, made):
    words = r"\Ano separator would tell .* named like 'S1Cx'; give other names, NAME=FILE, or --separator\Z"
    assert_refused(join("S1Cx=S1.fa", "S2Cx=S2.fa.gz"), 2, words)
    assert_nothing_written(here, made)


def test_no_assembly_is_wrong_usage(here):
    ran = run_cli("concatenate", "--output", "all.fna")
    assert ran.code == 2
    assert "ASSEMBLY" in ran.err


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("output", ["S1.fa", "link.fa"])
def test_an_assembly_is_never_written_over(here, made, force, output):
    os.link(made / "S1.fa", here / "link.fa")
    assert_refused(join(*MADE, *force, output=output), 1, sentence(output, "is one of the assemblies", "--output"))
    assert names("S1.fa") == ["k1 flag=1", "k2 flag=1", "k3 flag=1"]


@pytest.mark.parametrize("output", ["all.fna.bz2", "all.xz", "all.fna.ZST"])
def test_other_compressions_are_not_written(here, made, output):
    assert_refused(join(*MADE, output=output), 1, sentence(output, "is written plain or as .gz only", "--output"))
    assert_nothing_written(here, made)


def test_a_folder_is_not_written_over(here):
    (here / "all.fna").mkdir()
    assert_refused(join(*MADE, "--force"), 1, sentence("all.fna", "is a folder", "--output"))


def test_a_folder_that_is_not_there_is_told(here, made):
    ran = join(*MADE, output="no/all.fna")
    assert_refused(ran, 1, sentence("no/all.fna", "there is no folder no", "make it, or choose another"))
    assert_nothing_written(here, made)


@contextmanager
def largest_file(n_bytes):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("output", ["all.fna", "all.fna.gz"])
@pytest.mark.parametrize("n_bytes", [0, 100, 200_000])
def test_a_full_disk_is_told_and_nothing_is_left(here, made, output, n_bytes):
    with largest_file(n_bytes):
        ran = join(*MADE, output=output)
    assert_refused(ran, 1, sentence(output, "cannot be written (File too large)", "free space"))
    assert_nothing_written(here, made)


def test_a_full_disk_leaves_the_older_file(here):
    (here / "all.fna.gz").write_text("mine")
    with largest_file(200_000):
        assert join(*MADE, "--force", output="all.fna.gz").code == 1
    assert (here / "all.fna.gz").read_text() == "mine"


@pytest.mark.parametrize("output", ["all.fna", "all.fna.gz"])
def test_ctrl_c_leaves_nothing(here, made, output, monkeypatch):
    def interrupted(path, progress):
        yield from list(iter_fasta(path))[:1]
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue, "iter_fasta", interrupted)
    assert concatenate_command
    assert_refused(join(*MADE, output=output), 130, r"\Ainterrupted; the same command begins anew\Z")
    assert_nothing_written(here, made)


def test_packed_by_its_ending(here):
    assert join(*MADE, output="all.fna.gz").code == 0
    assert join(*MADE).code == 0
    assert gzip.decompress((here / "all.fna.gz").read_bytes()) == (here / "all.fna").read_bytes()
