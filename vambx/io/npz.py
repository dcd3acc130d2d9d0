"""Read and write npz files: plain arrays and text, no pickle, the same bytes for the same content."""

import os
import zipfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError
from vambx.io.atomic import replacing

_EPOCH = (1980, 1, 1, 0, 0, 0)  # numpy stamps the members with the time of day; equal content shall be equal bytes


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write named arrays to an uncompressed npz file.

    Raises:
        OutputError: the file cannot be written.
    """
    with replacing(path, "wb") as handle:
        write_npz_to(handle, arrays)


def write_npz_to(handle: IO[bytes], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write named arrays as npz to an open binary file."""
    with zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            with archive.open(member, "w", force_zip64=True) as out:
                np.lib.format.write_array(out, np.asarray(array), allow_pickle=False)


def read_arrays(path: str | os.PathLike[str], expected: Collection[str]) -> dict[str, npt.NDArray[Any]]:
    """Read the arrays named `expected` from an npz file.

    Raises:
        InputError: the file is missing, no npz, truncated, or lacks one of the arrays.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: the file does not exist; run the step that makes it")
    try:
        with zipfile.ZipFile(path) as archive:
            there = {member.removesuffix(".npy") for member in archive.namelist()}
            if missing := [name for name in expected if name not in there]:
                raise InputError(f"{path}: holds no array {missing[0]!r}; it was not made by this step")
            return {name: _read_member(archive, name) for name in expected}
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{path}: is no whole npz file ({type(error).__name__}); make it anew") from error


def _read_member(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    with archive.open(f"{name}.npy") as member:
        array: npt.NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
        if member.read(1):
            raise ValueError("more bytes than the array has")
    return array


def pack_text(lines: Iterable[str]) -> npt.NDArray[np.uint8]:
    """Strings without line breaks as one uint8 array, which npz holds without pickle."""
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def unpack_text(array: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    """What `pack_text` packed."""
    return tuple(array.tobytes().decode().split("\n")) if array.size else ()
