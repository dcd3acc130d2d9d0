"""Strings of an object array, as numpy pickles them into npz files, read without unpickling.

The pickle is only cut into its instructions, none of which is carried out. Of a plain list of strings these are few;
any other is refused. So a file from a stranger can say what it likes, and as much as it has room for.
"""

import os
import pickletools
import zipfile
from io import BytesIO

from vambx.errors import InputError
from vambx.io.npz import check_sizes, read_header

_STRINGS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
_LIST = {"MARK", "APPEND", "APPENDS", "MEMOIZE", "BINPUT", "LONG_BINPUT", "FRAME"}
_SMALLEST = 200  # to which names can be packed at best; they differ from each other


def read_strings(path: str | os.PathLike[str], name: str) -> tuple[str, ...]:
    """The strings of an array with one axis in an npz file.

    Raises:
        InputError: the file holds no such array, or the array holds what are no strings.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as member:
            info = archive.getinfo(f"{name}.npy")
            check_sizes(os.path.getsize(path), [info])
            if info.file_size > _SMALLEST * info.compress_size:
                raise ValueError("is packed more tightly than names can be")
            (n_strings,), _, dtype = read_header(member)
            if not dtype.hasobject:
                raise ValueError("is no array of objects")
            strings = _strings_of(member.read())
        if len(strings) != n_strings:
            raise ValueError("has another length than it says")
    except MemoryError:
        raise
    except Exception as error:
        why = " ".join(str(error).split())
        raise InputError(f"{path}: the names in its array {name!r} cannot be read ({why}); make it anew") from error
    return strings


def _strings_of(pickled: bytes) -> tuple[str, ...]:
    strings: list[str] = []
    inside = False
    for instruction, argument, _ in pickletools.genops(BytesIO(pickled)):
        if not inside:
            inside = instruction.name == "EMPTY_LIST"
        elif instruction.name in _STRINGS:
            strings.append(str(argument))
        elif instruction.name == "TUPLE":
            return tuple(strings)
        elif instruction.name not in _LIST:
            raise ValueError(f"holds more than strings: {instruction.name}")
    raise ValueError("holds no list")
