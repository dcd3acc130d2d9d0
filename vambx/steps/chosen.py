"""Step 6: which contigs of each sample are taken for a genome."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vambx.bins.clusters_table import (
    ClusteredContig,
    are_rows,
    from_arrays,
    iter_cluster_rows,
    numbered_on,
    of_others,
    rows_of,
    to_arrays,
    write_clusters,
)
from vambx.choice import Contents, Copies, around_medoid, choose, find_homologs, large_groups, recruit
from vambx.config import BinConfig
from vambx.features.abundance import Abundance
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.features.latent import Latent
from vambx.layout import Layout
from vambx.markers import Markers
from vambx.parts import Part, read_parts, write_part
from vambx.progress import Progress
from vambx.provenance import Run, Step
from vambx.steps.samples import Rows, numbered, part_of, samples_of, scopes_of


def step_of(layout: Layout, config: BinConfig, marked: bool) -> Step:
    """What is made of what; with the marker genes, if the contigs are `marked`."""
    markers = [layout.markers] if marked else []
    inputs = [layout.composition, layout.abundance, layout.latent, layout.clusters, *markers]
    return Step("chosen", config.settings("choice", "scope", "separator"), inputs, [layout.chosen])


def is_marked(run: Run) -> bool:
    """Whether marker genes were looked for; without an account of that, whether there are any."""
    return "markers" in run.steps or ("clusters" not in run.steps and run.layout.markers.exists())


def make(run: Run, config: BinConfig, threads: int, progress: Progress) -> None:
    """Write chosen.tsv; where nothing can be chosen, the clusters. Long contigs are chosen, short ones join them."""

    def work(key: str) -> None:
        known = _Known.read(run, config)
        chosen = _chosen(known, known.scopes(config), config, threads, progress)
        write_clusters(run.layout.chosen, chosen)

    run.step(step_of(run.layout, config, is_marked(run)), work)


def make_part(run: Run, config: BinConfig, part: Part, output: Path, threads: int, progress: Progress) -> None:
    """Write what is chosen in some of the samples, each by itself."""
    key = run.key_of(step_of(run.layout, config, is_marked(run)))
    known = _Known.read(run, config)
    scopes = part_of(known.scopes(config), part, config)
    chosen = _chosen(known, scopes, config, threads, progress)
    write_part(output, part, key, to_arrays(chosen, known.composition.contigs))


def join(run: Run, config: BinConfig, parts: Sequence[str | os.PathLike[str]]) -> None:
    """Write chosen.tsv of all parts."""

    def work(key: str) -> None:
        contigs = Composition.read(run.layout.composition, mapped=True).contigs
        read = read_parts(parts, key, to_arrays((), contigs), lambda part: are_rows(part, contigs))
        write_clusters(run.layout.chosen, numbered_on(from_arrays(part, contigs) for part in read))

    run.step(step_of(run.layout, config, is_marked(run)), work)


@dataclass(frozen=True)
class _Known:
    """What the steps before found; matrices stay in their files.

    Attributes:
        layout: where the files lie.
        composition: of all contigs.
        depth: float32 (n_contigs, n_samples), mean reads covering a base.
        latent: of the long contigs; None if nothing is to be chosen by it.
        samples: int64 (n_contigs,), the sample whose assembly each contig is from, by number.
        markers: None to go without.
    """

    layout: Layout
    composition: Composition
    depth: npt.NDArray[np.float32]
    latent: Latent | None
    samples: Rows
    markers: Markers | None

    @classmethod
    def read(cls, run: Run, config: BinConfig) -> "_Known":
        layout = run.layout
        composition = Composition.read(layout.composition, mapped=True)
        contigs = composition.contigs
        return cls(
            layout,
            composition,
            Abundance.read(layout.abundance, contigs, mapped=True).depth,
            Latent.read(layout.latent, len(composition.long)) if config.choice == "auto" else None,
            samples_of(layout, composition, config),
            Markers.read(layout.markers, contigs) if is_marked(run) else None,
        )

    def scopes(self, config: BinConfig) -> Sequence[Rows]:
        """Rows of the contigs that are looked at together."""
        return [np.arange(len(self.samples))] if config.scope == "all" else scopes_of(self.samples)


def _chosen(
    known: _Known, scopes: Sequence[Rows], config: BinConfig, threads: int, progress: Progress
) -> Iterator[ClusteredContig]:
    """What is chosen in each scope, that of one after that of the other."""
    ends = np.cumsum([len(rows) for rows in scopes])
    with progress.task("Choosing", max(sum(map(len, scopes)), 1), "") as task:

        def advance(before: int, n: int, share: float) -> None:
            task.advance_to(before + share * n)

        yield from numbered_on(
            _chosen_in(known, rows, clustered, config, threads, partial(advance, int(end) - len(rows), len(rows)))
            for rows, clustered, end in zip(scopes, _clusters_in(known, scopes), ends, strict=True)
        )


def _clusters_in(known: _Known, scopes: Sequence[Rows]) -> list[list[ClusteredContig]]:
    """The clusters of each scope's contigs; those of others are passed over."""
    path, contigs = known.layout.clusters, known.composition.contigs
    scope_of = np.full(len(contigs), -1)
    for number, rows in enumerate(scopes):
        scope_of[rows] = number
    found: list[list[ClusteredContig]] = [[] for _ in scopes]
    for row in iter_cluster_rows(path, contigs):
        if (scope := scope_of[contigs.row[row.contig]]) >= 0:
            found[scope].append(row)
    lengths = contigs.lengths
    for rows, clustered in zip(scopes, found, strict=True):
        long = {contigs.names[row] for row in rows[lengths[rows] >= known.composition.min_length]}
        if len(clustered) != len(long) or {row.contig for row in clustered} != long:
            raise of_others(path)
    return found


def _chosen_in(
    known: _Known,
    rows: Rows,
    clustered: list[ClusteredContig],
    config: BinConfig,
    threads: int,
    advance: Callable[[float], object],
) -> list[ClusteredContig]:
    """What is chosen among these contigs, and who joins it."""
    some = known.composition.take(rows)
    samples, long = known.samples[rows], some.long
    every = Contents(np.zeros((len(rows), 0)), some.frequencies, known.depth[rows], some.contigs.lengths)
    chosen = clustered
    if known.latent is not None:
        contents = every.take(long, known.latent.of(np.searchsorted(known.composition.long, rows[long])))
        homologs = find_homologs(some.sketches.take(long), samples[long])
        copies = species = None
        if known.markers is not None:
            copies = Copies.of_markers(known.markers, rows[long])
            species = Copies.of_markers(known.markers, rows[long], homologs)
        number_of = {row.contig: row.cluster for row in clustered}
        clusters = np.array([number_of[some.contigs.names[row]] for row in long], dtype=np.int64)
        in_catalogue = known.samples.max(initial=0) > 0
        found = choose(
            contents,
            clusters,
            samples[long],
            copies,
            threads,
            advance,
            in_catalogue,
            homologs=homologs,
            species=species,
        )
        if found:
            around = (around_medoid(each, contents) for each in found)
            chosen = list(rows_of(around, some.contigs.take(long).names))
    return [*chosen, *_recruits(chosen, every, some.contigs, samples)]


def _recruits(
    chosen: Sequence[ClusteredContig], contents: Contents, contigs: Contigs, samples: Rows
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
