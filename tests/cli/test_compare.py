"""vambx compare: binnings side by side, on the terminal, as a page and as a table."""

import sys

import pytest
from builders import sentence, write_fasta
from communities import assert_refused, done, run_cli

CONTIGS = {"c1": 400, "c2": 300, "c3": 200, "c4": 100, "c5": 50}
FIRST = {"c1": "a1", "c2": "a1", "c3": "a2", "c4": "a2"}
SECOND = {"c1": "b1", "c2": "b1", "c3": "b2", "c4": "b1", "c5": "b2"}


def write_table(path, bin_of):
    path.write_text("".join(f"{contig}\t{name}\n" for contig, name in bin_of.items()))
    return path


@pytest.fixture
def here(tmp_path, monkeypatch):
    """a.tsv, b.tsv and contigs.fa."""
    write_table(tmp_path / "a.tsv", FIRST)
    write_table(tmp_path / "b.tsv", SECOND)
    write_fasta(tmp_path / "contigs.fa", {name: "A" * n for name, n in CONTIGS.items()})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_tables_side_by_side(here):
    ran = done("compare", "a.tsv", "b.tsv", "--fasta", "contigs.fa")
    assert ran.err == ""
    assert ran.out.splitlines() == [
        "binning         bins   Mbp  contigs",
        "1 a.tsv            2  0.00        4",
        "2 b.tsv            2  0.00        5",
        "",
        "against 1       same  alike  only 1  only it  moved   Mbp  agreement",
        "2 b.tsv            0      2       0        0      1  0.00      0.618",
        "",
        "alike: bins that share more bases with each other than with any other bin.",
        "moved: contigs in a bin of both, but not of bins that are the same or alike.",
        "agreement: adjusted Rand index by bases, of contigs in a bin of both.",
    ]


def test_without_lengths_contigs_count(here):
    out = " ".join(done("compare", "a.tsv", "b.tsv").out.split())
    assert "Mbp" not in out
    assert "Contigs are counted, not bases: the lengths of 5 of 5 contigs are not known (such as c1); --fasta" in out


def test_page_and_table_are_written_and_named(here):
    ran = done("compare", "x=a.tsv", "b.tsv", "--fasta", "contigs.fa", "--out", "p.html", "--tsv", "m.tsv")
    assert ran.out.splitlines()[-3:] == ["", "  page          p.html", "  table         m.tsv"]
    assert (here / "m.tsv").read_text().splitlines()[1:] == [
        "x\tb.tsv\tc4\t100\ta2\tb1\tmoved\tb2",
        "x\tb.tsv\tc5\t50\t\tb2\tonly second\t",
    ]
    assert (here / "p.html").read_text().startswith("<!DOCTYPE html>")
    assert {path.name for path in here.iterdir()} == {"a.tsv", "b.tsv", "contigs.fa", "p.html", "m.tsv"}


def test_runs_with_and_without_markers_have_what_is_known_of_each(chosen, here):
    out = done("compare", f"run={chosen}", chosen / "bins", "--quality", f"bins={chosen / 'quality.tsv'}").out
    header, run, folder, _, _, pair, *_ = out.splitlines()
    assert header.split() == ["binning", "bins", "near", "medium", "low", "Mbp", "contigs"]
    assert run.split()[2:] == folder.split()[2:]
    n_bins = run.split()[2]
    assert pair.split()[2:] == [n_bins, "0", "0", "0", "0", "0.00", "1.000"]
    assert "Matched bins of a better grade in 2 than in 1: 0; worse: 0." in out


def test_three_have_a_matrix(here):
    lines = done("compare", "a.tsv", "b.tsv", "again=a.tsv", "--fasta", "contigs.fa").out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("agreement of every two"))
    assert [line.split()[-3:] for line in lines[at : at + 4]] == [
        ["1", "2", "3"],
        ["1.000", "0.618", "1.000"],
        ["0.618", "1.000", "0.618"],
        ["1.000", "0.618", "1.000"],
    ]
    many = done("compare", *["a.tsv"] * 9, "--fasta", "contigs.fa").out
    assert "of more than 8 binnings in the page alone" in many


