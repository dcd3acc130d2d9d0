"""Streams of records, sorted by coordinate, of files that pycoverm cannot read as they are (samtools, by pysam).

A CRAM file, or one that is not sorted by coordinate, goes through a pipe; it is nowhere written whole. On disk come to
lie, for as long, a plain copy of the reference that CRAM files are read with, and the pieces that sorting makes.
Nothing is looked up on the network.
"""

import hashlib
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pysam
from pysam.utils import SamtoolsError

from vambx.errors import InputError, OutputError, VambxError
from vambx.io.atomic import cannot_write
from vambx.io.bam import BamHeader, damaged, memory_for
from vambx.io.fasta import iter_fasta
from vambx.io.workers import NO_MEMORY, death_of
from vambx.machine import is_limited

logger = logging.getLogger(__name__)

_MEMORY = 2 << 30  # bytes that all sorting at a time may take
_NEEDED = "required_fields=0xa2e"  # flag, reference, position, CIGAR, bases and tags; names and qualities are not
_THE_FASTA = "give --reference the FASTA that the reads were mapped to"
_NO_REFERENCE = ("fetch reference", "populate reference", "No reference found")
_DAMAGED = ("truncated", "error reading file", "[E::", *NO_MEMORY)  # which asks for more than such a file can need
_DISK_FULL = ("No space left", "quota exceeded")


@dataclass(frozen=True)
class Stream:
    """A process that writes BAM, or SAM, sorted by coordinate, to its standard output.

    Attributes:
        path: the file that it reads.
        command: what its worker is to do.
        environment: its variables.
        folder: where it keeps what it cannot hold in memory.
    """

    path: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path

    @classmethod
    def of(cls, path: Path) -> "Stream":
        """A file's records as they are."""
        return cls(path, ("view", "-u", "-o", "-", os.fspath(path.absolute())), os.environ, path.parent)

    def as_text(self) -> "Stream":
        """The same as SAM, in which whole numbers have no types."""
        sam = "-h" if "view" in self.command else "-Osam"
        return replace(self, command=tuple(sam if word == "-u" else word for word in self.command))

    def explain(self, code: int, said: str) -> VambxError:
        """What went wrong, from the process' exit code and what it said."""
        has_enough = self.command[0] == "within" and not is_limited()
        if death := death_of(self.path, code, "" if has_enough else said):
            return death
        if any(words in said for words in _DISK_FULL):
            return OutputError(f"{self.folder}: cannot be written (disk full); free space or choose another folder")
        if any(words in said for words in _NO_REFERENCE):
            return InputError(
                f"{self.path}: the bases that the reads were mapped to are not in the CRAM file; {_THE_FASTA}"
            )
        if any(words in said for words in _DAMAGED):
            return damaged(self.path)
        last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it crashed")
        return InputError(f"{self.path}: cannot be read ({last}); is the file whole?")


