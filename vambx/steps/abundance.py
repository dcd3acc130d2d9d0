"""Step 2: the depth of the contigs in each sample.

Each sample's depths are a file of their own, made here or elsewhere; at the end they are joined. So what is done
outlives a run that is ended, and memory does not grow with the number of samples.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import vambx
from vambx.config import FeatureConfig
from vambx.errors import InputError, UsageError
from vambx.features.abundance import iter_depths, read_headers
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.features.depth_tables import Table
from vambx.features.depths import SampleDepths, table_in, write_joined
from vambx.features.vamb_table import VambTable
from vambx.io.atomic import make_folder
from vambx.io.bam_files import sample_names
from vambx.io.bam_streams import open_streams
from vambx.io.digests import Seen, unchanged
from vambx.layout import Layout
from vambx.progress import Progress
from vambx.provenance import Existing, Run, Step

logger = logging.getLogger(__name__)

Column = tuple[Path, str]  # of the abundance: a file, and a sample that it tells of


@dataclass(frozen=True)
class Reads:
    """Where depths come from.

    Attributes:
        bams: reads mapped to the contigs, a file a sample, BAM or CRAM.
        depths: depths that are known already: files of `vambx depth`, a file a sample, or tables.
        names: of the samples of some BAMs; those of the others follow from their files' names.
        reference: FASTA that the reads of CRAM files were mapped to; None: what these name.
        sort: whether BAMs that are not sorted by coordinate are sorted.

    Raises:
        UsageError: there are none.
    """

    bams: Sequence[Path]
    depths: Sequence[Path] = ()
    names: Mapping[Path, str] = field(default_factory=dict)
    reference: Path | None = None
    sort: bool = False

    def __post_init__(self) -> None:
        if not self.bams and not self.depths:
            raise UsageError("reads are needed: give --bams, or --depths, or both")

    @property
    def n_samples(self) -> int:
        """How many samples they are of.

        Raises:
            InputError: a file of depths cannot be read.
        """
        tables = [table_in(path) for path in self.depths]
        return len(self.bams) + sum(len(table.samples) if table else 1 for table in tables)

    @property
    def sample_of(self) -> dict[Path, str]:
        """The sample of each BAM.

        Raises:
            InputError: two have one name, or a name cannot stand in a table.
        """
        others = [bam for bam in self.bams if bam not in self.names]
        found = dict(zip(others, sample_names(others), strict=True)) | dict(self.names)
        return {bam: found[bam] for bam in self.bams}


def step_of(
    layout: Layout, config: FeatureConfig, columns: Sequence[Column], digests: Mapping[Path, str] | None = None
) -> Step:
    """What is made of what; `digests` are the sha256 of the columns' files, if they are known."""
    settings = {"min_identity": config.min_identity, "samples": [name for _, name in columns]}
    return Step("abundance", settings, [layout.composition, *paths_of(columns)], [layout.abundance], digests or {})


def make(run: Run, reads: Reads, config: FeatureConfig, threads: int, progress: Progress) -> None:
    """Write abundance.npz; columns are the samples of the BAMs, then of the depths that are known already.

    Args:
        run: the folder.
        reads: where depths come from.
        config: which reads count.
        threads: BAMs read at a time.
        progress: told of each BAM that is done.
    """
    layout = run.layout
    if run.existing is Existing.FORCE:
        shutil.rmtree(layout.depths, ignore_errors=True)
    composition = Composition.read(layout.composition, mapped=True)
    contigs = composition.contigs
    columns = columns_of(reads, contigs, config)
    run.look_at(paths_of(columns), threads, progress)

    def work(key: str) -> None:
        tables = {path: table for path in reads.depths if (table := table_in(path))}
        as_they_are = {path for path in reads.depths if path not in tables}
        kept = {
            (path, sample): path if path in as_they_are else _kept(layout, path, sample, run.seen[path], config)
            for path, sample in columns
        }
        _keep_tables(tables, kept, run.seen, contigs)
        _keep_bams(layout, composition, reads, kept, run.seen, config, threads, progress)
        write_joined(layout.abundance, [kept[column] for column in columns], [name for _, name in columns], contigs)
        shutil.rmtree(layout.depths, ignore_errors=True)

    run.step(step_of(layout, config, columns), work)


def make_part(
    run: Run, reads: Reads, output: Path, config: FeatureConfig, progress: Progress, threads: int = 1
) -> None:
    """Write the depths of one BAM's sample to a file of its own, which `make` takes."""
    composition = Composition.read(run.layout.composition, mapped=True)
    [(bam, sample)] = reads.sample_of.items()
    seen = Seen.of(bam)
    headers = read_headers([bam], composition, reads.sort)
    with (
        unchanged([seen]),
        progress.task("Computing depths", 1, "BAM files"),
        open_streams(headers, reads.reference, reads.sort, output.parent, threads) as streams,
    ):
        for _, depth in iter_depths(headers, composition.contigs, config.min_identity, streams=streams):
            seen.require_unchanged()
            SampleDepths(sample, depth, seen.sha256, config.min_identity, composition.contigs.digest).write(output)


