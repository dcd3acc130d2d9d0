import gzip
import sys
from pathlib import Path

import numpy as np
import pysam
import pytest
from builders import even_reads, sentence, write_bam
from faults.mutations import bgzipped

from vambx.errors import InputError
from vambx.io import workers
from vambx.io.bam import BamHeader, read_header
from vambx.io.bam_depth import mean_depth
from vambx.io.bam_files import find_bams, sample_names

LENGTHS = {"b": 2000, "a": 3000}
READS = list(even_reads(LENGTHS, 8, rng=np.random.default_rng(1)))
SORT = "sort it: samtools sort -o sorted.bam"
NO_BAM, AS_SORT = "is no BAM file", "give the reads mapped to the contigs, as samtools sort writes them"
GIVE = "give BAM files, a folder of them, or a glob"


@pytest.fixture
def folder(tmp_path):
    for name in ("y.bam", "x.bam", "x.bam.bai", "notes.txt", "deep/z.bam"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "none").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["y.bam", "x.bam"], ["y.bam", "x.bam"]),
        (["."], ["x.bam", "y.bam"]),
        (["*.bam"], ["x.bam", "y.bam"]),
        (["[xq].bam", "deep"], ["x.bam", "deep/z.bam"]),
        (["*/?.bam", "x.bam"], ["deep/z.bam", "x.bam"]),
        ([], []),
    ],
)
def test_files_folders_and_globs_are_found(folder, given, found):
    assert find_bams([folder / path for path in given]) == [folder / path for path in found]


def test_a_file_whose_name_looks_like_a_glob_is_a_file(folder):
    (folder / "[xy].bam").touch()
    assert find_bams([str(folder / "[xy].bam")]) == [folder / "[xy].bam"]


@pytest.mark.parametrize(
    ("given", "problem", "remedy"),
    [
        (["q.bam"], "the BAM file does not exist", GIVE),
        (["none"], "no BAM file is there", GIVE),
        (["q*.bam"], "no BAM file is there", GIVE),
        ([".", "x.bam"], "the BAM file is given twice", "give every sample once"),
        (["x.bam", "deep/link.bam"], "the BAM file is given twice", "give every sample once"),
    ],
)
def test_what_cannot_be_found_is_named(folder, given, problem, remedy):
    (folder / "deep" / "link.bam").symlink_to(folder / "x.bam")
    with pytest.raises(InputError, match=sentence(folder / given[-1], problem, remedy)):
        find_bams([folder / path for path in given])


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["p/x.bam", "p/y.sorted.bam", "p/z"], ("x", "y.sorted", "z")),
        (["p/x.bam", "q/x.bam"], ("p_x", "q_x")),
        (["p/x.bam", "q/x.bam", "q/y.bam"], ("p_x", "q_x", "q_y")),
        ([], ()),
    ],
)
def test_samples_are_named_by_file_and_where_needed_by_folder(paths, names):
    assert sample_names([Path(path) for path in paths]) == names


def test_samples_of_one_name_are_refused():
    paths = [Path("1/p/x.bam"), Path("2/p/x.bam")]
    with pytest.raises(InputError, match=sentence(paths[0], "two samples would be named 'p_x'", "rename one of")):
        sample_names(paths)


@pytest.mark.parametrize("name", [".bam", "a\tb.bam", "a\nb.bam"])
def test_samples_whose_name_cannot_stand_in_a_table_are_refused(name):
    with pytest.raises(InputError, match=sentence(repr(name), "cannot name a sample", "rename the BAM file")):
        sample_names([Path(name)])


@pytest.mark.parametrize(
    ("reads", "order"),
    [(READS, "coordinate"), (READS, None), (READS, "unsorted"), ([*READS, (None, 0, 50, 0)], None)],
)
def test_header_of_a_sorted_bam_is_read_in_its_order(tmp_path, reads, order):
    path = write_bam(tmp_path / "x.bam", LENGTHS, reads, sort_order=order)
    header = read_header(path)
    assert header == BamHeader(path, ("b", "a"), (2000, 3000))


def damaged(content):
    """A BAM whose header is whole and whose first block of reads has other bytes in it."""
    second = content.index(b"\x1f\x8b\x08\x04", 4)
    return content[: second + 40] + bytes(60) + content[second + 100 :]


def gzipped(path):
    """As gzip packs, in one piece, not in the blocks of BAM."""
    path.write_bytes(gzip.compress(gzip.decompress(write_bam(path, LENGTHS, READS).read_bytes())))


