"""What fuzzing found in readers of text, each as small as it could be made."""

import json
import sys
from pathlib import Path

import pytest
from builders import sentence, write_fasta
from communities import assert_refused, run_cli

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults import text_readers as readers
from genes import proteins, write_hmms

from vambx.account import read_account
from vambx.comparison.binning_tables import read_percents
from vambx.config import read_tables
from vambx.errors import InputError, VambxError
from vambx.io import fasta
from vambx.io.bam_files import find_bams
from vambx.io.fasta import iter_fasta
from vambx.markers import read_marker_set
from vambx.markers.search import search
from vambx.report.log import read_log
from vambx.report.status import read_status


def refused(path, problem, remedy):
    return pytest.raises(InputError, match=sentence(path, problem, remedy))


def file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def run(tmp_path):
    """A folder of a run, to be spoiled."""
    readers.write_run(tmp_path)
    readers.tell_account(tmp_path)
    return tmp_path


def test_every_reader_reads_what_it_shall_begin_from(tmp_path):
    for reader in readers.READERS:
        folder = tmp_path / reader.name
        folder.mkdir()
        for path in reader.seeds(folder):
            reader.read(path)


# --- sentences


def test_a_sentence_is_one_line_whatever_the_names():
    said = str(InputError("a\nb\x1b[31m\u2028\udcff: é; mend it"))
    assert said == r"a\nb\x1b[31m\u2028\udcff: é; mend it"


def test_a_sentence_is_not_longer_than_can_be_read():
    said = str(VambxError(f"x: contig {'n' * 100_000}; mend it"))
    assert len(said) < 2100
    assert said.startswith("x: contig nnn")
    assert said.endswith("n; mend it")


# --- FASTA


def test_a_contig_whose_name_cannot_be_seen_is_refused(tmp_path):
    path = file(tmp_path, "x.fa", b">a\x1b[2Jb\nACGT\n")
    with refused(path, r"a contig is named 'a\x1b[2Jb'", "name it with signs that can be seen"):
        list(iter_fasta(path))


@pytest.mark.parametrize("width", [None, 60, 1])
def test_a_contig_longer_than_a_bam_can_hold_is_refused_while_it_is_read(tmp_path, monkeypatch, width):
    assert fasta.LONGEST == 2**31 - 1
    monkeypatch.setattr(fasta, "LONGEST", 50_000)
    path = write_fasta(tmp_path / "x.fa.gz", {"fine": "A" * 20_000, "long": "A" * 200_000}, width)
    with refused(path, "a contig is longer than 50,000 bp, and no BAM can hold it", "give the assembled contigs"):
        list(iter_fasta(path))
    path = write_fasta(tmp_path / "y.fa", {f"c{i}": "A" * 20_000 for i in range(9)}, width)
    assert len(list(iter_fasta(path))) == 9


# --- tables


def test_a_name_too_long_for_a_file_is_no_bam(tmp_path):
    path = file(tmp_path, "bams.txt", "x" * 5000)
    with refused(path, "line 1: the BAM file", "give a path a line"):
        find_bams([path])


HEAD = "Name\tCompleteness\tContamination\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (HEAD + "b\t1\t" + "1" * 200_000, "bin b has '111"),
        (HEAD + "b\t1\t2\r3\n", "line 3 has 1 columns, not 3"),
        (HEAD + "b\tnan\t0\n", "bin b has 'nan' where a percentage should stand"),
        (HEAD + "b\t9\tinf\n", "bin b has 'inf' where a percentage should stand"),
        (HEAD + "b\t-1\t0\n", "bin b has '-1' where a percentage should stand"),
        (HEAD + "b\t1_0\t0\n", "bin b has '1_0' where a percentage should stand"),
        (HEAD + "b\t95,5\t0\n", "bin b has '95,5' where a percentage should stand"),
        (HEAD + "b\t9500\t0\n", "bin b is complete to 9500 percent, which cannot be"),
        (HEAD + "b\t1\n", "line 2 has 2 columns, not 3"),
        ("Name\tName\tCompleteness\tContamination\n", "two of its columns have one name"),
        ('"Name"\t"Completeness"\t"Contamination"\nb\t1\t1\n', "has no columns Name, Completeness, Contamination"),
    ],
)
def test_percentages_that_cannot_be(tmp_path, content, problem):
    path = file(tmp_path, "quality.tsv", content)
    with refused(path, problem, "give CheckM2's quality_report.tsv"):
        read_percents(path)


