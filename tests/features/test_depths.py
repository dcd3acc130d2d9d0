import numpy as np
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

import vambx
from vambx.errors import InputError
from vambx.features.abundance import Abundance, rpkm_of
from vambx.features.contigs import Contigs
from vambx.features.depths import SampleDepths, find_depths, table_in, write_joined

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


def test_a_table_is_told_from_a_file_of_vambx_depth(tmp_path):
    assert table_in(write_depths(tmp_path / "s.npz")) is None
    assert table_in(write_depths(tmp_path / "s.npz").rename(tmp_path / "odd.tsv")) is None
    (tmp_path / "s.depth").write_text("c0\t1\n")
    assert table_in(tmp_path / "s.depth").samples == ("s.depth",)
    (tmp_path / "damaged.npz").write_bytes(b"")
    assert table_in(tmp_path / "damaged.npz") is None


@pytest.mark.parametrize("names", [("arr_0",), ("depth", "rpkm", "samples", "names_sha256")])
def test_arrays_of_something_else_are_no_depths(tmp_path, names):
    np.savez(tmp_path / "x.npz", **{name: np.zeros(3) for name in names})
    remedy = "give a file of vambx depth, or Vamb's abundance.npz"
    with pytest.raises(InputError, match=sentence(tmp_path / "x.npz", "holds no sample's depths", remedy)):
        table_in(tmp_path / "x.npz")


def test_a_table_that_may_not_be_read_is_told(tmp_path):
    (tmp_path / "s.tsv").mkdir()
    with pytest.raises(InputError, match=sentence(tmp_path / "s.tsv", "cannot be read (", "may you read it?")):
        table_in(tmp_path / "s.tsv")


def test_files_of_depths_are_there_once(tmp_path):
    path = write_depths(tmp_path / "s.npz")
    assert find_depths([path]) == [path]
    with pytest.raises(InputError, match=sentence(path, "is given twice", "give every sample once")):
        find_depths([path, tmp_path / "." / "s.npz"])
    with pytest.raises(InputError, match=sentence(tmp_path / "no.npz", "does not exist", "vambx depth, or tables")):
        find_depths([tmp_path / "no.npz"])
