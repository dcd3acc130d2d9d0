"""Depths and contigs that cannot be: each is told in one line."""

import pytest
from builders import sentence
from communities import FEW, assert_refused, done, run_cli, write_few

from vambx.io import fasta

ARGS = ("features", "--fasta", "contigs.fa", "--outdir", "out", "-q")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path))
    return tmp_path


def write(name, word="1.5", others="2", header="contigname\tA\tB"):
    """A table whose third row has that depth in its first sample."""
    rows = (f"{contig}\t{word if i == 1 else others}\t1" for i, contig in enumerate(FEW))
    with open(name, "w", encoding="utf-8", newline="") as table:
        table.write("".join(f"{line}\n" for line in (header, *rows)))
    return name


NO_NUMBER, CANNOT_BE = "which is no number", "which cannot be"


@pytest.mark.parametrize(
    ("word", "problem", "remedy"),
    [
        ("nan", CANNOT_BE, "make the table anew"),
        ("inf", CANNOT_BE, "make the table anew"),
        ("1e999", CANNOT_BE, "make the table anew"),
        ("-0.5", "is -0.5, which cannot be", "make the table anew"),
        ("1e30", CANNOT_BE, "a depth is the mean number of reads that cover a base; make the table anew"),
        ("1,5", NO_NUMBER, "write decimals with a point, and nothing between thousands"),
        ("1.000,5", NO_NUMBER, "write decimals with a point, and nothing between thousands"),
        ("1_000", NO_NUMBER, "make the table anew"),
        ("\uff11\uff12", NO_NUMBER, "make the table anew"),
        ("0x1F", NO_NUMBER, "make the table anew"),
        ("", NO_NUMBER, "make the table anew"),
        ("NA", NO_NUMBER, "make the table anew"),
    ],
)
def test_depths(here, word, problem, remedy):
    ran = run_cli(*ARGS, "--depths", write("t.tsv", word))
    assert_refused(ran, 1, sentence("t.tsv", "line 3: the depth ", remedy))
    assert problem in ran.err
    assert not (here / "out" / "abundance.npz").exists()


def test_a_sample_without_depths(here):
    ran = run_cli(*ARGS, "--depths", write("t.tsv", "0", "0.0"))
    assert_refused(ran, 1, sentence("t.tsv", "all depths of sample 'A' are 0", "leave the sample out"))


def test_the_largest_depth_that_can_be(here):
    done(*ARGS, "--depths", write("t.tsv", "1e9", "1e-30"))


@pytest.mark.parametrize("header", ["contigname\ts\ts", "contigname\ts\tB"])
def test_two_samples_of_one_name_in_a_table_or_over_bams_and_tables(here, header):
    ran = run_cli(*ARGS, "--bams", "bams", "--depths", write("t.tsv", header=header))
    assert_refused(ran, 1, sentence("t.tsv", "two samples", "rename one of the"))


def test_two_samples_of_one_name_over_tables(here):
    ran = run_cli(*ARGS, "--depths", write("t.tsv"), write("u.tsv", header="contigname\tC\tA"))
    assert_refused(ran, 1, sentence("u.tsv", "two samples would be named 'A', the other is t.tsv", "rename one"))


def test_a_contig_longer_than_a_bam_can_hold(here, monkeypatch):
    monkeypatch.setattr(fasta, "LONGEST", 2600)
    ran = run_cli(*ARGS, "--depths", write("t.tsv"))
    assert_refused(ran, 1, sentence("contigs.fa", "a contig is longer than 2,600 bp", "give the assembled contigs"))


def test_a_hundred_thousand_contigs_of_one_name(here):
    (here / "contigs.fa").write_text(">a\nACGT\n" * 100_000)
    ran = run_cli(*ARGS, "--depths", write("t.tsv"))
    assert_refused(ran, 1, sentence("contigs.fa", "two contigs are named 'a'", "rename them so that every name"))
