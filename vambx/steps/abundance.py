"""Step 2: the depth of the contigs in each sample.

Each sample's depths are a file of their own, made here or elsewhere; at the end they are joined. So what is done
outlives a run that is ended, and memory does not grow with the number of samples.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import vambx
from vambx.config import FeatureConfig
from vambx.errors import InputError
from vambx.features.abundance import iter_depths, read_headers
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.features.depths import SampleDepths, is_table, read_table, table_sample, write_joined
from vambx.io.atomic import make_folder
from vambx.io.bam import sample_names
from vambx.layout import Layout
from vambx.progress import Progress
from vambx.provenance import Existing, Run, Step, digest_of, digests_of


@dataclass(frozen=True)
class Reads:
    """Where depths come from.

    Attributes:
        bams: reads mapped to the contigs, a file a sample.
        depths: depths that are known already, a file a sample: of `vambx depth`, or tables of strobealign.
    """

    bams: Sequence[Path]
    depths: Sequence[Path] = ()


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
    contigs = Composition.read(layout.composition).contigs
    names = names_of(reads, contigs, config)
    digests = digests_of(list(names), threads, progress)

    def work(key: str) -> None:
        kept = {path: _kept(layout, path, digests[path], config) for path in names}
        _keep_tables([path for path in reads.depths if is_table(path)], kept, digests, contigs)
        _keep_bams(run, {bam: names[bam] for bam in reads.bams}, kept, digests, config, threads, progress)
        files = [path if path in reads.depths and not is_table(path) else kept[path] for path in names]
        write_joined(layout.abundance, files, list(names.values()), contigs)
        shutil.rmtree(layout.depths, ignore_errors=True)

    settings = {"min_identity": config.min_identity, "samples": list(names.values())}
    run.step(Step("abundance", settings, [layout.composition, *names], [layout.abundance], digests), work)


def make_part(run: Run, bam: Path, output: Path, sample: str | None, config: FeatureConfig, progress: Progress) -> None:
    """Write the depths of one BAM's sample to a file of its own, which `make` takes."""
    composition = Composition.read(run.layout.composition)
    headers = read_headers([bam], composition)
    with progress.task("Computing depths", 1, "BAM files"):
        for _, depth in iter_depths(headers, composition.contigs, config.min_identity):
            name = sample_names([bam])[0] if sample is None else sample
            SampleDepths(name, depth, digest_of(bam), config.min_identity, composition.contigs.digest).write(output)


def names_of(reads: Reads, contigs: Contigs, config: FeatureConfig) -> dict[Path, str]:
    """The sample of each file, in the order of the columns.

    Raises:
        InputError: two samples have one name, or a file of depths cannot be used.
    """
    names = dict(zip(reads.bams, sample_names(reads.bams), strict=True))
    names |= {path: _sample_in(path, contigs, config) for path in reads.depths}
    _check_unique(names)
    return names


def _sample_in(path: Path, contigs: Contigs, config: FeatureConfig) -> str:
    """The sample of a file of depths."""
    if is_table(path):
        return table_sample(path)
    found = SampleDepths.read(path, contigs)
    if found.min_identity != config.min_identity:
        raise InputError(
            f"{path}: was made with --min-identity {found.min_identity}, not {config.min_identity}; make it anew, or "
            "give the same"
        )
    return found.sample


def _check_unique(names: Mapping[Path, str]) -> None:
    first: dict[str, Path] = {}
    for path, name in names.items():
        if not name or not name.isprintable():
            raise InputError(f"{str(path)!r}: cannot name a sample; rename the file")
        if (other := first.setdefault(name, path)) != path:
            raise InputError(f"{path}: two samples would be named {name!r}, the other is {other}; rename one of them")


def _kept(layout: Layout, path: Path, digest: str, config: FeatureConfig) -> Path:
    """Where the depths of a file are kept until all are there; another file, setting or version has another place."""
    made_of = json.dumps([vambx.__version__, path.name, digest, config.min_identity])
    return layout.depths / f"{hashlib.sha256(made_of.encode()).hexdigest()}.npz"


def _keep_tables(
    tables: Sequence[Path], kept: Mapping[Path, Path], digests: Mapping[Path, str], contigs: Contigs
) -> None:
    for path in tables:
        depth = read_table(path, contigs)
        make_folder(kept[path].parent)
        SampleDepths(table_sample(path), depth, digests[path], float("nan"), contigs.digest).write(kept[path])


def _keep_bams(
    run: Run,
    names: Mapping[Path, str],
    kept: Mapping[Path, Path],
    digests: Mapping[Path, str],
    config: FeatureConfig,
    threads: int,
    progress: Progress,
) -> None:
    """Compute the depths of the BAMs, unless they are kept already."""
    if not names:
        return
    composition = Composition.read(run.layout.composition)
    contigs = composition.contigs
    headers = read_headers(list(names), composition)
    done = 0
    with progress.task("Computing depths", len(names), "BAM files") as task:
        missing = []
        for header in headers:
            with suppress(InputError):
                SampleDepths.read(kept[header.path], contigs)
                done += 1
                task.advance_to(done, names[header.path])
                continue
            missing.append(header)
        for header, depth in iter_depths(missing, contigs, config.min_identity, threads):
            bam = header.path
            make_folder(kept[bam].parent)
            SampleDepths(names[bam], depth, digests[bam], config.min_identity, contigs.digest).write(kept[bam])
            done += 1
            task.advance_to(done, names[bam])
