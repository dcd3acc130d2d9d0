"""Abundance: the depth of every contig in every sample, contigs matched by name."""

import logging
import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.io.bam import BamHeader, NotSortedError, no_reads, read_header
from vambx.io.bam_depth import TagTypeError, mean_depth, require_pycoverm
from vambx.io.bam_files import sample_names
from vambx.io.bam_streams import Stream, Streams, open_streams
from vambx.io.digests import changed
from vambx.io.npz import all_within, pack_text, read_arrays, unpack_text, write_arrays
from vambx.io.workers import Workers

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Abundance:
    """How much of each contig is in each sample.

    Attributes:
        depth: float32 (n_contigs, n_samples), mean reads covering a base; rows as in the composition.
        rpkm: float32 (n_contigs, n_samples), reads per kilobase and million mapped reads, as depth tells them.
        samples: one unique name a column.
        names_sha256: `Contigs.digest` of the contigs of the rows.
    """

    depth: npt.NDArray[np.float32]
    rpkm: npt.NDArray[np.float32]
    samples: tuple[str, ...]
    names_sha256: str

    def write(self, path: Path) -> None:
        """Write `abundance.npz`.

        Raises:
            OutputError: the file cannot be written.
        """
        write_arrays(
            path,
            {
                "depth": self.depth,
                "rpkm": self.rpkm,
                "samples": pack_text(self.samples),
                "names_sha256": pack_text([self.names_sha256]),
            },
        )

    @classmethod
    def read(cls, path: str | os.PathLike[str], contigs: Contigs, mapped: bool = False) -> "Abundance":
        """Read `abundance.npz` and see that its rows are these contigs; if `mapped`, the matrices stay in the file.

        Raises:
            InputError: the file is missing or broken, was made for other contigs, or holds what is no depth.
        """
        matrices = ("depth", "rpkm")
        a = read_arrays(path, (*matrices, "samples", "names_sha256"), matrices if mapped else ())
        try:
            samples, digest = unpack_text(a["samples"]), unpack_text(a["names_sha256"])
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: its names are no text; make it anew") from error
        if digest != (contigs.digest,):
            raise InputError(f"{path}: was made for other contigs than the composition; make both anew")
        if any(a[name].shape != (len(contigs), len(samples)) or a[name].dtype != np.float32 for name in matrices):
            raise InputError(f"{path}: the matrix does not fit its contigs and samples; make it anew")
        if len(set(samples)) < len(samples) or not all(name.isprintable() for name in samples):
            raise InputError(f"{path}: two samples have one name, or one that is no name; make it anew")
        if not all(all_within(a[name], 0, float(np.finfo(np.float32).max)) for name in matrices):
            raise InputError(f"{path}: holds depths that cannot be; make it anew")
        return cls(a["depth"], a["rpkm"], samples, contigs.digest)


