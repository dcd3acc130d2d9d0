"""Names in Vamb's npz files, read without unpickling."""

import numpy as np
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from vambx.errors import InputError
from vambx.io.object_arrays import read_strings


def write(path, values, **more):
    np.savez_compressed(path, names=np.array(values, dtype=object), **more)
    return path


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), unique=True, max_size=50))
def test_strings_come_back(tmp_path_factory, strings):
    assert read_strings(write(tmp_path_factory.mktemp("x") / "x.npz", strings), "names") == tuple(strings)


def test_many_strings_come_back(tmp_path):
    strings = tuple(f"S{i % 7}C{i}" for i in range(70_000))
    assert read_strings(write(tmp_path / "x.npz", strings), "names") == strings


class Harmful:
    """What would run a command, were it unpickled."""

    def __reduce__(self):
        import os

        return os.system, ("touch run",)


@pytest.mark.parametrize("values", [["a", 1], [None], [["a"], ["b"]], [Harmful()], ["a", Harmful()], ["a", b"b"]])
def test_what_are_no_strings_is_refused(tmp_path, monkeypatch, values):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "x.npz", values)
    with pytest.raises(InputError, match=sentence(path, "the names in its array 'names' cannot be read", "make it an")):
        read_strings(path, "names")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "change", [lambda p: p.write_bytes(p.read_bytes()[:-40]), lambda p: p.unlink(), lambda p: np.savez(p, names="a")]
)
def test_a_file_without_such_an_array_is_refused(tmp_path, change):
    path = write(tmp_path / "x.npz", ["a"])
    change(path)
    with pytest.raises(InputError, match=sentence(path, "the names in its array 'names' cannot be read", "make it an")):
        read_strings(path, "names")
