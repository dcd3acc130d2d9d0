"""Which contigs a page shows, where there are more than it can hold; and what it holds of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from vambx.features.contigs import Contigs
from vambx.report.embedding import Embedding, embed
from vambx.report.numbers import rounded, significant
from vambx.report.run_data import BinData, RunData

Rows = npt.NDArray[np.int64]

MOST_BYTES = 2_000_000  # of the table of contigs, all its columns together
MOST_IN_MAP = 2000
LEAST_IN_MAP = 200
SHARE_IN_MAP = {True: 10, False: 25}  # one contig in so many is in the map; without markers a run takes less time


@dataclass(frozen=True)
class Origins:
    """Which sample each contig was assembled from.

    Attributes:
        samples: their names, in order.
        number: int64 (n_contigs,), which of them.
    """

    samples: tuple[str, ...]
    number: Rows


@dataclass(frozen=True)
class Shown:
    """The contigs of a page: those in the map of latent space, and those of the bins.

    Attributes:
        run: what they are of.
        origins: where its contigs are from.
        in_map: int64, rows of long contigs that the map holds, ascending.
        in_bins: int64, rows of contigs of bins, the longest of each, ascending.
    """

    run: RunData
    origins: Origins
    in_map: Rows
    in_bins: Rows

    @cached_property
    def rows(self) -> Rows:
        """All of them, each once, ascending."""
        return np.union1d(self.in_map, self.in_bins)

    def places_of(self, rows: Rows) -> Rows:
        """Where in the page's table contigs stand, that are in it."""
        return np.searchsorted(self.rows, rows)

    def embeddings(self) -> dict[str, Embedding]:
        """The map, drawn in each way that there is; empty without latent vectors."""
        if self.run.latent is None or self.run.composition is None or len(self.in_map) < 2:
            return {}
        latent = self.run.latent[np.searchsorted(self.run.composition.long, self.in_map)]
        drawn = {method: embed(latent, method, most=len(latent)) for method in ("tsne", "pca")}
        return {found.method: found for found in drawn.values()}  # of few contigs both are PCA

    def to_table(self) -> dict[str, Any]:
        """The table of contigs, by columns, and the map, whose points are rows of it."""
        contigs, abundance = self.run.contigs, self.run.abundance
        if contigs is None:
            return {"name": [], "map": {}}
        table: dict[str, Any] = {
            "name": [contigs.names[row] for row in self.rows],
            "length": contigs.lengths[self.rows].tolist(),
            "gc": rounded(contigs.gc[self.rows], 4),
            "bin": self.run.bin_of[self.rows].tolist(),
            "sample": self.origins.number[self.rows].tolist(),
            "depth": [],
            "in_map": self.places_of(self.in_map).tolist(),
            "map": {name: rounded(found.points.T, 3) for name, found in self.embeddings().items()},
        }
        if abundance is not None:
            table["depth"] = [significant(column, 3) for column in abundance.depth[self.rows].T.tolist()]
        return table


def choose_shown(run: RunData, origins: Origins) -> Shown:
    """Choose the contigs of a page: some of every bin, and others at random; the same of the same run."""
    none = np.zeros(0, dtype=np.int64)
    if run.composition is None:
        return Shown(run, origins, none, none)
    long, bins = run.composition.long, run.bins or ()
    fitting = _fitting(run.composition.contigs, len(run.samples))
    share = SHARE_IN_MAP[run.markers is not None]
    n_in_map = min(max(len(long) // share, LEAST_IN_MAP), MOST_IN_MAP, max(fitting // 2, 2), len(long))
    in_bins = _longest(run.composition.contigs, bins, fitting - n_in_map)
    first = np.intersect1d(_longest(run.composition.contigs, bins, n_in_map // 2), long)
    others = np.setdiff1d(long, first)
    drawn = np.random.default_rng(1).choice(others, n_in_map - len(first), replace=False)
    in_map = np.sort(np.concatenate([first, drawn])) if run.latent is not None else none
    return Shown(run, origins, in_map, in_bins)


def origins_of(run: RunData) -> Origins:
    """The samples that the contigs' names tell; one without a name if they tell none."""
    if run.composition is None:
        return Origins((), np.zeros(0, dtype=np.int64))
    samples = [run.separator.sample_of(name) for name in run.composition.contigs.names]
    number = {sample: i for i, sample in enumerate(sorted(set(samples)))}
    return Origins(tuple(number), np.array([number[sample] for sample in samples], dtype=np.int64))


def _fitting(contigs: Contigs, n_samples: int) -> int:
    """How many contigs' rows fit into the page."""
    names = contigs.names[:: max(len(contigs) // 1000, 1)]
    per_name = sum(len(name.encode("utf-8", "replace")) for name in names) / max(len(names), 1)
    return int(MOST_BYTES / (per_name + 30 + 6 * n_samples))


def _longest(contigs: Contigs, bins: Sequence[BinData], most: int) -> Rows:
    """The longest contigs of each bin, as many of each; of the largest bins alone, if there are more. Ascending."""
    chosen = bins[: max(most, 0)]
    if not chosen:
        return np.zeros(0, dtype=np.int64)
    of_each = most // len(chosen)
    by_length = (made.rows[np.argsort(-contigs.lengths[made.rows], kind="stable")] for made in chosen)
    return np.sort(np.concatenate([rows[:of_each] for rows in by_length]))