def paths_of(columns: Sequence[Column]) -> list[Path]:
    """The files of the columns, each once."""
    return list(dict.fromkeys(path for path, _ in columns))


def columns_of(reads: Reads, contigs: Contigs, config: FeatureConfig) -> list[Column]:
    """The columns of the abundance, in their order.

    Raises:
        InputError: two samples have one name, or a file of depths cannot be used.
    """
    columns = list(reads.sample_of.items())
    for path in reads.depths:
        table = table_in(path)
        samples = table.samples if table else [_sample_in(path, contigs, config)]
        columns += [(path, sample) for sample in samples]
    _check_unique(columns)
    return columns


def _sample_in(path: Path, contigs: Contigs, config: FeatureConfig) -> str:
    """The sample of a file of `vambx depth`."""
    found = SampleDepths.read(path, contigs)
    if found.min_identity != config.min_identity:
        raise InputError(
            f"{path}: was made with --min-identity {found.min_identity}, not {config.min_identity}; make it anew, or "
            "give the same"
        )
    return found.sample


def _check_unique(columns: Sequence[Column]) -> None:
    first: dict[str, Path] = {}
    for path, name in columns:
        if not name or not name.isprintable():
            raise InputError(f"{path}: {name!r} cannot name a sample; make it anew with another --sample")
        if (other := first.setdefault(name, path)) != path:
            raise InputError(f"{path}: two samples would be named {name!r}, the other is {other}; rename one of them")


def _kept(layout: Layout, path: Path, sample: str, seen: Seen, config: FeatureConfig) -> Path:
    """Where depths of a file are kept until all are there; another file, setting or version has another place."""
    made_of = json.dumps([vambx.__version__, path.name, sample, seen.sha256, config.min_identity])
    return layout.depths / f"{hashlib.sha256(made_of.encode()).hexdigest()}.npz"


def _keep_tables(
    tables: Mapping[Path, Table | VambTable],
    kept: Mapping[Column, Path],
    seen: Mapping[Path, Seen],
    contigs: Contigs,
) -> None:
    """Read the tables, a file a sample."""
    _tell_of_tables(list(tables.values()))
    for path, table in tables.items():
        for sample, depth in zip(table.samples, table.read(contigs).T, strict=True):
            at = kept[path, sample]
            make_folder(at.parent)
            SampleDepths(sample, depth, seen[path].sha256, float("nan"), contigs.digest).write(at)


def _tell_of_tables(tables: Sequence[Table | VambTable]) -> None:
    """Say what each table was taken for; those of one kind, a sample each, together."""
    for kind in dict.fromkeys(table.kind for table in tables):
        alike = [table for table in tables if table.kind == kind]
        samples = [sample for table in alike for sample in table.samples]
        logger.info(
            "%s: %s; %d samples: %s",
            alike[0].path if len(alike) == 1 else f"{len(alike)} tables, such as {alike[0].path}",
            kind,
            len(samples),
            ", ".join(samples[:3]) + (", ..." if len(samples) > 3 else ""),
        )


def _keep_bams(
    layout: Layout,
    composition: Composition,
    reads: Reads,
    kept: Mapping[Column, Path],
    seen: Mapping[Path, Seen],
    config: FeatureConfig,
    threads: int,
    progress: Progress,
) -> None:
    """Compute the depths of the BAMs, unless they are kept already."""
    if not reads.bams:
        return
    names, contigs = reads.sample_of, composition.contigs
    headers = read_headers(reads.bams, composition, reads.sort)
    missing, done = [], 0
    with progress.task("Computing depths", len(names), "BAM files") as task:
        for header in headers:
            with suppress(InputError):
                SampleDepths.read(kept[header.path, names[header.path]], contigs)
                done += 1
                task.advance_to(done, names[header.path])
                continue
            missing.append(header)
        make_folder(layout.depths)
        try:
            with (
                open_streams(missing, reads.reference, reads.sort, layout.depths, threads) as streams,
                closing(iter_depths(missing, contigs, config.min_identity, threads, streams)) as found,
            ):
                for header, depth in found:
                    column = bam, sample = header.path, names[header.path]
                    seen[bam].require_unchanged()
                    depths = SampleDepths(sample, depth, seen[bam].sha256, config.min_identity, contigs.digest)
                    depths.write(kept[column])
                    done += 1
                    task.advance_to(done, sample)
        finally:
            with suppress(OSError):  # something is kept in it
                layout.depths.rmdir()
