import gzip

import numpy as np
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

import vambx
from vambx.errors import InputError
from vambx.features.abundance import Abundance, rpkm_of
from vambx.features.contigs import Contigs
from vambx.features.depths import SampleDepths, find_depths, is_table, read_table, table_sample, write_joined

CONTIGS = Contigs(("c0", "c1", "c2"), np.array([2000, 3000, 1500]), np.full(3, 0.5, dtype=np.float32))


def write_depths(path, depth=(1, 2, 3), contigs=CONTIGS, sample="s"):
    depth = np.array(depth, dtype=np.float32)
    SampleDepths(sample, depth, "of reads", 0.0, contigs.digest).write(path)
    return path


def test_depths_come_back(tmp_path):
    found = SampleDepths.read(write_depths(tmp_path / "s.npz"), CONTIGS)
    assert (found.sample, found.reads_sha256, found.min_identity) == ("s", "of reads", 0.0)
    np.testing.assert_array_equal(found.depth, np.array([1, 2, 3], dtype=np.float32))


@pytest.mark.parametrize("depth", [(1, 2), (1, 2, 3, 4)])
def test_depths_of_other_contigs_are_refused(tmp_path, depth):
    path = write_depths(tmp_path / "s.npz", depth)
    with pytest.raises(InputError, match=sentence(path, "was made for other contigs", "make it anew")):
        SampleDepths.read(path, CONTIGS)
    other = Contigs(("c0", "c1", "x"), CONTIGS.lengths, CONTIGS.gc)
    with pytest.raises(InputError, match=sentence(path, "was made for other contigs", "make it anew")):
        SampleDepths.read(write_depths(path), other)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -1])
def test_depths_that_cannot_be_are_refused(tmp_path, odd):
    path = write_depths(tmp_path / "s.npz", (1, odd, 3))
    with pytest.raises(InputError, match=sentence(path, "holds depths that cannot be", "make it anew")):
        SampleDepths.read(path, CONTIGS)


def test_depths_of_another_version_are_refused(tmp_path, monkeypatch):
    path = write_depths(tmp_path / "s.npz")
    problem = sentence(path, f"was made by vambx {vambx.__version__}, this is 99", "make it anew")
    monkeypatch.setattr(vambx, "__version__", "99")
    with pytest.raises(InputError, match=problem):
        SampleDepths.read(path, CONTIGS)


def test_a_file_with_odd_arrays_is_refused(tmp_path):
    path = write_depths(tmp_path / "s.npz")
    with np.load(path) as old:
        arrays = dict(old)
    np.savez(path, **{**arrays, "min_identity": np.zeros(4)})
    with pytest.raises(InputError, match=sentence(path, "its arrays are not as they should be", "make it anew")):
        SampleDepths.read(path, CONTIGS)


@given(st.integers(0, 5), st.integers(1, 4), st.integers(1, 30), st.data())
def test_joined_a_block_at_a_time_they_are_the_matrix(tmp_path_factory, n_contigs, n_samples, block, data):
    folder = tmp_path_factory.mktemp("joined")
    contigs = Contigs(
        tuple(f"c{i}" for i in range(n_contigs)), np.arange(n_contigs) + 100, np.zeros(n_contigs, dtype=np.float32)
    )
    depths = st.floats(0, 1e6, width=32)
    columns = [data.draw(st.lists(depths, min_size=n_contigs, max_size=n_contigs)) for _ in range(n_samples)]
    files = [write_depths(folder / f"{i}.npz", column, contigs) for i, column in enumerate(columns)]
    samples = [f"s{i}" for i in range(n_samples)]
    write_joined(folder / "joined.npz", files, samples, contigs, block)
    matrix = np.ascontiguousarray(np.array(columns, dtype=np.float32).T)
    Abundance(matrix, rpkm_of(matrix, contigs.lengths), tuple(samples), contigs.digest).write(folder / "whole.npz")
    assert (folder / "joined.npz").read_bytes() == (folder / "whole.npz").read_bytes()


@pytest.mark.parametrize(
    ("name", "table", "sample"),
    [("a.tsv", True, "a"), ("a.b.tsv.gz", True, "a.b"), ("a.txt", True, "a"), ("a.npz", False, "a.npz")],
)
def test_a_table_is_told_by_its_name(tmp_path, name, table, sample):
    assert (is_table(tmp_path / name), table_sample(tmp_path / name)) == (table, sample)


TABLE = "c1\t2.5\nx\t9\nc0\t0.000000\tmore\nc2\t1e1\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_table_is_matched_by_name(tmp_path, pack):
    path = tmp_path / "s.tsv"
    path.write_bytes(pack(TABLE.encode()))
    np.testing.assert_array_equal(read_table(path, CONTIGS), np.array([0, 2.5, 10], dtype=np.float32))


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("c0\t1\nc1\t1\n", "1 of 3 contigs are not in the table, such as c2", "map the reads to this FASTA"),
        ("", "3 of 3 contigs are not in the table", "map the reads"),
        (TABLE + "c0\t1\n", "line 5: contig c0 is there twice", "make the table anew"),
        ("c0\t1\nc1\nc2\t1\n", "line 2 is no contig and depth (no second column)", "strobealign --aemb"),
        ("contig\tdepth\nc0\t1\n", "line 1 is no contig and depth (depth)", "strobealign --aemb"),
        ("c0\t1,5\n", "line 1 is no contig and depth (1,5)", "strobealign --aemb"),
        ("c0\tnan\n", "line 1 is no contig and depth (nan)", "strobealign --aemb"),
        ("c0\tinf\n", "line 1 is no contig and depth (inf)", "strobealign --aemb"),
        ("c0\t1e39\n", "line 1 is no contig and depth (1e39)", "strobealign --aemb"),
        ("c0\t-1\n", "line 1 is no contig and depth (-1)", "strobealign --aemb"),
        ("c0\t0\nc1\t0\nc2\t0\n", "all depths are 0", "map this sample's reads, or leave the file out"),
        ("\udcff\udcfe", "cannot be read (", "is the table whole"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, text, problem, remedy):
    path = tmp_path / "s.tsv"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=sentence(path, problem, remedy)):
        read_table(path, CONTIGS)


@pytest.mark.parametrize("ending", [".gz", ".xz", ".bz2"])
def test_a_packed_table_that_is_cut_is_refused(tmp_path, ending):
    from xopen import xopen

    path = tmp_path / f"s.tsv{ending}"
    with xopen(path, "wt", threads=0) as handle:
        handle.write(TABLE)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=sentence(path, "cannot be read", "is the table whole")):
        read_table(path, CONTIGS)


def test_files_of_depths_are_there_once(tmp_path):
    path = write_depths(tmp_path / "s.npz")
    assert find_depths([path]) == [path]
    with pytest.raises(InputError, match=sentence(path, "is given twice", "give every sample once")):
        find_depths([path, tmp_path / "." / "s.npz"])
    with pytest.raises(InputError, match=sentence(tmp_path / "no.npz", "does not exist", "vambx depth, or tables")):
        find_depths([tmp_path / "no.npz"])
