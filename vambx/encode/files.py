"""Files that torch writes, read without believing them: they may come from a stranger, or be damaged.

Torch runs nothing of them (`weights_only`), but looks at no checksum, takes the memory that a file asks for, and before
2.13 reads beyond the end of a tensor that is shorter than it says.
"""

import io
import os
import zipfile
from collections.abc import Mapping
from copy import deepcopy
from typing import IO, Any

import torch

from vambx.io.npz import check_sizes

File = str | os.PathLike[str] | IO[bytes]


def dumped(content: Mapping[str, Any]) -> memoryview:
    """What `torch.save` would write, in memory: it tells of a full disk in riddles."""
    whole = io.BytesIO()
    torch.save(dict(content), whole)
    return whole.getbuffer()


def loaded(file: File) -> dict[str, Any]:
    """What `dumped` was given, in no more memory than the file has bytes.

    Raises:
        FileNotFoundError: the file is not there.
        Exception: of whatever kind: the file is not whole, or none of torch's.
    """
    if not isinstance(file, str | os.PathLike):
        content = io.BytesIO(file.read())
        _check(content, content.getbuffer().nbytes)
        content.seek(0)
        return _dict(torch.load(content, map_location="cpu", weights_only=True))
    _check(file, os.path.getsize(file))
    # Mapped, a tensor cannot reach beyond the file; copied, its memory is its own.
    return _dict(deepcopy(torch.load(file, map_location="cpu", weights_only=True, mmap=True)))


def check_finite(weights: Mapping[str, torch.Tensor]) -> None:
    """See that weights are numbers.

    Raises:
        ValueError: they are not all finite.
    """
    if not all(torch.isfinite(value).all() for value in weights.values()):
        raise ValueError("weights that are no numbers")


def check_moments(optimizer: torch.optim.Optimizer) -> None:
    """See that what an optimizer keeps of each weight is of its shape, or one number; torch does not look.

    Raises:
        ValueError: it is not.
    """
    for weight, moments in optimizer.state.items():
        if any(value.ndim and value.shape != weight.shape for value in moments.values()):
            raise ValueError("moments that do not fit the weights")


def _check(file: File, size: int) -> None:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        check_sizes(size, members)
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("compressed")
        if len(set(archive.namelist())) < len(members) or archive.testzip() is not None:
            raise ValueError("damaged")


def _dict(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise TypeError("no dict")
    return content
