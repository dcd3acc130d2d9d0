"""The whole method: contigs and reads in, genomes out.

    FASTA + BAM -> composition + abundance (+ markers) -> latent -> clusters -> bins

Each step reads what the one before it wrote (`vambx.steps`), so that one `vambx bin` and the steps one by one give the
same bytes; `Run.step` keeps the account, and knows what need not be made again.
"""

import logging
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vambx import steps
from vambx.config import BinConfig, EncoderConfig, FeatureConfig, ReportConfig, RunConfig
from vambx.features.composition import Composition
from vambx.io.bam import find_bams, sample_names
from vambx.io.fasta import existing_fasta
from vambx.markers import MarkerSet
from vambx.outdir import open_run
from vambx.progress import Progress, Silent
from vambx.provenance import Existing, Run, digests_of

logger = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Summary:
    """What a run found.

    Attributes:
        n_contigs: contigs that could be binned, long ones and recruits.
        n_bases: their bases.
        n_set_aside: contigs that were too short, or without a 4-mer.
        samples: name of each BAM's sample.
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


def bin_contigs(
    fasta: PathLike,
    bams: Iterable[PathLike],
    outdir: PathLike,
    config: RunConfig | None = None,
    existing: Existing = Existing.REFUSE,
    threads: int = 1,
    progress: Progress | None = None,
) -> Summary:
    """Bin contigs, as `vambx bin` does.

    Args:
        fasta: the assembled contigs.
        bams: reads of each sample mapped to them; files, folders or globs.
        outdir: made if it is not there; `vambx.layout` says what comes to lie there.
        config: all settings.
        existing: what to do with results that are there already.
        threads: for reading BAMs and for clustering; training takes torch's own setting.
        progress: told how far long work has come.

    Raises:
        VambxError: see `vambx.errors`.
    """
    with open_run(Path(outdir), existing, begins=True) as run:
        return run_all(run, fasta, bams, config or RunConfig(), threads, progress or Silent())


def run_all(
    run: Run, fasta: PathLike, bams: Iterable[PathLike], config: RunConfig, threads: int, progress: Progress
) -> Summary:
    """The steps, one after the other, in an output folder that is held."""
    check_device(config.encoder)
    markers = steps.marker_set_of(config.markers)
    make_features(run, fasta, bams, config.features, config.bins, threads, progress)
    make_markers(run, fasta, markers, threads, progress)
    make_latent(run, config.encoder, progress)
    make_clusters(run, threads, progress)
    summary = make_bins(run, fasta, config.bins, threads, progress)
    make_report(run, config.report, progress)
    return summary


def make_features(
    run: Run,
    fasta: PathLike,
    bams: Iterable[PathLike],
    config: FeatureConfig,
    bins: BinConfig | None,
    threads: int,
    progress: Progress,
) -> None:
    """Composition and abundance. What is wrong with the input is found, and said, before the depths are computed.

    With `bins`, that goes for the separator too.
    """
    layout, fasta, bams = run.layout, existing_fasta(fasta), find_bams(bams)
    samples = sample_names(bams)
    run.step(
        "composition",
        {"min_length": config.min_length, "recruit_length": config.recruit_length},
        [fasta],
        [layout.composition],
        lambda: steps.compose(layout, fasta, bams, config, bins, progress),
    )
    if bins is not None:
        composition = Composition.read(layout.composition)
        separator = steps.separator_of(fasta, composition, bins)
        logger.info("%s", steps.mode_of(separator, composition.contigs, len(samples)))
    if run.existing is Existing.FORCE:
        shutil.rmtree(layout.depths, ignore_errors=True)
    digests = digests_of(bams, threads, progress)
    run.step(
        "abundance",
        {"min_identity": config.min_identity, "samples": samples},
        [layout.composition, *bams],
        [layout.abundance],
        lambda: steps.measure(layout, digests, config, threads, progress),
        known=digests,
    )


def make_markers(run: Run, fasta: PathLike, markers: MarkerSet | None, threads: int, progress: Progress) -> None:
    """Find marker genes; with None, take away what was found before, so that nothing is made of it."""
    layout, fasta = run.layout, existing_fasta(fasta)
    if markers is None:
        run.drop("markers")
        return
    run.step(
        "markers",
        {"n_markers": len(markers), "sha256": markers.sha256},
        [fasta, layout.composition],
        [layout.markers],
        lambda: steps.mark(layout, fasta, markers, threads, progress),
    )


def make_latent(run: Run, config: EncoderConfig, progress: Progress) -> None:
    """Train the encoder on the features, and encode the contigs."""
    layout = run.layout
    if run.existing is Existing.FORCE:
        layout.checkpoint.unlink(missing_ok=True)
    run.step(
        "latent",
        config.result_settings,
        [layout.composition, layout.abundance],
        [layout.model, layout.latent, layout.history, layout.encoders],
        lambda: steps.encode(layout, config, progress),
    )
    layout.checkpoint.unlink(missing_ok=True)


def make_clusters(run: Run, threads: int, progress: Progress) -> None:
    """Cluster the latent vectors."""
    layout = run.layout
    run.step(
        "clusters",
        {},
        [layout.composition, layout.latent],
        [layout.clusters],
        lambda: steps.cluster(layout, threads, progress),
    )


def make_report(run: Run, config: ReportConfig, progress: Progress) -> None:
    """Tell of a run that is done: for programs and, unless it is omitted, on a page."""
    wanted = set(run.layout.reports) - ({run.layout.report} if config.omit else set())
    if run.existing is Existing.RESUME and all(path.exists() for path in wanted):
        return  # what is no longer so was taken away
    with progress.task("Reporting", 1, ""):
        steps.report(run.layout, page=not config.omit)


def make_bins(run: Run, fasta: PathLike, config: BinConfig, threads: int, progress: Progress) -> Summary:
    """Choose which contigs of each sample make a genome, and write them as bins."""
    layout, fasta = run.layout, existing_fasta(fasta)
    marked = "markers" in run.steps
    markers = [layout.markers] if marked else []
    run.step(
        "chosen",
        {"separator": config.separator, "choice": config.choice},
        [layout.composition, layout.abundance, layout.latent, layout.clusters, *markers],
        [layout.chosen],
        lambda: steps.choose_genomes(layout, fasta, config, marked, threads, progress),
    )
    clustered = steps.read_clustered(layout, fasta, config, marked)
    run.step(
        "bins",
        config.to_table(),
        [fasta, layout.composition, layout.abundance, layout.chosen, *markers],
        [layout.bins, layout.bins_table, layout.quality, layout.contig2bin, layout.cami, layout.unbinned],
        lambda: steps.write_bins(layout, fasta, clustered, progress),
    )
    contigs, qualities = clustered.composition.contigs, clustered.qualities
    return Summary(
        n_contigs=len(contigs),
        n_bases=int(contigs.lengths.sum()),
        n_set_aside=len(clustered.composition.set_aside),
        samples=clustered.abundance.samples,
        n_chosen=len({row.cluster for row in clustered.clusters}),
        bin_sizes=tuple(int(contigs.lengths[made.rows].sum()) for made in clustered.binning.bins),
        n_near_complete=None if qualities is None else sum(quality.near_complete for quality in qualities),
    )


def check_device(config: EncoderConfig) -> None:
    """See that a device asked for is there, before any work; torch is loaded only where it must be asked."""
    if config.device == "cuda":
        from vambx.encode.device import resolve_device

        resolve_device(config.device)