@dataclass(frozen=True)
class Streams:
    """Makes the streams.

    Attributes:
        folder: for temporary files.
        reference: plain FASTA with an index, to read CRAM files with; None: what their headers and REF_PATH name.
        sort: whether files that are not sorted are sorted.
        memory: bytes that sorting one file may take.
        threads: for sorting one file.
    """

    folder: Path
    reference: Path | None
    sort: bool
    memory: int
    threads: int

    def of(self, header: BamHeader) -> Stream | None:
        """The stream of a file; None: it can be read as it is."""
        if not header.is_sorted:
            return self.sorted(header)
        return self._stream(header, "view", "-u") if header.is_cram else None

    def sorted(self, header: BamHeader) -> Stream:
        """The stream of a file that is sorted first, whatever its header says."""
        pieces = Path(mkdtemp(dir=self.folder)) / "piece"
        memory = max(self.memory // self.threads, 32 << 20)
        command = ("sort", "-u", "-m", str(memory), "-@", str(self.threads), "-T", os.fspath(pieces))
        return self._stream(header, *command, memory=3 * memory * self.threads)  # less would do, but for its overhead

    def _stream(self, header: BamHeader, *command: str, memory: int = 0) -> Stream:
        options = ["--input-fmt-option", _NEEDED] if header.is_cram else []
        if header.is_cram and self.reference is not None:
            options += ["--reference", os.fspath(self.reference)]
        line = (*command, *options, "-o", "-", os.fspath(header.path.absolute()))
        if header.is_cram:
            line = ("within", str(memory_for(header.path, header.lengths) + memory), *line)
        return Stream(header.path, line, {**os.environ, "REF_PATH": self._local_references()}, self.folder)

    def _local_references(self) -> str:
        """Where reference sequences may be looked for by their checksum: never on the network, which is the default."""
        path = os.environ.get("REF_PATH", "")
        return path if path and "://" not in path and "URL=" not in path else os.fspath(self.folder)


@contextmanager
def open_streams(
    headers: Sequence[BamHeader], reference: Path | None, sort: bool, folder: Path | None, threads: int = 1
) -> Iterator[Streams | None]:
    """Make ready to stream files, `threads` of them at a time, and take away afterwards what that left on disk.

    Args:
        headers: of the files.
        reference: FASTA that the CRAM files' reads were mapped to; None: what their headers name.
        sort: whether files that are not sorted are sorted.
        folder: in which a folder for temporary files is made; None: the system's.
        threads: files that are read at a time.

    Yields:
        None where all files can be read as they are.

    Raises:
        InputError: the reference is none of a CRAM file.
        OutputError: a temporary file cannot be written.
    """
    crams = [header for header in headers if header.is_cram]
    if not crams and not sort:
        yield None
        return
    at_once = max(min(threads, len(headers)), 1)
    try:
        temporary = TemporaryDirectory(prefix="streams-", dir=folder, ignore_cleanup_errors=True)
    except OSError as error:
        raise cannot_write(folder or Path("the folder for temporary files"), error) from error
    with temporary as name:
        copy = _reference_for(crams, reference, Path(name)) if crams else None
        _tell_of_sorting(headers, at_once, Path(name))
        yield Streams(Path(name), copy, sort, _MEMORY // at_once, max(threads // at_once, 1))


def _tell_of_sorting(headers: Sequence[BamHeader], at_once: int, folder: Path) -> None:
    sizes = sorted((header.path.stat().st_size for header in headers if not header.is_sorted), reverse=True)
    if sizes:
        logger.info(
            "Sorting %d BAM files, %d at a time, which takes up to %.1f MB of disk in %s until they are done",
            len(sizes),
            min(at_once, len(sizes)),
            sum(sizes[:at_once]) / 1e6,
            folder,
        )


def _reference_for(crams: Sequence[BamHeader], given: Path | None, folder: Path) -> Path | None:
    """A plain copy, with an index, of the reference; None where none is given, nor named by a CRAM file and here."""
    source = given or _named_reference(crams)
    if source is None:
        return None
    logger.info(
        "Reading CRAM files with %s; a plain copy takes about %.1f MB of disk in %s until they are read",
        source,
        sum(crams[0].lengths) / 1e6,
        folder,
    )
    copy = folder / "reference.fa"
    _check_checksums(crams, source, _write_copy(source, copy))
    return copy


def check_reference(headers: Sequence[BamHeader], given: Path | None) -> None:
    """See that the CRAM files can be read with a reference, as `open_streams` does; nothing is written.

    Raises:
        InputError: the reference is none of a CRAM file.
    """
    crams = [header for header in headers if header.is_cram]
    if crams and (source := given or _named_reference(crams)) is not None:
        _check_checksums(crams, source, {record.name: _md5(record.sequence) for record in iter_fasta(source)})


def _named_reference(crams: Sequence[BamHeader]) -> Path | None:
    """The file that a CRAM file's header names as its reference, if it is here."""
    for cram in crams:
        named = _fields(_reference_lines(cram.path)[0]).get("UR", "")
        here = Path(named.removeprefix("file://").removeprefix("file:"))
        if named and here.is_file():
            return here
        if "://" in named.removeprefix("file://"):
            raise InputError(f"{cram.path}: its reference lies on the network ({named}), not here; {_THE_FASTA}")
    return None


def _check_checksums(crams: Sequence[BamHeader], source: Path, there: Mapping[str, str]) -> None:
    """See that sequences of these checksums, by name, are those of each CRAM file."""
    checked: list[str] = []
    for cram in crams:
        if (lines := _reference_lines(cram.path)) != checked:
            _check_lines(cram.path, lines, source, there)
            checked = lines


def _check_lines(path: Path, lines: Sequence[str], source: Path, there: Mapping[str, str]) -> None:
    wanted = {fields["SN"]: fields.get("M5", "") for fields in map(_fields, lines)}
    if lacking := [name for name in wanted if name not in there]:
        raise InputError(
            f"{path}: the reference {source} lacks {len(lacking)} of the CRAM file's sequences, such as {lacking[0]}; "
            f"{_THE_FASTA}"
        )
    if others := [name for name, checksum in wanted.items() if checksum not in ("", there[name])]:
        raise InputError(
            f"{path}: {len(others)} sequences of the reference {source} are not those that the reads were mapped to, "
            f"such as {others[0]} (their checksums differ); {_THE_FASTA}"
        )


def _write_copy(source: Path, copy: Path) -> dict[str, str]:
    """Copy a FASTA file in plain, with an index; return the md5 of each sequence, by name."""
    checksums: dict[str, str] = {}
    try:
        with open(copy, "w", encoding="utf-8") as handle:
            for record in iter_fasta(source):
                handle.write(f">{record.name}\n{record.sequence}\n")
                checksums[record.name] = _md5(record.sequence)
        pysam.faidx(os.fspath(copy))
    except OSError as error:
        raise cannot_write(copy, error) from error
    except SamtoolsError as error:
        raise InputError(f"{source}: cannot be indexed ({' '.join(str(error.value).split())}); {_THE_FASTA}") from error
    return checksums


def _md5(sequence: str) -> str:
    """The checksum of a reference sequence in SAM headers."""
    return hashlib.md5(sequence.upper().encode(), usedforsecurity=False).hexdigest()


def _reference_lines(path: Path) -> list[str]:
    """The lines of a CRAM file's header that tell of its reference sequences."""
    verbosity = pysam.set_verbosity(0)  # htslib would miss an index
    try:
        with pysam.AlignmentFile(os.fspath(path), "rc", check_sq=False) as cram:
            return [line for line in str(cram.header).splitlines() if line.startswith("@SQ\t")]
    finally:
        pysam.set_verbosity(verbosity)


def _fields(line: str) -> dict[str, str]:
    return dict(field.split(":", 1) for field in line.split("\t")[1:])
