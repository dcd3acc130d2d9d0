"""Parts: the work of one step cut in pieces that know nothing of each other, made anywhere, and joined.

A part is a file of its own. It tells which part of how many it is, and by the step's key what it was made of, so that
nothing is joined but all parts of the same input, settings and version, each of them once.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError, UsageError
from vambx.io.npz import pack_text, read_arrays, write_arrays

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Part:
    """One of several parts of a step's work.

    Attributes:
        number: which one, from 1.
        of: how many there are.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise UsageError(f"--part must be from 1/{self.of} to {self.of}/{self.of}, not {self.number}/{self.of}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The part that `3/10` means.

        Raises:
            UsageError: the text means none.
        """
        if not (found := re.fullmatch(r"(\d{1,9})/([1-9]\d{0,8})", text)):
            raise UsageError(f"--part must be a number and how many there are, such as 3/10, not {text!r}")
        return cls(int(found[1]), int(found[2]))

    def of_items(self, weights: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """int64 (n,): indices of the items that are in this part, ascending; every item is in one part.

        Parts are runs of items, of about equal weight; as many parts as there are items of equal weight hold one each.

        Args:
            weights: int64 (n_items,), above 0.
        """
        before = np.cumsum(weights) - weights
        number = before * self.of // max(int(weights.sum()), 1)
        return np.flatnonzero(number == self.number - 1)


def write_part(path: Path, part: Part, key: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write what was made of one part, for a step of this key.

    Raises:
        OutputError: the file cannot be written.
    """
    about = {"part": np.array([part.number, part.of]), "key": pack_text([key])}
    write_arrays(path, {**about, **arrays})


def read_parts(
    paths: Sequence[str | os.PathLike[str]],
    key: str,
    like: Mapping[str, npt.NDArray[Any]],
    fit: Callable[[Arrays], bool] = lambda arrays: True,
) -> list[Arrays]:
    """Read all parts of a step of this key, in their order, in whatever order they are given.

    Args:
        paths: of the parts.
        key: of the step.
        like: arrays of the names, types and numbers of axes that those of a part have.
        fit: whether arrays of a part are what they should be.

    Raises:
        InputError: a file is no part, or of something else; a part is missing, or there twice.
    """
    found: dict[int, dict[str, npt.NDArray[Any]]] = {}
    of = 0
    for path in paths:
        arrays = read_arrays(path, ["part", "key", *like])
        number, n_parts = _which(path, arrays.pop("part"))
        if arrays.pop("key").tobytes() != key.encode():
            raise InputError(f"{path}: was made of other input, other settings or by another version; make it anew")
        alike = all((arrays[name].dtype, arrays[name].ndim) == (one.dtype, one.ndim) for name, one in like.items())
        if not alike or not fit(arrays):
            raise InputError(f"{path}: its arrays are not those of a part of this step; make it anew")
        if of not in (0, n_parts):
            raise InputError(f"{path}: is one of {n_parts} parts, those before it of {of}; give the parts of one cut")
        if number in found:
            raise InputError(f"{path}: is part {number}/{n_parts}, which is given twice; give every part once")
        found[number], of = arrays, n_parts
    if missing := sorted(set(range(1, of + 1)) - set(found)):
        raise InputError(f"part {missing[0]}/{of} is not among the parts given; give all of them to --parts")
    return [found[number] for number in sorted(found)]


def _which(path: str | os.PathLike[str], part: npt.NDArray[Any]) -> tuple[int, int]:
    if part.shape == (2,) and part.dtype == np.int64 and 1 <= part[0] <= part[1]:
        return int(part[0]), int(part[1])
    raise InputError(f"{path}: does not tell which part it is; make it anew")
