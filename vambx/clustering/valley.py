"""The radius of a cluster: the valley of the histogram of distances from its medoid.

Seen from a medoid, the bases of its genome form a peak near distance 0; then comes a valley, and further out the
bases of everything else. The valley's lowest point is the radius.

Source: Nissen et al., Nat Biotechnol 2021, doi 10.1038/s41587-020-00777-4, and its successors (histogram weighed by
contig length). New here: the medoid itself is not counted, as a long one would look like a peak; and a rise ends the
valley only when it holds a real share of the bases so far, as otherwise ripples of a few contigs cut off a genome's
outskirts.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MAX_RADIUS = 0.3  # beyond it counts as empty, so that a cluster with no valley ends there once shallow ones are allowed
N_BINS = 60
STEP = MAX_RADIUS / N_BINS
SMOOTHING = 0.01  # standard deviation of the Gaussian, in units of distance
PEAK_WITHIN = 0.1  # a peak further out than this belongs to something else
PEAK_END = 0.6  # the peak is over where the density falls under this share of it
RISE = 1.5  # the valley is over where the density rises to this multiple of its lowest point ...
RISE_SHARE = 0.05  # ... and what has come since the lowest point is this share of all so far

_REACH = int(np.ceil(2.5 * SMOOTHING / STEP))
_KERNEL = np.exp(-0.5 * (np.arange(-_REACH, _REACH + 1) * STEP / SMOOTHING) ** 2)
_KERNEL /= _KERNEL.sum()


@dataclass(frozen=True)
class Valley:
    """Where a cluster ends.

    Attributes:
        radius: the distance of the valley's lowest point.
        ratio: density there as a share of the peak's.
    """

    radius: float
    ratio: float


def find_valley(histogram: npt.NDArray[np.int64], deepest_ratio: float) -> Valley | None:
    """Find the valley behind the first peak.

    Args:
        histogram: int64 (N_BINS,), bases at each distance from the medoid, in steps of STEP.
        deepest_ratio: a valley counts only if it is lower than this share of the peak.

    Returns:
        The valley, or None where there is no peak near the medoid or no valley as deep as that.
    """
    density = np.convolve(histogram, _KERNEL, "same").tolist()
    start = _end_of_peak(density)
    if start is None:
        return None
    first, peak = start
    lowest, at = density[first], first
    total, risen = sum(density[: first + 1]), 0.0
    for i in range(first + 1, N_BINS):
        total += density[i]
        if density[i] <= lowest:
            lowest, at, risen = density[i], i, 0.0
            continue
        risen += density[i] - lowest
        if density[i] > RISE * lowest and risen > RISE_SHARE * total:
            break
    ratio = lowest / peak
    return Valley(at * STEP, ratio) if ratio < deepest_ratio else None


def _end_of_peak(density: list[float]) -> tuple[int, float] | None:
    """The bin where the peak is over, and the peak's density."""
    peak = 0.0
    for i, value in enumerate(density):
        if value > peak:
            if i * STEP > PEAK_WITHIN:
                return None
            peak = value
        elif value < PEAK_END * peak:
            return i, peak
    return None
