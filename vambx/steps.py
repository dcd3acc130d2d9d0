"""The seven steps: each reads what the one before it wrote, and writes its own files, whole or not at all."""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import vambx
from vambx.bins.binning import Binning, split_clusters
from vambx.bins.clusters_table import ClusteredContig, read_clusters, rows_of, write_clusters
from vambx.bins.quality_table import Quality, judge
from vambx.bins.separator import Separator, choose_separator
from vambx.bins.sequences import write_sequences
from vambx.bins.tables import write_tables
from vambx.choice import Contents, around_medoid, choose, large_groups, recruit
from vambx.clustering.medoids import Cluster, iter_clusters
from vambx.config import BinConfig, EncoderConfig, FeatureConfig, MarkerConfig
from vambx.errors import InputError
from vambx.features.abundance import Abundance, mapped_depth, read_abundance, read_headers
from vambx.features.composition import Composition, read_composition
from vambx.features.contigs import Contigs
from vambx.io.atomic import make_folder, replacing
from vambx.io.npz import read_arrays, write_arrays
from vambx.layout import Layout
from vambx.markers import Markers, MarkerSet, find_markers, read_marker_set
from vambx.markers.sets import missing_part
from vambx.progress import Progress
from vambx.report.multiqc import write_multiqc
from vambx.report.page import write_page
from vambx.report.run_data import read_run
from vambx.report.summary import write_summary

logger = logging.getLogger(__name__)

LEAST_TO_TRAIN = 32
"""With fewer contigs nothing can be learnt; each becomes a cluster of its own."""


def separator_of(fasta: Path, composition: Composition, config: BinConfig) -> Separator:
    """How the names of all contigs of the FASTA are split."""
    names = [*composition.contigs.names, *(contig.name for contig in composition.set_aside)]
    try:
        return choose_separator(names, config.separator)
    except ValueError as error:
        raise InputError(f"{fasta}: {error}") from error


def mode_of(separator: Separator, contigs: Contigs, n_samples: int) -> str:
    """The kind of project, in one line."""
    n_assemblies = len({separator.sample_of(name) for name in contigs.names})
    if n_assemblies > 1:
        kind = f"contigs of {n_assemblies} samples, each assembled and binned by itself; depths in {n_samples}"
    elif n_samples == 1:
        kind = "one sample"
    else:
        kind = f"one assembly, depths in {n_samples} samples (co-assembly)"
    return f"Mode: {kind}. {separator.description}"


def compose(
    layout: Layout,
    fasta: Path,
    bams: Sequence[Path],
    config: FeatureConfig,
    bins: BinConfig | None,
    progress: Progress,
) -> None:
    """Write composition.npz, once nothing is found wrong with FASTA, BAMs, and (unless None) the separator."""
    with progress.task("Reading contigs", os.path.getsize(fasta), "bytes") as task:
        composition = read_composition(fasta, config.min_length, task.advance_to, config.recruit_length)
    if bins is not None:
        separator_of(fasta, composition, bins)
    read_headers(bams, composition)
    composition.write(layout.composition)


def measure(layout: Layout, bams: Mapping[Path, str], config: FeatureConfig, threads: int, progress: Progress) -> None:
    """Write abundance.npz. Each BAM's depths are kept as soon as they are there, until all are.

    Args:
        layout: where to.
        bams: the sha256 of each BAM file, which tells whether depths kept from a run that was ended are its own.
        config: what counts as a read.
        threads: BAMs read at a time.
        progress: told of each BAM that is done.
    """
    composition = Composition.read(layout.composition)
    headers = read_headers(list(bams), composition)
    n_references = {header.path: len(header.references) for header in headers}

    def depth_of(bam: Path, min_identity: float) -> npt.NDArray[np.float32]:
        made_of = json.dumps([vambx.__version__, bams[bam], min_identity])
        kept = layout.depths / f"{hashlib.sha256(made_of.encode()).hexdigest()}.npz"
        with suppress(InputError):
            depths = read_arrays(kept, ["depth"])["depth"]
            if depths.shape == (n_references[bam],):
                return depths
        depths = mapped_depth(bam, min_identity)
        make_folder(layout.depths)
        write_arrays(kept, {"depth": depths})
        return depths

    with progress.task("Computing depths", len(bams), "BAM files") as task:
        done: list[str] = []

        def count(sample: str) -> None:
            done.append(sample)
            task.advance_to(len(done), sample)

        abundance = read_abundance(headers, composition.contigs, config.min_identity, threads, count, depth_of)
    abundance.write(layout.abundance)
    shutil.rmtree(layout.depths, ignore_errors=True)


