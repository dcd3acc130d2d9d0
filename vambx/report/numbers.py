"""Numbers as people read them, and as a page holds many of them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt


def said_bases(n: float) -> str:
    """Bases in words of at most a few characters: 812 bp, 34.5 kbp, 1.23 Mbp, 4.5 Gbp."""
    for unit, size in (("Gbp", 1e9), ("Mbp", 1e6), ("kbp", 1e3)):
        if n >= size:
            return f"{n / size:.{2 if n < 10 * size else 1}f} {unit}"
    return f"{n:.0f} bp"


def said_bytes(n: float) -> str:
    """The size of a file: 812 B, 34.5 kB, 58.3 MB, 1.2 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n >= size:
            return f"{n / size:.1f} {unit}"
    return f"{n:.0f} B"


def said_seconds(seconds: float) -> str:
    """A time: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def said_count(n: int, one: str, many: str | None = None) -> str:
    """A number and its noun: 1 bin, 1,234 bins."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def rounded(values: npt.NDArray[Any], decimals: int) -> list[Any]:
    """An array of any shape as lists, with so many decimals; what is not finite becomes None."""
    exact: npt.NDArray[np.float64] = np.asarray(values, dtype=np.float64).round(decimals)
    listed: list[Any] = (exact if np.isfinite(exact).all() else _without_nan(exact)).tolist()
    return listed


def significant(values: Iterable[float | None], digits: int = 4) -> list[float | None]:
    """Numbers with so many digits that say something; what is not finite becomes None."""
    return [None if value is None or not np.isfinite(value) else float(f"{value:.{digits}g}") for value in values]


def _without_nan(values: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    known = values.astype(object)
    known[~np.isfinite(values)] = None
    return known
