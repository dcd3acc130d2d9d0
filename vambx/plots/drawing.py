"""Figures fit for papers: their size, fonts, colours and files; pyplot and the caller's settings are not touched."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import FuncFormatter, LogLocator

COLUMN = 3.5
"""Inches: 89 mm, one column of most journals."""

PALETTE = ("#CC6677", "#332288", "#DDCC77", "#117733", "#88CCEE", "#882255", "#44AA99", "#999933", "#AA4499")
"""Nine colours that can be told apart without seeing red or green: the scheme `muted` of Paul Tol,
https://sronpersonalpages.nl/~pault (SRON/EPS/TN/09-002, 2021)."""

SHAPES = ("o", "^")
"""Each colour comes in these shapes; what comes after them all has no colour of its own."""

NONE, OTHER, INK = "#D9D9D9", "#8C8C8C", "#404040"
SCALE = "viridis_r"
"""Colours of numbers, which all eyes see become darker as they grow."""

MANY_POINTS = 1000
"""More than these are drawn as an image within PDF and SVG."""

DPI = 300
LONGEST_NAME = 20
_STYLE: dict[Any, Any] = {
    "figure.dpi": 150,
    "font.family": ["DejaVu Sans"],  # it comes with matplotlib, so that a figure is the same on every machine
    "font.size": 7.0,
    "axes.titlesize": 7.0,
    "axes.titlelocation": "left",
    "axes.labelsize": 7.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "xtick.labelsize": 6.0,
    "ytick.labelsize": 6.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "legend.fontsize": 6.0,
    "legend.title_fontsize": 6.0,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "pdf.fonttype": 42,  # TrueType: journals refuse type 3
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "vambx",
}
_UNDATED: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}


class Picture(Figure):
    """A figure that is saved with our settings, whatever those around it are; notebooks show it without pyplot."""

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """As matplotlib's, but the same bytes each time, fonts embedded, and text kept as text in SVG."""
        kind = kwargs.get("format") or str(fname).rpartition(".")[2].lower()
        kwargs = {"dpi": DPI, "metadata": _UNDATED.get(kind)} | kwargs
        with styled():
            super().savefig(fname, **kwargs)

    def _repr_png_(self) -> bytes:
        shown = io.BytesIO()
        self.savefig(shown, format="png", dpi=150)
        return shown.getvalue()


@contextmanager
def styled() -> Iterator[None]:
    """The defaults of matplotlib, and ours over them, for this block."""
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # a box stands for it
        yield


@contextmanager
def picture(width: float = COLUMN, height: float = COLUMN * 0.75) -> Iterator[Picture]:
    """A new figure (inches), to be drawn on in this block."""
    with styled():
        figure = Picture(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        for _ in range(2):  # ticks take the settings when they are made; the layout settles the second time
            figure.draw_without_rendering()
        figure.set_layout_engine("none")  # each time that it were laid out again, it would move by a hair


def plain(name: str, longest: int = LONGEST_NAME) -> str:
    """A name as one line of text that can be printed, its middle left out if it is long."""
    text = "".join(sign if sign.isprintable() else "\ufffd" for sign in name)
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def legend_beside(axes: Axes, title: str, handles: list[Artist], names: list[str]) -> Legend:
    """A legend to the right; matplotlib would leave names out that begin with `_`, and read formulas between `$`."""
    placeholders = [str(i) for i in range(len(names))]
    legend = axes.legend(
        handles,
        placeholders,
        title=title,
        alignment="left",
        loc="upper left",
        bbox_to_anchor=(1.02, 1),
        borderaxespad=0,
        handletextpad=0.3,
        labelspacing=0.35,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(plain(name))
    return legend


def scale_bar(figure: Figure, axes: Axes, drawn: ScalarMappable, title: str, **place: Any) -> None:
    """What the colours mean; a logarithmic scale has plain numbers at it, and more of them if it is short."""
    norm = drawn.norm
    if isinstance(norm, LogNorm):
        is_short = float(norm.vmax or 1) < 100 * float(norm.vmin or 1)
        place["ticks"] = LogLocator(subs=(1.0, 2.0, 5.0) if is_short else (1.0,))
        place["format"] = FuncFormatter(lambda value, _: f"{value:g}")
    figure.colorbar(drawn, ax=axes, label=title, **place).minorticks_off()


def say(axes: Axes, sentence: str) -> None:
    """A sentence where there is nothing to draw."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, sentence, ha="center", va="center", wrap=True, color=INK, transform=axes.transAxes)
