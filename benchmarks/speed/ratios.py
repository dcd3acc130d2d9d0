"""Ratios and growth, from raw measurements."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median

from benchmarks.speed.entries import Entry


@dataclass(frozen=True)
class Spread:
    """Where some figures lie."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> "Spread":
        """Of one figure or more."""
        ordered = sorted(figures)
        return cls(median(ordered), ordered[0], ordered[-1])


def figures_of(
    entries: Iterable[Entry], tool: str, case: str, value: Callable[[Entry], float | None]
) -> dict[int, float]:
    """A tool's figures of a case, by round; rounds without the figure are left out."""
    chosen = (entry for entry in entries if (entry.tool, entry.case) == (tool, case))
    return {entry.turn: figure for entry in chosen if (figure := value(entry)) is not None}


def ratios(
    entries: Sequence[Entry],
    case: str,
    opponent: str,
    value: Callable[[Entry], float | None] = lambda entry: entry.seconds,
) -> list[float]:
    """What the opponent took for each one that vambx took, for every round in which both were measured."""
    ours, theirs = (figures_of(entries, tool, case, value) for tool in ("vambx", opponent))
    return [theirs[turn] / ours[turn] for turn in sorted(ours.keys() & theirs.keys()) if ours[turn] > 0]


def medians_by_size(entries: Iterable[Entry], tool: str, least: float = 0) -> dict[float, float]:
    """Median seconds of each size that a tool was given, from `least` on, ascending."""
    seconds: dict[float, list[float]] = {}
    for entry in entries:
        if entry.tool == tool and entry.size >= least:
            seconds.setdefault(entry.size, []).append(entry.seconds)
    return {size: median(seconds[size]) for size in sorted(seconds)}


def exponent(seconds: dict[float, float]) -> float | None:
    """The k of seconds = c x size^k, fitted to the logarithms by least squares; None with fewer than two sizes."""
    points = [(math.log(size), math.log(took)) for size, took in seconds.items() if size > 0 and took > 0]
    if len(points) < 2:
        return None
    x_mean, y_mean = mean(x for x, _ in points), mean(y for _, y in points)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points)
    return slope / sum((x - x_mean) ** 2 for x, _ in points)
