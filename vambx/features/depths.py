"""The depths of one sample by themselves, and the joining of many samples to one table.

One sample's depths can be computed on another machine (`vambx depth`) or be told by a table of another tool. They are
joined a block of contigs at a time, so that memory does not grow with the number of samples.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

import vambx
from vambx.errors import InputError
from vambx.features.abundance import scale_of
from vambx.features.contigs import Contigs
from vambx.features.depth_tables import Table
from vambx.features.vamb_table import VambTable, is_vamb
from vambx.io.npz import Blocks, names_in, pack_text, read_arrays, read_rows, unpack_text, write_arrays

_ARRAYS = ("depth", "sample", "reads_sha256", "min_identity", "version", "names_sha256")
_BLOCK = 1 << 25  # numbers of a block: 128 MB
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class SampleDepths:
    """How deep each contig was sequenced in one sample.

    Attributes:
        sample: its name.
        depth: float32 (n_contigs,), mean reads covering a base.
        reads_sha256: of the file that they were computed of.
        min_identity: what a read had to have to count; NaN where another tool counted.
        names_sha256: `Contigs.digest` of the contigs.
    """

    sample: str
    depth: npt.NDArray[np.float32]
    reads_sha256: str
    min_identity: float
    names_sha256: str

    def write(self, path: Path) -> None:
        """Write them to an npz file.

        Raises:
            OutputError: the file cannot be written.
        """
        write_arrays(
            path,
            {
                "depth": self.depth,
                "sample": pack_text([self.sample]),
                "reads_sha256": pack_text([self.reads_sha256]),
                "min_identity": np.array(self.min_identity),
                "version": pack_text([vambx.__version__]),
                "names_sha256": pack_text([self.names_sha256]),
            },
        )

    @classmethod
    def read(cls, path: str | os.PathLike[str], contigs: Contigs) -> "SampleDepths":
        """Read what `write` wrote, and see that its rows are these contigs.

        Raises:
            InputError: the file is missing or broken, was made for other contigs or by another version.
        """
        a = read_arrays(path, _ARRAYS)
        try:
            sample, reads, version, names = (
                "".join(unpack_text(a[name])) for name in ("sample", "reads_sha256", "version", "names_sha256")
            )
            min_identity = float(a["min_identity"])
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}: its arrays are not as they should be; make it anew") from error
        if version != vambx.__version__:
            raise InputError(f"{path}: was made by vambx {version}, this is {vambx.__version__}; make it anew")
        depth = a["depth"]
        if names != contigs.digest or depth.shape != (len(contigs),) or depth.dtype != np.float32:
            raise InputError(f"{path}: was made for other contigs than the composition; make it anew")
        if not (np.isfinite(depth).all() and (depth >= 0).all()):
            raise InputError(f"{path}: holds depths that cannot be; make it anew")
        return cls(sample, depth, reads, min_identity, names)


def table_in(path: Path) -> Table | VambTable | None:
    """The table of depths in a file, with what its beginning tells; None: it is one of `SampleDepths`.

    Raises:
        InputError: the file cannot be read, or is no table that is known.
    """
    try:
        with open(path, "rb") as handle:
            is_npz = path.suffix == ".npz" or handle.read(4) == _ZIP
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); may you read it?") from error
    if not is_npz:
        return Table.of(path)
    names = names_in(path)
    if is_vamb(names):
        return VambTable.of(path)
    if names and not names >= set(_ARRAYS):
        raise InputError(f"{path}: holds no sample's depths; give a file of vambx depth, or Vamb's abundance.npz")
    return None


def write_joined(
    path: Path, files: Sequence[Path], samples: Sequence[str], contigs: Contigs, block: int = _BLOCK
) -> None:
    """Write `abundance.npz` (`vambx.features.abundance.Abundance`) of the files of `SampleDepths`, in their order.

    Args:
        path: where to.
        files: one a sample.
        samples: their names.
        contigs: the rows.
        block: numbers that are held in memory at a time.

    Raises:
        InputError: a file is broken, or was made for other contigs.
        OutputError: the file cannot be written.
    """
    scales = np.array([scale_of(SampleDepths.read(file, contigs).depth, contigs.lengths) for file in files])
    n_rows = max(block // max(len(files), 1), 1)

    def blocks() -> Iterator[npt.NDArray[np.float32]]:
        for start in range(0, len(contigs), n_rows):
            columns = [read_rows(file, "depth", start, start + n_rows) for file in files]
            yield np.stack(columns, axis=1)

    shape, dtype = (len(contigs), len(files)), np.dtype(np.float32)
    write_arrays(
        path,
        {
            "depth": Blocks(shape, dtype, blocks()),
            "rpkm": Blocks(shape, dtype, ((rows * scales).astype(np.float32) for rows in blocks())),
            "samples": pack_text(samples),
            "names_sha256": pack_text([contigs.digest]),
        },
    )


def find_depths(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The files of depths, in the order given.

    Raises:
        InputError: one does not exist, or is given twice.
    """
    found = [Path(path) for path in paths]
    seen: set[Path] = set()
    for path in found:
        if not path.is_file():
            raise InputError(f"{path}: the file of depths does not exist; give those of vambx depth, or tables")
        if path.resolve() in seen:
            raise InputError(f"{path}: the file of depths is given twice; give every sample once")
        seen.add(path.resolve())
    return found
