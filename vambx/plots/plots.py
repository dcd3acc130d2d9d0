"""Static pictures of a run, for papers and notebooks; matplotlib's figures, and pyplot is not needed for them."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vambx.errors import InputError, UsageError
from vambx.io.atomic import replacing
from vambx.report.embedding import METHODS, embed
from vambx.report.run_data import BinData, RunData

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.figure import Figure

    from vambx.plots.draw_latent import Amounts, Groups

COLOURS = ("bin", "sample", "gc", "depth", "length")
ENDINGS = ("pdf", "svg", "png")


def plot_latent(run: RunData, colour: str = "bin", method: str = "tsne", most: int = 2000) -> "Figure":
    """A point a contig, near those that the encoder finds alike; its size is the contig's length.

    Args:
        run: what `read_run` read.
        colour: `bin`; `sample`: the one that the contig was assembled from or, of one assembly, the one in which it is
            deepest; `gc`; `depth`: mean over the samples; `length`.
        method: `tsne` or `pca`.
        most: of more contigs so many are drawn at random, always the same.

    Raises:
        InputError: matplotlib is not installed; the run has no latent vectors, or no bins to colour by.
        UsageError: no such colour or method.
    """
    _require_matplotlib()
    for what, value, known in (("colour", colour, COLOURS), ("method", method, METHODS)):
        if value not in known:
            raise UsageError(f"{what} must be {', '.join(known[:-1])} or {known[-1]}, not {value!r}")
    if run.latent is None or run.composition is None:
        raise InputError(
            f"{run.layout.latent}: there are no latent vectors (not made yet, or of too few contigs to train on); "
            f"run: vambx encode --outdir {run.layout.root}"
        )
    from vambx.plots.draw_latent import draw_latent

    colours_of = {"bin": _by_bin, "sample": _by_sample}.get(colour, lambda run, rows: _by_amount(run, rows, colour))
    colours_of(run, np.zeros(0, dtype=np.int64))  # what is not there shall be said before t-SNE is computed
    embedding = embed(run.latent, method, most)
    rows = run.composition.long[embedding.rows]
    return draw_latent(embedding, run.composition.contigs.lengths[rows], colours_of(run, rows))


def plot_loss(run: RunData) -> "Figure":
    """The loss of every epoch, and its terms, of the contigs trained on and of those held out.

    Raises:
        InputError: matplotlib is not installed; nothing was trained.
    """
    _require_matplotlib()
    if not run.history:
        raise InputError(
            f"{run.layout.history}: there is no training to show (not trained yet, trained by another version of "
            f"vambx, or by --encoder pca); run: vambx encode --outdir {run.layout.root} --force"
        )
    from vambx.plots.draw_run import draw_loss

    return draw_loss(run.history)


def plot_bins(run: RunData) -> "Figure":
    """Bins by completeness and contamination; without marker genes by size.

    Raises:
        InputError: matplotlib is not installed; there are no bins yet.
    """
    _require_matplotlib()
    bins = _bins_of(run)
    from vambx.plots.draw_run import draw_nothing, draw_quality, draw_sizes

    if not bins:
        return draw_nothing(_NO_BINS)
    return draw_sizes(bins) if any(made.grade == "unknown" for made in bins) else draw_quality(bins)


def plot_depth(run: RunData) -> "Figure":
    """The mean depth of every bin in every sample, as colours on a logarithmic scale.

    Raises:
        InputError: matplotlib is not installed; there are no bins yet.
    """
    _require_matplotlib()
    bins = _bins_of(run)
    from vambx.plots.draw_run import draw_depth, draw_nothing

    return draw_depth(bins, run.samples) if bins else draw_nothing(_NO_BINS)


PLOTS = {"latent": plot_latent, "loss": plot_loss, "bins": plot_bins, "depth": plot_depth}
_NO_BINS = "No bins: none was large enough."


def ending_of(path: Path) -> str:
    """The kind of file that a picture shall be, by its name: `pdf`, `svg` or `png`.

    Raises:
        UsageError: another ending.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        raise UsageError(f"{path}: its ending tells the format; end it in .pdf, .svg or .png")
    return ending


def write_picture(path: Path, figure: "Figure") -> None:
    """Write a figure as its file's name says.

    Raises:
        OutputError: the file cannot be written.
        UsageError: the ending of its name is none of ours.
    """
    ending = ending_of(path)
    with replacing(path, "wb") as handle:
        figure.savefig(handle, format=ending)


def _require_matplotlib() -> None:
    if find_spec("matplotlib") is None:
        raise InputError("a picture needs matplotlib; install it with: pip install 'vambx[plot]'")


def _bins_of(run: RunData) -> list[BinData]:
    if run.bins is None:
        raise InputError(
            f"{run.layout.bins_table}: there are no bins yet; run: "
            f"vambx bins --fasta CONTIGS --outdir {run.layout.root}"
        )
    return list(run.bins)


def _by_bin(run: RunData, rows: "npt.NDArray[np.int64]") -> "Groups":
    from vambx.plots.draw_latent import Groups

    bins = _bins_of(run)
    number = {made: i for i, made in enumerate(sorted(range(len(bins)), key=lambda i: -bins[i].bp))}
    rank = np.array([number[i] for i in range(len(bins))] + [-1], dtype=np.int64)  # the last: of no bin
    names = [bins[i].name for i in number]
    return Groups("bin", rank[run.bin_of[rows]], names, none="in no bin", others="other bins")


def _by_sample(run: RunData, rows: "npt.NDArray[np.int64]") -> "Groups":
    from vambx.plots.draw_latent import Groups

    assert run.contigs is not None  # noqa: S101 - there is a latent of them
    assert run.abundance is not None  # noqa: S101
    if run.separator.text is not None:
        samples = [run.separator.sample_of(name) for name in run.contigs.names]
        names = list(dict.fromkeys(samples))
        number = {name: i for i, name in enumerate(names)}
        of = np.array([number[samples[row]] for row in rows], dtype=np.int64)
        return Groups("assembled from", of, names, others="other samples")
    of = np.asarray(run.abundance.depth[rows]).argmax(axis=1).astype(np.int64)
    return Groups("deepest in", of, list(run.samples), others="other samples")


def _by_amount(run: RunData, rows: "npt.NDArray[np.int64]", what: str) -> "Amounts":
    from vambx.plots.draw_latent import Amounts

    assert run.contigs is not None  # noqa: S101
    assert run.abundance is not None  # noqa: S101
    if what == "gc":
        return Amounts("GC (%)", run.contigs.gc[rows].astype(np.float64) * 100, log=False)
    if what == "length":
        return Amounts("length (kbp)", run.contigs.lengths[rows] / 1000, log=True)
    depth = np.asarray(run.abundance.depth[rows]).mean(axis=1, dtype=np.float64)
    return Amounts("mean depth (reads on a base)", np.maximum(depth, 0.01), log=True)
