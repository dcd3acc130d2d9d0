"""Tables of other binners: contig and bin, in either order and without their FASTA; quality, as CheckM2 writes it."""

import math
import os
from collections.abc import Container, Iterable
from pathlib import Path

from vambx.bins.sources import is_header, read_pairs
from vambx.errors import InputError
from vambx.io.tables import read_columns
from vambx.io.text import number_in, short

_COLUMNS = ("Name", "Completeness", "Contamination")
_MOST = 100.5  # percent; tools round
_GIVE = "give CheckM2's quality_report.tsv"


def read_contig_table(path: Path, known: Container[str]) -> dict[str, str]:
    """The bin of each contig.

    The contigs' column is the one with more names that are known; of equal ones that in which fewer names repeat, then
    the first.

    Args:
        path: two columns with a tab between, with or without header.
        known: names of contigs.

    Raises:
        InputError: the file cannot be read, holds no bin, or has a contig in two.
    """
    if not os.path.isfile(path):
        raise InputError(
            f"{path}: does not exist; give an output folder, a folder of bins, or a table of contig and bin"
        )
    pairs = read_pairs(path)
    columns = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    told = [(sum(name in known for name in column), len(set(column))) for column in columns]
    if told[1] > told[0]:
        pairs = [(contig, name) for name, contig in pairs]
    if pairs and is_header(*pairs[0]) and pairs[0][0] not in known:
        pairs = pairs[1:]
    if not pairs:
        raise InputError(f"{path}: holds no bin; give a table of contig and bin")
    return each_once(path, pairs)


def each_once(path: Path, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Contigs and their bins.

    Raises:
        InputError: a contig is in two bins.
    """
    bin_of: dict[str, str] = {}
    for contig, name in pairs:
        if bin_of.setdefault(contig, name) != name:
            raise InputError(f"{path}: contig {contig} is in two bins; leave it in one of them")
    return bin_of


def read_percents(path: Path) -> dict[str, tuple[float, float]]:
    """Completeness and contamination (percent) of bins by name, from a table with CheckM2's column names.

    Raises:
        InputError: the file cannot be read, is no such table, or holds a percentage that cannot be.
    """
    percents = {}
    for row in read_columns(path, _GIVE, _COLUMNS):
        name, *told = (row[column] for column in _COLUMNS)
        if "" in told:
            continue
        completeness, contamination = (_percent(path, name, text) for text in told)
        if completeness > _MOST:
            raise InputError(f"{path}: bin {name} is complete to {completeness:g} percent, which cannot be; {_GIVE}")
        percents[name] = completeness, contamination
    return percents


def _percent(path: Path, name: str, text: str) -> float:
    try:
        if 0 <= (percent := number_in(text)) < math.inf:
            return percent
    except ValueError:
        pass
    raise InputError(f"{path}: bin {name} has {short(text)!r} where a percentage should stand; {_GIVE}")
