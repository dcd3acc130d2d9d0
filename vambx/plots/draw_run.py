"""The pictures of a training, of bins and of their depths."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from vambx.plots.drawing import COLUMN, INK, MANY_POINTS, OTHER, SCALE, picture, plain, say, scale_bar
from vambx.report.run_data import BinData

_TERMS = {
    "ce": ("CE", "#CC6677"),
    "mse": ("MSE", "#117733"),
    "kld": ("KLD", "#88CCEE"),
    "total": ("total", "#332288"),
    "contrast": ("contrast", "#AA4499"),
}
_GRADES = {"near-complete": ("#117733", "o"), "medium": ("#DDCC77", "s"), "low": ("#882255", "^")}
_BOUNDS = ((90, 5), (50, 10))  # completeness and contamination of the first two grades
_FAR = 25.0  # percent of contamination; bins beyond lie on the edge
_NAMED_ROWS, _NAMED_COLUMNS = 60, 40


def draw_loss(history: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the rows of history.tsv."""
    epochs = [row["epoch"] for row in history]
    held_out = any(row["validation_loss"] is not None for row in history)
    marker = "." if len(epochs) == 1 else ""
    with picture(COLUMN, COLUMN) as figure:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.3))
        lines: list[tuple[Axes, str, str, str]] = [(above, "loss", "loss", INK)]
        counted = {column: style for column, style in _TERMS.items() if any(row.get(column) for row in history)}
        lines += [(below, column, name, colour) for column, (name, colour) in counted.items()]
        for axes, column, name, colour in lines:
            axes.plot(epochs, [_number(row[column]) for row in history], color=colour, marker=marker, label=name)
            if held_out:
                validation = [_number(row[f"validation_{column}"]) for row in history]
                axes.plot(epochs, validation, color=colour, marker=marker, linestyle=":")
        kept = next((row["epoch"] for row in history if row["kept"]), None)
        if kept is not None:
            for axes in (above, below):
                axes.axvline(kept, color=OTHER, linewidth=0.6, linestyle="--", zorder=0)
        above.legend(handles=_line_styles(held_out, kept))
        above.set(ylabel="loss (weighed)")
        below.set(ylabel="its terms (not weighed)", xlabel="epoch", yscale="log")
        below.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, handlelength=1.2)
        below.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _line_styles(held_out: bool, kept: float | None) -> list[Line2D]:
    named = [Line2D([], [], color=INK, label="trained on")]
    if held_out:
        named.append(Line2D([], [], color=INK, linestyle=":", label="held out"))
    if kept is not None:
        named.append(Line2D([], [], color=OTHER, linewidth=0.6, linestyle="--", label=f"kept: epoch {kept:.0f}"))
    return named


def draw_quality(bins: Sequence[BinData]) -> Figure:
    """Draw bins by contamination and completeness; each has both."""
    with picture(COLUMN, COLUMN * 0.8) as figure:
        axes = figure.add_subplot()
        x = np.minimum([made.contamination or 0 for made in bins], _FAR)
        y = np.array([made.completeness or 0 for made in bins])
        size = np.array([made.bp for made in bins]) / 1e6
        for completeness, contamination in _BOUNDS:
            axes.plot([0, contamination, contamination], [completeness, completeness, 101], color=OTHER, linewidth=0.6)
        for grade, (colour, shape) in _GRADES.items():
            chosen = np.array([made.grade == grade for made in bins])
            axes.scatter(
                x[chosen],
                y[chosen],
                s=(8 + 6 * size[chosen]).tolist(),
                c=colour,
                marker=shape,
                alpha=0.8,
                linewidths=0.3,
                edgecolors="white",
                label=f"{grade}: {chosen.sum():,}",
                clip_on=False,
                zorder=3,
                rasterized=len(bins) > MANY_POINTS,
            )
        right = min(_FAR, max(float(x.max()) * 1.05, 12))
        axes.set(xlabel="contamination (%)", ylabel="completeness (%)", xlim=(-0.03 * right, right), ylim=(0, 101))
        if right == _FAR:
            axes.set_xticks(range(0, 26, 5), ["0", "5", "10", "15", "20", f"≥{_FAR:.0f}"])
        legend = axes.legend(title="bins (area: Mbp)", loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0)
        for handle in legend.legend_handles:
            handle.set_sizes([16.0])  # type: ignore[union-attr]
    return figure


def draw_sizes(bins: Sequence[BinData]) -> Figure:
    """Draw bins by size, N50 and longest contig, where nothing is known of their quality."""
    with picture(COLUMN, COLUMN * 0.7) as figure:
        axes = figure.add_subplot()
        ordered = sorted(bins, key=lambda made: -made.bp)
        rank = np.arange(1, len(ordered) + 1)
        marker = "" if len(ordered) > 200 else "o"
        for name, colour, values in (
            ("whole bin", "#332288", [made.bp for made in ordered]),
            ("longest contig", "#44AA99", [made.longest for made in ordered]),
            ("N50", "#CC6677", [made.n50 for made in ordered]),
        ):
            line = "-" if name == "whole bin" or not marker else ""
            axes.plot(rank, np.array(values) / 1e6, color=colour, marker=marker, ms=2.5, linestyle=line, label=name)
        axes.set(xlabel=f"rank of the bin (of {len(bins):,})", ylabel="length (Mbp)", yscale="log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    return figure


def draw_nothing(sentence: str) -> Figure:
    """A picture that says why there is nothing in it."""
    with picture(COLUMN, COLUMN * 0.4) as figure:
        say(figure.add_subplot(), sentence)
    return figure


def draw_depth(bins: Sequence[BinData], samples: Sequence[str]) -> Figure:
    """Draw depth as colour: a row a bin, those together that are deepest in one sample; a column a sample."""
    depths = np.array([made.depths for made in bins], dtype=np.float64)
    order = np.lexsort((-depths.max(axis=1), depths.argmax(axis=1)))
    drawn = depths[order]
    positive = drawn[drawn > 0]
    low, high = (float(positive.min()), float(positive.max())) if positive.size else (0.1, 1.0)
    low = max(low, high / 1e4)
    norm = LogNorm(low, max(high, low * 1.01))
    named = len(bins) <= _NAMED_ROWS
    height = min(max(len(bins) * 0.11 + 0.9, 1.4), 7.5)
    with picture(min(COLUMN, 1.9 + 0.3 * len(samples)), height) as figure:
        axes = figure.add_subplot()
        colours = axes.imshow(
            np.ma.masked_less_equal(drawn, 0), cmap=SCALE, norm=norm, aspect="auto", interpolation="nearest"
        )
        axes.tick_params(length=0)
        axes.spines[:].set(visible=True, color=OTHER, linewidth=0.4)
        if named:
            axes.set_yticks(range(len(bins)), [plain(bins[row].name) for row in order], parse_math=False)
        else:
            axes.set(yticks=[], ylabel=f"{len(bins):,} bins")
        if len(samples) <= _NAMED_COLUMNS:
            names = [plain(sample) for sample in samples]
            turned = 90 if max(map(len, names)) > 30 // len(names) else 0
            axes.set_xticks(range(len(names)), names, rotation=turned, parse_math=False)
        else:
            axes.set(xticks=[], xlabel=f"{len(samples):,} samples")
        title = "mean depth (reads on a base)" + ("; white: 0" if (drawn <= 0).any() else "")
        extend = "min" if positive.size and positive.min() < low else "neither"
        scale_bar(figure, axes, colours, title, pad=0.02, aspect=20, extend=extend, shrink=min(1, 2.2 / height))
    return figure