def marker_set_of(config: MarkerConfig) -> MarkerSet | None:
    """The markers to look for; None to go without: as asked, or (a warning) because the extra is not installed.

    Raises:
        InputError: profiles were asked for, and the extra is not installed, or they cannot be used.
    """
    if config.skip:
        return None
    missing = missing_part(own_profiles=config.hmms is not None)
    if missing and config.hmms is None and config.cutoffs is None:
        logger.warning("Going on without marker genes, which choose bins and tell their quality: %s", missing)
        return None
    return read_marker_set(config.hmms, config.cutoffs)


def mark(layout: Layout, fasta: Path, markers: MarkerSet, threads: int, progress: Progress) -> None:
    """Write markers.npz."""
    contigs = Composition.read(layout.composition).contigs
    with progress.task("Finding marker genes", len(contigs), "contigs") as task:
        found = find_markers(fasta, contigs, markers, threads, task.advance_to)
    logger.info("Marker genes: %d, of %d kinds", len(found.marker), len(np.unique(found.marker)))
    found.write(layout.markers)


def encode(layout: Layout, config: EncoderConfig, progress: Progress) -> None:
    """Write model.pt, history.tsv and latent.npz; with too few contigs to train on, a latent of no dimensions alone."""
    composition = Composition.read(layout.composition, mapped=True)
    abundance = Abundance.read(layout.abundance, composition.contigs, mapped=True)
    long = composition.long
    if len(long) < LEAST_TO_TRAIN:
        logger.warning(
            "Contigs of >= %d bp: %d, too few to train on (%d); each is a cluster of its own",
            composition.min_length,
            len(long),
            LEAST_TO_TRAIN,
        )
        for path in (layout.model, layout.history, layout.encoders):
            path.unlink(missing_ok=True)
        write_arrays(layout.latent, {"latent": np.zeros((len(long), 0), dtype=np.float32)})
        return
    from vambx.encode import ENCODERS, Epoch, Features, compare_encoders, contig_weights, write_compared  # loads torch

    features = Features(abundance.rpkm, composition.counts, long, abundance.samples)
    with progress.task("Training", 1, "") as task:

        def tell(epoch: Epoch) -> None:
            task.advance_to(epoch.number / epoch.of, epoch.line)
            logger.debug("Epoch %s", epoch.line)

        weights = contig_weights(composition.contigs.lengths[long])
        model = ENCODERS[config.encoder].of(features, config).fit(features, weights, tell, layout.checkpoint)
    with replacing(layout.model, "wb") as handle:
        model.save(handle)
    if model.history is None:
        layout.history.unlink(missing_ok=True)
    else:
        model.history.write(layout.history)
    if config.compare:
        with progress.task("Comparing encoders", 3, "") as task:
            begun = iter(range(1, 3))
            rows = compare_encoders(model, features, weights, lambda name: task.advance_to(next(begun), name))
            write_compared(layout.encoders, rows)
    else:
        layout.encoders.unlink(missing_ok=True)
    write_arrays(layout.latent, {"latent": model.transform(features)})


def cluster(layout: Layout, threads: int, progress: Progress) -> None:
    """Write clusters.tsv, clusters as they are found."""
    composition = Composition.read(layout.composition)
    contigs = composition.contigs.take(composition.long)
    latent = read_latent(layout, contigs)
    with progress.task("Clustering", len(contigs), "contigs") as task:

        def counted() -> Iterator[Cluster]:
            done = 0
            for number, found in enumerate(iter_clusters(latent, contigs.lengths, threads), start=1):
                done += len(found.members)
                task.advance_to(done, f"{number} clusters")
                yield found

        write_clusters(layout.clusters, rows_of(counted(), contigs.names))


