"""What is wrong with a sample sheet is said before any job, with the line and the sample."""

import re
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
import yaml
from projects import COLUMNS, WORKFLOW, touch, write_project

SHEET = "config/samples.tsv"
S1 = {"sample": "S1", "reads1": "1.fq", "reads2": "2.fq"}
S2 = {"sample": "S2", "reads1": "3.fq", "reads2": "4.fq"}


class Refused(Exception):  # noqa: N818
    """Stands for Snakemake's WorkflowError."""


def validate(row, schema):
    try:
        jsonschema.validate(row, yaml.safe_load((WORKFLOW / "rules" / schema).read_text()))
    except jsonschema.ValidationError as error:
        raise Refused from error


@pytest.fixture
def sheet(tmp_path, monkeypatch):
    """The functions of the rules that read and check sheets; the working directory is empty."""
    monkeypatch.chdir(tmp_path)
    path = WORKFLOW / "rules" / "sheet.smk"
    functions = {"WorkflowError": Refused, "validate": validate, "__name__": "sheet"}
    exec(compile(path.read_text(), path, "exec"), functions)  # it is plain Python
    return SimpleNamespace(**functions)


def check(sheet, rows, there=True, catalogue="", mode="sample", assembler="megahit", check_files=True):
    """Write the sheet and its files, read it, and check it with that configuration."""
    write_project(Path(), rows)
    if there:
        touch(Path(), rows)
    config = {"catalogue": catalogue, "check_files": check_files, "assembly": {"mode": mode, "assembler": assembler}}
    samples = sheet.read_sheet(SHEET)
    sheet.check_sheet(SHEET, samples, config)
    return samples


def assert_refused(problem, remedy, call, *args, **options):
    with pytest.raises(Refused) as refused:
        call(*args, **options)
    text = str(refused.value)
    assert re.fullmatch(
        rf"config/samples\.tsv[^\n]*{re.escape(problem)}[^\n]*[;:][^\n]*{re.escape(remedy)}[^\n]*", text
    )


@pytest.mark.parametrize(
    ("rows", "config"),
    [
        ([S1], {}),
        ([S1, {"sample": "gut.2_b-c", "reads1": "single.fq"}], {}),
        ([{"sample": "S1", "long_reads": "l.fq"}, {"sample": "S2", "reads1": "s.fq", "long_reads": "m.fq"}], {}),
        ([S1, {"sample": "S2", "assembly": "a.fa"}], {}),
        ([{**S1, "assembly": "a.fa"}], {"assembler": "metaspades"}),
        ([{"sample": "S1", "reads1": "s.fq", "long_reads": "l.fq"}], {"assembler": "metaspades"}),
        ([{"sample": "S1", "bam": "a.bam"}, S2], {"catalogue": "c.fa"}),
        ([S1, {"sample": "S2", "long_reads": "l.fq", "reads1": "3.fq"}], {"mode": "pooled"}),
        ([{"sample": "S1", "reads1": "bucket/1.fq"}], {"check_files": False, "there": False}),
    ],
)
def test_every_place_to_start_is_taken(sheet, rows, config):
    samples = check(sheet, rows, **config)
    assert [{column: getattr(row, column) for column in COLUMNS if getattr(row, column)} for row in samples] == rows


