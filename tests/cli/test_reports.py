"""What tells of a run comes at its end, and goes when it is no longer so."""

import shutil
from pathlib import Path

import pytest
from communities import BINS, FAST, done, inputs, tree

from vambx.layout import Layout

BIN = tuple(word for word in FAST if word != "--no-report")


@pytest.fixture(scope="module")
def reported(binned, community, tmp_path_factory):
    """A run with its page; not to be changed, copy it."""
    out = shutil.copytree(binned, tmp_path_factory.mktemp("reported") / "out")
    said = done("bin", *inputs(community), "--outdir", out, *BIN, "--resume").out
    assert f"to look at    {out}/report.html" in said
    return out


@pytest.fixture
def copied(reported, tmp_path):
    return Layout(shutil.copytree(reported, tmp_path / "out"))


def test_a_run_ends_with_its_page_and_its_summary(reported):
    assert [path.name for path in Layout(reported).reports if not path.exists()] == []
    page = Layout(reported).report.read_text(encoding="utf-8")
    assert "A run is at work in this folder" not in page
    assert "This run is not finished" not in page


def test_without_a_page_the_rest_is_there(binned):
    there = [path.name for path in Layout(binned).reports if path.exists()]
    assert there == ["summary.json", "vambx_mqc.json", "vambx_stats_mqc.json"]


def test_what_is_still_so_is_kept(copied, community):
    before = {path: path.stat().st_mtime_ns for path in copied.reports}
    done("bin", *inputs(community), "--outdir", copied.root, *BIN, "--resume")
    assert {path: path.stat().st_mtime_ns for path in copied.reports} == before


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("report.html", Path.unlink),
        ("report.html", flip),
        ("summary.json", cut),
        ("vambx_mqc.json", flip),
        ("vambx_stats_mqc.json", Path.unlink),
    ],
)
def test_what_is_missing_or_damaged_is_made(copied, community, reported, name, damage):
    damage(copied.root / name)
    damaged = tree(copied.root, but=()).get(name)
    done("bin", *inputs(community), "--outdir", copied.root, *BIN, "--resume")
    assert tree(copied.root) == tree(reported)
    assert (copied.root / name).read_bytes() != damaged


def test_what_is_no_longer_so_goes(copied, community):
    done("cluster", "--outdir", copied.root, "--force", "-q")
    assert all(path.exists() for path in copied.reports)  # the same clusters came out
    other = ("--min-bin-size", "1000000")
    done("bins", "--fasta", community.fasta, "--outdir", copied.root, *other, "--resume", "-q")
    assert not copied.report.exists()
    assert '"n": 0' in copied.summary.read_text()
    done("bins", "--fasta", community.fasta, "--outdir", copied.root, *BINS, "--force", "-q")
    done("encode", "--outdir", copied.root, "--epochs", "1", "--n-hidden", "8", "--force", "-q")
    assert not any(path.exists() for path in copied.reports)
