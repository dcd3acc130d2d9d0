"""All that the folder of a run tells, finished or not: every part may be missing, and nothing is computed anew."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vambx.account import read_account
from vambx.bins.clusters_table import ClusteredContig, read_clusters
from vambx.bins.quality_table import Quality
from vambx.bins.separator import Separator, choose_separator
from vambx.errors import InputError
from vambx.features.abundance import Abundance
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.features.latent import Latent
from vambx.io.tables import read_columns
from vambx.io.text import iter_lines, number_in, whole_in
from vambx.layout import Layout
from vambx.markers import Markers
from vambx.outdir import is_held
from vambx.report.log import read_log

_ANEW = "make it anew"


@dataclass(frozen=True)
class BinData:
    """One row of bins.tsv, and its contigs.

    Attributes:
        name, sample, n_contigs, bp, n50, longest, gc: as in bins.tsv.
        completeness, contamination: percent; None without markers.
        depths: mean depth in each sample.
        medoid, radius, kind: of what it was chosen as.
        rows: int64 (n_contigs,), its contigs' rows, ascending.
    """

    name: str
    sample: str
    n_contigs: int
    bp: int
    n50: int
    longest: int
    gc: float
    completeness: float | None
    contamination: float | None
    depths: tuple[float, ...]
    medoid: str
    radius: float
    kind: str
    rows: npt.NDArray[np.int64]

    @property
    def grade(self) -> str:
        """`near-complete`, `medium` or `low` by its marker genes; `unknown` without."""
        if self.completeness is None or self.contamination is None:
            return "unknown"
        quality = Quality(self.name, self.completeness, self.contamination, self.bp, self.gc, self.n50)
        return "near-complete" if quality.near_complete else "medium" if quality.medium else "low"


@dataclass(frozen=True)
class RunData:
    """What a folder holds; what is not there, or does not fit the rest, is None.

    Attributes:
        layout: where it lies.
        account: run.json.
        composition: contigs and their 4-mer counts, memory-mapped.
        abundance: depths and RPKM, memory-mapped.
        markers: marker genes of the contigs.
        latent: float32 (n_long, n_latent), a row for each of `composition.long`; None too where nothing was trained.
        clusters: rows of clusters.tsv.
        chosen: rows of chosen.tsv.
        history: rows of history.tsv, each a number or None by its column; `kept` a bool.
        encoders: rows of encoders.tsv, where encoders were compared; numbers, or None where there is no error.
        bins: rows of bins.tsv, in its order; None where there are no bins yet, empty where none was large enough.
        warnings: of the last command that worked in the folder, from its log.
        is_running: whether a run holds the folder now.
    """

    layout: Layout
    account: Mapping[str, Any]
    composition: Composition | None = None
    abundance: Abundance | None = None
    markers: Markers | None = None
    latent: npt.NDArray[np.float32] | None = None
    clusters: Sequence[ClusteredContig] | None = None
    chosen: Sequence[ClusteredContig] | None = None
    history: Sequence[Mapping[str, Any]] | None = None
    encoders: Sequence[Mapping[str, Any]] | None = None
    bins: Sequence[BinData] | None = None
    warnings: Sequence[str] = ()
    is_running: bool = False

    @property
    def contigs(self) -> Contigs | None:
        """Names, lengths and GC of the contigs that could be binned, long ones and recruits."""
        return None if self.composition is None else self.composition.contigs

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the BAMs' samples, the columns of the depths."""
        return () if self.abundance is None else self.abundance.samples

    @cached_property
    def separator(self) -> Separator:
        """How the names of its contigs are split, as the bins were; not at all where that cannot be settled."""
        if self.composition is None:
            return Separator(None, "")
        steps = self.account.get("steps", {})
        given = steps.get("bins", steps.get("chosen", {})).get("settings", {}).get("separator")
        names = [*self.composition.contigs.names, *(contig.name for contig in self.composition.set_aside)]
        try:
            return choose_separator(names, given)
        except ValueError:
            return Separator(None, "")

    @cached_property
    def bin_of(self) -> npt.NDArray[np.int64]:
        """int64 (n_contigs,): which of `bins` each contig is in; -1 for none."""
        of = np.full(0 if self.contigs is None else len(self.contigs), -1, dtype=np.int64)
        for number, made in enumerate(self.bins or ()):
            of[made.rows] = number
        return of


