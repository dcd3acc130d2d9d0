"""The quality of anybody's bins: a folder of FASTA files, or a table of contigs and bins beside the contigs."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from vambx.bins.quality_table import Quality, judge
from vambx.bins.sources import Contained, open_source
from vambx.markers import MarkerSet, read_marker_set
from vambx.markers.hits import counts_of
from vambx.markers.search import Hit, search
from vambx.progress import Progress, Silent


def estimate_quality(
    bins: str | os.PathLike[str],
    fasta: str | os.PathLike[str] | None = None,
    markers: MarkerSet | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> list[Quality]:
    """Find the marker genes of bins, and say how complete and how contaminated each is.

    Which markers lie side by side is learnt from the contigs of all these bins (`vambx.markers.quality`), so a bin is
    judged best beside others.

    Args:
        bins: a folder with a FASTA a bin, or a table of contig and bin, in either order.
        fasta: the contigs that a table is of; a folder needs none.
        markers: what to look for; None: the universal single-copy genes that come with fetchmgs.
        threads: chunks of about 1 Mbp in work at a time.
        progress: told how much has been read.

    Returns:
        one a bin, in the order of the files' names, or of the table.

    Raises:
        InputError: bins or contigs cannot be read or do not fit each other; part of the extra `vambx[markers]` is not
            installed.
        UsageError: a table without `fasta`.
    """
    markers = markers or read_marker_set()
    source = open_source(Path(bins), None if fasta is None else Path(fasta))
    seen = _Seen()
    hits: list[Hit] = []
    with (progress or Silent()).task("Finding marker genes", source.size, "bytes") as task:
        for contig in search(seen.passing(source.contigs(task.advance_to)), markers, threads):
            hits += contig.hits
    counts = counts_of([hit.key for hit in hits], [hit.marker for hit in hits], (len(seen.owner), len(markers)))
    owner = np.array(seen.owner, dtype=np.int64)
    order = np.argsort(owner, kind="stable")
    rows = np.split(order, np.searchsorted(owner[order], np.arange(1, len(source.names))))
    return judge(source.names, rows, np.array(seen.lengths), np.array(seen.gc, dtype=np.float32), counts)


class _Seen:
    """What is noted of contigs that pass by: their bin, length (bp), and share of G and C."""

    def __init__(self) -> None:
        self.owner: list[int] = []
        self.lengths: list[int] = []
        self.gc: list[float] = []

    def passing(self, contigs: Iterable[Contained]) -> Iterator[tuple[int, str]]:
        """Number and bases of each contig."""
        for contig in contigs:
            bases = contig.sequence.upper()
            gc, at = (sum(map(bases.count, pair)) for pair in ("GC", "AT"))
            self.owner.append(contig.bin)
            self.lengths.append(len(bases))
            self.gc.append(gc / max(gc + at, 1))
            yield len(self.owner) - 1, bases
