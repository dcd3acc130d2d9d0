import numpy as np
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from vambx.errors import InputError, UsageError
from vambx.io.npz import pack_text, write_arrays
from vambx.parts import Part, read_parts, write_part


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 12))
def test_every_item_is_in_one_part_and_parts_are_runs_of_items(weights, n_parts):
    weights = np.array(weights, dtype=np.int64)
    items = [Part(i, n_parts).of_items(weights).tolist() for i in range(1, n_parts + 1)]
    assert [item for part in items for item in part] == list(range(len(weights)))
    share = weights.sum() / n_parts
    assert all(weights[part].sum() <= share + weights.max(initial=0) for part in items)


def test_as_many_parts_as_equal_items_hold_one_each():
    items = [Part(i, 7).of_items(np.ones(7, dtype=np.int64)).tolist() for i in range(1, 8)]
    assert items == [[i] for i in range(7)]


def test_a_part_is_read_from_text():
    assert Part.parse("3/10") == Part(3, 10)


@pytest.mark.parametrize("text", ["", "3", "3/", "/3", "a/b", "3/10/2", "-1/3", "1/0", "1.5/3", "1/9999999999", "1/3 "])
def test_text_that_means_no_part_is_refused(text):
    with pytest.raises(UsageError, match=r"\A--part must be a number and how many there are, such as 3/10, not '"):
        Part.parse(text)


@pytest.mark.parametrize("text", ["0/3", "4/3"])
def test_a_part_that_there_is_not_is_refused(text):
    with pytest.raises(UsageError, match=rf"\A--part must be from 1/3 to 3/3, not {text}\Z"):
        Part.parse(text)


ONE = {"x": np.empty(0, dtype=np.int64)}


@pytest.fixture
def parts(tmp_path):
    """Three parts of one step."""
    paths = [tmp_path / f"{i}.npz" for i in (1, 2, 3)]
    for number, path in enumerate(paths, start=1):
        write_part(path, Part(number, 3), "key", {"x": np.array([number])})
    return paths


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_parts_come_in_their_order(parts, order):
    assert [part["x"].tolist() for part in read_parts([parts[i] for i in order], "key", ONE)] == [[1], [2], [3]]


def test_a_missing_part_is_named(parts):
    with pytest.raises(InputError, match=r"\Apart 2/3 is not among the parts given; give all of them to --parts\Z"):
        read_parts([parts[0], parts[2]], "key", ONE)


def test_a_part_given_twice_is_named(parts):
    with pytest.raises(InputError, match=sentence(parts[0], "is part 1/3, which is given twice", "every part once")):
        read_parts([*parts, parts[0]], "key", ONE)


def test_a_part_of_another_cut_is_named(parts):
    write_part(parts[1], Part(2, 4), "key", {"x": np.array([2])})
    with pytest.raises(InputError, match=sentence(parts[1], "is one of 4 parts, those before it of 3", "of one cut")):
        read_parts(parts, "key", ONE)


def test_a_part_made_of_something_else_is_named(parts):
    with pytest.raises(InputError, match=sentence(parts[0], "was made of other input, other settings", "make it anew")):
        read_parts(parts, "another key", ONE)


@pytest.mark.parametrize("part", [[1], [0, 3], [4, 3], [1.0, 3.0], [[1, 3]]])
def test_a_file_that_does_not_tell_its_part_is_named(tmp_path, part):
    write_arrays(tmp_path / "x.npz", {"part": np.array(part), "key": pack_text(["key"])})
    with pytest.raises(InputError, match=sentence(tmp_path / "x.npz", "does not tell which part", "make it anew")):
        read_parts([tmp_path / "x.npz"], "key", {})


def test_a_file_that_is_no_part_is_named(tmp_path):
    write_arrays(tmp_path / "x.npz", {"depth": np.zeros(3)})
    with pytest.raises(InputError, match=sentence(tmp_path / "x.npz", "holds no array 'part'", "made by this step")):
        read_parts([tmp_path / "x.npz"], "key", {})
