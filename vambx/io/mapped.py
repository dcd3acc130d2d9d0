"""Memory-mapped matrices, of which no more than what is looked at shall be in memory."""

import mmap
from typing import Any

import numpy as np


def give_back_pages(matrix: Any) -> None:
    """Let go of the memory that the pages of a memory-mapped matrix take; they are read again when they are needed."""
    while isinstance(matrix, np.ndarray):
        if isinstance(matrix, np.memmap) and matrix.mode == "c":
            return  # what was changed in memory is nowhere else
        matrix = matrix.base
    if isinstance(matrix, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):  # not on every system
        matrix.madvise(mmap.MADV_DONTNEED)
