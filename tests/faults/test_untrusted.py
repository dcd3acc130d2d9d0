"""Archives from strangers: nothing in them is run, and what they say of their sizes is not believed."""

import io
import struct
import tracemalloc
import zipfile
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from builders import sentence
from encode.simple import QUICK, features
from faults.mutations import zipped

from vambx.encode import VAE
from vambx.encode.checkpoint import Checkpoint
from vambx.errors import InputError
from vambx.io.npz import read_arrays, write_arrays
from vambx.io.object_arrays import read_strings

MB = 1 << 20


@contextmanager
def little_memory():
    """What is done takes less than 8 MB of memory."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 8 * MB
    finally:
        tracemalloc.stop()


class Harmful:
    """What would make a file, were it unpickled."""

    def __reduce__(self):
        return open, ("run", "w")


def npy(header, data=b""):
    """An npy file with any header."""
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def header(descr="'<f4'", shape="(3,)"):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


THREE = np.zeros(3, dtype=np.float32).tobytes()


@pytest.mark.parametrize("mapped", [(), ("a",)])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(npy(header(shape="(1000000000000,)"), THREE), id="more than there is"),
        pytest.param(npy(header(shape="(4294967296, 4294967296)"), THREE), id="beyond 64 bits"),
        pytest.param(npy(header(shape="(-3,)"), THREE), id="negative"),
        pytest.param(npy(header(shape="(-1, -3)"), THREE), id="negative twice"),
        pytest.param(npy(header(shape="(True, 3)"), THREE), id="a truth"),
        pytest.param(npy(header(shape="(3.0,)"), THREE), id="a fraction"),
        pytest.param(npy(header(shape="3"), THREE), id="a number"),
        pytest.param(npy(header("'|S0'", "(1000000000000,)")), id="things without size"),
        pytest.param(npy(header("'|O'"), THREE), id="objects"),
        pytest.param(npy(header("[('x', '<f4')]"), THREE), id="records"),
        pytest.param(npy(header("'<M8[s]'", "(1,)"), bytes(8)), id="dates"),
        pytest.param(npy(header("'|V12'", "(1,)"), THREE), id="anything"),
        pytest.param(npy("(" * 9000), id="nested deeply"),
        pytest.param(npy("-" * 9000 + "1"), id="many signs"),
        pytest.param(npy("1" + "+1" * 4000), id="a long sum"),
        pytest.param(npy(header() + " " * 60_000, THREE), id="a long header"),
        pytest.param(b"\x93NUMPY\x03\x00" + struct.pack("<I", 2**32 - 1) + THREE, id="a header of 4 GB"),
        pytest.param(npy(header(), THREE + b"\0"), id="a byte too many"),
    ],
)
def test_an_array_that_lies_is_refused_before_memory_is_taken(tmp_path, content, mapped):
    path = tmp_path / "x.npz"
    path.write_bytes(zipped([("a.npy", content)]))
    with little_memory(), pytest.raises(InputError, match=sentence(path, "is no whole npz file", "make it anew")):
        read_arrays(path, ["a"], mapped)


def test_the_same_array_that_does_not_lie_is_read(tmp_path):
    (tmp_path / "x.npz").write_bytes(zipped([("a.npy", npy(header(), THREE))]))
    assert read_arrays(tmp_path / "x.npz", ["a"])["a"].tolist() == [0, 0, 0]


ZEROS = npy(header("'|u1'", f"({64 * MB},)"), bytes(64 * MB))


def packed(how):
    return zipped([("a.npy", ZEROS)], how)


def sizes(content, packed_size, size):
    """An archive of one member that says these sizes in its directory."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 20] + struct.pack("<II", packed_size, size) + content[at + 28 :]


def flagged(content):
    """An archive of one member that says that it is encrypted."""
    at = content.index(b"PK\x01\x02")
    return content[:6] + b"\1\0" + content[8 : at + 8] + b"\1\0" + content[at + 10 :]


def shared(n):
    """An archive whose members are all packed at one place."""
    content = zipped([("a.npy", ZEROS)], zipfile.ZIP_DEFLATED)
    at, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entries = b"".join(content[at : at + 46] + b"%c.npy" % (97 + i) + content[at + 51 : end] for i in range(n))
    return content[:at] + entries + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, n, n, len(entries), at, 0)


