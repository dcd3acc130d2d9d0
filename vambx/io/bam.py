"""Look into BAM and CRAM files: whole, sorted, with reads, and which references these were mapped to."""

import errno
import os
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pysam

from vambx.errors import InputError
from vambx.io.workers import Workers, death_of

_PEEK = 10_000  # records whose order is looked at where the header does not vouch for it
_INDEXES = (".bai", ".csi", ".crai")
_A_SLICE = 256 << 20  # bytes of memory; the records of a CRAM slice take half of it where they are packed most tightly


@dataclass(frozen=True, slots=True)
class BamHeader:
    """The references that reads were mapped to.

    Attributes:
        path: the BAM or CRAM file.
        references: their names up to the first white space, as those of contigs, in the file's order.
        lengths: bp of each.
        is_cram: whether it is CRAM.
        is_sorted: whether the records are sorted by coordinate, as far as was looked.
    """

    path: Path
    references: tuple[str, ...]
    lengths: tuple[int, ...]
    is_cram: bool = False
    is_sorted: bool = True


class NotSortedError(InputError):
    """The reads of a file are not sorted by coordinate; or, `by_name`, its header says that they are by name."""

    def __init__(self, path: Path, by_name: bool = False) -> None:
        how = "sorted by read name, as its header says, not by coordinate" if by_name else "not sorted by coordinate"
        super().__init__(f"{path}: the BAM file is {how}; sort it: samtools sort -o sorted.bam {path}, or give --sort")


def read_header(path: Path, sort: bool = False) -> BamHeader:
    """Read a BAM's header; see that the file is whole, sorted by coordinate, and holds reads.

    Args:
        path: BAM or CRAM.
        sort: whether one that is not sorted will do, as it is going to be.

    Raises:
        InputError: the file is no BAM, truncated, not sorted by coordinate, or without a read.
    """
    verbosity = pysam.set_verbosity(0)  # htslib would print what the error says already
    try:
        with pysam.AlignmentFile(os.fspath(path), "rb", check_sq=False) as bam:
            if bam.is_sam:
                raise InputError(f"{path}: is SAM, no BAM file; make one: samtools sort -o out.bam {path}")
            if not (bam.is_bam or bam.is_cram):
                raise _no_bam(path)
            if not bam.references:
                raise InputError(f"{path}: the BAM file lists no references; map the reads to the contigs")
            try:
                _check_order(path, bam)
                is_sorted = True
            except NotSortedError:
                if not sort:
                    raise
                is_sorted = False
            return BamHeader(path, _names(path, bam.references), bam.lengths, bam.is_cram, is_sorted)
    except (OSError, ValueError, IndexError, NotImplementedError) as error:
        # After a failed read pysam fails to close, too; what went wrong first is what to tell.
        raise _unreadable(path, error.__context__ or error) from error
    finally:
        pysam.set_verbosity(verbosity)


def _names(path: Path, references: tuple[str, ...]) -> tuple[str, ...]:
    """The references' names up to the first white space; some mappers, as BBMap, take whole headers of the FASTA."""
    names = tuple((name.split(maxsplit=1) or [""])[0] for name in references)
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise InputError(
            f"{path}: two references are named {twice!r} (up to the first white space); rename the contigs so that "
            "every name is unique, and map the reads again"
        )
    return names


def _unreadable(path: Path, error: BaseException) -> InputError:
    reason = str(error)
    if path.exists() and path.stat().st_size == 0:
        return InputError(f"{path}: the BAM file is empty; map the reads again")
    if "truncated" in reason or "EOF" in reason or "while reading" in reason:
        return damaged(path)
    if path.suffix in _INDEXES:
        return InputError(f"{path}: is the index of a BAM file; leave it out, and give the BAM files alone")
    if isinstance(error, NotImplementedError):  # of seeking in gzip that is not in the blocks of BAM
        return InputError(f"{path}: is packed by gzip; pack it as BAM: samtools view -b -o new.bam {path}")
    if isinstance(error, OSError) and error.errno not in (None, 0, errno.ENOEXEC, errno.EISDIR):
        return InputError(f"{path}: the BAM file cannot be read ({os.strerror(error.errno)}); may you read it?")
    return _no_bam(path)


def _no_bam(path: Path) -> InputError:
    return InputError(f"{path}: is no BAM file; give the reads mapped to the contigs, as samtools sort writes them")


def damaged(path: Path) -> InputError:
    """The sentence for a file that breaks off or holds what cannot be."""
    kind = "CRAM" if path.suffix == ".cram" else "BAM"
    return InputError(f"{path}: the {kind} file is truncated or damaged; copy it again or map the reads again")


def no_reads(path: Path) -> InputError:
    """The sentence for a sample without a mapped read."""
    return InputError(
        f"{path}: no read is mapped to the contigs (reads within 75 bp of their ends or under --min-identity do not "
        "count); map this sample's reads, or leave the file out"
    )


def _check_order(path: Path, bam: pysam.AlignmentFile) -> None:
    first = str(bam.header).partition("\n")[0].split("\t")  # to_dict would take seconds for a million references
    declared = "unknown" if first[0] != "@HD" else dict(field.split(":", 1) for field in first[1:]).get("SO", "unknown")
    last: tuple[int, ...] = ()
    n_reads = 0
    for here in _places(path, bam, 1 if declared in ("coordinate", "queryname") else _PEEK):
        n_reads += 1
        if here[0] < 0:
            break  # unmapped reads come last
        if here < last:
            raise NotSortedError(path)
        last = here
    if not n_reads:
        raise no_reads(path)
    if declared == "queryname":
        raise NotSortedError(path, by_name=True)


def _places(path: Path, bam: pysam.AlignmentFile, n: int) -> Iterator[tuple[int, ...]]:
    """Reference (-1: none) and position of each of the first n records."""
    if not bam.is_cram:
        return ((read.reference_id, read.reference_start) for read in islice(bam.fetch(until_eof=True), n))
    command = ("within", str(memory_for(path, bam.lengths)), "places", os.fspath(path.absolute()), str(n))
    with Workers().start(command, stderr=subprocess.DEVNULL) as at_work:
        places = at_work.stdout.read()  # type: ignore[union-attr]
    if at_work.returncode != 0:
        raise death_of(path, at_work.returncode, "") or damaged(path)
    return struct.iter_unpack("<ii", places)


def memory_for(path: Path, lengths: Sequence[int]) -> int:
    """Bytes of memory that unpacking a CRAM file may take; a damaged one may ask for gigabytes.

    Args:
        path: the file.
        lengths: bp of its references.
    """
    return _A_SLICE + 20 * path.stat().st_size + 4096 * len(lengths) + 2 * sum(lengths)
