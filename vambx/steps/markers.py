"""Step 3, which may be left out: the marker genes of the contigs."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vambx.config import MarkerConfig
from vambx.errors import InputError
from vambx.features.composition import Composition
from vambx.io.fasta import existing_fasta
from vambx.layout import Layout
from vambx.markers import Markers, MarkerSet, find_markers, read_marker_set
from vambx.markers.hits import OF_HITS, are_hits
from vambx.markers.sets import missing_part
from vambx.parts import Part, read_parts, write_part
from vambx.progress import Progress
from vambx.provenance import Existing, Run, Step

logger = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]


def marker_set_of(config: MarkerConfig, run: Run | None = None) -> MarkerSet | None:
    """The markers to look for; None to go without: as asked, or (a warning) because the extra is not installed.

    Raises:
        InputError: the extra is not installed, and profiles were asked for, or a `run` goes on that has marker genes,
            which would be lost; or profiles cannot be used.
    """
    if config.skip:
        return None
    missing = missing_part(own_profiles=config.hmms is not None)
    if missing and run is not None and run.existing is Existing.RESUME and "markers" in run.steps:
        raise InputError(f"{missing}; or give --no-markers, which takes away those that this run has")
    if missing and config.hmms is None and config.cutoffs is None:
        logger.warning("Going on without marker genes, which choose bins and tell their quality: %s", missing)
        return None
    return read_marker_set(config.hmms, config.cutoffs)


def step_of(layout: Layout, fasta: PathLike, markers: MarkerSet) -> Step:
    """What is made of what."""
    settings = {"n_markers": len(markers), "sha256": markers.sha256}
    return Step("markers", settings, [existing_fasta(fasta), layout.composition], [layout.markers])


def make(run: Run, fasta: PathLike, markers: MarkerSet | None, threads: int, progress: Progress) -> None:
    """Write markers.npz; with None, take away what was found before, so that nothing is made of it."""
    if markers is None:
        run.drop("markers")
        return

    def work(key: str) -> None:
        contigs = Composition.read(run.layout.composition, mapped=True).contigs
        with progress.task("Finding marker genes", len(contigs), "contigs") as task:
            found = find_markers(fasta, contigs, markers, threads, task.advance_to)
        _tell(found)
        found.write(run.layout.markers)

    run.step(step_of(run.layout, fasta, markers), work)


def make_part(
    run: Run, fasta: PathLike, markers: MarkerSet, part: Part, output: Path, threads: int, progress: Progress
) -> None:
    """Write the marker genes of some of the contigs."""
    key = run.key_of(step_of(run.layout, fasta, markers))
    contigs = Composition.read(run.layout.composition, mapped=True).contigs
    rows = part.of_items(contigs.lengths)
    with progress.task("Finding marker genes", len(rows), "contigs") as task:
        found = find_markers(fasta, contigs.take(rows), markers, threads, task.advance_to)
    of_hits = {name: getattr(found, name) for name in OF_HITS}
    write_part(output, part, key, of_hits | {"contig": rows[found.contig]})


def join(run: Run, fasta: PathLike, markers: MarkerSet, parts: Sequence[PathLike]) -> None:
    """Write markers.npz of all parts."""

    def work(key: str) -> None:
        contigs = Composition.read(run.layout.composition, mapped=True).contigs
        n_contigs, n_markers = len(contigs), len(markers.names)
        read = read_parts(parts, key, OF_HITS, lambda part: are_hits(part, n_contigs, n_markers))
        hits = {name: np.concatenate([part[name] for part in read]) for name in OF_HITS}
        found = Markers(markers.names, **hits, n_contigs=n_contigs, names_sha256=contigs.digest)
        _tell(found)
        found.write(run.layout.markers)

    run.step(step_of(run.layout, fasta, markers), work)


def _tell(found: Markers) -> None:
    logger.info("Marker genes: %d, of %d kinds", len(found.marker), len(np.unique(found.marker)))
