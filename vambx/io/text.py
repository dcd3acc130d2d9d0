"""Read what others wrote: files that may be packed, lines of any kind, numbers of every notation.

Text is UTF-8, with a byte order mark or without. A line ends as on Unix, DOS or an old Mac, and nowhere else. A number
is written with the digits 0 to 9 and a point: `1_000`, full-width digits and `0x1F` are none.
"""

import bz2
import io
import lzma
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, cast

from xopen import xopen

from vambx.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_LINE = 1 << 26
"""Bytes: room for the names of a million samples. What is longer is no line of a table, and could fill the memory."""

_CHUNK = 1 << 17
_XZ_MEMORY = 1 << 30  # bytes; the strongest preset asks for 64 MB
_MEMBERS: dict[bytes, Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]] = {
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY),
}


def unpacked(raw: BinaryIO) -> BinaryIO:
    """What a file holds that is open for reading: plain, gz, bz2, xz or zst, also of several members.

    A thread of its own unpacks gz; the pipes that would unpack zst do not tell of truncated files.
    """
    head = raw.peek(6)  # type: ignore[attr-defined]
    for magic, make in _MEMBERS.items():
        if head.startswith(magic):
            return io.BufferedReader(_Members(raw, make))
    return xopen(raw, "rb", threads=1 if head.startswith(b"\x1f\x8b") else 0)


class _Members(io.RawIOBase):
    """The members of a bz2 or xz file, one after another.

    The standard library takes a later member that is damaged for the end of the file. Zeros may follow, and pad.
    """

    def __init__(self, raw: BinaryIO, make: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> None:
        self._raw, self._make, self._member = raw, make, make()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer, or a part of it; 0 at the end."""
        room = memoryview(buffer)
        data = b""
        while not data:
            packed = b""
            if self._member.eof:
                packed = self._member.unused_data.lstrip(b"\0")
                while not packed and (more := self._raw.read(_CHUNK)):
                    packed = more.lstrip(b"\0")
                if not packed:
                    return 0
                self._member = self._make()
            elif self._member.needs_input and not (packed := self._raw.read(_CHUNK)):
                raise ValueError("it ends in the middle of what is packed")
            data = self._member.decompress(packed, len(room))
        room[: len(data)] = data
        return len(data)


class TooLongError(ValueError):
    """A piece of a file is longer than such a piece can be."""


class Bounded(io.BufferedIOBase):
    """A file as it is read, ended where a piece of it, from one of these signs to the next, is longer than can be.

    A packed file of a few kilobytes can hold as many gigabytes, on one line, as somebody wishes.
    """

    def __init__(self, plain: BinaryIO, signs: Sequence[bytes], most: int) -> None:
        self._plain, self._signs, self._most = plain, signs, most
        self._length = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read1(self, size: int | None = -1, /) -> bytes:
        """The next bytes; more than are asked for, as those who decode text ask for 8 kB, which takes longer.

        Raises:
            TooLongError: the piece that they end is longer than `most`.
        """
        block = self._plain.read(_CHUNK)
        begins = max(map(block.rfind, self._signs)) + 1
        self._length = len(block) - begins + (0 if begins else self._length)
        if self._length > self._most:
            raise TooLongError
        return block


def iter_lines(path: str | os.PathLike[str], remedy: str, encoding: str = "utf-8-sig") -> Iterator[tuple[int, str]]:
    """Yield number, from 1, and text of each line of a file, packed or not, but for lines of nothing but white space.

    Raises:
        InputError: the file cannot be read, is no text, or has a line that no table has; it ends with `remedy`.
    """
    try:
        with (
            open(path, "rb") as raw,
            unpacked(raw) as plain,
            io.TextIOWrapper(cast(BinaryIO, Bounded(plain, (b"\n", b"\r"), LONGEST_LINE)), encoding) as handle,
        ):
            for number, line in enumerate(handle, start=1):
                if not line.isspace():
                    yield number, line.rstrip("\n")
    except Exception as error:  # each way of packing has errors of its own
        raise InputError(f"{path}: cannot be read ({reason_of(error)}); {remedy}") from error


def reason_of(error: Exception) -> str:
    """What an error says, in one line."""
    if isinstance(error, UnicodeDecodeError):
        return "it is no text in UTF-8"
    if isinstance(error, TooLongError):
        return "a line is longer than that of any table"
    return getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__


def number_in(text: str) -> float:
    """The number that a text is; it may be NaN or infinite.

    Raises:
        ValueError: it is none.
    """
    if not is_plain(text):
        raise ValueError(f"{text!r} is no number")
    return float(text)


def whole_in(text: str) -> int:
    """The whole number that a text is.

    Raises:
        ValueError: it is none.
    """
    if not is_plain(text):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def is_plain(text: str) -> bool:
    """Whether a text holds none of the notations that Python takes for numbers, and nobody else does."""
    return "_" not in text and text.isascii()


def short(text: str) -> str:
    """Text that fits into a sentence."""
    text = "".join(letter if letter.isprintable() else " " for letter in text[:60])
    return text if len(text) < 60 else f"{text[:57]}..."
