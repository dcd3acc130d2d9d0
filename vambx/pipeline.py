"""The whole method: contigs and reads in, genomes out.

    FASTA + BAM -> composition + abundance (+ markers) -> latent -> clusters -> chosen -> bins

Each step reads what the one before it wrote (`vambx.steps`), so that one `vambx bin` and the steps one by one give the
same bytes; `Run.step` keeps the account, and knows what need not be made again.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vambx.config import BinConfig, FeatureConfig, RunConfig
from vambx.features.abundance import read_headers
from vambx.features.composition import Composition
from vambx.features.depths import find_depths
from vambx.io.bam_files import find_named_bams
from vambx.outdir import open_run
from vambx.progress import Progress, Silent
from vambx.provenance import Existing, Run
from vambx.steps import abundance, bins, chosen, clusters, composition, latent, markers, reports
from vambx.steps.abundance import Reads
from vambx.steps.bins import Binned
from vambx.steps.samples import separator_of

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Summary:
    """What a run found.

    Attributes:
        n_contigs: contigs that could be binned, long ones and recruits.
        n_bases: their bases.
        n_set_aside: contigs that were too short, or without a 4-mer.
        samples: name of each sample that depths were measured in.
        n_chosen: groups of contigs that were chosen, those too small for a bin among them.
        bin_sizes: bases of each bin of at least the minimum size, largest first.
        n_near_complete: bins that their marker genes call near-complete; None without markers.
    """

    n_contigs: int
    n_bases: int
    n_set_aside: int
    samples: tuple[str, ...]
    n_chosen: int
    bin_sizes: tuple[int, ...]
    n_near_complete: int | None

    @classmethod
    def of(cls, binned: Binned) -> "Summary":
        """In numbers."""
        contigs, qualities = binned.composition.contigs, binned.qualities
        return cls(
            n_contigs=len(contigs),
            n_bases=int(contigs.lengths.sum()),
            n_set_aside=len(binned.composition.set_aside),
            samples=binned.abundance.samples,
            n_chosen=len({row.cluster for row in binned.chosen}),
            bin_sizes=tuple(int(contigs.lengths[made.rows].sum()) for made in binned.binning.bins),
            n_near_complete=None if qualities is None else sum(quality.near_complete for quality in qualities),
        )


def bin_contigs(
    fasta: PathLike,
    bams: Iterable[PathLike],
    outdir: PathLike,
    config: RunConfig | None = None,
    existing: Existing = Existing.REFUSE,
    threads: int = 1,
    progress: Progress | None = None,
    depths: Iterable[PathLike] = (),
    reference: PathLike | None = None,
    sort: bool = False,
) -> Summary:
    """Bin contigs, as `vambx bin` does.

    Args:
        fasta: the assembled contigs.
        bams: reads of each sample mapped to them; files, folders, globs or lists.
        outdir: made if it is not there; `vambx.layout` says what comes to lie there.
        config: all settings.
        existing: what to do with results that are there already.
        threads: for reading BAMs and for clustering; training takes torch's own setting.
        progress: told how far long work has come.
        depths: of further samples, known already: files of `vambx depth` or tables of other tools.
        reference: FASTA that the reads of CRAM files were mapped to; None: the contigs.
        sort: sort BAMs that are not sorted by coordinate.

    Raises:
        VambxError: see `vambx.errors`.
    """
    with open_run(Path(outdir), existing, begins=True) as run:
        found, names = find_named_bams(bams)
        reads = Reads(found, find_depths(depths), names, Path(reference or fasta), sort)
        return run_all(run, fasta, reads, config or RunConfig(), threads, progress or Silent())


def run_all(run: Run, fasta: PathLike, reads: Reads, config: RunConfig, threads: int, progress: Progress) -> Summary:
    """The steps, one after the other, in an output folder that is held."""
    latent.check_device(config.encoder)
    marker_set = markers.marker_set_of(config.markers, run)
    make_features(run, fasta, reads, config.features, config.bins, threads, progress)
    markers.make(run, fasta, marker_set, threads, progress)
    latent.make(run, config.encoder, progress)
    clusters.make(run, config.bins, threads, progress)
    chosen.make(run, config.bins, threads, progress)
    binned = bins.make(run, fasta, config.bins, progress)
    reports.make(run, config.report, progress)
    return Summary.of(binned)


def make_features(
    run: Run,
    fasta: PathLike,
    reads: Reads,
    config: FeatureConfig,
    bin_config: BinConfig | None,
    threads: int,
    progress: Progress,
) -> None:
    """Composition and abundance. What is wrong with the input is found, and said, before depths are computed.

    With `bin_config`, that goes for the separator too.
    """

    def check(found: Composition) -> None:
        if bin_config is not None:
            separator_of(Path(fasta), found, bin_config)
        abundance.columns_of(reads, found.contigs, config)
        if reads.bams:
            read_headers(reads.bams, found, reads.sort)

    composition.make(run, fasta, config, progress, check)
    if bin_config is not None:
        composition.tell_mode(run, fasta, bin_config, reads.n_samples)
    abundance.make(run, reads, config, threads, progress)