def known_steps(layout: Layout, steps: Mapping[str, Any]) -> set[str]:
    """The steps of the account, and those whose results they were made of: other machines keep an account of these."""
    result = {
        "composition": layout.composition,
        "abundance": layout.abundance,
        "markers": layout.markers,
        "latent": layout.latent,
        "clusters": layout.clusters,
        "chosen": layout.chosen,
    }
    used = {Path(path).name for step in steps.values() for path in step["inputs"]}
    return set(steps) | {name for name, path in result.items() if path.name in used and path.exists()}


def read_run(outdir: Path) -> RunData:
    """Read what a folder holds.

    Raises:
        InputError: the folder holds no run, or a file in it is broken.
    """
    layout = Layout(outdir)
    if not layout.run.exists() and not layout.log.exists():
        raise InputError(f"{outdir}: holds no run of vambx; give the --outdir of one")
    account = read_account(layout.run)
    steps = known_steps(layout, account.get("steps", {}))
    composition = Composition.read(layout.composition, mapped=True) if "composition" in steps else None
    if composition is None:
        return RunData(layout, account, warnings=read_log(layout.log).warnings, is_running=is_held(layout.lock))
    contigs = composition.contigs
    long = contigs.take(composition.long)
    latent = Latent.read(layout.latent, len(long)).of(np.arange(len(long))) if "latent" in steps else None
    return RunData(
        layout,
        account,
        composition,
        Abundance.read(layout.abundance, contigs, mapped=True) if "abundance" in steps else None,
        Markers.read(layout.markers, contigs) if "markers" in steps else None,
        latent if latent is not None and latent.shape[1] else None,
        read_clusters(layout.clusters, long) if "clusters" in steps else None,
        read_clusters(layout.chosen, long, contigs) if "chosen" in steps else None,
        _read_history(layout.history) if layout.history.exists() and "latent" in steps else None,
        _read_encoders(layout.encoders) if layout.encoders.exists() and "latent" in steps else None,
        _read_bins(layout, contigs) if "bins" in steps else None,
        warnings=read_log(layout.log).warnings,
        is_running=is_held(layout.lock),
    )


@contextmanager
def _fitting(path: Path) -> Iterator[None]:
    """A table that lacks a column or a row, or holds what is no number, is an error that names it."""
    try:
        yield
    except (LookupError, ValueError) as error:
        raise InputError(f"{path}: does not fit the run ({type(error).__name__}); make it anew") from error


def _read_bins(layout: Layout, contigs: Contigs) -> list[BinData]:
    members: dict[str, list[int]] = {}
    with _fitting(layout.contig2bin):
        for _, line in iter_lines(layout.contig2bin, _ANEW):
            contig, name = line.split("\t")
            members.setdefault(name, []).append(contigs.row[contig])
    with _fitting(layout.bins_table):
        made = [
            _bin(row, np.array(sorted(members[row["bin"]]), dtype=np.int64))
            for row in read_columns(layout.bins_table, _ANEW)
        ]
        if not {each.medoid for each in made} <= contigs.row.keys():
            raise LookupError
    return made


def _bin(row: Mapping[str, str], rows: npt.NDArray[np.int64]) -> BinData:
    return BinData(
        name=row["bin"],
        sample=row["sample"],
        n_contigs=_count(row["contigs"]),
        bp=_count(row["bp"]),
        n50=_count(row["N50"]),
        longest=_count(row["longest"]),
        gc=_finite(row["GC"]),
        completeness=_number(row["completeness"]),
        contamination=_number(row["contamination"]),
        depths=tuple(_finite(row[column]) for column in row if column.startswith("depth_")),
        medoid=row["medoid"],
        radius=_finite(row["radius"]),
        kind=row["kind"],
        rows=rows,
    )


def _read_history(path: Path) -> list[dict[str, Any]]:
    with _fitting(path):
        rows: list[dict[str, Any]] = [
            {name: value == "yes" if name == "kept" else _number(value) for name, value in row.items()}
            for row in read_columns(path, _ANEW)
        ]
        if [row["epoch"] for row in rows if row["kept"]] in ([], [None]):
            raise ValueError
    return rows


def _read_encoders(path: Path) -> list[dict[str, Any]]:
    with _fitting(path):
        return [
            {name: value if name == "encoder" else _number(value) for name, value in row.items()}
            for row in read_columns(path, _ANEW)
        ]


def _count(text: str) -> int:
    if not 0 <= (count := whole_in(text)) < 2**63:
        raise ValueError
    return count


def _finite(text: str) -> float:
    if not math.isfinite(number := number_in(text)):
        raise ValueError
    return number


def _number(text: str) -> float | None:
    return _finite(text) if text else None
