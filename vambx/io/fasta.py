"""Read and write FASTA: plain, gz, bz2, xz or zst; wrapped or not; Unix or DOS line ends."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import dnaio
from dnaio.readers import FastaReader

from vambx.errors import InputError
from vambx.io.text import Bounded, TooLongError, reason_of, short, unpacked

LONGEST = 2**31 - 1
"""Bytes of a contig with its header and line ends: no BAM can hold a longer one."""


@dataclass(frozen=True, slots=True)
class Record:
    """One sequence of a FASTA file.

    Attributes:
        name: the header up to the first white space.
        header: the whole header, without `>`.
        sequence: the bases as they stand in the file, line breaks taken out.
    """

    name: str
    header: str
    sequence: str


def iter_fasta(path: str | os.PathLike[str], progress: Callable[[int], None] = lambda done: None) -> Iterator[Record]:
    """Yield the records of a FASTA file in order.

    Args:
        path: plain, gz, bz2, xz or zst.
        progress: called after each record with the bytes of the file read so far.

    Raises:
        InputError: the file is missing, empty, truncated, not FASTA, a contig is longer than can be, or a name cannot
            be or is that of two.
    """
    path = existing_fasta(path)
    seen: set[str] = set()
    try:
        with (
            open(path, "rb") as raw,
            unpacked(raw) as plain,
            FastaReader(cast(BinaryIO, Bounded(plain, [b">"], LONGEST))) as reader,
        ):
            for entry in reader:
                name = _name_of(entry.name, path)
                if name in seen:
                    raise InputError(
                        f"{path}: two contigs are named {short(name)!r}; rename them so that every name "
                        "(the header up to the first white space) is unique"
                    )
                seen.add(name)
                progress(raw.tell())
                yield Record(name, entry.name, entry.sequence)
    except InputError:
        raise
    except TooLongError as error:
        raise InputError(
            f"{path}: a contig is longer than {LONGEST:,} bp, and no BAM can hold it; give the assembled contigs"
        ) from error
    except (dnaio.FastaFormatError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a FASTA file ({reason_of(error)}); give the assembled contigs") from error
    except Exception as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}); is the file whole?") from error
    if not seen:
        raise InputError(f"{path}: the FASTA file is empty; give the file of the assembled contigs")


def existing_fasta(path: str | os.PathLike[str]) -> Path:
    """The path, if a file is there.

    Raises:
        InputError: there is none.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is a pipe, and is read twice" if path.exists() else "does not exist"
        raise InputError(f"{path}: the FASTA file {what}; give the file of the assembled contigs")
    return path


def _name_of(header: str, path: Path) -> str:
    parts = header.split(maxsplit=1)
    if not parts or header[0].isspace():
        raise InputError(f"{path}: a contig has no name (header {'>' + header!r}); name every contig")
    if not parts[0].isprintable():
        raise InputError(f"{path}: a contig is named {short(repr(parts[0]))}; name it with signs that can be seen")
    return parts[0]