@pytest.mark.parametrize("name", ["n" * 200, "細菌" * 60, "<b>[red]{x}", "a\tb\x1b[31m"])
def test_any_name_fits_into_80_columns(here, name):
    from rich.cells import cell_len

    ran = done("compare", f"{name}=a.tsv", "b.tsv", "c=b.tsv", "--out", "p.html", "--tsv", "m.tsv")
    assert max(map(cell_len, ran.out.splitlines())) <= 80
    assert "\x1b" not in ran.out
    rows = [line.split("\t") for line in (here / "m.tsv").read_text().splitlines()]
    assert {len(row) for row in rows} == {8}


def test_a_terminal_that_knows_few_signs_is_no_error(here, monkeypatch, capfd):
    from vambx.cli import main

    with open(here / "out.txt", "w", encoding="ascii") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert main(["compare", "größe=a.tsv", "b.tsv"]) == 0
    assert "1 gr??e" in (here / "out.txt").read_text()


def test_quiet_is_quiet(here):
    assert run_cli("compare", "a.tsv", "b.tsv", "-q") == (0, "", "")


def test_a_path_with_a_sign_in_it_is_a_path(here):
    write_table(here / "k=3.tsv", FIRST)
    assert "1 k=3.tsv" in done("compare", "k=3.tsv", "b.tsv").out


@pytest.mark.parametrize("option", ["--out", "--tsv"])
def test_files_that_are_there_are_written_over_only_when_asked(here, option):
    (here / "mine").write_text("mine")
    assert_refused(
        run_cli("compare", "a.tsv", "b.tsv", option, "mine"),
        1,
        sentence("mine", "is there already", f"another {option}"),
    )
    assert (here / "mine").read_text() == "mine"
    done("compare", "a.tsv", "b.tsv", option, "mine", "--force")
    assert (here / "mine").read_text() != "mine"


@pytest.mark.parametrize(
    ("args", "code", "path", "problem", "remedy"),
    [
        (("a.tsv",), 2, "a.tsv", "nothing to compare it with", "two or more"),
        (("a.tsv", "n" * 300), 1, "n" * 300, "does not exist", "give an output folder"),
        (("a.tsv", "none"), 1, "none", "does not exist", "give an output folder"),
        (("a.tsv", "other.tsv"), 1, "other.tsv", "none of its contigs (such as z1)", "of one assembly"),
        (("a.tsv", "b.tsv", "--fasta", "none.fa"), 1, "none.fa", "does not exist", "give the file"),
        (("a.tsv", "b.tsv", "--fasta", "few.fa"), 1, "a.tsv", "3 of 4 contigs are not in the FASTA", "was binned"),
        (("a.tsv", "b.tsv", "--out", "no/p.html"), 1, "no/p.html", "there is no folder no", "make it, or choose"),
        (("a.tsv", "b.tsv", "--quality", "a.tsv=none"), 1, "none", "cannot be read", "give CheckM2"),
    ],
)
def test_what_cannot_be_compared_is_refused_and_nothing_is_written(here, args, code, path, problem, remedy):
    write_table(here / "other.tsv", {"z1": "x", "z2": "x"})
    write_fasta(here / "few.fa", {"c1": "ACGT"})
    before = {each.name for each in here.iterdir()}
    out = () if "--out" in args else ("--out", "p.html")
    assert_refused(run_cli("compare", *args, *out), code, sentence(path, problem, remedy))
    assert {each.name for each in here.iterdir()} == before


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("x=a.tsv", "x=b.tsv"), "two binnings are named 'x'; give each a name of its own"),
        (
            ("a.tsv", "b.tsv", "--quality", "z=q.tsv"),
            r"begins with no binning's name \(a.tsv, b.tsv\); write NAME=FILE",
        ),
        (("a.tsv", "b.tsv", "--quality", "q.tsv"), "write NAME=FILE"),
    ],
)
def test_names_that_fit_nothing_are_wrong_usage(here, args, words):
    assert_refused(run_cli("compare", *args), 2, words)