def choose_genomes(
    layout: Layout, fasta: Path, config: BinConfig, marked: bool, threads: int, progress: Progress
) -> None:
    """Write chosen.tsv: what is taken for a genome in each sample; where nothing can be chosen, the clusters.

    Long contigs are chosen, short ones join them.
    """
    composition = Composition.read(layout.composition)
    contigs, long = composition.contigs, composition.long
    depth = Abundance.read(layout.abundance, contigs).depth
    every = Contents(np.zeros((len(contigs), 0)), composition.frequencies, depth, contigs.lengths)
    separator = separator_of(fasta, composition, config)
    samples = numbered(separator.sample_of(name) for name in contigs.names)
    chosen = read_clusters(layout.clusters, contigs.take(long))
    if config.choice == "auto":
        contents = every.take(long, read_latent(layout, contigs.take(long)))
        counts = Markers.read(layout.markers, contigs).counts[long] if marked else None
        number_of = {row.contig: row.cluster for row in chosen}
        clusters = np.array([number_of[contigs.names[row]] for row in long], dtype=np.int64)
        with progress.task("Choosing", 1, "") as task:
            found = choose(contents, clusters, samples[long], counts, threads, task.advance_to)
        if found:
            around = (around_medoid(each, contents) for each in found)
            chosen = list(rows_of(around, contigs.take(long).names))
    write_clusters(layout.chosen, [*chosen, *recruits(chosen, every, contigs, samples)])


def recruits(
    chosen: Sequence[ClusteredContig], contents: Contents, contigs: Contigs, samples: npt.NDArray[np.int64]
) -> Iterator[ClusteredContig]:
    """The rows of the contigs that are in nothing chosen so far, and join it."""
    rows = np.array([contigs.row[row.contig] for row in chosen], dtype=np.int64)
    groups = np.full(len(contigs), -1)
    groups[rows] = numbered((row.cluster, sample) for row, sample in zip(chosen, samples[rows].tolist(), strict=True))
    groups = large_groups(groups, contigs.lengths)
    example = dict(zip(groups[rows].tolist(), chosen, strict=True))
    joined = recruit(contents, groups, samples)
    joined[rows] = -1
    for at in np.flatnonzero(joined >= 0):
        yield replace(example[int(joined[at])], contig=contigs.names[at])


def read_latent(layout: Layout, contigs: Contigs) -> npt.NDArray[np.float32]:
    """The latent vectors of these contigs.

    Raises:
        InputError: the file is missing or broken, or is of others.
    """
    latent: npt.NDArray[np.float32] = read_arrays(layout.latent, ["latent"])["latent"]
    if latent.ndim != 2 or len(latent) != len(contigs) or not np.isfinite(latent).all():
        raise InputError(f"{layout.latent}: is no latent of these contigs (shape {latent.shape}); make it anew")
    return latent


def numbered(values: Iterable[Hashable]) -> npt.NDArray[np.int64]:
    """int64 (n,): a number for each value, from 0, in the order in which they first come."""
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(value, len(number)) for value in values], dtype=np.int64)


@dataclass(frozen=True)
class Clustered:
    """What the last step and the summary look at: the contigs, their depths, clusters and bins."""

    composition: Composition
    abundance: Abundance
    clusters: Sequence[ClusteredContig]
    binning: Binning
    qualities: Sequence[Quality] | None


def read_clustered(layout: Layout, fasta: Path, config: BinConfig, marked: bool) -> Clustered:
    """Read what the steps before wrote, split the clusters into bins, and judge these, if genes were `marked`."""
    composition = Composition.read(layout.composition)
    abundance = Abundance.read(layout.abundance, composition.contigs)
    clusters = read_clusters(layout.chosen, composition.contigs.take(composition.long), composition.contigs)
    separator = separator_of(fasta, composition, config)
    binning = split_clusters(clusters, composition.contigs, separator, config.min_bin_size)
    if not marked:
        return Clustered(composition, abundance, clusters, binning, None)
    counts = Markers.read(layout.markers, composition.contigs).counts
    names, rows = [made.name for made in binning.bins], [made.rows for made in binning.bins]
    qualities = judge(names, rows, composition.contigs.lengths, composition.contigs.gc, counts)
    return Clustered(composition, abundance, clusters, binning, qualities)


def write_bins(layout: Layout, fasta: Path, clustered: Clustered, progress: Progress) -> None:
    """Write bins/ and the tables of bins."""
    with progress.task("Writing bins", os.path.getsize(fasta), "bytes") as task:
        write_sequences(layout, fasta, clustered.binning, clustered.composition.contigs, task.advance_to)
    write_tables(layout, clustered.binning, clustered.composition, clustered.abundance, clustered.qualities)


def report(layout: Layout, page: bool) -> None:
    """Write summary.json, what MultiQC reads and, if asked for, report.html."""
    found = replace(read_run(layout.root), is_running=False)  # as it will be in a moment
    write_summary(found)
    write_multiqc(found)
    if page:
        write_page(found)
