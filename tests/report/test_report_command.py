"""vambx report, from the command line."""

import pytest
from builders import sentence
from communities import assert_refused, run_cli
from pages import page_at

from vambx import cli


@pytest.fixture(autouse=True)
def _listed(monkeypatch):
    monkeypatch.setitem(cli.COMMANDS, "report", "the page of a run")


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
