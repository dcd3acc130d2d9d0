"""vambx report, from the command line."""

import pytest
from builders import sentence
from communities import assert_refused, run_cli
from pages import page_at


def test_it_says_where_the_page_is(binned_copy):
    ran = run_cli("report", binned_copy)
    assert ran == (0, f"{binned_copy / 'report.html'}\n", "")
    assert page_at(binned_copy / "report.html").data["bins"]["name"]


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    assert_refused(run_cli("report", tmp_path), 1, sentence(tmp_path, "holds no run of vambx", "--outdir"))
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_is_told(binned_copy):
    (binned_copy / "report.html").mkdir()
    path = binned_copy / "report.html"
    assert_refused(run_cli("report", binned_copy), 1, sentence(path, "cannot be written", "free space"))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("bins.tsv", lambda text: text.replace("N50", "N5")),
        ("bins.tsv", lambda text: text.replace("S1_", "X1_")),
        ("contig2bin.tsv", lambda text: text.replace("S1C", "X1C", 1)),
        ("contig2bin.tsv", lambda text: "one column\n" + text),
        ("history.tsv", lambda text: text.replace("1\t", "one\t", 1)),
    ],
)
def test_a_table_that_does_not_fit_is_named(binned_copy, name, damage):
    text = (binned_copy / name).read_text()
    (binned_copy / name).write_text(damage(text))
    assert (binned_copy / name).read_text() != text
    for command in (["report", binned_copy], ["plot", "bins", binned_copy, "-o", binned_copy / "x.png"]):
        ran = run_cli(*command)
        assert_refused(ran, 1, rf"{name}: does not fit the run \(\w+\); make it anew")
