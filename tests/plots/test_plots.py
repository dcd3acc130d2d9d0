"""Pictures by what is drawn in them, and by the files that they become."""

import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib import util

import matplotlib as mpl
import numpy as np
import pytest
from builders import sentence

from vambx.errors import InputError, UsageError
from vambx.features.abundance import Abundance
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.features.sketches import Sketches
from vambx.layout import Layout
from vambx.plots.drawing import DPI, MANY_POINTS, PALETTE, SHAPES
from vambx.plots.plots import COLOURS, PLOTS, plot_bins, plot_depth, plot_latent, plot_loss, write_picture
from vambx.report.embedding import embed
from vambx.report.run_data import BinData, RunData, read_run

HOSTILE = ["<script>alert(1)</script>", "$x_1$ \"'&", "_" + "n" * 300, "größe-細菌🦠", "a\x07\tb", "$", "\\$x$"]


def history(n_epochs=4, held_out=True):
    terms = ("loss", "ce", "mse", "kld", "total", "contrast")
    rows = [{"epoch": float(i + 1), "learning_rate": 0.001, "kld_share": 1.0} for i in range(n_epochs)]
    for i, row in enumerate(rows):
        row |= {term: 1.0 / (i + j + 1) for j, term in enumerate(terms)}
        row |= {f"validation_{term}": 2 * row[term] if held_out else None for term in terms}
        row["kept"] = i == n_epochs - 2 or n_epochs == 1
    return rows


def a_run(root, n_bins=3, samples=("S1", "S2"), per_bin=5, quality=True, names=None, n_unbinned=4, **parts):
    """A run in memory: contigs in bins of the same size, and some in none."""
    rng = np.random.default_rng(3)
    n = n_bins * per_bin + n_unbinned
    contigs = Contigs(tuple(f"k{i}" for i in range(n)), rng.integers(2000, 90_000, n), rng.random(n, dtype=np.float32))
    depth = rng.random((n, len(samples)), dtype=np.float32) * 9
    bins = [
        BinData(
            name=(names or [f"bin_{i}" for i in range(n_bins)])[i],
            sample="",
            n_contigs=per_bin,
            bp=1_000_000 * (i + 1),
            n50=10_000 * (i + 1),
            longest=50_000 * (i + 1),
            gc=0.5,
            completeness=100.0 - i if quality else None,
            contamination=3.0 * i if quality else None,
            depths=tuple(float(i * (j + 1)) for j in range(len(samples))),
            medoid="k0",
            radius=0.1,
            kind="markers",
            rows=np.arange(i * per_bin, (i + 1) * per_bin),
        )
        for i in range(n_bins)
    ]
    counts = np.ones((n, 136), dtype=np.uint32)
    made = RunData(
        Layout(root),
        {"steps": {}},
        Composition(contigs, counts, 2000, (), Sketches.none(n), counts),
        Abundance(depth, depth, tuple(samples), contigs.digest),
        latent=rng.normal(size=(n, 6)).astype(np.float32),
        history=history(),
        bins=bins,
    )
    return replace(made, **parts)


@pytest.fixture
def run(tmp_path):
    return a_run(tmp_path)


def texts_of(figure):
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_text() and text.get_visible()]


