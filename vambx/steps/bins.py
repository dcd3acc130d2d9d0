"""Step 7: what was chosen, as bins."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from vambx.bins.binning import Binning, split_clusters
from vambx.bins.clusters_table import ClusteredContig, read_clusters
from vambx.bins.quality_table import Quality, judge
from vambx.bins.sequences import write_sequences
from vambx.bins.tables import write_tables
from vambx.config import BinConfig
from vambx.features.abundance import Abundance
from vambx.features.composition import Composition
from vambx.io.fasta import existing_fasta
from vambx.layout import Layout
from vambx.markers import Markers
from vambx.progress import Progress
from vambx.provenance import Run, Step
from vambx.steps.chosen import is_marked
from vambx.steps.samples import separator_of

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Binned:
    """What the bins are made of: the contigs, their depths, what was chosen, and what it comes to.

    Attributes:
        composition: of the contigs.
        abundance: of the contigs.
        chosen: the rows of chosen.tsv.
        binning: what became of the contigs.
        qualities: one a bin; None without markers.
    """

    composition: Composition
    abundance: Abundance
    chosen: Sequence[ClusteredContig]
    binning: Binning
    qualities: Sequence[Quality] | None


def step_of(layout: Layout, fasta: PathLike, config: BinConfig, marked: bool) -> Step:
    """What is made of what; with the marker genes, if the contigs are `marked`."""
    markers = [layout.markers] if marked else []
    return Step(
        "bins",
        config.settings("separator", "min_bin_size"),
        [existing_fasta(fasta), layout.composition, layout.abundance, layout.chosen, *markers],
        [layout.bins, layout.bins_table, layout.quality, layout.contig2bin, layout.cami, layout.unbinned],
    )


def make(run: Run, fasta: PathLike, config: BinConfig, progress: Progress) -> Binned:
    """Write bins/ and the tables of bins."""
    layout, marked = run.layout, is_marked(run)
    step = step_of(layout, fasta, config, marked)
    binned = _read(layout, config, marked)

    def work(key: str) -> None:
        with progress.task("Writing bins", os.path.getsize(fasta), "bytes") as task:
            write_sequences(layout, fasta, binned.binning, binned.composition.contigs, task.advance_to)
        write_tables(layout, binned.binning, binned.composition, binned.abundance, binned.qualities)

    run.step(step, work)
    return binned


def _read(layout: Layout, config: BinConfig, marked: bool) -> Binned:
    """Read what the steps before wrote, split what was chosen into bins, and judge these, if genes were `marked`."""
    composition = Composition.read(layout.composition, mapped=True)
    contigs = composition.contigs
    abundance = Abundance.read(layout.abundance, contigs, mapped=True)
    chosen = read_clusters(layout.chosen, contigs.take(composition.long), contigs)
    separator = separator_of(layout.composition, composition, config)
    binning = split_clusters(chosen, contigs, separator, config.min_bin_size)
    if not marked:
        return Binned(composition, abundance, chosen, binning, None)
    counts = Markers.read(layout.markers, contigs).counts
    names, rows = [made.name for made in binning.bins], [made.rows for made in binning.bins]
    return Binned(composition, abundance, chosen, binning, judge(names, rows, contigs.lengths, contigs.gc, counts))
