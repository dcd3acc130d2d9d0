"""Anybody's binning, with the names of its contigs: a run of vambx, a folder of bins, or a table."""

import os
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from vambx.bins.quality_table import Quality
from vambx.bins.sources import Folder
from vambx.comparison.binning_tables import each_once, read_contig_table, read_percents
from vambx.errors import InputError, UsageError
from vambx.io.fasta import iter_fasta
from vambx.layout import Layout
from vambx.report.run_data import RunData, read_run

Grade: TypeAlias = Literal["near-complete", "medium", "low", "unknown"]
GRADES: tuple[Grade, ...] = ("near-complete", "medium", "low", "unknown")


@dataclass(frozen=True)
class Binning:
    """Contigs in bins.

    Attributes:
        name: to show; one line.
        source: where it comes from, for errors.
        bins: names.
        contigs: names of those in a bin.
        bin_of: int64 (n_contigs,), the number of each one's bin.
        lengths: bp by name, of all contigs of which it is known, also of some in no bin.
        qualities: completeness and contamination in percent, by number of the bin; without those not known.
    """

    name: str
    source: str
    bins: tuple[str, ...]
    contigs: tuple[str, ...]
    bin_of: npt.NDArray[np.int64]
    lengths: Mapping[str, int]
    qualities: Mapping[int, tuple[float, float]]

    def grade(self, number: int) -> Grade:
        """How good a bin is, as far as known."""
        if number not in self.qualities:
            return "unknown"
        quality = Quality(self.bins[number], *self.qualities[number], size=0, gc=0, n50=0)
        return "near-complete" if quality.near_complete else "medium" if quality.medium else "low"

    def with_quality(self, table: Path) -> "Binning":
        """The same, its quality from a table with CheckM2's column names.

        Raises:
            InputError: the table cannot be read, or names none of the bins.
        """
        percents = read_percents(table)
        found = {i: percents[name] for i, name in enumerate(self.bins) if name in percents}
        if not found:
            raise InputError(f"{table}: names no bin of {self.source}; give the table of these bins")
        return replace(self, qualities=found)


BinningLike: TypeAlias = Binning | RunData | str | os.PathLike[str]


def read_binning(path: Path, known: Container[str] = ()) -> Binning:
    """Read one binning; its quality from `quality.tsv` beside it, if that is there and is of these bins.

    Args:
        path: an output folder, a folder with a FASTA a bin, or a table of contig and bin in either order.
        known: names of contigs, which tell the columns of a table apart.

    Raises:
        InputError: it cannot be read, or holds no bins.
    """
    if os.path.isdir(path):  # pathlib's raises where a name is too long
        layout = Layout(path)
        if layout.run.exists() or layout.log.exists():
            return binning_of(read_run(path))
        found = _read_folder(path)
    else:
        bin_of = read_contig_table(path, known)
        found = _made(path, bin_of, list(dict.fromkeys(bin_of.values())), {})
    beside = Layout(path.parent).quality
    if beside.is_file() and not set(read_percents(beside)).isdisjoint(found.bins):
        return found.with_quality(beside)
    return found


def binning_of(run: RunData) -> Binning:
    """The bins of a run.

    Raises:
        InputError: there are none yet.
    """
    if run.bins is None or run.contigs is None:
        root = run.layout.root
        raise InputError(f"{root}: there are no bins yet; run: vambx bins --fasta CONTIGS --outdir {root}")
    inside = np.flatnonzero(run.bin_of >= 0)
    return Binning(
        name=clean(_parts(run.layout.root)[-1]),
        source=str(run.layout.root),
        bins=tuple(clean(made.name) for made in run.bins),
        contigs=tuple(run.contigs.names[row] for row in inside),
        bin_of=run.bin_of[inside],
        lengths=dict(zip(run.contigs.names, run.contigs.lengths.tolist(), strict=True)),
        qualities={
            i: (made.completeness, made.contamination)
            for i, made in enumerate(run.bins)
            if made.completeness is not None and made.contamination is not None
        },
    )


def as_binnings(given: Iterable[BinningLike], lengths: Mapping[str, int] | None = None) -> list[Binning]:
    """Read what is not read yet, tables last: the others know the names of contigs; and make their names unique.

    Raises:
        InputError: one cannot be read.
        UsageError: two that were given ready have the same name.
    """
    every = [Path(each) if isinstance(each, str | os.PathLike) else each for each in given]
    known = set(lengths or ())
    read: dict[int, Binning] = {}
    for i in sorted(range(len(every)), key=lambda i: _is_table(every[i])):
        read[i] = _read(every[i], known)
        known.update(read[i].contigs, read[i].lengths)
    return _with_unique_names([read[i] for i in range(len(every))], [not isinstance(each, Binning) for each in every])


def _is_table(given: Binning | RunData | Path) -> bool:
    return isinstance(given, Path) and not os.path.isdir(given)


def _read(given: Binning | RunData | Path, known: Container[str]) -> Binning:
    if isinstance(given, Path):
        return read_binning(given, known)
    return binning_of(given) if isinstance(given, RunData) else given


def clean(name: str) -> str:
    """A name as one line that every table, page and terminal can show."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name)


def _read_folder(folder: Path) -> Binning:
    source = Folder.open(folder)
    lengths: dict[str, int] = {}
    pairs: list[tuple[str, str]] = []
    for name, path in zip(source.names, source.files, strict=True):
        for record in iter_fasta(path):
            lengths[record.name] = len(record.sequence)
            pairs.append((record.name, name))
    return _made(folder, each_once(folder, pairs), list(source.names), lengths)


def _made(path: Path, bin_of: Mapping[str, str], bins: Sequence[str], lengths: Mapping[str, int]) -> Binning:
    number = {name: i for i, name in enumerate(bins)}
    return Binning(
        name=clean(_parts(path)[-1]),
        source=str(path),
        bins=tuple(map(clean, bins)),
        contigs=tuple(bin_of),
        bin_of=np.array([number[name] for name in bin_of.values()], dtype=np.int64),
        lengths=lengths,
        qualities={},
    )


def _parts(path: str | os.PathLike[str]) -> tuple[str, ...]:
    return Path(os.path.abspath(path)).parts  # `..` shall go, links shall stay


def _with_unique_names(binnings: list[Binning], may_change: list[bool]) -> list[Binning]:
    """As many folders before a name as tell it from the others; a number where none do."""
    names = [each.name for each in binnings]
    paths = [_parts(each.source) for each in binnings]
    for depth in range(2, max(map(len, paths), default=0) + 1):
        for i in [i for i, name in enumerate(names) if may_change[i] and names.count(name) > 1]:
            names[i] = clean(str(Path(*paths[i][-depth:])))
    taken: set[str] = set()
    for i, name in enumerate(names):
        if name in taken and not may_change[i]:
            raise UsageError(f"two binnings are named {name!r}; give each a name of its own: NAME=PATH")
        copies = (f"{name} ({n})" for n in range(2, len(names) + 1))
        names[i] = name if name not in taken else next(copy for copy in copies if copy not in taken)
        taken.add(names[i])
    return [replace(each, name=name) for each, name in zip(binnings, names, strict=True)]
