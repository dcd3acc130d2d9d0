"""Laws of tables of depths: what does not matter, what is passed over, and numbers that cannot be."""

import numpy as np
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.features.depth_tables import MOST_DEPTH, Table

NAMES = ("c0", "c1", "k_2", "é3", "#4", '"5"')
LENGTHS = (250, 2000, 12345678, 300, 400, 2**31 - 1)
CONTIGS = Contigs(NAMES, np.array(LENGTHS), np.full(6, 0.5, dtype=np.float32))
SAMPLES = ("A", "b c", "é_1")
DEPTHS = np.arange(18, dtype=np.float32).reshape(6, 3) / 4
FORMATS = {
    "plain": ("contigname\t" + "\t".join(SAMPLES), lambda i, cells: [NAMES[i], *cells]),
    "coverm": ("Contig\t" + "\t".join(f"{s} Mean" for s in SAMPLES), lambda i, cells: [NAMES[i], *cells]),
    "jgi": (
        "contigName\tcontigLen\ttotalAvgDepth\t" + "\t".join(f"{s}.bam\t{s}.bam-var" for s in SAMPLES),
        lambda i, cells: [NAMES[i], str(LENGTHS[i]), "1", *(word for cell in cells for word in (cell, "nan"))],
    ),
}


def lines_of(kind, depths=DEPTHS):
    header, fields = FORMATS[kind]
    return header, ["\t".join(fields(i, [f"{depth:g}" for depth in row])) for i, row in enumerate(depths)]


def read(folder, lines, end="\n"):
    path = folder / "t.tsv"
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return Table.of(path).read(CONTIGS)


@given(st.sampled_from(list(FORMATS)), st.permutations(range(6)), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
def test_order_and_ends_of_rows_do_not_matter(tmp_path_factory, kind, order, end):
    header, rows = lines_of(kind)
    found = read(tmp_path_factory.getbasetemp(), [header, *(rows[i] for i in order)], end)
    np.testing.assert_array_equal(found, DEPTHS)


@given(st.sampled_from(list(FORMATS)), st.lists(st.sampled_from(["x", "C0", "c0 ", " c0", "c"]), max_size=4), st.data())
def test_rows_of_others_are_passed_over_whatever_they_tell(tmp_path_factory, kind, others, data):
    header, rows = lines_of(kind)
    tail = rows[0].partition("\t")[2].replace("0.25", "nan")
    for name in others:
        rows.insert(data.draw(st.integers(0, len(rows))), f"{name}\t{tail}")
    np.testing.assert_array_equal(read(tmp_path_factory.getbasetemp(), [header, *rows]), DEPTHS)


@given(st.sampled_from(list(FORMATS)), st.sets(st.integers(0, 5), min_size=1))
def test_a_missing_row_is_refused_and_never_zero(tmp_path_factory, kind, gone):
    header, rows = lines_of(kind)
    with pytest.raises(InputError, match=f"{len(gone)} of 6 contigs are not in the table, such as {NAMES[min(gone)]}"):
        read(tmp_path_factory.getbasetemp(), [header, *(row for i, row in enumerate(rows) if i not in gone)])


@given(st.sampled_from(list(FORMATS)), st.integers(0, 5), st.integers(0, 5))
def test_a_row_that_is_there_twice_is_refused_even_if_it_says_the_same(tmp_path_factory, kind, which, at):
    header, rows = lines_of(kind)
    with pytest.raises(InputError, match="is there twice, first in line"):
        read(tmp_path_factory.getbasetemp(), [header, *rows[:at], rows[which], *rows[at:]])


GOOD = {"0": 0, "-0": 0, "1.": 1, ".5": 0.5, "+1": 1, " 2 ": 2, "1e2": 100, "1E-300": 0, "1e9": 1e9, "007": 7}
NO_NUMBER = [
    "",
    "NA",
    "1_000",
    "\uff11\uff12",
    "\u0663",
    "0x1F",
    "1 000",
    "1\u00a0000",
    "1e",
    "--1",
    "1'000",
    "'1'",
    '"1"',
    "-",
]
LOCAL = ["1,5", "1.000,5", "1,000.5", "1,000,000"]
CANNOT = {"nan": "nan", "NaN": "nan", "-nan": "nan", "inf": "inf", "-inf": "-inf", "Infinity": "inf", "1e999": "inf"}
CANNOT |= {"-1": "-1,", "-1e-9": "-", "1e39": "inf", "1e30": "1e+30", "9223372036854775808": "9.2", "1000000200": "1"}


def spoiled(kind, word):
    header, rows = lines_of(kind)
    old = {"plain": "\t0.75\t", "coverm": "\t0.75\t", "jgi": "\t0.75\t"}[kind]
    assert rows[1].count(old) == 1
    return [header, rows[0], rows[1].replace(old, f"\t{word}\t"), *rows[2:]]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("word", "value"), GOOD.items())
