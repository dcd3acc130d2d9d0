"""Bins that are there already, of vambx or of another binner: a folder of FASTA files, or a table."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vambx.errors import InputError, UsageError
from vambx.features.bases import IllegalBaseError, check_bases
from vambx.io.fasta import Record, existing_fasta, iter_fasta
from vambx.io.text import iter_lines

_HEADS = ("contig", "sequence", "scaffold")
_FASTA = re.compile(r"(.+)\.(?:fa|fna|fasta)(?:\.(?:gz|bz2|xz|zst))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Contained:
    """A contig and the number of its bin."""

    bin: int
    sequence: str


class Source(Protocol):
    """Where bins are read from."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the bins, unique."""

    @property
    def size(self) -> int:
        """Bytes that will be read."""

    def contigs(self, progress: Callable[[int], None]) -> Iterator[Contained]:
        """Every contig of every bin; `progress` is called with the bytes read so far."""


def open_source(bins: Path, fasta: Path | None) -> Source:
    """Look at bins, without reading their contigs.

    Args:
        bins: a folder with a FASTA a bin, or a table of contig and bin, tab-separated, in either order.
        fasta: the contigs of a table.

    Raises:
        InputError: there are no bins; two share a name or a contig; the table does not fit the contigs.
        UsageError: a table without FASTA.
    """
    if bins.is_dir():
        return Folder.open(bins)
    if not bins.is_file():
        raise InputError(f"{bins}: does not exist; give a folder of bins, or a table of contig and bin")
    if fasta is None:
        raise UsageError(f"{bins}: is a table of bins, so their contigs are needed; give them with --fasta")
    return _Table.open(bins, existing_fasta(fasta))


@dataclass(frozen=True)
class Folder:
    """A folder of FASTA files, a bin each."""

    names: tuple[str, ...]
    files: tuple[Path, ...]

    @classmethod
    def open(cls, folder: Path) -> "Folder":
        """Find the bins of a folder.

        Raises:
            InputError: there are none, or two of one name.
        """
        found: dict[str, Path] = {}
        for path in sorted(folder.iterdir()):
            match = _FASTA.fullmatch(path.name)
            if match is None or path.name.startswith(".") or not path.is_file():
                continue
            if other := found.get(match[1]):
                raise InputError(f"{path}: {other.name} is a bin of that name too; take one of them away")
            found[match[1]] = path
        if not found:
            raise InputError(
                f"{folder}: holds no bin (*.fa, *.fna, *.fasta, plain or .gz); give the folder of the bins"
            )
        return cls(tuple(found), tuple(found.values()))

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.files)

    def contigs(self, progress: Callable[[int], None]) -> Iterator[Contained]:
        """Every contig with the bin that it is in."""
        before = 0
        for number, path in enumerate(self.files):
            for record in iter_fasta(path, lambda done, start=before: progress(start + done)):  # type: ignore[misc]
                yield Contained(number, _bases(path, record))
            before += path.stat().st_size


@dataclass(frozen=True)
class _Table:
    names: tuple[str, ...]
    bin_of: dict[str, int]
    fasta: Path

    @classmethod
    def open(cls, path: Path, fasta: Path) -> "_Table":
        pairs = read_pairs(path)
        there = {record.name for record in iter_fasta(fasta)}
        number: dict[str, int] = {}
        bin_of: dict[str, int] = {}
        for contig, name in _contig_first(path, pairs, there, fasta):
            i = number.setdefault(name, len(number))
            if bin_of.setdefault(contig, i) != i:
                raise InputError(f"{path}: contig {contig} is in two bins; leave it in one of them")
        return cls(tuple(number), bin_of, fasta)

    @property
    def size(self) -> int:
        return self.fasta.stat().st_size

    def contigs(self, progress: Callable[[int], None]) -> Iterator[Contained]:
        for record in iter_fasta(self.fasta, progress):
            if record.name in self.bin_of:
                yield Contained(self.bin_of[record.name], _bases(self.fasta, record))


def _bases(path: Path, record: Record) -> str:
    try:
        check_bases(record.sequence)
    except IllegalBaseError as error:
        raise InputError(f"{path}: contig {record.name}: {error}; give nucleotide sequences") from error
    return record.sequence


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """The first two columns, each up to its first white space; comments and the head of CAMI's format left out."""
    pairs = []
    for number, line in iter_lines(path, "give a table of contig and bin"):
        if line.startswith(("#", "@")):
            continue
        words = [word.split(maxsplit=1) for word in line.split("\t", maxsplit=2)[:2]]
        if len(words) < 2 or not words[0] or not words[1]:
            raise InputError(f"{path}: line {number} is not contig and bin; write two columns with a tab between")
        pairs.append((words[0][0], words[1][0]))
    return pairs


def is_header(contig: str, name: str) -> bool:
    """`contig` and `bin`, `contigname` and `clustername`; but `contig_1` and `bin_1` are not."""
    text = contig.lower() + name.lower()
    return contig.lower().startswith(_HEADS) and not any(sign.isdigit() for sign in text)


def _contig_first(path: Path, pairs: list[tuple[str, str]], there: set[str], fasta: Path) -> list[tuple[str, str]]:
    """The rows as contig and bin, without a header; the contigs' column is the one whose names are in the FASTA."""
    known = [sum(pair[column] in there for pair in pairs) for column in (0, 1)]
    if known[1] > known[0]:
        pairs = [(contig, name) for name, contig in pairs]
    if pairs and pairs[0][0] not in there and is_header(*pairs[0]):
        pairs = pairs[1:]
    if not pairs:
        raise InputError(f"{path}: holds no bin; give a table of contig and bin")
    unknown = [contig for contig, _ in pairs if contig not in there]
    if unknown:
        raise InputError(
            f"{path}: {len(unknown)} of {len(pairs)} contigs are not in {fasta} (such as {unknown[0]}); "
            "give the FASTA that was binned"
        )
    return pairs
