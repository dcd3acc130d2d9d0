"""Names that notebooks of the past call to keep an array in a file."""

from typing import IO, Any

import numpy as np
import numpy.typing as npt

from vambx.io.npz import write_npz_to

_NAME = "arr_0"


def write_npz(file: IO[bytes], array: npt.NDArray[Any]) -> None:
    """Write one array to an open binary file as npz."""
    write_npz_to(file, {_NAME: array})


def read_npz(file: IO[bytes]) -> npt.NDArray[Any]:
    """Read the one array of an npz file; nothing in it is run (no pickle)."""
    with np.load(file, allow_pickle=False) as archive:
        array: npt.NDArray[Any] = archive[_NAME]
    return array
