"""Tables of depths, in the formats that people have."""

import gzip
import logging

import numpy as np
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st
from xopen import xopen

from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.features.depth_tables import MOST_DEPTH, Table

CONTIGS = Contigs(("c0", "c1", "c2"), np.array([2000, 3000, 12345678]), np.full(3, 0.5, dtype=np.float32))
JGI = """contigName\tcontigLen\ttotalAvgDepth\tA.bam\tA.bam-var\tB.sorted.bam\tB.sorted.bam-var
c1\t3000\t11.5\t1.5\t0.2\t10\t4
short\t300\t9\t9\t9\tnan\t
c0\t2000\t3\t2\t0.2\t1\t4
c2\t1.23457e+07\t3\t0\t0.2\t3\t4
"""
COVERM = """Contig\tA Mean\tA Trimmed Mean\tA Read Count\tB.sorted Mean\tB.sorted Trimmed Mean\tB.sorted Read Count
c1\t1.5\t1\t9\t10\t7\t9
c0\t2\t1\t9\t1\t7\t9
c2\t0\t1\t9\t3\t7\t9
"""
PLAIN = "contigname\tA\tB.sorted\nc1\t1.5\t10\nc0\t2\t1\nx\t5\t5\nc2\t0\t3e0\n"
DEPTHS = np.array([[2, 1], [1.5, 10], [0, 3]], dtype=np.float32)
ONE = "c1\t2.5\nx\t9\nc0\t0.000000\nc2\t1e1\n"


def table(tmp_path, text, name="t.tsv"):
    path = tmp_path / name
    path.write_bytes(text.encode(errors="surrogateescape"))
    return path


@pytest.mark.parametrize(
    ("text", "kind", "samples"),
    [
        (JGI, "jgi_summarize_bam_contig_depths, or coverm contig -m metabat", ("A", "B.sorted")),
        (COVERM, "coverm contig, columns Mean", ("A", "B.sorted")),
        (PLAIN, "a column a sample", ("A", "B.sorted")),
    ],
)
@pytest.mark.parametrize(
    "change", [str, lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff\n" + text + "\n"]
)
def test_a_table_of_samples_is_told_by_its_header(tmp_path, text, kind, samples, change):
    found = Table.of(table(tmp_path, change(text)))
    assert (found.kind, found.samples) == (kind, samples)
    np.testing.assert_array_equal(found.read(CONTIGS), DEPTHS)


@pytest.mark.parametrize(
    ("name", "sample"), [("a.tsv", "a"), ("a.b.tsv.gz", "a.b"), ("a.txt", "a"), ("a", "a"), ("a.aemb", "a.aemb")]
)
def test_a_table_of_one_sample_is_named_after_its_file(tmp_path, name, sample):
    path = tmp_path / name
    path.write_bytes((gzip.compress if name.endswith("gz") else bytes)(ONE.encode()))
    found = Table.of(path)
    assert (found.kind, found.samples) == ("contig and depth, as of strobealign --aemb", (sample,))
    np.testing.assert_array_equal(found.read(CONTIGS), np.array([[0], [2.5], [10]], dtype=np.float32))


@pytest.mark.parametrize(
    ("header", "kind", "samples"),
    [
        ("Contig\tS 1 Mean", "columns Mean", ("S 1",)),
        ("Contig\tS1 Trimmed Mean", "columns Trimmed Mean", ("S1",)),
        ("Contig\tS1 RPKM\tS2 RPKM\tS1 Mean\tS2 Mean", "columns Mean", ("S1", "S2")),
        ("Contig\tx.fa/S1.fq Strobealign aemb", "columns Strobealign aemb", ("x.fa/S1.fq",)),
        ("contigName\tcontigLen\ttotalAvgDepth\ta.bam\tb.bam", "jgi_summarize", ("a", "b")),
        ("contigName\tcontigLen\ttotalAvgDepth\tx-var.bam\tx-var.bam-var\ty-var", "jgi_summarize", ("x-var", "y-var")),
    ],
)
def test_columns_of_depths_are_told_from_others(tmp_path, header, kind, samples):
    found = Table.of(table(tmp_path, header + "\n"))
    assert kind in found.kind
    assert found.samples == samples


def test_rows_of_other_contigs_are_counted(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG, logger="vambx"):
        Table.of(table(tmp_path, PLAIN)).read(CONTIGS)
    assert caplog.messages == [f"{tmp_path / 't.tsv'}: 1 rows of contigs that are not binned are passed over"]


KNOWN = "strobealign --aemb, jgi_summarize_bam_contig_depths or coverm contig, or one whose columns are contigname"
ANEW, WHOLE = "make the table anew", "is the table whole?"


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("", "the table is empty", KNOWN),
        ("\n\n", "the table is empty", KNOWN),
        ("contig\tdepth\nc0\t1\n", "the first line (contig depth) is that of no known table", KNOWN),
        ("c0\t1\t2\n", "the first line (c0 1 2) is that of no known table", KNOWN),
        ("contigname,A\nc0,1\n", "the first line (contigname,A) is that of no known table", "with tabs between"),
        ("c0 1\n", "the first line (c0 1) is", KNOWN),
        ("contigname\n", "the first line (contigname) is", KNOWN),
        ("contigName\tcontigLen\tA.bam\n", "the first line (contigName contigLen A.bam) is", KNOWN),
        ("contigName\tcontigLen\ttotalAvgDepth\n", "the first line (contigName contigLen totalAvgDepth) is", KNOWN),
        ("Contig\tA Mean\tlength\n", "the first line (Contig A Mean length) is", KNOWN),
        ("Contig\n", "the first line (Contig) is", KNOWN),
        ("Sample\tContig\tMean\n", "the first line (Sample Contig Mean) is", KNOWN),
        (f"{'x' * 99}\n", f"the first line ({'x' * 57}...) is", KNOWN),
        (
            "Contig\tA TPM\tB TPM\tA RPKM\n",
            "this table of coverm contig tells TPM, RPKM, no mean",
            "make it with -m mean",
        ),
        ("\udcff\udcfe", "cannot be read (", WHOLE),
    ],
)
def test_a_table_that_is_not_known_is_refused(tmp_path, text, problem, remedy):
    path = table(tmp_path, text)
    with pytest.raises(InputError, match=sentence(path, problem, remedy)):
        Table.of(path)


