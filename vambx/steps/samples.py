"""Whose contigs are whose: the samples that contigs were assembled from, and which are looked at together."""

from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vambx.bins.separator import Separator, choose_separator
from vambx.config import BinConfig
from vambx.errors import InputError, UsageError
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.layout import Layout
from vambx.parts import Part

Rows = npt.NDArray[np.int64]


def separator_of(file: Path, composition: Composition, config: BinConfig) -> Separator:
    """How the names of all contigs are split; `file` is where they stand.

    Raises:
        InputError: they cannot all be split in one way.
    """
    names = [*composition.contigs.names, *(contig.name for contig in composition.set_aside)]
    try:
        return choose_separator(names, config.separator)
    except ValueError as error:
        raise InputError(f"{file}: {error}") from error


def mode_of(separator: Separator, contigs: Contigs, n_samples: int) -> str:
    """The kind of project."""
    n_assemblies = len({separator.sample_of(name) for name in contigs.names})
    if n_assemblies > 1:
        return f"contigs of {n_assemblies} samples, each assembled and binned by itself; depths in {n_samples}"
    if n_samples == 1:
        return "one sample"
    return f"one assembly, depths in {n_samples} samples (co-assembly)"


def numbered(values: Iterable[Hashable]) -> Rows:
    """int64 (n,): a number for each value, from 0, in the order in which they first come."""
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(value, len(number)) for value in values], dtype=np.int64)


def samples_of(layout: Layout, composition: Composition, config: BinConfig) -> Rows:
    """int64 (n_contigs,): the sample whose assembly each contig is from, by number."""
    separator = separator_of(layout.composition, composition, config)
    return numbered(separator.sample_of(name) for name in composition.contigs.names)


def scopes_of(samples: Rows) -> Sequence[Rows]:
    """Rows of the contigs of each sample, which are clustered and chosen together; samples int64 (n_contigs,)."""
    order = np.argsort(samples, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(samples[order])) + 1)


def part_of(scopes: Sequence[Rows], part: Part, config: BinConfig) -> Sequence[Rows]:
    """The scopes that are in a part.

    Raises:
        UsageError: all contigs are one scope.
    """
    if config.scope == "all":
        raise UsageError("--part needs --scope sample; without it the contigs of all samples are looked at together")
    return [scopes[index] for index in part.of_items(np.ones(len(scopes), dtype=np.int64))]
