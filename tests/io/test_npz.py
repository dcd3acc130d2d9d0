import io
import pickle
import zipfile

import numpy as np
import pytest
from builders import sentence
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vambx.errors import InputError, OutputError
from vambx.io.npz import pack_text, read_arrays, unpack_text, write_arrays, write_npz_to

ARRAYS = {"a": np.arange(7, dtype=np.int64), "b": np.float32([[0.5, np.nan], [-0.0, np.inf]]), "c": np.int64(5)}
shared_folder = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
dtypes = st.sampled_from(["f4", "f8", "i8", "u4", "u1", "?", ">i4", "U3"])


def written(arrays):
    out = io.BytesIO()
    write_npz_to(out, arrays)
    return out.getvalue()


@given(array=dtypes.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_dims=3))))
@shared_folder
def test_arrays_come_back(tmp_path, array):
    write_arrays(tmp_path / "x.npz", {"one": array, "two": array.T})
    back = read_arrays(tmp_path / "x.npz", ["two", "one"])
    assert list(back) == ["two", "one"]
    for name, want in [("one", array), ("two", array.T)]:
        np.testing.assert_array_equal(back[name], want, strict=True)


@given(array=dtypes.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_dims=3))))
@shared_folder
def test_arrays_come_back_from_where_they_lie_in_the_file(tmp_path, array):
    write_arrays(tmp_path / "x.npz", {"one": array, "two": array.T})
    back = read_arrays(tmp_path / "x.npz", ["two", "one"], mapped=["two", "one"])
    for name, want in [("one", array), ("two", array.T)]:
        np.testing.assert_array_equal(np.asarray(back[name]), want, strict=True)
        assert isinstance(back[name], np.memmap) == (array.size > 0)


def test_what_is_mapped_cannot_be_written_to(tmp_path):
    write_arrays(tmp_path / "x.npz", ARRAYS)
    back = read_arrays(tmp_path / "x.npz", ["a"], mapped=["a"])["a"]
    with pytest.raises(ValueError, match="read-only"):
        back[0] = 1


def test_a_compressed_array_is_not_mapped(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", **ARRAYS)
    np.testing.assert_array_equal(read_arrays(tmp_path / "x.npz", ["a"])["a"], ARRAYS["a"])
    with pytest.raises(InputError, match=sentence(tmp_path / "x.npz", "is no whole npz file", "make it anew")):
        read_arrays(tmp_path / "x.npz", ["a"], mapped=["a"])


def test_same_content_is_same_bytes(tmp_path):
    write_arrays(tmp_path / "x.npz", ARRAYS)
    assert (tmp_path / "x.npz").read_bytes() == written(ARRAYS)
    with zipfile.ZipFile(tmp_path / "x.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_numpy_reads_it_without_pickle(tmp_path):
    write_arrays(tmp_path / "x.npz", ARRAYS)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        assert archive.files == list(ARRAYS)
        np.testing.assert_array_equal(archive["b"], ARRAYS["b"], strict=True)


def test_objects_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_arrays(tmp_path / "x.npz", {"a": np.array([{}], dtype=object)})
    assert list(tmp_path.iterdir()) == []


def npz_of_objects():
    out = io.BytesIO()
    np.savez(out, a=np.array([{"x": 1}], dtype=object))
    return out.getvalue()


def npy():
    out = io.BytesIO()
    np.save(out, np.arange(5))
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(npz_of_objects(), id="objects"),
        pytest.param(pickle.dumps({"a": 1}), id="pickle"),
        pytest.param(npy(), id="npy"),
        pytest.param(b"a\tb\n1\t2\n", id="text"),
        pytest.param(b"", id="empty"),
    ],
)
def test_what_is_no_npz_is_refused(tmp_path, content):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    for mapped in ([], ["a"]):
        with pytest.raises(InputError, match=sentence(path, "is no whole npz file", "make it anew")):
            read_arrays(path, ["a"], mapped)


def test_missing_file_is_refused(tmp_path):
    path = tmp_path / "x.npz"
    with pytest.raises(InputError, match=sentence(path, "the file does not exist", "run the step that makes it")):
        read_arrays(path, ["a"])


def test_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=sentence(tmp_path, "is no whole npz file", "make it anew")):
        read_arrays(tmp_path, ["a"])


def test_missing_array_is_named(tmp_path):
    write_arrays(tmp_path / "x.npz", ARRAYS)
    problem = sentence(tmp_path / "x.npz", "holds no array 'counts'", "it was not made by this step")
    with pytest.raises(InputError, match=problem):
        read_arrays(tmp_path / "x.npz", ["a", "counts"])


def test_every_cut_is_refused(tmp_path):
    path, whole = tmp_path / "x.npz", written(ARRAYS)
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=sentence(path, "is no whole npz file", "make it anew")):
            read_arrays(path, ARRAYS)


@pytest.mark.parametrize("mapped", [(), tuple(ARRAYS)])
@pytest.mark.parametrize("flip", [0x01, 0x08, 0xFF])
def test_any_damaged_byte_is_refused_or_harmless(tmp_path, flip, mapped):
    path, whole = tmp_path / "x.npz", written(ARRAYS)
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
        try:
            back = read_arrays(path, ARRAYS, mapped)
        except InputError:
            continue
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(back[name], array, err_msg=f"byte {at}")


@pytest.mark.parametrize("size", [3, 1_000_000])
def test_full_disk_is_told_and_leaves_nothing(tmp_path, size):
    (tmp_path / "x.npz.partial").symlink_to("/dev/full")
    problem = sentence(tmp_path / "x.npz", "cannot be written (No space left on device)", "free space or choose")
    with pytest.raises(OutputError, match=problem):
        write_arrays(tmp_path / "x.npz", {"a": np.zeros(size), "b": np.zeros(3)})
    assert list(tmp_path.iterdir()) == []


lines = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=8))


@given(lines.filter(lambda texts: texts != [""]))
@settings(deadline=None)
def test_text_comes_back(texts):
    assert unpack_text(pack_text(texts)) == tuple(texts)


def test_one_empty_string_reads_as_no_string():
    assert unpack_text(pack_text([""])) == unpack_text(pack_text([])) == ()