def test_numbers_that_can_be(tmp_path, kind, word, value):
    expected = DEPTHS.copy()
    expected[1, 0] = value
    np.testing.assert_array_equal(read(tmp_path, spoiled(kind, word)), expected)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("word", NO_NUMBER)
def test_what_is_no_number(tmp_path, kind, word):
    with pytest.raises(InputError, match=r"line 3: the depth in sample 'A' is .*, which is no number; make the table"):
        read(tmp_path, spoiled(kind, word))


@pytest.mark.parametrize("word", LOCAL)
def test_decimals_and_thousands_of_other_locales(tmp_path, word):
    problem, remedy = f"line 3: the depth in sample 'A' is '{word}', which is no number", "write decimals with a point"
    with pytest.raises(InputError, match=sentence(tmp_path / "t.tsv", problem, remedy)):
        read(tmp_path, spoiled("plain", word))


@pytest.mark.parametrize(("word", "told"), CANNOT.items())
def test_numbers_that_cannot_be(tmp_path, word, told):
    problem = f"line 3: the depth of contig c1 in sample 'A' is {told}"
    with pytest.raises(InputError, match=sentence(tmp_path / "t.tsv", problem, "make the table anew")):
        read(tmp_path, spoiled("plain", word))


def test_an_absurd_depth_is_told_what_a_depth_is(tmp_path):
    assert MOST_DEPTH == 1e9
    with pytest.raises(InputError, match=r"is 1e\+30, which cannot be: a depth is the mean number of reads that cover"):
        read(tmp_path, spoiled("plain", "1e30"))


def test_a_table_without_header_is_known_by_its_first_number(tmp_path):
    for word in ("1.5", "0", ".5", "1e3", "nan", "1,5", "-1"):
        path = tmp_path / "s.tsv"
        path.write_text(f"c0\t{word}\n")
        assert Table.of(path).samples == ("s",), word
    for word in ("depth", "", "\uff11\uff12", "e3", "A1"):
        path.write_text(f"c0\t{word}\n")
        with pytest.raises(InputError, match="is that of no known table of depths"):
            Table.of(path)


@pytest.mark.parametrize(
    "header",
    [
        '"contigname"\t"A"\t"B"\t"C"',
        "Contigname\tA\tB\tC",
        "CONTIGNAME\tA\tB\tC",
        "contigname A B C",
        "contigname;A;B;C",
        "contigname\u00a0A",
        "contigname\u2028A",
    ],
)
def test_a_header_that_is_written_otherwise_is_no_known_one(tmp_path, header):
    with pytest.raises(InputError, match="is that of no known table of depths; give one of"):
        read(tmp_path, [header, *lines_of("plain")[1]])


@pytest.mark.parametrize(
    "change", [lambda row: f"{row}\t", lambda row: f"{row}\t1", lambda row: row.rpartition("\t")[0]]
)
def test_a_row_of_more_or_fewer_columns_is_refused(tmp_path, change):
    header, rows = lines_of("plain")
    with pytest.raises(InputError, match=r"line 4: it has [35] columns, not 4; is the table whole\?"):
        read(tmp_path, [header, *rows[:2], change(rows[2]), *rows[3:]])
