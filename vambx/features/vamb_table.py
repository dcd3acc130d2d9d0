"""Vamb's own table of depths: its abundance.npz, whose rows are named in the composition.npz beside it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.features.depth_tables import Depths, check_numbers, check_rows, check_samples
from vambx.io.bam_files import sample_names
from vambx.io.npz import read_arrays
from vambx.io.object_arrays import read_strings

_COMPOSITION = "composition.npz"
_LEFT_OUT = "if Vamb's -m left them out, give --min-length and --recruit-length of at least that"


def is_vamb(names: set[str]) -> bool:
    """Whether an npz file is Vamb's, by the names of its arrays."""
    return {"matrix", "samplenames"} <= names


@dataclass(frozen=True)
class VambTable:
    """Vamb's abundance.npz.

    Attributes:
        path: the file.
        samples: one a column.
    """

    path: Path
    samples: tuple[str, ...]
    kind: str = "abundance.npz of Vamb"

    @classmethod
    def of(cls, path: Path) -> "VambTable":
        """Look which samples it tells of; where these are the paths of BAM files, they are named as ours.

        Raises:
            InputError: the names cannot be read.
        """
        names = read_strings(path, "samplenames")
        if all(name.endswith(".bam") for name in names):
            names = sample_names([Path(name) for name in names])
        check_samples(path, names)
        return cls(path, names)

    def read(self, contigs: Contigs) -> Depths:
        """The depths of the contigs: float32 (n_contigs, n_samples).

        Raises:
            InputError: Vamb's composition.npz is not there or another's, a contig is missing, a number is no depth.
        """
        composition = self.path.with_name(_COMPOSITION)
        if not composition.is_file():
            raise InputError(f"{self.path}: names no contigs; put the {_COMPOSITION} of the same run of Vamb beside it")
        names = read_strings(composition, "identifiers")
        arrays = read_arrays(self.path, ["matrix", "refhash"])
        matrix, known = arrays["matrix"], arrays["refhash"].tobytes().rstrip(b"\0")
        if matrix.dtype != np.float32 or matrix.shape != (len(names), len(self.samples)) or known != _hash_of(names):
            raise InputError(f"{self.path}: was made for other contigs than {composition}; give both of one run")
        row_of = {name: row for row, name in enumerate(names)}
        rows = np.array([row_of.get(name, -1) for name in contigs.names], dtype=np.int64)
        check_rows(self.path, contigs, rows >= 0, _LEFT_OUT)
        depth: Depths = matrix[rows]
        check_numbers(self.path, self.samples, contigs, depth)
        return depth


def _hash_of(names: tuple[str, ...]) -> bytes:
    """What Vamb knows a list of contigs by, without zeros at the end, which numpy does not tell of."""
    digest = hashlib.md5(usedforsecurity=False)
    for name in names:
        digest.update(name.encode().rstrip())
    return digest.digest().rstrip(b"\0")
