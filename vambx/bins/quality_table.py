"""quality.tsv: completeness and contamination of bins, under CheckM2's column names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vambx.io.tables import write_lines
from vambx.markers.quality import completeness, contamination, marker_weights

_COLUMNS = ("Name", "Completeness", "Contamination", "Genome_Size", "GC_Content", "Contig_N50")
PERCENT = ".2f"


@dataclass(frozen=True)
class Quality:
    """What is known of a bin without the truth.

    Attributes:
        name: of the bin.
        completeness: percent of the genome that is there, 0 to 100.
        contamination: foreign bases in percent of the genome's length, 0 upwards.
        size: bp.
        gc: share of G and C, 0 to 1.
        n50: bp.
    """

    name: str
    completeness: float
    contamination: float
    size: int
    gc: float
    n50: int

    @property
    def near_complete(self) -> bool:
        """Completeness over 90% and contamination under 5%, as Bowers et al. have it, doi 10.1038/nbt.3893."""
        return self.completeness > 90 and self.contamination < 5

    @property
    def medium(self) -> bool:
        """Not near-complete, but of completeness of at least 50% and contamination under 10%."""
        return not self.near_complete and self.completeness >= 50 and self.contamination < 10


def judge(
    names: Sequence[str],
    rows: Sequence[npt.NDArray[np.int64]],
    lengths: npt.NDArray[np.int64],
    gc: npt.NDArray[np.float32],
    counts: npt.NDArray[np.uint8],
) -> list[Quality]:
    """The quality of bins, by the marker genes of their contigs.

    Args:
        names: one a bin.
        rows: int64 (n,), the contigs of each bin.
        lengths: int64 (n_contigs,), bp.
        gc: float32 (n_contigs,), share of G and C.
        counts: uint8 (n_contigs, n_markers), copies of each marker on each contig, also on those in no bin.
    """
    of_bins = np.zeros((len(names), counts.shape[1]), dtype=np.int64)
    for i, contigs in enumerate(rows):
        of_bins[i] = counts[contigs].sum(axis=0, dtype=np.int64)
    percents = zip(completeness(of_bins, marker_weights(counts)).tolist(), contamination(of_bins).tolist(), strict=True)
    return [
        Quality(
            name,
            complete,
            contaminated,
            size=int(lengths[contigs].sum()),
            gc=float((gc[contigs] * lengths[contigs]).sum() / max(lengths[contigs].sum(), 1)),
            n50=n50(lengths[contigs]),
        )
        for name, contigs, (complete, contaminated) in zip(names, rows, percents, strict=True)
    ]


def write_quality(path: Path, qualities: Iterable[Quality]) -> None:
    """Write quality.tsv.

    Raises:
        OutputError: the file cannot be written.
    """
    rows = (
        (q.name, f"{q.completeness:{PERCENT}}", f"{q.contamination:{PERCENT}}", q.size, f"{q.gc:.4f}", q.n50)
        for q in qualities
    )
    write_lines(path, _COLUMNS, rows)


def n50(lengths: npt.NDArray[np.int64]) -> int:
    """The length (bp) such that contigs of it or longer hold half of the bases."""
    longest_first = np.sort(lengths)[::-1]
    return int(longest_first[np.searchsorted(longest_first.cumsum(), longest_first.sum() / 2)])