@pytest.mark.parametrize("word", ["inf", "nan", "1_0", "\uff11"])
def test_bits_that_cannot_be(tmp_path, word):
    path, hmms = file(tmp_path, "bits.txt", f"M1 {word}\n"), write_hmms(tmp_path / "m.hmm", proteins(1, length=40))
    with refused(path, "line 1", "write a name and a number of bits a line"):
        read_marker_set(hmms, path)


def test_two_cutoffs_for_one_profile(tmp_path):
    path, hmms = file(tmp_path, "bits.txt", "M1 5\nM1 6\n"), write_hmms(tmp_path / "m.hmm", proteins(1, length=40))
    with refused(path, "line 2: profile M1 has other bits before", "leave one of them"):
        read_marker_set(hmms, path)


# --- the files of a run


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("bins.tsv", "\tS2C1\t", "\tnone\t"),
        ("bins.tsv", "\t0.5\t95.00", "\tnan\t95.00"),
        ("bins.tsv", "\t0.5\t95.00", "\t0.5\tinf"),
        ("bins.tsv", "\t640\t", "\t-640\t"),
        ("bins.tsv", "\t640\t", "\t9223372036854775808\t"),
        ("bins.tsv", "\tkind\n", "\tkind\tkind\n"),
        ("bins.tsv", "\tnormal\n", "\n"),
        ("bins.tsv", "S2C1", "S2C1" * 40_000),
        ("contig2bin.tsv", "S1C0", "S1C0" * 40_000),
        ("contig2bin.tsv", "S1C0\t", "S1C0\t\t"),
        ("history.tsv", "yes", "no"),
        ("history.tsv", "epoch\t", "\t"),
        ("history.tsv", "\n2\t", "\n\t"),
        ("history.tsv", "\t.9\t", "\tnan\t"),
        ("history.tsv", "epoch", "epoch" * 40_000),
        ("encoders.tsv", "\t.4\n", "\tinf\n"),
        ("encoders.tsv", "encoder", "encoder" * 40_000),
        ("clusters.tsv", "1\tS1C0\tS1C0", "1\tS1C0\tnone"),
        ("clusters.tsv", "\n1\t", "\n-1\t"),
        ("clusters.tsv", "\n1\t", "\n99999999999999999999\t"),
        ("clusters.tsv", "\t0.1\t", "\tnan\t"),
        ("chosen.tsv", "\t0.1\t", "\t-inf\t"),
    ],
)
def test_a_table_of_a_run_that_holds_what_cannot_be(run, name, old, new):
    text = (run / name).read_text()
    assert old in text
    (run / name).write_text(text.replace(old, new, 1))
    with refused(run / name, "", "make it anew"):
        readers.tell_of_run(run)
    assert_refused(run_cli("report", run), 1, sentence(run / name, "", "make it anew"))


@pytest.mark.parametrize(
    "line",
    [
        "2026-99-01 10:00:00,001 DEBUG Step latent: begins",
        "\uff12\uff10\uff12\uff16-01-01 10:00:00,001 DEBUG Step latent: begins",
        "2026-01-01 10:00:00,001 INFO Computing depths: ,, BAM files",
        f"2026-01-01 10:00:00,001 INFO Computing depths: {'9' * 5000} BAM files",
    ],
)
def test_a_line_that_is_none_of_a_log_is_passed_over(tmp_path, line):
    whole = file(tmp_path, "whole.log", readers.LOG)
    odd = file(tmp_path, "odd.log", readers.LOG.replace("\n", f"\n{line}\n", 1))
    expected, found = read_log(whole), read_log(odd)
    assert found.begun == expected.begun == "latent"
    assert found.n_bams == expected.n_bams == 1234