@pytest.mark.parametrize(
    ("rows", "config", "problem", "remedy"),
    [
        (
            [S1, {}, {"reads1": "x.fq"}],
            {},
            ", line 4 (sample without a name): the sample has no name",
            "the column sample",
        ),
        ([S1, {**S2, "sample": "S 2"}], {}, ", line 3 (sample S 2): the name cannot stand", "letters, digits"),
        ([{**S1, "sample": "gut:1"}], {}, ", line 2 (sample gut:1): the name cannot stand", "letters, digits"),
        ([{**S1, "sample": "../S1"}], {}, "(sample ../S1): the name cannot stand", "letters, digits"),
        ([{**S1, "sample": "S1C2"}], {}, "(sample S1C2): the name cannot stand", "not S1C2"),
        ([S1, {**S2, "sample": "S1"}], {}, ", line 3 (sample S1): line 2 has the same name", "rename it"),
        ([S1, {"sample": "S2"}], {}, ", line 3 (sample S2): has no reads, no assembly and no BAM", "take the row out"),
        ([{"sample": "S1", "reads2": "2.fq"}], {}, "(sample S1): has reads2 without reads1", "stand in reads1"),
        ([{"sample": "S1", "bam": "a.bam"}], {}, "(sample S1): has a BAM, but the config has no catalogue", "name the"),
        ([{**S1, "assembly": "a.fa"}], {"catalogue": "c.fa"}, "(sample S1): has an assembly, but", "take one of them"),
        ([{**S1, "assembly": "a.fa"}], {"mode": "pooled"}, "(sample S1): has an assembly, but", "leave it out"),
        ([{"sample": "S1", "reads1": "1.fq"}], {"assembler": "metaspades"}, "(sample S1): has reads that", "megahit"),
        ([S1, {**S2, "reads2": "1.fq"}], {}, ", line 3 (sample S2): reads2: 1.fq is reads1 in line 2 too", "once"),
        ([{**S1, "reads2": "1.fq"}], {}, "(sample S1): reads2: 1.fq is reads1 in line 2 too", "once"),
        ([S1, {**S2, "reads1": "./1.fq"}], {}, "(sample S2): reads1: ./1.fq is reads1 in line 2 too", "once"),
        ([S1], {"there": False}, ", line 2 (sample S1): reads1: 1.fq is not there", "mend the path"),
        ([{"sample": "S1", "reads1": "."}], {"there": False}, "(sample S1): reads1: . is not there", "mend the path"),
        (
            [{"sample": "S1", "reads1": "my reads.fq"}],
            {},
            "(sample S1): reads1: my reads.fq has a sign in it",
            "link to it",
        ),
        ([{"sample": "S1", "assembly": "a.fa"}], {}, ": no sample has reads or a BAM", "give some"),
        (
            [S1, {"sample": "S2", "long_reads": "l.fq"}],
            {"mode": "pooled"},
            ": some samples have long reads alone and some short ones alone",
            "mode: sample",
        ),
    ],
)
def test_what_is_wrong_is_said_with_line_and_sample(sheet, rows, config, problem, remedy):
    assert_refused(problem, remedy, check, sheet, rows, **config)


def test_a_link_to_the_same_file_is_the_same_file(sheet):
    Path("1.fq").touch()
    Path("3.fq").symlink_to("1.fq")
    assert_refused("3.fq is reads1 in line 2 too", "once", check, sheet, [S1, S2])


@pytest.mark.parametrize(
    ("content", "problem", "remedy"),
    [
        (None, "cannot be read", "names the sample sheet"),
        (b"", "has no column sample", "with tabs between"),
        (b"sample,reads1\n", "has no column sample", "with tabs between"),
        (b"sample\treads1\treads2\tlong_reads\tassembly\nS1\ta\n", "has no column bam", "with tabs between"),
        ("\t".join(COLUMNS).encode() + b"\n\n", "has no row", "write one"),
        ("\t".join(COLUMNS).encode() + b"\nS1\ta\tb\tc\td\te\tf\n", ", line 2: has 7 columns", "take tabs out"),
        (b"\xff\xfe\x00", "is no table of text", "in UTF-8"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_an_error(sheet, content, problem, remedy):
    Path("config").mkdir()
    if content is not None:
        Path(SHEET).write_bytes(content)
    assert_refused(problem, remedy, sheet.read_sheet, SHEET)


def test_spreadsheets_leave_marks_that_do_no_harm(sheet):
    header = "note\t" + "\t".join(COLUMNS)
    Path("config").mkdir()
    Path(SHEET).write_bytes(f"\ufeff{header}\r\n\r\nx\t S1 \t1.fq\t2.fq\r\n\t\t\t\r\n".encode())
    assert sheet.read_sheet(SHEET) == [sheet.Sample(3, "S1", "1.fq", "2.fq", "", "", "")]