@pytest.mark.parametrize(
    "header", ["contigname\tA\tA", "Contig\tA Mean\tA Mean", "contigName\tcontigLen\ttotalAvgDepth\tA.bam\tA.bam"]
)
def test_samples_of_one_name_are_refused(tmp_path, header):
    path = table(tmp_path, header + "\n")
    with pytest.raises(InputError, match=sentence(path, "two samples are named 'A'", "rename one of the columns")):
        Table.of(path)


@pytest.mark.parametrize(("header", "name"), [("contigname\tA\t", "''"), ("contigname\tA\a\tB", r"'A\x07'")])
def test_a_column_that_names_no_sample_is_refused(tmp_path, header, name):
    path = table(tmp_path, header + "\n")
    with pytest.raises(
        InputError, match=sentence(repr(str(path)), f"{name} cannot name a sample", "rename the column")
    ):
        Table.of(path)


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("c0\t1\nc1\t1\n", "1 of 3 contigs are not in the table, such as c2", "give a table of this FASTA's contigs"),
        ("contigname\tA\n", "3 of 3 contigs are not in the table, such as c0", "give a table of this FASTA"),
        (ONE + "c0\t1\n", "line 5: contig c0 is there twice, first in line 3", ANEW),
        ("c0\t1\nc1\nc2\t1\n", "line 2: it has 1 columns, not 2", WHOLE),
        (PLAIN + "y\t1\n", "line 6: it has 2 columns, not 3", WHOLE),
        (PLAIN.replace("2\t1", "2\t1\t"), "line 3: it has 4 columns, not 3", WHOLE),
        ("c0\t1,5\n", "line 1: the depth in sample 't' is '1,5', which is no number", "write decimals with a point"),
        (PLAIN.replace("10", "1.000,5"), "line 2: the depth in sample 'B.sorted' is '1.000,5'", "with a point"),
        (PLAIN.replace("10", "NA"), "line 2: the depth in sample 'B.sorted' is 'NA', which is no number", ANEW),
        (PLAIN.replace("10", ""), "line 2: the depth in sample 'B.sorted' is '', which is no number", ANEW),
        (PLAIN.replace("10", "nan"), "line 2: the depth of contig c1 in sample 'B.sorted' is nan, which cannot", ANEW),
        (PLAIN.replace("10", "inf"), "line 2: the depth of contig c1 in sample 'B.sorted' is inf", ANEW),
        (PLAIN.replace("10", "1e39"), "line 2: the depth of contig c1 in sample 'B.sorted' is inf", ANEW),
        (PLAIN.replace("10", "-1"), "line 2: the depth of contig c1 in sample 'B.sorted' is -1,", ANEW),
        (PLAIN.replace("10", "-0.5").replace("\t1\n", "\t-3\n"), "line 2: the depth of contig c1 in", "is -0.5"),
        ("c0\t0\nc1\t0\nc2\t0\n", "all depths of sample 't' are 0", "map this sample's reads, or leave the sample out"),
        ("contigname\tA\tB\nc0\t1\t0\nc1\t1\t0\nc2\t1\t0\n", "all depths of sample 'B' are 0", "leave the sample out"),
        (
            JGI.replace("2000", "1999"),
            "line 4: contig c0 is 1999 bp long in the table, 2000 in the FASTA",
            "this FASTA",
        ),
        (JGI.replace("2000", "2e+4"), "line 4: contig c0 is 2e+4 bp long in the table", "this FASTA"),
        (JGI.replace("2000", "long"), "line 4: contig c0 is long bp long in the table", "this FASTA"),
        (JGI.replace("1.23457e+07", "1.23467e+07"), "line 5: contig c2 is 1.23467e+07 bp", "depths of this FASTA"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, text, problem, remedy):
    found = Table.of(table(tmp_path, text))
    with pytest.raises(InputError, match=sentence(found.path, problem, remedy)):
        found.read(CONTIGS)


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed[:30] + b"damage" + packed[36:]])
@pytest.mark.parametrize("ending", [".gz", ".xz", ".bz2"])
def test_a_packed_table_that_is_damaged_is_refused(tmp_path, ending, damage):
    path = tmp_path / f"s.tsv{ending}"
    with xopen(path, "wt", threads=0) as handle:
        handle.write(ONE + "".join(f"x{i}\t{i}\n" for i in range(999)))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=sentence(path, "cannot be read", WHOLE)):
        Table.of(path).read(CONTIGS)