def twice_gzipped(path):
    path.write_bytes(gzip.compress(write_bam(path, LENGTHS, READS).read_bytes()))


def spaced_alike(path):
    write_bam(path, {"a": 3000, "b x": 2000, "b y": 2000}, [("a", 0, 100, 0)])


def sam(path):
    with pysam.AlignmentFile(str(write_bam(path.with_name("0.bam"), LENGTHS, READS))) as bam:
        path.write_text(str(bam.header) + "".join(f"{read.to_string()}\n" for read in bam))


@pytest.mark.parametrize(
    ("make", "problem", "remedy"),
    [
        (lambda p: p.write_bytes(write_bam(p, LENGTHS, READS).read_bytes()[:-28]), "truncated", "copy it again"),
        (lambda p: p.write_bytes(write_bam(p, LENGTHS, READS).read_bytes()[:-200]), "truncated", "copy it again"),
        (lambda p: p.touch(), "the BAM file is empty", "map the reads again"),
        (lambda p: p.write_text("hello\nworld\n"), NO_BAM, AS_SORT),
        (lambda p: p.write_text(">a\nACGT\n"), NO_BAM, AS_SORT),
        (lambda p: p.write_text("@r\nACGT\n+\nIIII\n"), NO_BAM, AS_SORT),
        (lambda p: p.write_bytes(gzip.compress(b"hello\n")), NO_BAM, AS_SORT),
        (sam, "is SAM, no BAM file", "make one: samtools sort -o out.bam"),
        (gzipped, "is packed by gzip", "pack it as BAM: samtools view -b -o new.bam"),
        (twice_gzipped, NO_BAM, AS_SORT),
        (spaced_alike, "two references are named 'b' (up to the first white space)", "rename the contigs"),
        (lambda p: write_bam(p, LENGTHS, READS, sort_order="queryname"), "sorted by read name", SORT),
        (lambda p: write_bam(p, LENGTHS, READS[::-1], sort_order=None), "not sorted by coordinate", SORT),
        (lambda p: write_bam(p, LENGTHS, READS[::-1], sort_order="unsorted"), "not sorted by coordinate", SORT),
        (lambda p: write_bam(p, LENGTHS, []), "no read is mapped", "or leave the file out"),
        (lambda p: write_bam(p, LENGTHS, [], sort_order=None), "no read is mapped", "or leave the file out"),
        (
            lambda p: p.write_bytes(damaged(write_bam(p, LENGTHS, READS).read_bytes())),
            "is truncated or damaged",
            "copy it again",
        ),
        (lambda p: write_bam(p, {}, []), "lists no references", "map the reads to the contigs"),
        (lambda p: p.mkdir(), NO_BAM, AS_SORT),
        (lambda p: p.symlink_to("nowhere"), "the BAM file cannot be read (No such file or directory)", ""),
    ],
)
def test_a_bam_that_cannot_be_used_is_told(tmp_path, make, problem, remedy):
    path = tmp_path / "x.bam"
    make(path)
    with pytest.raises(InputError, match=sentence(path, problem, remedy)):
        read_header(path)


@pytest.mark.parametrize("ending", ["bai", "csi", "crai"])
def test_an_index_is_not_taken_for_a_bam(tmp_path, ending):
    pysam.index(*(["-c"] if ending == "csi" else []), str(write_bam(tmp_path / "x.bam", LENGTHS, READS)))
    path = tmp_path / f"x.bam.{ending}"
    path.touch() if ending == "crai" else None
    path.write_bytes(path.read_bytes() or b"\x1f\x8b")
    with pytest.raises(InputError, match=sentence(path, "is the index of a BAM file", "give the BAM files alone")):
        read_header(path)


@pytest.mark.parametrize("index", ["x.bam.bai", "x.bai", "x.bam.csi"])
def test_a_wrong_index_does_no_harm(tmp_path, index):
    path = write_bam(tmp_path / "x.bam", LENGTHS, READS)
    (tmp_path / index).write_bytes(b"BAI\1\7\0\0\0 of something else")
    assert read_header(path).references == ("b", "a")
    assert mean_depth(path, 0.0) == pytest.approx(8, rel=0.2)


def test_references_are_named_up_to_the_first_white_space(tmp_path):
    header = read_header(write_bam(tmp_path / "x.bam", {"k141_1 flag=1 len=300": 300, "b": 200}, [("b", 0, 100, 0)]))
    assert header.references == ("k141_1", "b")


