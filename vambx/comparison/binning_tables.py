"""Tables of other binners: contig and bin, in either order and without their FASTA; quality, as CheckM2 writes it."""

import csv
import os
from collections.abc import Container, Iterable
from pathlib import Path

from vambx.bins.sources import is_header, read_pairs
from vambx.errors import InputError

_COLUMNS = ("Name", "Completeness", "Contamination")


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
        InputError: the file cannot be read, or is no such table.
    """
    try:
        with open(path, encoding="utf-8", newline="") as handle:
            table = csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
            if not set(_COLUMNS) <= set(table.fieldnames or ()):
                raise InputError(f"{path}: has no columns {', '.join(_COLUMNS)}; give CheckM2's quality_report.tsv")
            return {
                row["Name"]: (float(row["Completeness"]), float(row["Contamination"]))
                for row in table
                if row["Completeness"] and row["Contamination"]
            }
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({type(error).__name__}); give a table of quality") from error
    except ValueError as error:
        raise InputError(f"{path}: a percentage is no number ({error}); give CheckM2's quality_report.tsv") from error