def legend_of(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def points_of(axes):
    return np.concatenate([np.asarray(drawn.get_offsets()) for drawn in axes.collections])


# The latent space


def test_each_contig_is_a_point_where_the_layout_puts_it(run):
    for method in ("tsne", "pca"):
        axes = plot_latent(run, method=method).axes[0]
        expected = embed(run.latent, method).points
        np.testing.assert_allclose(sorted(points_of(axes).tolist()), sorted(expected.tolist()), rtol=1e-6)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("PC 1", "PC 2")
    assert axes.get_title("left") == "19 contigs"


def test_long_contigs_are_large_points(run):
    axes = plot_latent(run, method="pca", colour="gc").axes[0]
    lengths, sizes = run.contigs.lengths, axes.collections[0].get_sizes()
    assert (np.diff(sizes[np.argsort(lengths)]) >= 0).all()
    assert len(set(sizes)) > 10


def test_only_long_contigs_have_latent_vectors_and_of_many_some_are_drawn(tmp_path):
    run = a_run(tmp_path)
    run.contigs.lengths[[0, 7]] = 1500
    run = replace(run, latent=run.latent[2:])
    axes = plot_latent(run, method="pca", most=10).axes[0]
    assert len(points_of(axes)) == 10
    assert axes.get_title("left") == "10 of 17 contigs"


def test_bins_have_their_colours_the_largest_first(run):
    axes = plot_latent(run, method="pca").axes[0]
    assert legend_of(axes) == ["bin_2", "bin_1", "bin_0", "in no bin"]
    assert [len(drawn.get_offsets()) for drawn in axes.collections] == [4, 5, 5, 5]
    colours = [mpl.colors.to_hex(drawn.get_facecolor()[0]).upper() for drawn in axes.collections]
    assert colours[1:] == list(PALETTE[:3])


def test_bins_beyond_the_colours_are_one_group(tmp_path):
    n = len(PALETTE) * len(SHAPES)
    axes = plot_latent(a_run(tmp_path, n_bins=n + 4), method="pca").axes[0]
    assert len(legend_of(axes)) == n + 2
    assert legend_of(axes)[-2:] == ["4 other bins", "in no bin"]
    looks = {(drawn.get_facecolor().tobytes(), drawn.get_paths()[0].vertices.tobytes()) for drawn in axes.collections}
    assert len(looks) == n + 2


def test_the_sample_is_that_of_the_name_or_else_the_deepest(tmp_path):
    run = a_run(tmp_path)
    axes = plot_latent(run, "sample", "pca").axes[0]
    assert axes.get_legend().get_title().get_text() == "deepest in"
    deepest = run.abundance.depth.argmax(axis=1)
    assert [len(drawn.get_offsets()) for drawn in axes.collections] == np.bincount(deepest).tolist()
    names = tuple(f"S{i % 3 + 5}C{i}" for i in range(19))
    split = replace(run, composition=replace(run.composition, contigs=replace(run.contigs, names=names)))
    axes = plot_latent(split, "sample", "pca").axes[0]
    assert axes.get_legend().get_title().get_text() == "assembled from"
    assert dict(zip(legend_of(axes), (len(drawn.get_offsets()) for drawn in axes.collections), strict=True)) == {
        "S5": 7,
        "S6": 6,
        "S7": 6,
    }
    unsplit = replace(split, account={"steps": {"bins": {"settings": {"separator": ""}}}})
    assert plot_latent(unsplit, "sample", "pca").axes[0].get_legend().get_title().get_text() == "deepest in"


@pytest.mark.parametrize(
    ("colour", "label"),
    [("gc", "GC (%)"), ("length", "length (kbp)"), ("depth", "mean depth (reads on a base)")],
)
def test_numbers_are_colours_of_a_scale(run, colour, label):
    axes, bar = plot_latent(run, colour, "pca").axes
    expected = {
        "gc": run.contigs.gc.astype(float) * 100,
        "length": run.contigs.lengths / 1000,
        "depth": run.abundance.depth.mean(axis=1),
    }[colour]
    np.testing.assert_allclose(np.asarray(axes.collections[0].get_array()), expected, rtol=1e-6)
    assert bar.get_ylabel() == label


def test_all_contigs_alike_can_be_drawn(tmp_path):
    run = a_run(tmp_path)
    run.abundance.depth[:] = 0
    run.contigs.gc[:] = 0
    run.contigs.lengths[:] = 3000
    for colour in COLOURS:
        write_picture(tmp_path / f"{colour}.png", plot_latent(run, colour, "pca"))


def test_few_contigs_can_be_drawn(tmp_path):
    run = a_run(tmp_path, n_bins=1, per_bin=2, n_unbinned=0)
    assert len(points_of(plot_latent(run).axes[0])) == 2


def test_many_points_are_an_image_in_vector_files(tmp_path):
    few, many = (a_run(tmp_path, n_bins=2, per_bin=n, n_unbinned=0) for n in (100, MANY_POINTS // 2 + 5))
    for run, is_image in ((few, False), (many, True)):
        figure = plot_latent(run, method="pca")
        assert all(bool(drawn.get_rasterized()) == is_image for drawn in figure.axes[0].collections)
        write_picture(tmp_path / "p.svg", figure)
        assert ("<image" in (tmp_path / "p.svg").read_text()) == is_image


# Training


def test_loss_and_its_terms_are_lines_over_the_epochs(run):
    above, below = plot_loss(run).axes
    training, validation, kept = above.get_lines()
    np.testing.assert_allclose(training.get_ydata(), [row["loss"] for row in run.history])
    np.testing.assert_allclose(validation.get_ydata(), [row["validation_loss"] for row in run.history])
    assert list(kept.get_xdata()) == [3, 3]
    assert legend_of(above) == ["trained on", "held out", "kept: epoch 3"]
    assert legend_of(below) == ["CE", "MSE", "KLD", "total", "contrast"]
    for i, term in enumerate(("ce", "mse", "kld", "total", "contrast")):
        for line, column in zip(below.get_lines()[2 * i : 2 * i + 2], (term, f"validation_{term}"), strict=True):
            np.testing.assert_allclose(line.get_ydata(), [row[column] for row in run.history])
    assert (below.get_xlabel(), below.get_yscale()) == ("epoch", "log")


def test_terms_that_are_zero_are_not_drawn(tmp_path):
    one_sample = [row | {"ce": 0.0, "validation_ce": 0.0} for row in history()]
    assert legend_of(plot_loss(a_run(tmp_path, history=one_sample)).axes[1]) == ["MSE", "KLD", "total", "contrast"]


@pytest.mark.parametrize("n_epochs", [1, 2, 500])
def test_trainings_of_any_length_without_contigs_held_out(tmp_path, n_epochs):
    figure = plot_loss(a_run(tmp_path, history=history(n_epochs, held_out=False)))
    assert legend_of(figure.axes[0])[0::2] == ["trained on"]
    assert len(figure.axes[0].get_lines()) == 2
    write_picture(tmp_path / "p.png", figure)


# Bins


def test_bins_lie_at_their_completeness_and_contamination(tmp_path):
    run = a_run(tmp_path, n_bins=12)
    axes = plot_bins(run).axes[0]
    expected = sorted([min(made.contamination, 25), made.completeness] for made in run.bins)
    assert sorted(points_of(axes).tolist()) == expected
    assert legend_of(axes) == ["near-complete: 2", "medium: 2", "low: 8"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("contamination (%)", "completeness (%)")
    assert "≥25" in texts_of(axes.figure)


def test_bins_without_quality_are_drawn_by_size(tmp_path):
    run = a_run(tmp_path, quality=False)
    axes = plot_bins(run).axes[0]
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines()}
    assert drawn["whole bin"] == [3, 2, 1]
    assert drawn["N50"] == [0.03, 0.02, 0.01]
    assert drawn["longest contig"] == [0.15, 0.1, 0.05]
    assert (axes.get_ylabel(), axes.get_yscale()) == ("length (Mbp)", "log")


def test_where_no_bin_was_large_enough_the_picture_says_so(tmp_path):
    run = a_run(tmp_path, n_bins=0)
    for plot in (plot_bins, plot_depth):
        assert texts_of(plot(run)) == ["No bins: none was large enough."]
    assert legend_of(plot_latent(run, method="pca").axes[0]) == ["in no bin"]


def test_depths_are_colours_bins_together_that_are_deepest_in_one_sample(tmp_path):
    run = a_run(tmp_path, n_bins=4, samples=("x", "y"))
    turned = [replace(made, depths=made.depths[::-1]) if i % 2 else made for i, made in enumerate(run.bins)]
    axes, bar = plot_depth(replace(run, bins=turned)).axes
    drawn = axes.images[0].get_array()
    np.testing.assert_array_equal(drawn.filled(0), [[6, 3], [2, 1], [0, 0], [2, 4]])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bin_3", "bin_1", "bin_0", "bin_2"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["x", "y"]
    assert isinstance(axes.images[0].norm, mpl.colors.LogNorm)
    assert bar.get_ylabel() == "mean depth (reads on a base); white: 0"


@pytest.mark.parametrize(("n_bins", "n_samples"), [(1, 1), (70, 1), (2, 3), (5, 50), (300, 120)])
def test_any_number_of_bins_and_samples_fits_on_a_page(tmp_path, n_bins, n_samples):
    run = a_run(tmp_path, n_bins=n_bins, per_bin=1, samples=[f"sample{i}" for i in range(n_samples)])
    figure = plot_depth(run)
    texts = texts_of(figure)
    assert (f"{n_bins} bins" in texts) == (n_bins > 60)
    assert (f"{n_samples} samples" in texts) == (n_samples > 40)
    width, height = figure.get_size_inches()
    assert width <= 3.5
    assert height <= 7.5
    write_picture(tmp_path / "p.png", figure)


# What all have in common


def test_hostile_names_are_text(tmp_path):
    run = a_run(tmp_path, n_bins=len(HOSTILE), names=HOSTILE, samples=HOSTILE[:4])
    for name in ("latent", "depth"):
        figure = PLOTS[name](run)
        for ending in ("svg", "pdf", "png"):
            write_picture(tmp_path / f"{name}.{ending}", figure)
        root = ET.parse(tmp_path / f"{name}.svg").getroot()
        assert not [element for element in root.iter() if element.tag.endswith("script")]
        shown = ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("}text")]
        for text in ("$x_1$ \"'&", "größe-細菌🦠", "a\ufffd\ufffdb", "$", "\\$x$"):
            assert text in shown
        assert [text for text in shown if text.startswith("_nnn") and "…" in text and len(text) == 20]
        assert [text for text in shown if text.startswith("<script>") and text.endswith("/script>")]


def test_files_are_what_they_are_called_with_text_as_text_and_fonts_in_them(run, tmp_path):
    for name, plot in PLOTS.items():
        figure = plot(run)
        width, height = figure.get_size_inches()
        for ending in ("pdf", "svg", "png"):
            write_picture(tmp_path / f"{name}.{ending}", figure)
        pdf = (tmp_path / f"{name}.pdf").read_bytes()
        assert pdf.startswith(b"%PDF-1.")
        assert b"/FontFile2" in pdf
        assert b"/Type3" not in pdf
        assert b"CreationDate" not in pdf
        size = struct.unpack(">II", (tmp_path / f"{name}.png").read_bytes()[16:24])
        assert size == pytest.approx((width * DPI, height * DPI), abs=1)
        root = ET.parse(tmp_path / f"{name}.svg").getroot()
        assert float(root.get("width").removesuffix("pt")) == pytest.approx(width * 72)
        assert [element for element in root.iter() if element.tag.endswith("}text")]
        assert "<dc:date" not in (tmp_path / f"{name}.svg").read_text()


def test_the_same_run_gives_the_same_bytes_whatever_the_settings_around(run, tmp_path):
    loud = {"font.size": 30, "lines.linewidth": 9, "axes.facecolor": "red", "svg.fonttype": "path", "pdf.fonttype": 3}
    for name, plot in PLOTS.items():
        figure = plot(run)
        with mpl.rc_context(loud):
            before = dict(mpl.rcParams)
            again = plot(run)
            for ending in ("pdf", "svg", "png") if name == "latent" else ("pdf",):
                one, other = tmp_path / f"1.{ending}", tmp_path / f"2.{ending}"
                write_picture(one, figure)
                again.savefig(other)
                assert one.read_bytes() == other.read_bytes(), name
            assert dict(mpl.rcParams) == before


def test_notebooks_show_a_figure_without_pyplot(run):
    assert plot_bins(run)._repr_png_().startswith(b"\x89PNG")


def test_pyplot_is_not_loaded_and_matplotlib_only_for_a_picture():
    code = "import sys, vambx.plots.plots; print('matplotlib' in sys.modules); import vambx.plots.draw_run, "
    code += "vambx.plots.draw_latent; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_finished_run_has_all_pictures(binned, chosen, tmp_path):
    run = read_run(binned)
    assert plot_bins(run).axes[0].get_ylabel() == "length (Mbp)"
    assert len(plot_depth(run).axes[0].images[0].get_array()) == len(run.bins)
    run = read_run(chosen)
    for plot in PLOTS.values():
        write_picture(tmp_path / "p.svg", plot(run))
    assert legend_of(plot_bins(run).axes[0])[0].startswith("near-complete: ")
    n_epochs = len((chosen / "history.tsv").read_text().splitlines()) - 1
    assert len(plot_loss(run).axes[0].get_lines()[0].get_ydata()) == n_epochs
    assert len(points_of(plot_latent(run, method="pca").axes[0])) == len(run.latent)


# What cannot be drawn


@pytest.mark.parametrize(
    ("plot", "lacks", "file", "problem", "remedy"),
    [
        (plot_latent, "latent", "latent.npz", "there are no latent vectors", "vambx encode --outdir"),
        (plot_latent, "bins", "bins.tsv", "there are no bins yet", "vambx bins --fasta"),
        (plot_loss, "history", "history.tsv", "there is no training to show", "vambx encode --outdir"),
        (plot_bins, "bins", "bins.tsv", "there are no bins yet", "vambx bins --fasta"),
        (plot_depth, "bins", "bins.tsv", "there are no bins yet", "vambx bins --fasta"),
    ],
)
def test_what_is_not_there_yet_is_told_with_what_makes_it(tmp_path, plot, lacks, file, problem, remedy):
    run = a_run(tmp_path, **{lacks: None})
    with pytest.raises(InputError, match=sentence(tmp_path / file, problem, remedy)):
        plot(run)


def test_without_bins_the_latent_space_can_be_coloured_otherwise(tmp_path):
    for colour in COLOURS[1:]:
        plot_latent(a_run(tmp_path, bins=None), colour, "pca")


def test_unknown_colours_methods_and_endings_are_wrong_usage(run, tmp_path):
    with pytest.raises(UsageError, match="colour must be bin, sample, gc, depth or length, not 'red'"):
        plot_latent(run, "red")
    with pytest.raises(UsageError, match="method must be tsne or pca, not 'umap'"):
        plot_latent(run, method="umap")
    for name in ("p.jpg", "p", ".pdf"):
        with pytest.raises(UsageError, match=sentence(tmp_path / name, "tells the format", ".pdf, .svg or .png")):
            write_picture(tmp_path / name, plot_bins(run))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("plot", PLOTS.values())
def test_without_matplotlib_it_is_said_how_to_get_it(run, plot, monkeypatch):
    monkeypatch.setattr(
        "vambx.plots.plots.find_spec", lambda name: None if name == "matplotlib" else util.find_spec(name)
    )
    with pytest.raises(InputError, match=re.escape("needs matplotlib; install it with: pip install 'vambx[plot]'")):
        plot(run)
