"""Step 5: clusters of contigs that are close in latent space."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vambx.bins.clusters_table import (
    ClusteredContig,
    are_rows,
    from_arrays,
    numbered_on,
    rows_of,
    to_arrays,
    write_clusters,
)
from vambx.clustering.medoids import Cluster, iter_clusters
from vambx.config import BinConfig
from vambx.features.composition import Composition
from vambx.features.latent import Latent
from vambx.layout import Layout
from vambx.parts import Part, read_parts, write_part
from vambx.progress import Progress, Task
from vambx.provenance import Run, Step
from vambx.steps.samples import Rows, part_of, samples_of, scopes_of


def step_of(layout: Layout, config: BinConfig) -> Step:
    """What is made of what."""
    settings = ("scope", "separator") if config.scope == "sample" else ("scope",)
    inputs = [layout.composition, layout.latent]
    return Step("clusters", config.settings(*settings), inputs, [layout.clusters])


def make(run: Run, config: BinConfig, threads: int, progress: Progress) -> None:
    """Write clusters.tsv, clusters as they are found."""

    def work(key: str) -> None:
        composition = Composition.read(run.layout.composition, mapped=True)
        scopes = _scopes(run.layout, composition, config)
        write_clusters(run.layout.clusters, _clustered(run.layout, composition, scopes, threads, progress))

    run.step(step_of(run.layout, config), work)


def make_part(run: Run, config: BinConfig, part: Part, output: Path, threads: int, progress: Progress) -> None:
    """Write the clusters of some of the samples, each clustered by itself."""
    key = run.key_of(step_of(run.layout, config))
    composition = Composition.read(run.layout.composition, mapped=True)
    scopes = part_of(_scopes(run.layout, composition, config), part, config)
    rows = _clustered(run.layout, composition, scopes, threads, progress)
    write_part(output, part, key, to_arrays(rows, composition.contigs))


def join(run: Run, config: BinConfig, parts: Sequence[str | os.PathLike[str]]) -> None:
    """Write clusters.tsv of all parts."""

    def work(key: str) -> None:
        contigs = Composition.read(run.layout.composition, mapped=True).contigs
        read = read_parts(parts, key, to_arrays((), contigs), lambda part: are_rows(part, contigs))
        write_clusters(run.layout.clusters, numbered_on(from_arrays(part, contigs) for part in read))

    run.step(step_of(run.layout, config), work)


def _scopes(layout: Layout, composition: Composition, config: BinConfig) -> Sequence[Rows]:
    """Rows of the contigs that are clustered together."""
    if config.scope == "all":
        return [np.arange(len(composition.contigs))]
    return scopes_of(samples_of(layout, composition, config))


def _clustered(
    layout: Layout, composition: Composition, scopes: Sequence[Rows], threads: int, progress: Progress
) -> Iterator[ClusteredContig]:
    """The clusters of each scope, those of one after those of the other."""
    lengths, long = composition.contigs.lengths, composition.long
    place = np.full(len(lengths), -1)
    place[long] = np.arange(len(long))
    scopes = [rows[place[rows] >= 0] for rows in scopes]
    latent = Latent.read(layout.latent, len(long))
    with progress.task("Clustering", sum(map(len, scopes)), "contigs") as task:
        done = _Done(task)
        yield from numbered_on(
            rows_of(
                done.count(iter_clusters(latent.of(place[rows]), lengths[rows], threads)),
                composition.contigs.take(rows).names,
            )
            for rows in scopes
        )


class _Done:
    """Counts the contigs that are in clusters."""

    def __init__(self, task: Task) -> None:
        self.task, self.contigs, self.clusters = task, 0, 0

    def count(self, clusters: Iterator[Cluster]) -> Iterator[Cluster]:
        for found in clusters:
            self.contigs += len(found.members)
            self.clusters += 1
            self.task.advance_to(self.contigs, f"{self.clusters} clusters")
            yield found