SMALL = zipped([("a.npy", npy(header(), THREE))])


@pytest.mark.parametrize(
    ("content", "names"),
    [
        pytest.param(packed(zipfile.ZIP_BZIP2), "a", id="bzip2, which packs without bounds"),
        pytest.param(packed(zipfile.ZIP_LZMA), "a", id="lzma"),
        pytest.param(shared(8), "abcdefgh", id="eight arrays that are one"),
        pytest.param(sizes(SMALL, 10**9, 10**9), "a", id="larger than the file"),
        pytest.param(sizes(SMALL, 2**32 - 1, 2**32 - 1), "a", id="zip64 without its field"),
        pytest.param(sizes(SMALL, 1, 10**9), "a", id="packed too well"),
        pytest.param(sizes(packed(zipfile.ZIP_DEFLATED), 60_000, 10**9), "a", id="packed better than can be"),
        pytest.param(flagged(SMALL), "a", id="encrypted"),
    ],
)
def test_an_archive_that_lies_is_refused_before_memory_is_taken(tmp_path, content, names):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with little_memory(), pytest.raises(InputError, match=sentence(path, "is no whole npz file", "make it anew")):
        read_arrays(path, names)


def test_an_array_that_is_packed_well_is_read(tmp_path):
    (tmp_path / "x.npz").write_bytes(packed(zipfile.ZIP_DEFLATED))
    assert read_arrays(tmp_path / "x.npz", ["a"])["a"].shape == (64 * MB,)


def test_names_that_climb_are_names_of_no_array(tmp_path):
    members = [(name, npy(header(), THREE)) for name in ("../a.npy", "/a.npy", "b.npy")]
    (tmp_path / "x.npz").write_bytes(zipped(members))
    with pytest.raises(InputError, match=sentence(tmp_path / "x.npz", "holds no array 'a'", "not made by this step")):
        read_arrays(tmp_path / "x.npz", ["a"])
    assert {path.name for path in tmp_path.parent.rglob("*a.npy")} == set()


def test_of_members_of_one_name_the_last_counts(tmp_path):
    members = [("a.npy", npy(header("'|O'"), THREE)), ("a.npy", npy(header(), THREE))]
    (tmp_path / "x.npz").write_bytes(zipped(members))
    assert read_arrays(tmp_path / "x.npz", ["a"])["a"].dtype == np.float32


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_no_pickle_is_run(tmp_path, monkeypatch, how):
    monkeypatch.chdir(tmp_path)
    out = io.BytesIO()
    np.save(out, np.array([Harmful()], dtype=object), allow_pickle=True)
    path = tmp_path / "x.npz"
    path.write_bytes(zipped([("a.npy", out.getvalue())], how))
    for mapped in ((), ("a",)):
        with pytest.raises(InputError, match=sentence(path, "is no whole npz file", "make it anew")):
            read_arrays(path, ["a"], mapped)
    with pytest.raises(InputError, match=sentence(path, "cannot be read (holds", "make it anew")):
        read_strings(path, "a")
    torch.save({"about": Harmful(), "made_of": Harmful()}, tmp_path / "x.pt")
    with pytest.raises(InputError, match=sentence(tmp_path / "x.pt", "is no model of vambx", "train one")):
        VAE.load(tmp_path / "x.pt")
    assert Checkpoint(tmp_path / "x.pt", features(), {}, QUICK).read() is None
    assert not (tmp_path / "run").exists()


def test_names_that_are_packed_too_well_are_refused_before_memory_is_taken(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", a=np.array(["x" * 10_000] + ["ab" * 20] * 200_000, dtype=object))
    with (
        little_memory(),
        pytest.raises(InputError, match=sentence(tmp_path / "x.npz", "packed more tightly than names can", "anew")),
    ):
        read_strings(tmp_path / "x.npz", "a")


def test_what_is_written_is_what_strangers_cannot_be_told_from(tmp_path):
    """Our own files are read by the same readers, so these are not too strict."""
    arrays = {"a": np.zeros((0, 5)), "b": np.array("text"), "c": np.array([True]), "d": np.array(3)}
    write_arrays(tmp_path / "x.npz", arrays)
    for name, array in read_arrays(tmp_path / "x.npz", arrays).items():
        np.testing.assert_array_equal(array, arrays[name], strict=True)