def plain_depth(lengths, reads):
    depth = {name: np.zeros(length) for name, length in lengths.items()}
    for name, start, length, _ in reads:
        depth[name][start : start + length] += 1
    return [inner.mean() if len(inner := each[75:-75]) else 0 for each in depth.values()]


@pytest.mark.parametrize("depth", [0.5, 3, 40])
@pytest.mark.parametrize("lengths", [LENGTHS, {"a": 149, "b": 150, "c": 151, "d": 160, "e": 12_000}, {"a": 5000}])
def test_depth_is_the_mean_over_all_but_75_bases_at_each_end(tmp_path, lengths, depth):
    rng = np.random.default_rng(3)
    reads = []
    for name, length in lengths.items():
        starts = np.sort((rng.beta(1, 2, size=round(depth * length / 75)) * (length - 100)).astype(int))
        reads += [(name, int(start), int(rng.choice([50, 75, 100])), 0) for start in starts]
    got = mean_depth(write_bam(tmp_path / "x.bam", lengths, reads), 0.0)
    assert (got.dtype, got.any()) == (np.float32, True)
    np.testing.assert_allclose(got, plain_depth(lengths, reads), rtol=1e-6)


@pytest.mark.parametrize(("min_identity", "kept"), [(0.0, 4), (0.9, 4), (0.92, 3), (0.97, 2), (0.999, 1)])
def test_reads_below_the_identity_do_not_count(tmp_path, min_identity, kept):
    mismatches = (0, 2, 5, 9)
    reads = [(name, start, length, mismatches[i % 4]) for i, (name, start, length, _) in enumerate(READS)]
    left = [read for read in reads if read[3] in mismatches[:kept]]
    every, some = (write_bam(tmp_path / f"{len(r)}.bam", LENGTHS, r) for r in (reads, left))
    assert len(left) == pytest.approx(len(reads) * kept / 4, abs=1)
    np.testing.assert_array_equal(mean_depth(every, min_identity), mean_depth(some, 0.0))


@pytest.mark.parametrize(
    ("make", "problem", "remedy"),
    [
        (lambda p: write_bam(p, LENGTHS, READS, nm_type=None), "no NM tag", "add it: samtools calmd -b"),
        (
            lambda p: write_bam(p, LENGTHS, READS, nm_type="f"),
            "an NM tag is no count",
            "write right ones: samtools calmd",
        ),
        (lambda p: write_bam(p, LENGTHS, READS[::-1]), "not sorted by coordinate", SORT),
        (lambda p: None, "cannot be read (No such file or directory)", "may you read it?"),
    ],
)
def test_what_pycoverm_cannot_use_is_told(tmp_path, make, problem, remedy):
    path = tmp_path / "x.bam"
    make(path)
    with pytest.raises(InputError, match=sentence(path, problem, remedy)):
        mean_depth(path, 0.0)


def test_damage_inside_is_not_taken_for_a_missing_tag(tmp_path):
    reads = list(even_reads(LENGTHS, 400, rng=np.random.default_rng(1)))
    path = write_bam(tmp_path / "x.bam", LENGTHS, reads)
    content = bytearray(path.read_bytes())
    content[len(content) * 3 // 4] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        mean_depth(path, 0.0)
    assert "NM" not in str(caught.value)


def test_damage_behind_the_mapped_reads_is_told(tmp_path):
    """Pycoverm would read such a block again and again, and say so each time."""
    path = write_bam(tmp_path / "x.bam", LENGTHS, [*READS, (None, 0, 50, 0)])
    content, block = path.read_bytes(), bytearray(bgzipped(b"x" * 100)[:-28])
    block[-8] ^= 1  # its checksum
    path.write_bytes(content[:-28] + block + content[-28:])
    read_header(path)
    with pytest.raises(InputError, match=sentence(path, "is truncated or damaged", "copy it again")):
        mean_depth(path, 0.0)


def test_a_worker_that_crashes_is_told(tmp_path, monkeypatch):
    crash = (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(workers, "WORKER", crash)
    (tmp_path / "x.bam").touch()
    with pytest.raises(InputError, match=sentence(tmp_path / "x.bam", "is truncated or damaged", "copy it again")):
        mean_depth(tmp_path / "x.bam", 0.0)


def test_depth_does_not_depend_on_the_working_folder(tmp_path, monkeypatch):
    path = write_bam(tmp_path / "x.bam", LENGTHS, READS)
    want = mean_depth(path, 0.0)
    (tmp_path / "vambx.py").write_text("raise SystemExit('the wrong vambx')")
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(mean_depth(path, 0.0), want)
