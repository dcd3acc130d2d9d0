"""The picture of the latent space: a point a contig."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vambx.plots.drawing import (
    COLUMN,
    MANY_POINTS,
    NONE,
    OTHER,
    PALETTE,
    SCALE,
    SHAPES,
    legend_beside,
    picture,
    scale_bar,
)
from vambx.report.embedding import Embedding

_AXES = {"tsne": "t-SNE", "pca": "PC"}


@dataclass(frozen=True)
class Groups:
    """Contigs in groups that have names.

    Attributes:
        title: what the groups are.
        of: int64 (n,), the group of each contig; -1 for none.
        names: one a group, those first that shall have a colour.
        none: what -1 means.
        others: plural noun for groups that have no colour.
    """

    title: str
    of: npt.NDArray[np.int64]
    names: list[str]
    none: str = ""
    others: str = ""


@dataclass(frozen=True)
class Amounts:
    """A number for each contig.

    Attributes:
        title: what it is, with its unit.
        of: float64 (n,); above 0 if `log`.
        log: whether the scale is logarithmic.
    """

    title: str
    of: npt.NDArray[np.float64]
    log: bool


def draw_latent(embedding: Embedding, lengths: npt.NDArray[np.int64], colours: Groups | Amounts) -> Figure:
    """Draw contigs where they lie on the plane.

    Args:
        embedding: of n contigs.
        lengths: int64 (n,), bp; long contigs are large points.
        colours: what tells the colour of each.
    """
    sizes = np.clip(lengths / 4000.0, 0.8, 14)
    with picture(COLUMN, COLUMN * 0.78) as figure:
        axes = figure.add_subplot(box_aspect=1)
        if isinstance(colours, Groups):
            _draw_groups(axes, embedding.points, sizes, colours)
        else:
            _draw_amounts(figure, axes, embedding.points, sizes, colours)
        n, name = len(embedding.rows), _AXES[embedding.method]
        drawn = f"{n:,} contigs" if n == embedding.n_all else f"{n:,} of {embedding.n_all:,} contigs"
        axes.set(xlabel=f"{name} 1", ylabel=f"{name} 2", title=drawn)
        if embedding.method == "tsne":  # its distances have no unit
            axes.set(xticks=[], yticks=[])
    return figure


def _draw_groups(axes: Axes, points: npt.NDArray[np.float32], sizes: npt.NDArray[np.float64], groups: Groups) -> None:
    n_coloured = min(len(groups.names), len(PALETTE) * len(SHAPES))
    drawn = [(groups.of < 0, NONE, "o", groups.none), (groups.of >= n_coloured, OTHER, "o", _others(groups))]
    for number in range(n_coloured):
        colour, shape = PALETTE[number % len(PALETTE)], SHAPES[number // len(PALETTE)]
        drawn.append((groups.of == number, colour, shape, groups.names[number]))
    handles: list[Artist] = []
    names: list[str] = []
    for chosen, colour, shape, name in [*drawn[2:], *drawn[1::-1]]:
        if chosen.any():
            handles.append(Line2D([], [], color=colour, marker=shape, markersize=3, linestyle=""))
            names.append(name)
    for chosen, colour, shape, _ in drawn:
        if chosen.any():
            axes.scatter(
                points[chosen, 0],
                points[chosen, 1],
                s=sizes[chosen].tolist(),
                c=colour,
                marker=shape,
                linewidths=0,
                rasterized=len(points) > MANY_POINTS,
            )
    legend_beside(axes, groups.title, handles, names)


def _others(groups: Groups) -> str:
    return f"{len(groups.names) - len(PALETTE) * len(SHAPES):,} {groups.others}"


def _draw_amounts(
    figure: Figure, axes: Axes, points: npt.NDArray[np.float32], sizes: npt.NDArray[np.float64], amounts: Amounts
) -> None:
    norm = scale_of(amounts.of, amounts.log)
    axes.scatter(
        points[:, 0],
        points[:, 1],
        s=sizes.tolist(),
        c=amounts.of,
        cmap=SCALE,
        norm=norm,
        linewidths=0,
        rasterized=len(points) > MANY_POINTS,
    )
    scale_bar(figure, axes, ScalarMappable(norm, SCALE), amounts.title, shrink=0.8, pad=0.03, extend="both")


def scale_of(values: npt.NDArray[np.float64], log: bool) -> Normalize:
    """From the 1st to the 99th percentile, so that a single contig does not take all the colours."""
    low, high = (float(value) for value in np.percentile(values, [1, 99]))
    if low == high:
        low, high = (low / 2, high * 2) if log else (low - 1, high + 1)
    return LogNorm(low, high, clip=True) if log else Normalize(low, high, clip=True)