def test_a_step_that_is_none_does_not_begin(run):
    with open(run / "vambx.log", "a") as log:
        log.write("2026-01-01 10:00:09,001 DEBUG Step late: begins\n")
    assert read_status(run).current == ""
    readers.tell_status(run)


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "content",
    [f"[a]\nx = {DEEP}", "x = " + '{"a"=' * 50_000, "[a]\nx = " + "9" * 9999],
)
def test_settings_that_no_parser_takes(tmp_path, content):
    path = file(tmp_path, "s.toml", content)
    with refused(path, "is n", "write settings as: [encoder] epochs = 30"):
        read_tables(path)


@pytest.mark.parametrize(
    "content",
    [
        DEEP,
        '{"steps": {}, "x": 1e999}',
        '{"steps": {}, "x": NaN}',
        '{"steps":' * 100_000,
        '{"steps": {"latent": {"key": ' + "9" * 9999,
    ],
)
def test_an_account_that_no_parser_takes(tmp_path, content):
    path = file(tmp_path, "run.json", content)
    with refused(path, "is no account of a run", "begin anew in another --outdir"):
        read_account(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda account: account.pop("steps"),
        lambda account: account.update(libraries=["numpy"]),
        lambda account: account.update(command=7),
        lambda account: account["steps"]["latent"].update(settings=[]),
        lambda account: account["steps"]["latent"]["settings"].update(validation="much"),
        lambda account: account["steps"]["latent"].update(wall_seconds="long"),
        lambda account: account["steps"]["latent"].update(wall_seconds=float("nan")),
        lambda account: account["steps"]["latent"].update(peak_memory_mb=None),
        lambda account: account["steps"]["latent"]["inputs"].update(x={"size": "big", "sha256": "0"}),
        lambda account: account["steps"]["latent"]["inputs"].update(x={"size": 1, "sha256": []}),
        lambda account: account["steps"]["latent"]["outputs"].update({"../x": "0"}),
    ],
)
def test_an_account_that_lacks_what_it_must_tell(run, change):
    account = json.loads((run / "run.json").read_text())
    change(account)
    (run / "run.json").write_text(json.dumps(account))
    for tell in (readers.tell_status, readers.tell_of_run):
        with refused(run / "run.json", "is no account of a run", "begin anew in another --outdir"):
            tell(run)


# --- profiles


HMMS = [  # what ended Python with a segmentation fault, or with an error of HMMER's own
    ("ALPH  amino\n", "ALPH  amin\xe9\n"),
    ("ALPH  amino\n", "ALPH  \n"),
    ("ALPH  amino\n", "ALPH  dna\n"),
    ("NAME  M1\n", "  M1\n"),
    ("NAME  M1\n", "NAME  M\x001\n"),
    ("LENG  41\n", "LENG  9999999999\n"),
    ("LENG  41\n", "LENG  -1\n"),
    ("HMMER3/f", "HMMER3/z"),
    ("//\n", "/\n"),
    (" 2.82260", " ?.82260"),
    (" 2.82260", " nan"),
    (" 2.82260", " -2.82260"),
    (" 0.04082", " 9.99999"),
    (" 0.04082", ""),
    ("STATS LOCAL MSV", "STATS LOCAL XYZ"),
    ("GA    100.00", "GA    nan"),
    ("ALPH  amino\n", "GA    100.00 100.00\nALPH  amino\n"),
    ("LENG  41\n", "LENG  41\nLENG  400\n"),
]


@pytest.mark.parametrize(("old", "new"), HMMS)
def test_a_profile_that_hmmer_cannot_use_does_not_reach_it(tmp_path, old, new):
    path = write_hmms(tmp_path / "m.hmm", proteins(2, length=40))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="latin-1")
    with refused(path, "", "give"):
        read_marker_set(path)


def test_a_profile_without_consensus_is_searched_with(tmp_path):
    path = write_hmms(tmp_path / "m.hmm", proteins(1, length=40))
    path.write_text(path.read_text().replace("CONS  yes\n", "CONS  no\n"))
    assert list(search([(0, "ACGT" * 200)], read_marker_set(path)))
