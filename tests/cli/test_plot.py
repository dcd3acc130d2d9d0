"""vambx plot: a picture of a finished run."""

import xml.etree.ElementTree as ET

import pytest
from builders import sentence
from communities import assert_refused, done, run_cli, write_few

from vambx.cli import plot_command
from vambx.plots import plots
from vambx.report import embedding

START = {"pdf": b"%PDF-", "svg": b"<?xml", "png": b"\x89PNG"}


@pytest.mark.parametrize(("kind", "ending"), [("latent", "pdf"), ("loss", "svg"), ("bins", "png"), ("depth", "SVG")])
def test_each_kind_is_written_as_the_ending_says(binned, tmp_path, kind, ending):
    out = tmp_path / f"p.{ending}"
    assert done("plot", kind, binned, "-o", out).out.splitlines() == ["vambx plot is done", f"  picture       {out}"]
    assert out.read_bytes().startswith(START[ending.lower()])
    assert list(tmp_path.iterdir()) == [out]


def test_colour_and_method_change_the_latent_space(binned, tmp_path):
    shown = {}
    for colour in ("bin", "gc"):
        done("plot", "latent", binned, "-o", tmp_path / f"{colour}.svg", "--colour", colour, "--method", "pca", "-q")
        root = ET.parse(tmp_path / f"{colour}.svg").getroot()
        shown[colour] = {"".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text")}
    assert shown["bin"] & shown["gc"] >= {"PC 1", "PC 2"}
    assert "GC (%)" in shown["gc"] - shown["bin"]
    assert "in no bin" in shown["bin"] - shown["gc"]


def test_a_picture_that_is_there_is_written_over_only_when_asked(binned, tmp_path):
    out = tmp_path / "p.pdf"
    out.write_text("mine")
    ran = run_cli("plot", "bins", binned, "-o", out)
    assert_refused(ran, 1, sentence(out, "is there already", "--force"))
    assert out.read_text() == "mine"
    assert run_cli("plot", "bins", binned, "-o", out, "--force", "-q") == (0, "", "")
    assert out.read_bytes().startswith(b"%PDF-")


def test_nothing_in_the_run_is_touched(binned, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in binned.rglob("*")}
    done("plot", "depth", binned, "-o", tmp_path / "p.png")
    assert {path: path.stat().st_mtime_ns for path in binned.rglob("*")} == before


@pytest.mark.parametrize(
    ("kind", "outdir", "out", "code", "problem", "remedy"),
    [
        ("bins", None, "p.jpg", 2, "its ending tells the format", "end it in .pdf, .svg or .png"),
        ("bins", None, "no/p.pdf", 1, "there is no folder no", "make it, or choose"),
        ("bins", None, "n" * 300 + ".pdf", 1, "cannot be written", "choose another"),
        ("bins", ".", "p.pdf", 1, "holds no run of vambx", "give the --outdir of one"),
        ("bins", "none", "p.pdf", 1, "holds no run of vambx", "give the --outdir of one"),
    ],
)
def test_what_cannot_be_is_refused(binned, tmp_path, monkeypatch, kind, outdir, out, code, problem, remedy):
    monkeypatch.chdir(tmp_path)
    named = out if outdir is None else outdir
    assert_refused(run_cli("plot", kind, outdir or binned, "-o", out), code, sentence(named, problem, remedy))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "args", [("heat", "out", "-o", "p.pdf"), ("bins", "out"), ("latent", "out", "-o", "p.pdf", "--colour", "red")]
)
def test_wrong_usage_is_exit_2(args):
    assert run_cli("plot", *args).code == 2


def test_what_was_not_trained_has_no_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path))
    done("bin", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out", "-q", "--no-markers", "--no-report")
    for kind, file, problem in (
        ("latent", "out/latent.npz", "there are no latent vectors"),
        ("loss", "out/history.tsv", "there is no training to show"),
    ):
        ran = run_cli("plot", kind, "out", "-o", "p.pdf")
        assert_refused(ran, 1, sentence(file, problem, "run: vambx encode --outdir out"))


def test_without_matplotlib_it_is_said_how_to_get_it(binned, tmp_path, monkeypatch):
    monkeypatch.setattr("vambx.plots.plots.find_spec", lambda name: None)
    ran = run_cli("plot", "bins", binned, "-o", tmp_path / "p.pdf")
    assert_refused(ran, 1, r"needs matplotlib; install it with: pip install 'vambx\[plot\]'\Z")
    assert list(tmp_path.iterdir()) == []


def test_the_choices_on_the_command_line_are_those_of_the_library():
    assert tuple(plots.PLOTS) == plot_command._KINDS
    assert plots.COLOURS == plot_command._COLOURS
    assert embedding.METHODS == plot_command._METHODS
