"""What the fuzzer knows of a reader: what files it reads, and how."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Reader:
    """One way in which vambx reads a file.

    Attributes:
        name: of the reader.
        seeds: writes valid files into a folder, and tells which of them are to be spoiled; the others stay beside.
        read: what vambx does with the file, which lies where `seeds` wrote it.
        mutate: changes that know the format, which half of the inputs get; None: only those that fit any file.
    """

    name: str
    seeds: Callable[[Path], Sequence[Path]]
    read: Callable[[Path], object]
    mutate: Callable[[bytes, random.Random], bytes] | None = None