def rpkm_of(depth: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Reads per kilobase and million from mean depth; the read length cancels out.

    depth = reads x read length / contig length, so reads / kb / million = depth x 1e9 / sum(depth x contig length).

    Args:
        depth: float32 (n_contigs, n_samples); a column of zeros stays zeros.
        lengths: int64 (n_contigs,), bp.
    """
    rpkm: npt.NDArray[np.float32] = (depth * np.array([scale_of(column, lengths) for column in depth.T])).astype(
        np.float32
    )
    return rpkm


def scale_of(depth: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]) -> float:
    """What the depths (n_contigs,) of one sample are multiplied by to be RPKM; 0 where nothing was mapped."""
    mapped_bases = float((depth.astype(np.float64) * lengths).sum())
    return 1e9 / mapped_bases if mapped_bases > 0 else 0.0


def read_headers(bams: Sequence[Path], composition: Composition, sort: bool = False) -> list[BamHeader]:
    """Check every BAM before any long work: whole, sorted, with reads, mapped to these contigs.

    A BAM must list every contig of the FASTA, the set-aside ones too, at its length; order does not matter, and
    further references do no harm. BAMs with the same references share them in memory.

    Args:
        bams: BAM or CRAM files.
        composition: of the contigs.
        sort: whether files that are not sorted will do, as they are going to be.

    Raises:
        InputError: a BAM cannot be used; names the file, what differs, and the remedy.
    """
    require_pycoverm()
    contigs = composition.contigs
    lengths = dict(zip(contigs.names, contigs.lengths.tolist(), strict=True))
    lengths |= {contig.name: contig.length for contig in composition.set_aside}
    headers: list[BamHeader] = []
    for path in bams:
        header = read_header(path, sort)
        if headers and (header.references, header.lengths) == (headers[-1].references, headers[-1].lengths):
            headers.append(replace(header, references=headers[-1].references, lengths=headers[-1].lengths))
            continue
        _check_references(header, lengths)
        headers.append(header)
    return headers


def _check_references(header: BamHeader, lengths: dict[str, int]) -> None:
    there = dict(zip(header.references, header.lengths, strict=True))
    missing = [name for name in lengths if name not in there]
    extra = [name for name in there if name not in lengths]
    if missing:
        raise InputError(
            f"{header.path}: reads were mapped to another assembly: {len(missing)} contigs of the FASTA are not in the "
            f"BAM ({_some(missing)}), {len(extra)} of the BAM not in the FASTA ({_some(extra)}); "
            "give the FASTA that the reads were mapped to"
        )
    wrong = [name for name, length in lengths.items() if there[name] != length]
    if wrong:
        name = wrong[0]
        raise InputError(
            f"{header.path}: reads were mapped to another assembly: {len(wrong)} contigs have another length, such as "
            f"{name} ({lengths[name]} bp in the FASTA, {there[name]} in the BAM); "
            "give the FASTA that the reads were mapped to"
        )
    if extra:
        logger.debug("%s: %d references that the FASTA lacks are left out: %s", header.path, len(extra), _some(extra))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "") if names else "none"


def mapped_depth(
    header: BamHeader, min_identity: float, streams: Streams | None, workers: Workers | None = None
) -> npt.NDArray[np.float32]:
    """Mean depth of every reference of one BAM: float32 (n_references,).

    Raises:
        InputError: the BAM has no mapped read, or a record that pycoverm cannot use.
    """
    try:
        depths = _depth_of(header, min_identity, streams, workers)
    except TagTypeError:
        logger.debug("%s: is read as SAM, for the types of its NM tags", header.path)
        depths = _depth_of(header, min_identity, streams, workers, as_text=True)
    if len(depths) != len(header.references):
        raise changed(header.path)
    if not depths.any():
        raise no_reads(header.path)
    return depths


def _depth_of(
    header: BamHeader, min_identity: float, streams: Streams | None, workers: Workers | None, as_text: bool = False
) -> npt.NDArray[np.float32]:
    stream = streams.of(header) if streams else None
    if as_text:
        stream = (stream or Stream.of(header.path)).as_text()
    try:
        return mean_depth(header.path, min_identity, stream, workers)
    except NotSortedError:  # though its header, or its first reads, looked so
        if streams is None or not streams.sort:
            raise
        stream = streams.sorted(header)
        return mean_depth(header.path, min_identity, stream.as_text() if as_text else stream, workers)


def iter_depths(
    headers: Sequence[BamHeader],
    contigs: Contigs,
    min_identity: float,
    threads: int = 1,
    streams: Streams | None = None,
) -> Generator[tuple[BamHeader, npt.NDArray[np.float32]]]:
    """Compute the depth of every contig in each BAM, `threads` BAMs at a time; they come as they are done.

    Whoever ends before the last one closes the generator, which ends the work on the others.

    Args:
        headers: the BAMs, checked by `read_headers`.
        contigs: the rows of the depths.
        min_identity: least identity of a read that counts, 0 to 1.
        threads: BAMs read at a time.
        streams: for files that are CRAM or not sorted.

    Yields:
        A BAM and its depths, float32 (n_contigs,).

    Raises:
        InputError: a BAM has no mapped read, or a record that pycoverm cannot use.
    """
    rows, workers = np.zeros(0, dtype=np.int64), Workers()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        at_work: dict[Future[npt.NDArray[np.float32]], tuple[BamHeader, npt.NDArray[np.int64]]] = {}
        try:
            for i, header in enumerate(headers):
                if i == 0 or header.references is not headers[i - 1].references:
                    rows = _rows_of(contigs, header)
                at_work[pool.submit(mapped_depth, header, min_identity, streams, workers)] = header, rows
            for done in as_completed(list(at_work)):
                header, rows = at_work.pop(done)
                yield header, done.result()[rows]
        except BaseException:
            workers.end()
            pool.shutdown(cancel_futures=True)
            raise


def read_abundance(
    headers: Sequence[BamHeader],
    contigs: Contigs,
    min_identity: float,
    threads: int = 1,
    progress: Callable[[str], None] = lambda sample: None,
    reference: Path | None = None,
) -> Abundance:
    """Compute the depth of every contig in every BAM.

    Args:
        headers: the BAMs, checked by `read_headers`; those that are not sorted are sorted.
        contigs: the rows of the result.
        min_identity: least identity of a read that counts, 0 to 1.
        threads: BAMs read at a time.
        progress: called with a sample's name when its BAM is done.
        reference: FASTA that the reads of CRAM files were mapped to; None: what these name.

    Raises:
        InputError: a BAM has no mapped read, or a record that pycoverm cannot use.
    """
    samples = sample_names([header.path for header in headers])
    column = {header.path: i for i, header in enumerate(headers)}
    depth = np.zeros((len(contigs), len(headers)), dtype=np.float32)
    sort = any(not header.is_sorted for header in headers)
    with (
        open_streams(headers, reference, sort, None, threads) as streams,
        closing(iter_depths(headers, contigs, min_identity, threads, streams)) as found,
    ):
        for header, depths in found:
            depth[:, column[header.path]] = depths
            progress(samples[column[header.path]])
    return Abundance(depth, rpkm_of(depth, contigs.lengths), samples, contigs.digest)


def _rows_of(contigs: Contigs, header: BamHeader) -> npt.NDArray[np.int64]:
    """Where each contig is among a BAM's references."""
    position = {name: i for i, name in enumerate(header.references)}
    return np.array([position[name] for name in contigs.names], dtype=np.int64)