def jgi(names, lengths, samples, depths):
    columns = "".join(f"\t{sample}.bam\t{sample}.bam-var" for sample in samples)
    yield f"contigName\tcontigLen\ttotalAvgDepth{columns}"
    for name, length, row in zip(names, lengths, depths, strict=True):
        yield f"{name}\t{length:g}\t0" + "".join(f"\t{depth!r}\t1" for depth in row)


def coverm(names, lengths, samples, depths):
    yield "Contig" + "".join(f"\t{sample} RPKM\t{sample} Mean" for sample in samples)
    for name, row in zip(names, depths, strict=True):
        yield name + "".join(f"\t7\t{depth!r}" for depth in row)


def plain(names, lengths, samples, depths):
    yield "\t".join(["contigname", *samples])
    for name, row in zip(names, depths, strict=True):
        yield "\t".join([name, *map(repr, row)])


@given(st.integers(1, 6), st.integers(1, 4), st.sampled_from([jgi, coverm, plain]), st.data())
def test_every_format_tells_the_same_depths(tmp_path_factory, n_contigs, n_samples, write, data):
    depth = st.floats(2**-120, MOST_DEPTH, width=32) | st.just(0.0)
    row = st.lists(depth, min_size=n_samples, max_size=n_samples)
    depths = data.draw(st.lists(row, min_size=n_contigs, max_size=n_contigs).filter(lambda rows: np.any(rows, 0).all()))
    order = data.draw(st.permutations(range(n_contigs)))
    names, lengths = tuple(f"c{i}" for i in range(n_contigs)), np.arange(n_contigs) * 7654321 + 250
    samples = tuple(f"s{i}" for i in range(n_samples))
    path = tmp_path_factory.mktemp("t") / "t.tsv"
    rows = write([names[i] for i in order], lengths[order], samples, [depths[i] for i in order])
    path.write_text("\n".join(rows) + "\n")
    found = Table.of(path)
    assert found.samples == samples
    read = found.read(Contigs(names, lengths, np.zeros(n_contigs, dtype=np.float32)))
    np.testing.assert_array_equal(read, np.array(depths, dtype=np.float32))
