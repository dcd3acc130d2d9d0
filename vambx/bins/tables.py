"""The tables of a binning: bins.tsv, quality.tsv, contig2bin.tsv, binning.cami.tsv, unbinned.tsv."""

from collections.abc import Sequence
from itertools import chain, groupby, repeat
from typing import Any

import numpy as np

from vambx.bins.binning import TOO_SMALL, UNLIKE_ANY, Bin, Binning
from vambx.bins.quality_table import PERCENT, Quality, n50, write_quality
from vambx.bins.separator import POOLED
from vambx.features.abundance import Abundance
from vambx.features.composition import Composition
from vambx.io.tables import write_lines
from vambx.layout import Layout

_BIN_COLUMNS = ("bin", "sample", "contigs", "bp", "N50", "longest", "GC", "completeness", "contamination")
_CLUSTER_COLUMNS = ("medoid", "radius", "kind")


def write_tables(
    layout: Layout,
    binning: Binning,
    composition: Composition,
    abundance: Abundance,
    qualities: Sequence[Quality] | None,
) -> None:
    """Write the tables of a binning; without qualities no quality.tsv, and nothing in the columns of bins.tsv for it.

    Raises:
        OutputError: a file cannot be written.
    """
    _write_bins(layout, binning, composition, abundance, qualities)
    if qualities is None:
        layout.quality.unlink(missing_ok=True)
    else:
        write_quality(layout.quality, qualities)
    names = composition.contigs.names
    pairs = [(names[row], made.name) for made in binning.bins for row in made.rows]
    write_lines(layout.contig2bin, None, pairs)
    _write_cami(layout, binning, composition, abundance.samples)
    lengths = composition.contigs.lengths
    reasons = chain(((row, TOO_SMALL) for row in binning.too_small), ((row, UNLIKE_ANY) for row in binning.loose))
    unbinned = ((names[row], lengths[row], reason) for row, reason in sorted(reasons))
    aside = ((contig.name, contig.length, contig.reason) for contig in composition.set_aside)
    write_lines(layout.unbinned, ("contig", "length", "reason"), chain(unbinned, aside))


def _write_bins(
    layout: Layout,
    binning: Binning,
    composition: Composition,
    abundance: Abundance,
    qualities: Sequence[Quality] | None,
) -> None:
    depth_columns = [f"depth_{sample}" for sample in abundance.samples]
    judged = zip(binning.bins, repeat(None) if qualities is None else qualities, strict=False)
    rows = (_bin_row(made, composition, abundance, quality) for made, quality in judged)
    write_lines(layout.bins_table, (*_BIN_COLUMNS, *depth_columns, *_CLUSTER_COLUMNS), rows)


def _bin_row(made: Bin, composition: Composition, abundance: Abundance, quality: Quality | None) -> list[Any]:
    contigs = composition.contigs
    lengths = contigs.lengths[made.rows]
    gc = np.average(contigs.gc[made.rows], weights=lengths)
    depths = np.average(abundance.depth[made.rows], axis=0, weights=lengths)
    return [
        made.name,
        made.sample,
        len(lengths),
        lengths.sum(),
        n50(lengths),
        lengths.max(),
        f"{gc:.4f}",
        f"{quality.completeness:{PERCENT}}" if quality else "",
        f"{quality.contamination:{PERCENT}}" if quality else "",
        *(f"{depth:.3f}" for depth in depths),
        made.medoid,
        f"{made.radius:g}",
        made.kind,
    ]


def _write_cami(layout: Layout, binning: Binning, composition: Composition, samples: Sequence[str]) -> None:
    """CAMI bioboxes binning format 0.9.1, a section a sample; a pooled assembly's is named after its only BAM."""
    contigs = composition.contigs
    pooled = samples[0] if len(samples) == 1 else "pooled"
    bins_of = groupby(sorted(binning.bins, key=lambda made: made.sample), key=lambda made: made.sample)
    sections = {sample: list(bins) for sample, bins in bins_of} or {POOLED: []}
    lines: list[list[Any]] = []
    for sample, bins in sections.items():
        lines += [["@Version:0.9.1"], [f"@SampleID:{sample or pooled}"], [], ["@@SEQUENCEID", "BINID", "LENGTH"]]
        lines += [[contigs.names[row], made.name, contigs.lengths[row]] for made in bins for row in made.rows]
    write_lines(layout.cami, None, lines)
