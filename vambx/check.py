"""What a run would do, and all that would stop it, found in seconds and without doing it.

Every check is the one that the run itself makes. A run ends at the first thing that is wrong; here the others are
looked at as well. What is not looked at is what takes long: the records of BAM files, but for their first ones.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from vambx.config import EncoderConfig, RunConfig
from vambx.errors import VambxError
from vambx.features.abundance import read_headers
from vambx.features.composition import Composition
from vambx.features.depths import find_depths, table_in
from vambx.io.bam import BamHeader
from vambx.io.bam_files import find_bams, find_named_bams
from vambx.io.bam_streams import check_reference
from vambx.machine import free_disk, free_memory
from vambx.markers import MarkerSet
from vambx.outdir import look_ahead
from vambx.progress import Progress, Silent
from vambx.provenance import Existing, Run, Step
from vambx.report.numbers import said_bases, said_bytes, said_count
from vambx.steps import abundance, bins, chosen, clusters, composition, latent, markers
from vambx.steps.abundance import Column, Reads
from vambx.steps.samples import mode_of, separator_of

logger = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]
P = ParamSpec("P")
T = TypeVar("T")

# Bytes of memory, measured with benchmarks/large.py: of the libraries, of choosing a contig, of each of its depths, and
# of a contig in each BAM file that is read at a time; and of a base's share in sketches that are compared.
_LIBRARIES, _CHOSEN, _DEPTH, _READ, _COMPARED = 500_000_000, 6_400, 5, 900, 1
_COUNTED = 1_200  # bytes on disk of the 4-mers of a contig and of its first half, and of its name
_WRITTEN = 1.25  # bytes on disk of a base, in its bin and in a sketch


@dataclass
class Plan:
    """What a run would do.

    Attributes:
        rows: what is known of the run, by topic, in words.
        kept: steps whose results would be kept, if the reads, of which only the size is compared, are what they were.
        to_do: steps that would be done.
        problems: each would stop the run; a sentence each.
    """

    rows: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    to_do: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def check_run(
    fasta: PathLike,
    bams: Sequence[PathLike],
    outdir: PathLike,
    config: RunConfig | None = None,
    existing: Existing = Existing.REFUSE,
    threads: int = 1,
    progress: Progress | None = None,
    depths: Sequence[PathLike] = (),
    reference: PathLike | None = None,
    sort: bool = False,
) -> Plan:
    """Say what `vambx.bin_contigs` would do with the same arguments; nothing is written.

    What would stop it stands in the plan, and is logged when it is found; no VambxError is raised.
    """
    files = _Files(Path(fasta), Path(outdir), bams, depths, Path(reference or fasta), sort)
    return _Check(files, config or RunConfig(), existing, threads, progress or Silent()).plan()


@dataclass(frozen=True)
class _Files:
    """What a run is given."""

    fasta: Path
    outdir: Path
    bams: Sequence[PathLike]
    depths: Sequence[PathLike]
    reference: Path
    sort: bool


@dataclass
class _Check:
    """The checks, which leave what they found for each other; None is what could not be found."""

    files: _Files
    config: RunConfig
    existing: Existing
    threads: int
    progress: Progress
    rows: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        """Look at everything."""
        run = self._find(look_ahead, self.files.outdir, self.existing)
        contigs = self._find(composition.read, self.files.fasta, self.config.features, self.progress)
        if contigs:
            self._tell_contigs(contigs)
        separator = self._find(separator_of, self.files.fasta, contigs, self.config.bins) if contigs else None
        columns = self._reads(contigs)
        if contigs and separator and columns:
            self.rows["samples"] = ", ".join(sample for _, sample in columns)
            self.rows["mode"] = mode_of(separator, contigs.contigs, len(columns))
            self.rows["separator"] = separator.description.removeprefix("Separator: ")
        marker_set = self._find(markers.marker_set_of, self.config.markers, run)
        device = self._find(_device_of, self.config.encoder)
        if contigs and columns and run and not self.problems:
            self.rows["markers"] = f"{len(marker_set)} kinds of single-copy genes" if marker_set else "none"
            self.rows["training"] = self._said_training(contigs, device)
            self._compare_with_machine(contigs, len(columns))
            return Plan(self.rows, *_kept_and_to_do(run, self._steps(run, columns, marker_set)))
        return Plan(self.rows, problems=self.problems)

    def _find(self, look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What a check returns; None, with the problem noted and said, where it raises a VambxError."""
        try:
            return look(*args, **kwargs)
        except VambxError as error:
            if (sentence := str(error)) not in self.problems:
                self.problems.append(sentence)
                logger.error("%s", sentence)
            return None

    def _reads(self, contigs: Composition | None) -> Sequence[Column] | None:
        """Look at each file that depths come from; return the columns of the abundance."""
        files = self.files
        bams = [path for given in files.bams for path in self._find(find_bams, [given]) or ()]
        tables = [path for given in files.depths for path in self._find(find_depths, [given]) or ()]
        if contigs is not None:
            self._look_into(bams, tables, contigs)
        names = self._find(lambda: find_named_bams(files.bams)[1])
        if names is None or self._find(find_depths, files.depths) is None:
            return None
        reads = self._find(Reads, bams, tables, names, files.reference, files.sort)
        if reads is None:
            return None
        self.rows["reads"] = _said_reads(reads)
        return self._find(abundance.columns_of, reads, contigs.contigs, self.config.features) if contigs else None

    def _look_into(self, bams: Sequence[Path], tables: Sequence[Path], contigs: Composition) -> None:
        headers: list[BamHeader] = []
        with self.progress.task("Checking reads", len(bams) + len(tables), "files") as task:
            for done, path in enumerate(bams, start=1):
                headers += self._find(read_headers, [path], contigs, self.files.sort) or ()
                task.advance_to(done, path.name)
            for done, path in enumerate(tables, start=len(bams) + 1):
                if table := self._find(table_in, path):
                    self._find(table.read, contigs.contigs)
                task.advance_to(done, path.name)
        self._find(check_reference, headers, self.files.reference)

    def _tell_contigs(self, composition: Composition) -> None:
        contigs, long = composition.contigs, composition.long
        bases = int(contigs.lengths[long].sum())
        self.rows["contigs"] = f"{len(long):,} of at least {composition.min_length:,} bp, {said_bases(bases)}"
        short = int(contigs.lengths.sum()) - bases
        self.rows["recruits"] = f"{said_count(len(contigs) - len(long), 'shorter contig')}, {said_bases(short)}"
        self.rows["left out"] = f"{len(composition.set_aside):,}, shorter still or without a 4-mer"

    def _said_training(self, contigs: Composition, device: str | None) -> str:
        if len(contigs.long) < latent.LEAST_TO_TRAIN:
            return f"none, with fewer than {latent.LEAST_TO_TRAIN} contigs to train on"
        return f"{self.config.encoder.encoder} of {len(contigs.long):,} contigs; device: {device}"

    def _compare_with_machine(self, composition: Composition, n_samples: int) -> None:
        """Say what memory and disk the run would take, and warn where the machine has less."""
        n_contigs, n_all = len(composition.contigs), len(composition.contigs) + len(composition.set_aside)
        n_bases = int(composition.contigs.lengths.sum())
        reading = n_all * _READ * min(self.threads, n_samples)
        choosing = n_contigs * (_CHOSEN + _DEPTH * n_samples) + n_bases * _COMPARED
        memory = _LIBRARIES + max(choosing, reading)
        numbers = 12 * n_samples + 4 * self.config.encoder.n_latent  # depth, RPKM, a sample's own depth; latent
        disk = n_contigs * (_COUNTED + numbers) + int(n_bases * _WRITTEN)
        has, space = free_memory(), free_disk(self.files.outdir)
        self.rows["memory"] = f"about {said_bytes(memory)}" + (f"; {said_bytes(has)} are free" if has else "")
        self.rows["disk"] = f"up to {said_bytes(disk)}; {said_bytes(space)} are free"
        if has and has < memory:
            logger.warning(
                "The run may take %s of memory, and %s are free; raise --min-length and --recruit-length, give fewer "
                "--threads, or take a larger machine",
                said_bytes(memory),
                said_bytes(has),
            )
        if space < disk:
            logger.warning(
                "%s: the results may take %s of disk, and %s are free; free space or choose another --outdir",
                self.files.outdir,
                said_bytes(disk),
                said_bytes(space),
            )

    def _steps(self, run: Run, columns: Sequence[Column], marker_set: MarkerSet | None) -> Sequence[Step]:
        """The steps of the run, in their order; the reads are taken for what they were if they are as large."""
        layout, fasta, config, paths = run.layout, self.files.fasta, self.config, abundance.paths_of(columns)
        digests = dict.fromkeys(paths, "of others") | run.recorded(paths)
        marked = marker_set is not None
        return [
            composition.step_of(layout, fasta, config.features),
            abundance.step_of(layout, config.features, columns, digests),
            *([] if marker_set is None else [markers.step_of(layout, fasta, marker_set)]),
            latent.step_of(layout, config.encoder),
            clusters.step_of(layout, config.bins),
            chosen.step_of(layout, config.bins, marked),
            bins.step_of(layout, fasta, config.bins, marked),
        ]


def _kept_and_to_do(run: Run, steps: Sequence[Step]) -> tuple[list[str], list[str]]:
    """Names of the steps that would be kept, and of those that would be done, or stand on one that is done."""
    kept, to_do, anew = [], [], set[Path]()
    for step in steps:
        if anew.isdisjoint(step.inputs) and run.keeps(step):
            kept.append(step.name)
        else:
            to_do.append(step.name)
            anew.update(step.outputs)
    return kept, to_do


def _said_reads(reads: Reads) -> str:
    said = []
    if reads.bams:
        size = sum(bam.stat().st_size for bam in reads.bams)
        said.append(f"{said_count(len(reads.bams), 'BAM or CRAM file')}, {said_bytes(size)}")
    if reads.depths:
        said.append(said_count(len(reads.depths), "file of depths", "files of depths"))
    return "; ".join(said)


def _device_of(config: EncoderConfig) -> str:
    from vambx.encode.device import resolve_device  # loads torch

    return resolve_device(config.device).type
