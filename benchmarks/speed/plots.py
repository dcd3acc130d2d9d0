"""One plot a stage; the only module that needs matplotlib."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator

from benchmarks.speed.entries import Entry, Results
from benchmarks.speed.ratios import exponent, medians_by_size
from benchmarks.speed.rows import NAMES

# Okabe and Ito's colours, which colour-blind people tell apart.
_COLOURS = {
    "vambx": "#0072B2",
    "previous": "#56B4E9",
    "vamb": "#D55E00",
    "jgi": "#009E73",
    "pycoverm alone": "#999999",
    "parse alone": "#999999",
}
_STEPS = {
    "composition": ("4-mers", "#009E73"),
    "abundance": ("depth", "#56B4E9"),
    "latent": ("training", "#D55E00"),
    "clusters": ("clustering", "#0072B2"),
    "bins": ("writing bins", "#CC79A7"),
    "": ("the rest", "#BBBBBB"),
}
"""Of each step of run.json, its label and colour; what no step accounts for comes last."""

_LEGEND_ROOM = 0.3  # of an axis, above the lines
_STYLE = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}


def draw_all(results: Results, folder: Path) -> Iterator[Path]:
    """Write speed_STAGE.png for each stage that was measured; yields their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    drawers = {
        "tnf": _draw_tnf,
        "depth": partial(_draw_one, title="Depth of all contigs", size="BAM files"),
        "cluster": partial(_draw_one, title="Clustering", size="contigs"),
        "whole": _draw_whole,
    }
    for stage, draw in drawers.items():
        if entries := results.entries(stage):
            with mpl.rc_context(_STYLE):
                figure = draw(entries)
                path = folder / f"speed_{stage}.png"
                figure.savefig(path, dpi=120)
                plt.close(figure)
            yield path


def _draw_tnf(entries: Sequence[Entry]) -> Figure:
    kinds = list(dict.fromkeys(entry.case.split()[0] for entry in entries))
    figure, panels = plt.subplots(
        1, len(kinds), figsize=(1 + 3.6 * len(kinds), 3.8), sharey=True, squeeze=False, layout="constrained"
    )
    for kind, axes in zip(kinds, panels[0], strict=True):
        _draw_growth(axes, [entry for entry in entries if entry.case.split()[0] == kind], 1e-6)
        axes.set(title=f"{kind} FASTA", xlabel="bases, Mbp")
    _finish_seconds(panels[0][0])  # the others share its axis
    figure.suptitle("4-mers of all contigs")
    return figure


def _draw_one(entries: Sequence[Entry], title: str, size: str) -> Figure:
    figure, axes = plt.subplots(figsize=(5.2, 3.8), layout="constrained")
    _draw_growth(axes, entries)
    axes.set(title=title, xlabel=size)
    _finish_seconds(axes)
    return figure


def _draw_growth(axes: Axes, entries: Sequence[Entry], scale: float = 1) -> None:
    """Seconds against size, a line a tool through its medians, with how steep it is in the legend."""
    for tool in dict.fromkeys(entry.tool for entry in entries):
        middle = medians_by_size(entries, tool)
        power = exponent(middle)
        steep = "" if power is None else f", slope {power:.2f}"
        colour, line = _COLOURS.get(tool, "#000000"), "--" if "alone" in tool else "-"
        label = f"{NAMES.get(tool, tool)}{steep}"
        sizes = [size * scale for size in middle]
        axes.plot(sizes, list(middle.values()), line, color=colour, marker="o", ms=4, label=label)
        single = [(entry.size * scale, entry.seconds) for entry in entries if entry.tool == tool]
        axes.plot(*zip(*single, strict=True), "o", color=colour, ms=3, alpha=0.35, markeredgewidth=0)
    axes.set(xscale="log", yscale="log")
    axes.set_xticks([size * scale for size in sorted({entry.size for entry in entries})])
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.minorticks_off()
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.legend(fontsize=8, loc="upper left")


def _finish_seconds(axes: Axes) -> None:
    """Room for the legend above the lines, and plain numbers: 1, 2, 5, 10 where there would be few powers of ten."""
    bottom, top = axes.get_ylim()
    few = top / bottom < 200
    axes.set_ylim(bottom, top * (top / bottom) ** (_LEGEND_ROOM / (1 - _LEGEND_ROOM)))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
    axes.yaxis.set_major_formatter("{x:,.9g}")
    axes.set_ylabel("seconds")


def _draw_whole(entries: Sequence[Entry]) -> Figure:
    """A bar a tool, of the medians of its steps: on the left all tools, on the right vambx's alone, larger."""
    cases = list(dict.fromkeys(entry.case for entry in entries))
    tools = [tool for tool in NAMES if any(entry.tool == tool for entry in entries)]
    columns = [tools] if "vamb" not in tools else [tools, [tool for tool in tools if tool != "vamb"]]
    figure, panels = plt.subplots(
        len(cases),
        len(columns),
        figsize=(1 + 4.2 * len(columns), 0.7 + 1.3 * len(cases)),
        squeeze=False,
        layout="constrained",
    )
    for case, row in zip(cases, panels, strict=True):
        for chosen, axes in zip(columns, row, strict=True):
            runs = {tool: [entry for entry in entries if (entry.tool, entry.case) == (tool, case)] for tool in chosen}
            _draw_bars(axes, {tool: of_tool for tool, of_tool in runs.items() if of_tool})
        row[0].set_title(case, loc="left")
    for axes in panels[-1]:
        axes.set_xlabel("seconds")
    handles = [Patch(color=colour, label=label) for label, colour in _STEPS.values()]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(_STEPS), fontsize=8)
    return figure


def _draw_bars(axes: Axes, runs: Mapping[str, Sequence[Entry]]) -> None:
    for place, of_tool in enumerate(runs.values()):
        whole, left = median(run.wall for run in of_tool), 0.0
        seconds = {step: median(run.figures["steps"].get(step, 0.0) for run in of_tool) for step in _STEPS if step}
        seconds[""] = max(whole - sum(seconds.values()), 0.0)
        for step, width in seconds.items():
            axes.barh(place, width, left=left, height=0.7, color=_STEPS[step][1])
            left += width
        axes.annotate(f"{whole:,.0f} s", (left, place), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(runs)), [NAMES[tool] for tool in runs])
    axes.invert_yaxis()
    axes.margins(x=0.15)
