import gzip

import numpy as np
import pytest
from builders import random_sequence, sentence, write_fasta

from vambx.errors import InputError
from vambx.io.fasta import Record, iter_fasta

COMPRESSED = [".gz", ".bz2", ".xz", ".zst"]


@pytest.fixture
def contigs():
    rng = np.random.default_rng(1)
    return {f"c{i} flag=1 len={n}": random_sequence(rng, n) for i, n in enumerate([1, 59, 60, 61, 700])}


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(2)
    return {f"c{i}": random_sequence(rng, 800) for i in range(400)}


@pytest.mark.parametrize(("width", "newline"), [(None, "\n"), (60, "\n"), (60, "\r\n"), (7, "\r\n")])
@pytest.mark.parametrize("suffix", ["", *COMPRESSED])
def test_every_compression_wrapping_and_line_end_reads_alike(tmp_path, contigs, suffix, width, newline):
    path = write_fasta(tmp_path / f"x.fa{suffix}", contigs, width, newline)
    assert list(iter_fasta(path)) == [Record(h.split()[0], h, s) for h, s in contigs.items()]


def test_compression_is_told_by_content_too(tmp_path):
    (tmp_path / "x.fa").write_bytes(gzip.compress(b">a\nACGT\n"))
    assert [record.sequence for record in iter_fasta(tmp_path / "x.fa")] == ["ACGT"]


@pytest.mark.parametrize("sequence", ["ACGT", "acgt", "AcGtNnRy-*"])
def test_bases_stay_as_they_stand(tmp_path, sequence):
    (record,) = iter_fasta(str(write_fasta(tmp_path / "x.fa", {"a": sequence}, width=3)))
    assert record.sequence == sequence


@pytest.mark.parametrize("header", ["a", "a b c", "a\tb", "a_1|x;y=2 \t z", ">a"])
def test_name_ends_at_white_space_and_header_is_kept(tmp_path, header):
    (record,) = iter_fasta(write_fasta(tmp_path / "x.fa", {header: "ACGT"}))
    assert (record.name, record.header) == (header.split()[0], header)


@pytest.mark.parametrize("text", [b"\n\n>a\nAC\n\nGT\n>b\nG", b">a\nACGT\n>b\nG\n\n\n"])
def test_blank_lines_and_a_missing_last_line_end_do_no_harm(tmp_path, text):
    (tmp_path / "x.fa").write_bytes(text)
    assert [(r.name, r.sequence) for r in iter_fasta(tmp_path / "x.fa")] == [("a", "ACGT"), ("b", "G")]


def test_records_stream_until_the_error(tmp_path):
    (tmp_path / "x.fa").write_bytes(b">a\nAC\n>b\nGT\n>a\nTT\n")
    records = iter_fasta(tmp_path / "x.fa")
    assert [next(records).name, next(records).name] == ["a", "b"]
    with pytest.raises(InputError):
        next(records)


@pytest.mark.parametrize("suffix", ["", *COMPRESSED])
def test_reading_may_end_early(tmp_path, many, suffix):
    records = iter_fasta(write_fasta(tmp_path / f"x.fa{suffix}", many))
    assert next(records).name == "c0"
    records.close()
    assert list(records) == []


@pytest.mark.parametrize("suffix", ["", *COMPRESSED])
def test_progress_hears_of_the_bytes_of_the_file(tmp_path, many, suffix):
    path, heard = write_fasta(tmp_path / f"x.fa{suffix}", many), []
    list(iter_fasta(path, heard.append))
    assert heard == sorted(heard)
    assert (len(heard), heard[-1]) == (len(many), path.stat().st_size)


EMPTY = "the FASTA file is empty", "give the file of the assembled contigs"
OTHER = "not a FASTA file", "give the assembled contigs"
NAMELESS = "a contig has no name", "name every contig"


@pytest.mark.parametrize(
    ("content", "problem", "remedy"),
    [
        (b"", *EMPTY),
        (b"\n", *EMPTY),
        (b" \r\n\r\n\n", *EMPTY),
        (gzip.compress(b""), *EMPTY),
        (b"hello\nworld\n", *OTHER),
        (b"@r\nACGT\n+\nIIII\n", *OTHER),
        (b"\xef\xbb\xbf>a\nACGT\n", *OTHER),
        (b">\xe9t\xe9\nACGT\n", *OTHER),
        (b">a\nAC\xe9GT\n", *OTHER),
        (">é\nACGT\n".encode(), *OTHER),
        (b">a x\nAC\n>b\nA\n>a y\nGT\n", "two contigs are named 'a'", "rename them so that every name"),
        (b">a\nAC\n>\nGT\n", *NAMELESS),
        (b"> a\nAC\n", *NAMELESS),
        (b">\ta\nAC\n", *NAMELESS),
    ],
)
def test_what_is_no_fasta_is_refused(tmp_path, content, problem, remedy):
    path = tmp_path / "x.fa"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence(path, problem, remedy)):
        list(iter_fasta(path))


@pytest.mark.parametrize(("name", "problem"), [("x.fa", "does not exist"), ("", "is a folder")])
def test_missing_file_and_folder_are_refused(tmp_path, name, problem):
    with pytest.raises(InputError, match=sentence(tmp_path / name, problem, "give the file of the assembled contigs")):
        list(iter_fasta(tmp_path / name))


@pytest.mark.parametrize("share", [0.01, 0.5, 0.7, 0.99])
@pytest.mark.parametrize("suffix", COMPRESSED)
def test_cut_file_is_refused(tmp_path, many, suffix, share):
    path = write_fasta(tmp_path / f"x.fa{suffix}", many)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(InputError, match=sentence(path, "cannot be read", "is the file whole?")):
        list(iter_fasta(path))


@pytest.mark.parametrize("at", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz"])
def test_damaged_file_is_refused(tmp_path, many, suffix, at):
    path = write_fasta(tmp_path / f"x.fa{suffix}", many)
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence(path, "", "")):
        list(iter_fasta(path))


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_plain_text_under_a_compressed_name_is_refused(tmp_path, suffix):
    path = tmp_path / f"x.fa{suffix}"
    path.write_bytes(b">a\nACGT\n" * 20)
    with pytest.raises(InputError, match=sentence(path, "cannot be read", "is the file whole?")):
        list(iter_fasta(path))
