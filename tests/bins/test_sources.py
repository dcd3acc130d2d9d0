import gzip

import pytest
from builders import sentence, write_fasta

from vambx.bins.sources import open_source
from vambx.errors import InputError, UsageError

CONTIGS = {"c1 flag=1": "AAAA", "c2": "CCC", "c3": "GG", "c4": "T"}


@pytest.fixture
def fasta(tmp_path):
    return write_fasta(tmp_path / "contigs.fna", CONTIGS)


def held(source):
    """The sequences of each bin by its name."""
    told = []
    found = {name: [] for name in source.names}
    for contig in source.contigs(told.append):
        found[source.names[contig.bin]].append(contig.sequence)
    assert told == sorted(told)
    assert told[-1] == source.size
    return found


def table(tmp_path, text):
    (tmp_path / "bins.tsv").write_text(text)
    return tmp_path / "bins.tsv"


def test_a_folder_holds_a_bin_a_fasta_file_whatever_its_kind(tmp_path):
    folder = tmp_path / "bins"
    folder.mkdir()
    for name, sequences in {"b.1.fa": {"x": "A"}, "a.fna.gz": {"x": "C", "y": "G"}, "C.FASTA": {"z": "T"}}.items():
        write_fasta(folder / name, sequences)
    (folder / "notes.txt").write_text("mine")
    (folder / ".hidden.fa").write_text("")
    (folder / "sub.fa").mkdir()
    assert held(open_source(folder, None)) == {"C": ["T"], "a": ["C", "G"], "b.1": ["A"]}


@pytest.mark.parametrize(
    "text",
    [
        "c1\tx\nc2\ty\nc3\tx\n",
        "x\tc1\ny\tc2\nx\tc3\n",
        "contig\tbin\nc1\tx\nc2\ty\nc3\tx\n",
        "bin_name\tscaffold\nx\tc1\ny\tc2\nx\tc3\n",
        "clustername\tcontigname\nx\tc1\ny\tc2\nx\tc3\n",
        "@Version:0.9.1\n@SampleID:s\n\n@@SEQUENCEID\tBINID\tLENGTH\nc1\tx\t4\nc2\ty\t3\nc3\tx\t2\n",
        "# made by hand\r\nc1 flag=1\tx\r\nc2\ty\r\nc3\tx\r\nc3\tx\r\n",
    ],
)
def test_a_table_is_read_in_either_order(tmp_path, fasta, text):
    assert held(open_source(table(tmp_path, text), fasta)) == {"x": ["AAAA", "GG"], "y": ["CCC"]}


def refused(where, problem, remedy):
    return pytest.raises(InputError, match=sentence(where, problem, remedy))


def test_a_folder_without_bins_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with refused(tmp_path, "holds no bin", "give the folder of the bins"):
        open_source(tmp_path, None)


def test_two_files_of_one_name_are_refused(tmp_path):
    for name in ("a.fa", "a.fna.gz"):
        write_fasta(tmp_path / name, {"x": "A"})
    with refused(tmp_path / "a.fna.gz", "a.fa is a bin of that name too", "take one of them away"):
        open_source(tmp_path, None)


def test_a_broken_bin_is_named(tmp_path):
    (tmp_path / "a.fa.gz").write_bytes(gzip.compress(b">x\nACGT\n" * 99)[:-9])
    with refused(tmp_path / "a.fa.gz", "", "?"):
        held(open_source(tmp_path, None))


def test_proteins_are_refused(tmp_path, fasta):
    write_fasta(tmp_path / "a.fa", {"g1 x": "ACGTNRYK-acgu", "p1 x": "MKLV"})
    problem = "contig p1: 'L' at base 3 is no nucleotide"
    with refused(tmp_path / "a.fa", problem, "give nucleotide sequences"):
        held(open_source(tmp_path, None))
    with refused(tmp_path / "a.fa", problem, "give nucleotide sequences"):
        held(open_source(table(tmp_path, "g1\tx\np1\tx\n"), tmp_path / "a.fa"))


def test_what_is_not_there_is_refused(tmp_path):
    with refused(tmp_path / "none", "does not exist", "give a folder of bins, or a table"):
        open_source(tmp_path / "none", None)


def test_a_table_needs_its_contigs(tmp_path):
    with pytest.raises(UsageError, match=sentence(tmp_path / "bins.tsv", "is a table of bins", "--fasta")):
        open_source(table(tmp_path, "c1\tx\n"), None)


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("", "holds no bin", "give a table"),
        ("contig\tbin\n", "holds no bin", "give a table"),
        ("c1\tx\nc9\tx\n", "1 of 2 contigs are not in", "give the FASTA that was binned"),
        ("a\tb\n", "1 of 1 contigs are not in", "such as a"),
        ("c1\tx\nc1\ty\n", "contig c1 is in two bins", "leave it in one"),
        ("c1,x\n", "line 1 is not contig and bin", "with a tab between"),
        ("c1\tx\nc2\t\n", "line 2 is not contig and bin", "with a tab between"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, fasta, text, problem, remedy):
    path = table(tmp_path, text)
    with refused(path, problem, remedy):
        open_source(path, fasta)


def test_a_table_that_is_no_text_is_refused(tmp_path, fasta):
    (tmp_path / "bins.tsv").write_bytes(b"\xff\xfe\x00")
    with refused(tmp_path / "bins.tsv", "cannot be read (it is no text in UTF-8)", "give a table of contig and bin"):
        open_source(tmp_path / "bins.tsv", fasta)


def test_a_fasta_that_is_missing_is_named(tmp_path):
    with refused(tmp_path / "none.fa", "does not exist", "give the file"):
        open_source(table(tmp_path, "c1\tx\n"), tmp_path / "none.fa")
