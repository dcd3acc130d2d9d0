"""The depths of one sample by themselves, and the joining of many samples to one table.

One sample's depths can be computed on another machine (`vambx depth`) or by another tool (strobealign). They are joined
a block of contigs at a time, so that memory does not grow with the number of samples.
"""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from xopen import xopen

import vambx
from vambx.errors import InputError
from vambx.features.abundance import scale_of
from vambx.features.contigs import Contigs
from vambx.io.npz import Blocks, pack_text, read_arrays, read_rows, unpack_text, write_arrays

_ARRAYS = ("depth", "sample", "reads_sha256", "min_identity", "version", "names_sha256")
_BLOCK = 1 << 25  # numbers of a block: 128 MB
_MOST = float(np.finfo(np.float32).max)
_TABLES = (".tsv", ".txt", ".tab")
_PACKED = (".gz", ".bz2", ".xz", ".zst")


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


def is_table(path: Path) -> bool:
    """Whether a file is, by its name, a table as strobealign's and not one of `SampleDepths`."""
    return _stem(path).endswith(_TABLES)


def table_sample(path: Path) -> str:
    """The sample of a table: its file name without endings."""
    stem = _stem(path)
    return next((stem.removesuffix(ending) for ending in _TABLES if stem.endswith(ending)), stem)


def _stem(path: Path) -> str:
    return next((path.name.removesuffix(ending) for ending in _PACKED if path.name.endswith(ending)), path.name)


def read_table(path: Path, contigs: Contigs) -> npt.NDArray[np.float32]:
    """Read the depths that `strobealign --aemb` tells: contig and depth, further columns are passed over, no header.

    Contigs are matched by name; rows in any order, and of contigs that are none of these, do no harm.

    Returns:
        float32 (n_contigs,)

    Raises:
        InputError: the file cannot be read, a line does not fit, a contig is missing or there twice, all depths are 0.
    """
    depth = np.full(len(contigs), np.nan, dtype=np.float32)
    for number, name, value in _rows_of_table(path):
        if (row := contigs.row.get(name)) is None:
            continue
        if not math.isnan(depth[row]):
            raise InputError(f"{path}: line {number}: contig {name} is there twice; make the table anew")
        depth[row] = value
    if (missing := np.flatnonzero(np.isnan(depth))).size:
        name = contigs.names[missing[0]]
        raise InputError(
            f"{path}: {len(missing)} of {len(contigs)} contigs are not in the table, such as {name}; "
            "map the reads to this FASTA"
        )
    if depth.size and not depth.any():
        raise InputError(f"{path}: all depths are 0; map this sample's reads, or leave the file out")
    return depth


def _rows_of_table(path: Path) -> Iterator[tuple[int, str, float]]:
    """Line number, contig and depth of each line."""
    try:
        with xopen(path, "rt", encoding="utf-8", threads=0) as handle:
            for number, line in enumerate(handle, start=1):
                name, *values = line.rstrip("\r\n").split("\t")
                yield number, name, _depth_of(values, path, number)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise InputError(f"{path}: cannot be read ({reason}); is the table whole?") from error


def _depth_of(values: Sequence[str], path: Path, number: int) -> float:
    try:
        depth = float(values[0])
    except (ValueError, IndexError):
        depth = math.nan
    if not 0 <= depth <= _MOST:
        said = values[0] if values else "no second column"
        raise InputError(
            f"{path}: line {number} is no contig and depth ({said[:40]}); give a table of strobealign --aemb"
        )
    return depth


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
