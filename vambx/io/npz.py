"""Read and write npz files: plain arrays and text, no pickle, the same bytes for the same content.

A file may come from a stranger: what it says of its own sizes is held against the file before any memory is taken.
"""

import math
import os
import struct
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError
from vambx.io.atomic import replacing
from vambx.io.digests import not_made
from vambx.io.mapped import give_back_pages

_SMALLEST = {zipfile.ZIP_STORED: 1, zipfile.ZIP_DEFLATED: 1032}  # packed at best (zlib's technical details)
_KINDS = "biufSU"  # of numpy's types: numbers, bytes and text
_ROWS_AT_ONCE = 1 << 16
_READ_AT_ONCE = 1 << 20
_LENGTHS_AT = 26  # bytes into a local file header of zip: lengths of the name and of the extra field
_EPOCH = (1980, 1, 1, 0, 0, 0)  # numpy stamps the members with the time of day; equal content shall be equal bytes


@dataclass(frozen=True)
class Blocks:
    """An array that is larger than memory should be: written block by block.

    Attributes:
        shape: of all of it.
        dtype: of all of it.
        blocks: its rows, in their order, some at a time.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Iterable[npt.NDArray[Any]]


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any] | Blocks]) -> None:
    """Write named arrays to an uncompressed npz file.

    Raises:
        OutputError: the file cannot be written.
    """
    with replacing(path, "wb") as handle:
        write_npz_to(handle, arrays)


def write_npz_to(handle: IO[bytes], arrays: Mapping[str, npt.NDArray[Any] | Blocks]) -> None:
    """Write named arrays as npz to an open binary file."""
    with zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            with archive.open(member, "w", force_zip64=True) as out:
                if isinstance(array, Blocks):
                    _write_blocks(out, array)
                else:
                    np.lib.format.write_array(out, np.asarray(array), allow_pickle=False)


def _write_blocks(out: IO[bytes], array: Blocks) -> None:
    header = {
        "descr": np.lib.format.dtype_to_descr(array.dtype),
        "fortran_order": False,
        "shape": array.shape,
    }
    np.lib.format.write_array_header_1_0(out, header)
    for block in array.blocks:
        out.write(np.ascontiguousarray(block, array.dtype).data.cast("B"))


def read_arrays(
    path: str | os.PathLike[str], expected: Collection[str], mapped: Collection[str] = ()
) -> dict[str, npt.NDArray[Any]]:
    """Read the arrays named `expected` from an npz file.

    Those that are `mapped` too stay in the file, memory-mapped, to be read where they are looked at.

    Raises:
        InputError: the file is missing, no npz, truncated, or lacks one of the arrays.
    """
    path = Path(path)
    if not path.exists():
        raise not_made(path)
    with _archive(path) as archive:
        there = _names_of(archive)
        if missing := [name for name in expected if name not in there]:
            raise InputError(f"{path}: holds no array {missing[0]!r}; it was not made by this step")
        check_sizes(path.stat().st_size, [archive.getinfo(f"{name}.npy") for name in expected])
        return {
            name: _map_member(path, archive, name) if name in mapped else _read_member(archive, name)
            for name in expected
        }


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """An npz file; whatever is wrong with it is an error that names it, but for a lack of memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (InputError, MemoryError):
        raise
    except Exception as error:
        raise InputError(f"{path}: is no whole npz file ({type(error).__name__}); make it anew") from error


def names_in(path: Path) -> set[str]:
    """The names of the arrays of an npz file; none if it cannot be read."""
    try:
        with _archive(path) as archive:
            return _names_of(archive)
    except InputError:
        return set()


def _names_of(archive: zipfile.ZipFile) -> set[str]:
    return {member.removesuffix(".npy") for member in archive.namelist()}


def read_rows(path: Path, name: str, start: int, stop: int) -> npt.NDArray[Any]:
    """Some rows of an array of a file that was read, and so checked, before; nothing is kept open."""
    with zipfile.ZipFile(path) as archive:
        rows: npt.NDArray[Any] = np.array(_map_member(path, archive, name, checked=True)[start:stop])
    return rows


def all_within(array: npt.NDArray[Any], least: float, most: float) -> bool:
    """Whether all numbers of an array, which may lie in its file, are within bounds; NaN never is."""
    return all(part.min() >= least and part.max() <= most for part in iter_blocks(array) if part.size)


def iter_blocks(array: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    """Some rows at a time; of a memory-mapped array no more than these are in memory."""
    for start in range(0, len(array), _ROWS_AT_ONCE):
        yield array[start : start + _ROWS_AT_ONCE]
        give_back_pages(array)


def check_sizes(left: int, members: Iterable[zipfile.ZipInfo]) -> None:
    """See that members of an archive of so many bytes can be as large as they say.

    Raises:
        ValueError: they cannot: the file is too small for them, or nothing can be packed so well.
    """
    for member in members:
        left -= member.compress_size
        if left < 0 or member.file_size > member.compress_size * _SMALLEST.get(member.compress_type, 0):
            raise ValueError("members of another size than they can have")


def read_header(handle: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether it is in Fortran's order, and type of the array that an open npy file holds."""
    version = np.lib.format.read_magic(handle)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        shape, fortran_order, dtype = read[version](handle)
    except MemoryError as error:  # of Python's parser, whose stack is small
        raise ValueError("a header nested too deeply") from error
    if any(type(n) is not int or n < 0 for n in shape):
        raise ValueError("a shape that cannot be")
    return shape, fortran_order, dtype


def _read_plain_header(handle: IO[bytes], n_bytes: int) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The header of an array of numbers or text that ends where its member, of so many bytes, does."""
    start = handle.tell()
    shape, fortran_order, dtype = read_header(handle)
    if dtype.kind not in _KINDS or not dtype.itemsize:
        raise ValueError("a type that is not known")
    if handle.tell() - start + math.prod(shape) * dtype.itemsize != n_bytes:
        raise ValueError("another number of bytes than the array has")
    return shape, fortran_order, dtype


def _read_member(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as member:
        _read_plain_header(member, info.file_size)
        member.seek(0)
        array: npt.NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
        if member.read(1):  # at its end the checksum is compared
            raise ValueError("more bytes than the array has")
    return array


def _map_member(path: Path, archive: zipfile.ZipFile, name: str, checked: bool = False) -> npt.NDArray[Any]:
    """The array of a member that is not compressed, as the file holds it."""
    info = archive.getinfo(f"{name}.npy")
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError("compressed")
    with archive.open(info) as member:
        while not checked and member.read(_READ_AT_ONCE):  # at its end the checksum is compared
            pass
    with open(path, "rb") as handle:
        handle.seek(info.header_offset + _LENGTHS_AT)
        n_name, n_extra = struct.unpack("<HH", handle.read(4))
        handle.seek(info.header_offset + _LENGTHS_AT + 4 + n_name + n_extra)
        shape, fortran_order, dtype = _read_plain_header(handle, info.file_size)
        if not math.prod(shape):  # nothing cannot be mapped
            return np.empty(shape, dtype)
        return np.memmap(handle, dtype, "r", handle.tell(), shape, "F" if fortran_order else "C")


def pack_text(lines: Iterable[str]) -> npt.NDArray[np.uint8]:
    """Strings without line breaks as one uint8 array, which npz holds without pickle."""
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def unpack_text(array: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    """What `pack_text` packed."""
    return tuple(array.tobytes().decode().split("\n")) if array.size else ()
