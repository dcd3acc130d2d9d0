"""Depth of contigs from BAM files, by pycoverm.

A read counts where its primary alignment lies, on the bases that its CIGAR matches (M, = and X): single or paired,
short or long, of any mapping quality, a duplicate or failed in quality too. Where mates overlap both count. Secondary
and supplementary alignments, deletions, skipped bases, insertions and clipped ends do not count; so a long read that
is split between two contigs counts on one of them. Its identity is that of the alignment, by CIGAR and NM tag.
"""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError, VambxError
from vambx.io.bam import NotSortedError, damaged
from vambx.io.bam_streams import Stream
from vambx.io.digests import unreadable
from vambx.io.workers import Workers, death_of

_DAMAGED = "[E::"  # how htslib begins its errors, which pycoverm does not always heed
_NOT_HEARD = "Broken pipe"  # what a stream says whose records nobody reads any more


class TagTypeError(InputError):
    """An NM tag is of a type that pycoverm does not read: signed, as Picard, samtools calmd and pysam may write it."""

    def __init__(self, path: Path) -> None:
        remedy = f"write right ones: samtools calmd -b {path} contigs.fa > with_nm.bam"
        super().__init__(f"{path}: an NM tag is no count of mismatches; {remedy}")


def require_pycoverm() -> None:
    """See that pycoverm is there; it is an extra because of its licence (GPL).

    Raises:
        InputError: it is not installed.
    """
    if find_spec("pycoverm") is None:
        raise InputError("depth from BAM files needs pycoverm; install it: pip install 'vambx[bam]'")


def mean_depth(
    bam: Path, min_identity: float, stream: Stream | None = None, workers: Workers | None = None
) -> npt.NDArray[np.float32]:
    """Mean depth of every reference of one BAM, by pycoverm.

    The 75 bases at each end of a contig are left out, where reads cannot map well. It runs in a process of its own:
    pycoverm holds the interpreter's lock, and ends in a panic on odd records.

    Args:
        bam: sorted by coordinate, as `read_header` has seen.
        min_identity: least identity of a read that counts, 0 to 1.
        stream: gives the BAM's records, where the file itself cannot be read.
        workers: start the process; None: some of its own.

    Returns:
        float32 (n_references,), mean reads covering a base, in the header's order.

    Raises:
        NotSortedError: the records are not sorted by coordinate.
        TagTypeError: an NM tag is of a type that pycoverm does not read; those of SAM text are.
        InputError: a record that pycoverm cannot use.
        ResourceError: the process was killed, or ran out of memory.
    """
    workers = workers or Workers()
    if stream is None:
        try:
            with open(bam, "rb") as records:  # by its name pycoverm would open none that is not UTF-8
                return _computed(bam, min_identity, records, workers)
        except FileNotFoundError as error:
            raise unreadable(bam, error) from error
    return _streamed(bam, stream, min_identity, workers)


def _streamed(bam: Path, stream: Stream, min_identity: float, workers: Workers) -> npt.NDArray[np.float32]:
    problem = None
    with TemporaryFile() as log:
        with workers.start(stream.command, stderr=log, env=stream.environment) as at_work:
            try:
                depths = _computed(bam, min_identity, at_work.stdout, workers)
            except VambxError as error:
                problem = error
        log.seek(0)
        said = log.read().decode(errors="replace")
    if at_work.returncode != 0 and not (problem and _NOT_HEARD in said):
        raise stream.explain(at_work.returncode, said)
    if problem:
        raise problem
    return depths


def _computed(bam: Path, min_identity: float, records: IO[bytes] | None, workers: Workers) -> npt.NDArray[np.float32]:
    command, environment = ("depths", "/dev/stdin", str(min_identity)), {**os.environ, "RUST_BACKTRACE": "0"}
    options = {"stderr": subprocess.PIPE, "env": environment}
    with ThreadPoolExecutor(1) as pool, workers.start(command, records, **options) as at_work:
        depths = pool.submit(at_work.stdout.read)  # type: ignore[union-attr]
        said = _said_by(at_work)
        found = np.frombuffer(depths.result(), dtype=np.float32)
    if at_work.returncode == -signal.SIGSEGV:
        raise damaged(bam)
    if at_work.returncode != 0 or _DAMAGED in said:
        raise death_of(bam, 0 if _DAMAGED in said else at_work.returncode, said) or _explain(bam, said)
    return found


def _said_by(worker: subprocess.Popen[bytes]) -> str:
    """What the worker says until it is done; at the first damage it is ended: some it would read again for ever."""
    said = ""
    for line in worker.stderr or ():
        said += line.decode(errors="replace")
        if _DAMAGED in said:
            worker.kill()
            worker.wait()
            break
    return said


def _explain(path: Path, panic: str) -> InputError:
    lines = [line.strip() for line in panic.splitlines() if line.strip()]
    if _DAMAGED in panic:
        return damaged(path)
    if "unsorted" in panic:
        return NotSortedError(path)
    if "out of bounds" in panic:
        return InputError(f"{path}: a read lies beyond the end of its contig; map the reads to these contigs again")
    if "'NM'" in panic:
        remedy = f"add it: samtools calmd -b {path} contigs.fa > with_nm.bam"
        return InputError(f"{path}: a read has no NM tag, which its identity is computed from; {remedy}")
    if "type of NM" in panic:
        return TagTypeError(path)
    reason = next((line for line in reversed(lines) if not line.startswith("note:")), "it crashed")
    return InputError(f"{path}: pycoverm could not compute depths ({reason}); is the file whole?")
