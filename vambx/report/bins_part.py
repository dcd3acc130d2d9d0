"""What a page tells of each bin: its row, its markers, and the bases around its medoid with the valley in them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vambx.clustering.distances import normalised
from vambx.clustering.medoids import VALLEY_RATIOS
from vambx.clustering.valley import N_BINS, STEP, Valley, find_valley
from vambx.features.composition import Composition
from vambx.report.numbers import significant
from vambx.report.run_data import BinData, RunData
from vambx.report.shown import Origins

MOST_BYTES = 1_500_000  # of all that is told of bins
N_STEPS = 100  # of the histogram that is shown; the clusterer looks at the first `N_BINS`
GRADES = ("near-complete", "medium", "low")
_COLUMNS = ("name", "sample", "n_contigs", "bp", "n50", "longest", "gc", "completeness", "contamination", "grade")
_CLUSTER_COLUMNS = ("medoid", "radius", "kind")


def bins_shown(run: RunData) -> Sequence[BinData]:
    """The bins that fit into a page, the largest first, as in bins.tsv."""
    per_bin = 1200 + 9 * len(run.samples)
    bins = run.bins or ()
    if len(bins) * per_bin <= MOST_BYTES:
        return bins
    return bins[: max(MOST_BYTES // per_bin, 1)]  # bins.tsv begins with the largest


def bins_table(run: RunData, origins: Origins) -> dict[str, Any]:
    """The bins, by columns: their rows of bins.tsv, counts of markers, and what lies around their medoids."""
    bins = bins_shown(run)
    table: dict[str, Any] = {name: [getattr(made, name) for made in bins] for name in (*_COLUMNS, *_CLUSTER_COLUMNS)}
    table["depths"] = [list(made.depths) for made in bins]
    table["markers"] = marker_digits(run, bins)
    table["around"] = list(iter_around(run, bins, origins))
    return table


def marker_digits(run: RunData, bins: Sequence[BinData]) -> list[str]:
    """For each bin a digit a marker: how often it is there, 9 standing for more too; nothing without markers."""
    if run.markers is None:
        return []
    counts = run.markers.counts
    sums = (np.minimum(counts[made.rows].sum(axis=0, dtype=np.int64), 9) for made in bins)
    return ["".join(map(str, row.tolist())) for row in sums]


def iter_around(run: RunData, bins: Sequence[BinData], origins: Origins) -> Iterator[dict[str, Any] | None]:
    """The bases at each distance from the medoid of each bin, in kbp; None where there are no distances.

    `own` are of the bin, `other` of no or another bin of its sample, `elsewhere` of other samples' assemblies.
    """
    if run.latent is None or run.composition is None:
        yield from (None for _ in bins)
        return
    contigs, long = run.composition.contigs, run.composition.long
    unit, lengths, bin_of = normalised(run.latent), contigs.lengths[long], run.bin_of[long]
    sample, left = origins.number[long], _left_until(run, run.composition)
    for number, made in enumerate(bins):
        medoid = int(np.searchsorted(long, contigs.row[made.medoid]))
        distances = np.maximum((1 - unit @ unit[medoid]) / 2, 0)
        at = np.minimum((distances / np.float32(STEP)).astype(np.int64), N_STEPS)
        there = left >= left[medoid] if made.kind in ("normal", "fallback") else np.ones(len(long), dtype=np.bool_)
        own, here = bin_of == number, sample == sample[medoid]

        def bases(which: npt.NDArray[np.bool_], at: npt.NDArray[np.int64] = at) -> npt.NDArray[np.float64]:
            return np.bincount(at[which], lengths[which], N_STEPS + 1)[:N_STEPS].astype(np.float64)

        parts = {"own": own & there, "other": here & there & ~own, "elsewhere": there & ~here & ~own}
        around: dict[str, Any] = {name: significant(bases(which) / 1000, 4) for name, which in parts.items()}
        there[medoid] = False  # the clusterer does not count it
        valley = _valley(bases(there))
        around["valley"] = None if valley is None else significant((valley.radius, valley.ratio))
        yield around


def _left_until(run: RunData, composition: Composition) -> npt.NDArray[np.int64]:
    """int64 (n_long,): the number of each contig's cluster; who has a lower one had left before it was found."""
    names = composition.contigs.names
    number = {row.contig: row.cluster for row in run.clusters or ()}
    return np.array([number.get(names[row], 0) for row in composition.long], dtype=np.int64)


def _valley(histogram: npt.NDArray[np.float64]) -> Valley | None:
    """The valley as the clusterer finds it, deep ones before shallow ones."""
    counted = histogram[:N_BINS].astype(np.int64)
    return next((found for ratio in VALLEY_RATIOS if (found := find_valley(counted, ratio))), None)
