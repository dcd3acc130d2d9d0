"""Bad FASTA, BAM, names and options: one line, the right code, nothing half-written."""

import gzip
import os
import re
import shutil

import numpy as np
import pytest
from builders import even_reads, random_sequence, sentence, write_bam, write_fasta
from communities import ALL, FEW, assert_refused, assert_whole, done, run_cli, tree, write_few

BIN = (
    *("bin", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out", "--min-bin-size", "0"),
    *("-q", "--no-report", "--no-markers"),
)
READS = list(even_reads(FEW, 5, rng=np.random.default_rng(1)))
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
GIVE = "give the file of the assembled contigs"
FASTA, BAM = "contigs.fa", "bams/s.bam"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working folder, with contigs.fa and bams/s.bam of a few contigs."""
    monkeypatch.chdir(write_few(tmp_path))
    return tmp_path


def assert_bin_refused(here, words, *args, code=1, left=frozenset()):
    """`vambx bin` says so, changes no input, and leaves no more than `left`."""
    before = tree(here)
    assert_refused(run_cli(*BIN, *args), code, words)
    assert {name: text for name, text in tree(here).items() if not name.startswith("out/")} == before
    assert assert_whole(here / "out") == left
    assert (here / "out").exists() == bool(left)


def test_the_input_is_good_as_it_is(here):
    assert done(*BIN) == (0, "", "")
    assert assert_whole(here / "out") == ALL - {"model.pt", "history.tsv"}


def gz(path, content):
    path.with_name("contigs.fa").write_bytes(gzip.compress(content))


def protein(path):
    write_fasta(path, {"p1": "MKVLAAGIVGLCAQEFILPQDERNHW" * 100})


def contigs(names, **more):
    def make(path):
        rng = np.random.default_rng(1)
        write_fasta(path, {name: random_sequence(rng, 2500) for name in names} | more)

    return make


def cut(path):
    path.write_bytes(gzip.compress(path.read_bytes(), mtime=0)[:-3000])


@pytest.mark.parametrize(
    ("make", "problem", "remedy"),
    [
        (lambda p: None, "does not exist", GIVE),
        (lambda p: p.symlink_to("nowhere"), "does not exist", GIVE),
        (lambda p: p.mkdir(), "is a folder", GIVE),
        (os.mkfifo, "is a pipe, and is read twice", GIVE),
        (lambda p: p.touch(), "is empty", GIVE),
        (lambda p: gz(p, b""), "is empty", GIVE),
        (lambda p: p.write_text("\n\n"), "is empty", GIVE),
        (lambda p: p.write_bytes(PNG), "not a FASTA file", "give the assembled contigs"),
        (lambda p: p.write_text("@r1\nACGT\n+\nIIII\n"), "not a FASTA file", "give the assembled contigs"),
        (lambda p: p.write_text("ACGT\n>S1C0\nACGT\n"), "not a FASTA file", "give the assembled contigs"),
        (lambda p: shutil.copy(BAM, p), "not a FASTA file", "give the assembled contigs"),
        (protein, "contig p1: ", "give nucleotide sequences"),
        (contigs(["S1C0 a", "S1C1", "S1C0 b"]), "two contigs are named 'S1C0'", "is unique"),
        (contigs(["S1C0", ""]), "has no name", "name every contig"),
        (contigs(["S1C0", " S1C1"]), "has no name", "name every contig"),
    ],
)
def test_a_fasta_that_cannot_be_used_is_told(here, make, problem, remedy):
    path = here / FASTA
    path.unlink()
    make(path)
    assert_bin_refused(here, sentence(FASTA, problem, remedy))


def test_a_truncated_fasta_is_told(here):
    cut(here / FASTA)
    assert_bin_refused(here, sentence(FASTA, "cannot be read", "is the file whole?"))


def other(path):
    names = {f"k{i}": 2000 for i in range(7)}
    write_bam(path, names, even_reads(names, 5, rng=np.random.default_rng(1)))


def longer(path):
    write_bam(path, FEW | {"S1C2": 9000}, READS)


def dangling(path):
    path.unlink()
    path.symlink_to("nowhere.bam")


def damaged(path):
    reads = list(even_reads(FEW, 500, rng=np.random.default_rng(1)))
    content = bytearray(write_bam(path, FEW, reads).read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


SORT, MAP = "sort it: samtools sort -o sorted.bam bams/s.bam", "map the reads again"
NONE = "read is mapped to the contigs"
ANOTHER = (
    "reads were mapped to another assembly: 5 contigs of the FASTA are not in the BAM (S1C0, S2C1, S1C2, ...), "
    "7 of the BAM not in the FASTA (k0, k1, k2, ...)"
)
LONGER = "1 contigs have another length, such as S1C2 (2700 bp in the FASTA, 9000 in the BAM)"
GIVE_FASTA = "give the FASTA that the reads were mapped to"


@pytest.mark.parametrize(
    ("make", "problem", "remedy", "left"),
    [
        (lambda p: p.write_bytes(b""), "is empty", MAP, set()),
        (lambda p: p.write_text("reads\n" * 99), "is no BAM file", "samtools sort", set()),
        (lambda p: p.write_text("@SQ\tSN:a\tLN:9\n"), "is SAM, no BAM file", "make one: samtools sort", set()),
        (lambda p: p.write_bytes(PNG), "is no BAM file", "samtools sort", set()),
        (lambda p: p.write_bytes(write_bam(p, FEW, READS).read_bytes()[:-500]), "is truncated", MAP, set()),
        (lambda p: p.write_bytes(write_bam(p, FEW, READS).read_bytes()[:-28]), "is truncated", MAP, set()),
        (lambda p: write_bam(p, FEW, READS, sort_order="queryname"), "is sorted by read name", SORT, set()),
        (lambda p: write_bam(p, FEW, READS[::-1], sort_order=None), "is not sorted by coordinate", SORT, set()),
        (lambda p: write_bam(p, FEW, READS[::-1]), "is not sorted by coordinate", SORT, {"composition.npz"}),
        (other, ANOTHER, GIVE_FASTA, set()),
        (longer, LONGER, GIVE_FASTA, set()),
        (lambda p: write_bam(p, FEW, []), NONE, "leave the file out", set()),
        (lambda p: write_bam(p, FEW, [(None, 0, 50, 0)]), NONE, "leave the file out", {"composition.npz"}),
        (lambda p: write_bam(p, FEW, READS, nm_type=None), "no NM tag", "samtools calmd", {"composition.npz"}),
        (lambda p: write_bam(p, FEW, [*READS, ("S1C4", 3500, 100, 0)]), "lies beyond", "again", {"composition.npz"}),
        (lambda p: write_bam(p, {}, []), "the BAM file lists no references", "map the reads to the contigs", set()),
        (dangling, "the BAM file is a link to nothing", "mend the link", set()),
    ],
)
def test_a_bam_that_cannot_be_used_is_told(here, make, problem, remedy, left):
    make(here / BAM)
    assert_bin_refused(here, sentence(BAM, problem, remedy), left=left)


def test_without_pycoverm_it_is_said_how_to_get_it(here, monkeypatch):
    monkeypatch.setattr("vambx.io.bam_depth.find_spec", lambda name: None)
    assert_bin_refused(here, r"\Adepth from BAM files needs pycoverm; install it: pip install 'vambx\[bam\]'\Z")


def test_a_damaged_bam_is_not_told_to_lack_a_tag(here):
    damaged(here / BAM)
    assert_bin_refused(here, r"\Abams/s\.bam: (?!.*NM).*(damaged|broken|truncated|whole)", left={"composition.npz"})


@pytest.mark.parametrize("bad", [other, lambda p: p.touch(), lambda p: write_bam(p, FEW, [])])
def test_a_bad_bam_among_good_ones_is_named(here, bad):
    shutil.copy(BAM, "bams/t.bam")
    bad(here / "bams" / "r.bam")
    assert_bin_refused(here, r"\Abams/r.bam: ")


@pytest.mark.parametrize(
    ("bams", "named", "problem", "remedy"),
    [
        (["no.bam"], "no.bam", "does not exist", "give BAM files, a folder of them, or a glob"),
        (["bams", "no.bam"], "no.bam", "does not exist", "give BAM files, a folder of them, or a glob"),
        (["none"], "none", "no BAM file is there", "give BAM files, a folder of them, or a glob"),
        (["none/*.bam"], "none/*.bam", "no BAM file is there", "give BAM files, a folder of them, or a glob"),
        ([BAM, BAM], BAM, "is given twice", "give every sample once"),
        (["bams", "none/../bams/s.bam"], "none/../bams/s.bam", "is given twice", "give every sample once"),
        ([BAM, "1/bams/s.bam"], "(bams|1/bams)/s.bam", "two samples would be named 'bams_s'", "rename one"),
        ([FASTA], FASTA, "is no BAM file", "samtools sort"),
    ],
)
def test_bams_that_cannot_be_found_or_told_apart_are_named(here, bams, named, problem, remedy):
    (here / "none").mkdir()
    shutil.copytree("bams", "1/bams")
    pattern = sentence("FILE", problem, remedy).replace("FILE", named if "(" in named else re.escape(named))
    assert_bin_refused(here, pattern, "--bams", *bams)


def test_a_bam_that_is_gone_is_not_taken_for_a_glob(here):
    assert_bin_refused(here, sentence("s[1].bam", "", "give BAM files"), "--bams", "s[1].bam")


@pytest.mark.parametrize(
    ("names", "args", "words"),
    [
        (FEW, ["--separator", "_"], ["--separator '_' does not split contig name S1C0", "give one that splits every"]),
        (["a_1", "a_", "b_1"], ["--separator", "_"], ["--separator '_'", " a_ ", "give one that splits every"]),
        (["a_1", "_a", "b_1"], ["--separator", "_"], ["--separator '_'", " _a ", "give one that splits every"]),
        (["S1C1", "S1C2", "k3"], [], ["2 of 3", "look like S1C12", "S1C1", "k3", "with --separator, ''"]),
        (["s:1", "s:2", "t:1", "k3"], [], ["3 of 4", "look like sample:contig", "s:1", "k3", "with --separator, ''"]),
        (["S1C1", "s:2"], [], ["1 of 2", "look like S1C12", "with --separator, ''"]),
    ],
)
def test_names_that_a_separator_does_not_split_are_told_before_any_work(here, names, args, words):
    shutil.rmtree(here / "bams")
    (here / FASTA).unlink()
    write_few(here, dict.fromkeys(names, 2500))
    assert_bin_refused(here, ".*".join(map(re.escape, words)), *args)


@pytest.mark.parametrize("args", [["--separator", "_"], []])
def test_the_fasta_is_named_where_a_separator_does_not_fit(here, args):
    shutil.rmtree(here / "bams")
    write_few(here, dict.fromkeys(["S1C1", "S1C2", "k3"], 2500))
    assert_bin_refused(here, re.escape(FASTA), *args)


def test_names_of_contigs_set_aside_count_too(here):
    shutil.rmtree(here / "bams")
    write_few(here, {"S1C1": 2500, "S1C2": 2500, "k3": 300})
    assert_bin_refused(here, "2 of 3 contig names look like S1C12")


@pytest.mark.parametrize(
    ("option", "value", "must"),
    [
        ("--min-identity", "97", "from 0 to below 1 (0.97, not 97)"),
        ("--min-identity", "-0.1", "from 0 to below 1"),
        ("--min-identity", "nan", "from 0 to below 1"),
        ("--min-length", "10", "at least 250 bp"),
        ("--min-bin-size", "-1", "at least 0 bp"),
        ("--threads", "0", "at least 1"),
        ("--epochs", "0", "at least 1"),
        ("--batch-size", "1", "at least 2"),
        ("--n-latent", "0", "at least 1"),
        ("--n-hidden", "0", "at least 1"),
        ("--capacity", "0", "above 0"),
        ("--capacity", "nan", "above 0"),
        ("--mse-ratio", "1", "between 0 and 1"),
        ("--contrast", "-0.1", "at least 0"),
        ("--contrast", "nan", "at least 0"),
        ("--dropout", "1", "from 0 to below 1"),
        ("--learning-rate", "0", "above 0"),
        ("--seed", "-1", "from 0 to 2^63 - 1"),
        ("--kld-warmup", "-1", "at least 0"),
        ("--validation", "0.7", "from 0 to 0.5"),
        ("--block-memory", "0", "at least 1 MB"),
    ],
)
def test_an_option_out_of_range_is_wrong_usage(here, option, value, must):
    words = rf"\A{option} must be .*{re.escape(must)}.*, not \S*{value}\S*\Z"
    assert_bin_refused(here, words, option, value, code=2)


def test_cuda_asked_for_and_absent_is_wrong_usage(here):
    import torch

    if torch.cuda.is_available():
        pytest.skip("CUDA is here")
    assert_bin_refused(
        here, r"\A--device cuda: no CUDA device .*; use --device cpu or auto\Z", "--device", "cuda", code=2
    )
