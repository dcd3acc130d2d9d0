"""Find the marker genes of all contigs."""

import os
from collections.abc import Callable, Iterator

import numpy as np

from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.io.fasta import iter_fasta
from vambx.markers.hits import Markers
from vambx.markers.search import Hit, search
from vambx.markers.sets import MarkerSet, read_marker_set


def find_markers(
    fasta: str | os.PathLike[str],
    contigs: Contigs,
    markers: MarkerSet | None = None,
    threads: int = 1,
    progress: Callable[[int], None] = lambda done: None,
) -> Markers:
    """Call the genes of contigs and find the markers among them (`vambx.markers.search`).

    Args:
        fasta: the sequences; plain, gz, bz2, xz or zst. What is not among `contigs` is passed over.
        contigs: the rows of the result.
        markers: what to look for; None: the universal single-copy genes that come with fetchmgs.
        threads: chunks of about 1 Mbp in work at a time.
        progress: called with the contigs that are done.

    Raises:
        InputError: the FASTA cannot be read, lacks a contig, or has it in another length; part of the extra
            `vambx[markers]` is not installed.
    """
    markers = markers or read_marker_set()
    hits: list[Hit] = []
    for done, searched in enumerate(search(_sequences(fasta, contigs), markers, threads), start=1):
        hits += searched.hits
        progress(done)
    hits.sort(key=lambda hit: hit.key)  # stable: the FASTA may be in another order than the rows
    return Markers(
        markers.names,
        np.array([hit.key for hit in hits], dtype=np.int64),
        np.array([hit.marker for hit in hits], dtype=np.int64),
        np.array([hit.score for hit in hits], dtype=np.float32),
        np.array([hit.gene for hit in hits], dtype=np.int64),
        np.array([hit.cut for hit in hits], dtype=np.bool_),
        len(contigs),
        contigs.digest,
    )


def _sequences(fasta: str | os.PathLike[str], contigs: Contigs) -> Iterator[tuple[int, str]]:
    """Row and bases of each contig."""
    missing = set(contigs.names)
    for record in iter_fasta(fasta):
        if record.name not in missing:
            continue
        row = contigs.row[record.name]
        if len(record.sequence) != contigs.lengths[row]:
            raise InputError(f"{fasta}: contig {record.name} is not as it was; give the FASTA of this run")
        missing.remove(record.name)
        yield row, record.sequence
    if missing:
        first = min(missing, key=contigs.row.__getitem__)
        raise InputError(f"{fasta}: contig {first} is not there; give the FASTA of this run")
