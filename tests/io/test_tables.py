from dataclasses import dataclass

import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from vambx.errors import InputError
from vambx.io.tables import read_rows, write_lines, write_rows


@dataclass(frozen=True)
class Row:
    number: int
    name: str
    share: float


ROWS = [Row(1, "a b", 0.5), Row(-2, "", 1e-9), Row(3, "é", float("inf"))]
TEXT = st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=["Cs"]))


def test_the_fields_are_the_columns(tmp_path):
    write_rows(tmp_path / "x.tsv", Row, ROWS[:2])
    assert (tmp_path / "x.tsv").read_bytes() == b"number\tname\tshare\n1\ta b\t0.5\n-2\t\t1e-09\n"


@pytest.mark.parametrize("rows", [[], ROWS])
def test_rows_come_back(tmp_path, rows):
    write_rows(tmp_path / "x.tsv", Row, iter(rows))
    assert list(read_rows(tmp_path / "x.tsv", Row)) == rows


@given(st.builds(Row, st.integers(), TEXT, st.floats(allow_nan=False)))
def test_any_text_and_number_comes_back(tmp_path_factory, row):
    path = tmp_path_factory.getbasetemp() / "any.tsv"
    write_rows(path, Row, [row])
    assert list(read_rows(path, Row)) == [row]


def test_lines_have_a_header_or_none(tmp_path):
    write_lines(tmp_path / "1", ("a", "b"), [(1, "x")])
    write_lines(tmp_path / "2", None, [(1, "x"), []])
    write_lines(tmp_path / "3", None, [])
    assert [(tmp_path / name).read_bytes() for name in "123"] == [b"a\tb\n1\tx\n", b"1\tx\n\n", b""]


def test_an_error_among_the_rows_leaves_the_old_table(tmp_path):
    def broken():
        yield ROWS[0]
        raise InputError("x")

    write_rows(tmp_path / "x.tsv", Row, [])
    with pytest.raises(InputError):
        write_rows(tmp_path / "x.tsv", Row, broken())
    assert list(read_rows(tmp_path / "x.tsv", Row)) == []
    assert [path.name for path in tmp_path.iterdir()] == ["x.tsv"]


HEADER = b"number\tname\tshare\n"


@pytest.mark.parametrize(
    ("content", "problem", "remedy"),
    [
        (None, "does not exist", "run the step that makes it"),
        (b"", "is no such table", "make it anew"),
        (b"\n", "is no such table", "make it anew"),
        (b"number\tname\n", "is no such table (columns number, name)", "make it anew"),
        (b"name\tnumber\tshare\n", "is no such table", "make it anew"),
        (HEADER + b"1\ta\n", "line 2 does not fit the table", "make it anew"),
        (HEADER + b"1\ta\t0.5\n1\ta\t0.5\tmore\n", "line 3 does not fit the table", "make it anew"),
        (HEADER + b"one\ta\t0.5\n", "line 2 does not fit the table", "make it anew"),
        (HEADER + b"1\ta\t\n", "line 2 does not fit the table", "make it anew"),
        (HEADER + b"1_0\ta\t0.5\n", "line 2 does not fit the table ('1_0' is no whole number)", "make it anew"),
        (HEADER + b"1\t\xff\t0.5\n", "cannot be read (it is no text in UTF-8)", "make it anew"),
        (b"\xff\xfe" + HEADER, "cannot be read (it is no text in UTF-8)", "make it anew"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, content, problem, remedy):
    path = tmp_path / "x.tsv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=sentence(path, problem, remedy)):
        list(read_rows(path, Row))
