"""Tables of depths that other tools write: told by their first line, their rows matched by name.

    no header, contig and depth                 one sample, named after the file: strobealign --aemb
    contigName, contigLen, totalAvgDepth, ...   jgi_summarize_bam_contig_depths; coverm contig -m metabat
    Contig, '<sample> <method>', ...            coverm contig; Mean is taken, or else Trimmed Mean
    contigname, <sample>, ...                   any depths, as Vamb takes them

Rules. Files may be packed; text, its lines and numbers are as in `vambx.io.text`; between columns stand tabs, and
names have no quotes. The header is written as above, small and capital letters too, and names each sample once. Rows
may come in any order; empty lines, and rows of contigs that are none of ours, as the short ones, are passed over. One
row of each of ours must be there, once, with as many columns as the first line has. An error is: a depth that is no
number (none at all; a comma in it, for decimals or thousands; blanks inside, underscores, digits of other scripts),
that is NaN, infinite, negative or above `MOST_DEPTH`; a sample whose depths are all 0; where the table tells lengths,
one that is not the FASTA's.
"""

import logging
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.io.text import is_plain, iter_lines, number_in, short

logger = logging.getLogger(__name__)

Depths = npt.NDArray[np.float32]

MOST_DEPTH = 1e9
"""Reads over a base: all reads of the largest sequencer on one gene. What is more counts something else."""

_ENDINGS = (".tsv", ".txt", ".tab")
_PACKED = (".gz", ".bz2", ".xz", ".zst")
_JGI = ["contigName", "contigLen", "totalAvgDepth"]
_METHODS = (  # of coverm contig; the first that is there is taken, if it is one of _DEPTHS
    *("Trimmed Mean", "Mean", "Covered Fraction", "Covered Bases", "Variance", "Length", "Read Count"),
    *("Reads per base", "RPKM", "TPM", "ANIr", "Strobealign aemb"),
)
_DEPTHS = ("Mean", "Trimmed Mean", "Strobealign aemb")
_NUMBER = re.compile(r" *[-+]?(\.?\d[\d.,]*(e[-+]?\d+)?|nan|inf|infinity) *", re.IGNORECASE | re.ASCII)
_KNOWN = (
    "give one of strobealign --aemb, jgi_summarize_bam_contig_depths or coverm contig, or one whose columns are "
    "contigname and the samples, with tabs between"
)
_ANEW = "make the table anew"
_WHOLE = "is the table whole?"


@dataclass(frozen=True)
class Table:
    """What the first line of a table tells of it.

    Attributes:
        path: the file.
        kind: whose table it is, in words.
        samples: one a column of depths.
        columns: where these stand in a line, from 0.
        n_columns: of a line.
        has_header: whether the first line is none of depths.
        has_lengths: whether the second column is the contig's length.
    """

    path: Path
    kind: str
    samples: tuple[str, ...]
    columns: tuple[int, ...]
    n_columns: int
    has_header: bool = True
    has_lengths: bool = False

    @classmethod
    def of(cls, path: Path) -> "Table":
        """Look at a table's first line.

        Raises:
            InputError: the file cannot be read, or is no table that is known.
        """
        first = next((line for _, line in iter_lines(path, _WHOLE)), None)
        if first is None:
            raise InputError(f"{path}: the table is empty; {_KNOWN}")
        header = first.split("\t")
        make = {"contigName": _jgi, "Contig": _coverm, "contigname": _plain}.get(header[0], _headerless)
        table = make(path, header)
        if table is None:
            raise InputError(f"{path}: the first line ({short(first)}) is that of no known table of depths; {_KNOWN}")
        check_samples(path, table.samples)
        return table

    @np.errstate(over="ignore")  # what float32 cannot hold is found in the end, as infinite
    def read(self, contigs: Contigs) -> Depths:
        """The depths of the contigs: float32 (n_contigs, n_samples), all of it in memory.

        Raises:
            InputError: a line does not fit, a contig is missing or there twice, a number cannot be a depth.
        """
        depth = np.zeros((len(contigs), len(self.samples)), dtype=np.float32)
        line_of = np.zeros(len(contigs), dtype=np.int64)
        n_passed_over = 0
        for number, fields in self._rows():
            if (row := contigs.row.get(fields[0])) is None:
                n_passed_over += 1
                continue
            if line_of[row]:
                raise self._wrong(number, f"contig {fields[0]} is there twice, first in line {line_of[row]}; {_ANEW}")
            if self.has_lengths:
                self._check_length(number, fields, int(contigs.lengths[row]))
            line_of[row] = number
            depth[row] = self._numbers(number, fields)
        if n_passed_over:
            logger.debug("%s: %d rows of contigs that are not binned are passed over", self.path, n_passed_over)
        check_rows(self.path, contigs, line_of > 0, "give a table of this FASTA's contigs")
        check_numbers(self.path, self.samples, contigs, depth, line_of)
        return depth

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Number and columns of each line but the header."""
        for number, line in islice(iter_lines(self.path, _WHOLE), int(self.has_header), None):
            fields = line.split("\t")
            if len(fields) != self.n_columns:
                raise self._wrong(number, f"it has {len(fields)} columns, not {self.n_columns}; {_WHOLE}")
            yield number, fields

    def _numbers(self, number: int, fields: Sequence[str]) -> list[float]:
        told = [fields[column] for column in self.columns]
        try:
            if is_plain("".join(told)):
                return list(map(float, told))
        except ValueError:
            pass
        sample, text = next(pair for pair in zip(self.samples, told, strict=True) if not _is_number(pair[1]))
        remedy = "write decimals with a point, and nothing between thousands" if "," in text else _ANEW
        problem = f"the depth in sample {short(sample)!r} is {short(text)!r}, which is no number; {remedy}"
        raise self._wrong(number, problem)

    def _check_length(self, number: int, fields: Sequence[str], length: int) -> None:
        name, said = fields[:2]
        told = number_in(said) if _is_number(said) else math.nan
        if not abs(told - length) <= (5e-6 * length if "e" in said else 0):  # jgi writes six digits: 1.23457e+07
            problem = f"contig {name} is {short(said)} bp long in the table, {length} in the FASTA"
            raise self._wrong(number, f"{problem}; give the depths of this FASTA")

    def _wrong(self, number: int, problem: str) -> InputError:
        return InputError(f"{self.path}: line {number}: {problem}")


def check_samples(path: Path, samples: Sequence[str]) -> None:
    """See that the columns have names, each its own.

    Raises:
        InputError: they have not.
    """
    for sample, count in Counter(samples).items():
        if not sample or not sample.isprintable():
            raise InputError(f"{str(path)!r}: {sample!r} cannot name a sample; rename the column, or the file")
        if count > 1:
            raise InputError(f"{path}: two samples are named {sample!r}; rename one of the columns")


def check_rows(path: Path, contigs: Contigs, found: npt.NDArray[np.bool_], remedy: str) -> None:
    """See that each contig has a row: found bool (n_contigs,).

    Raises:
        InputError: one has none.
    """
    if (missing := np.flatnonzero(~found)).size:
        raise InputError(
            f"{path}: {len(missing)} of {len(contigs)} contigs are not in the table, such as "
            f"{contigs.names[missing[0]]}; {remedy}"
        )


def check_numbers(
    path: Path, samples: Sequence[str], contigs: Contigs, depth: Depths, line_of: npt.NDArray[np.int64] | None = None
) -> None:
    """See that all numbers are depths, and that no sample is without any.

    Args:
        path: of the table.
        samples: of the columns.
        contigs: of the rows.
        depth: float32 (n_contigs, n_samples).
        line_of: int64 (n_contigs,): where the rows stand, if the table is text.

    Raises:
        InputError: they are not.
    """
    for column, sample in zip(depth.T, samples, strict=True):
        wrong = np.flatnonzero(~((column >= 0) & (column <= MOST_DEPTH)))
        if wrong.size:
            row = wrong[0] if line_of is None else wrong[np.argmin(line_of[wrong])]
            line = "" if line_of is None else f"line {line_of[row]}: "
            raise InputError(
                f"{path}: {line}the depth of contig {contigs.names[row]} in sample {sample!r} is {column[row]:g}, "
                f"which cannot be{_more_than_can_be(column[row])}; {_ANEW}"
            )
        if column.size and not column.any():
            raise InputError(
                f"{path}: all depths of sample {sample!r} are 0; map this sample's reads, or leave the sample out"
            )


def _more_than_can_be(depth: float) -> str:
    is_finite = MOST_DEPTH < depth < math.inf
    return ": a depth is the mean number of reads that cover a base" if is_finite else ""


def _jgi(path: Path, header: list[str]) -> Table | None:
    if header[:3] != _JGI:
        return None
    there = set(header)
    columns = [
        i
        for i, name in enumerate(header)
        if i >= len(_JGI) and not (name.endswith("-var") and name.removesuffix("-var") in there)
    ]
    samples = tuple(header[column].removesuffix(".bam") for column in columns)
    kind = "jgi_summarize_bam_contig_depths, or coverm contig -m metabat"
    return Table(path, kind, samples, tuple(columns), len(header), has_lengths=True) if columns else None


def _coverm(path: Path, header: list[str]) -> Table | None:
    method_of = [next((m for m in _METHODS if name.endswith(f" {m}")), "") for name in header[1:]]
    if not method_of or "" in method_of:
        return None
    if (method := next((m for m in _DEPTHS if m in method_of), None)) is None:
        there = ", ".join(dict.fromkeys(method_of))
        raise InputError(f"{path}: this table of coverm contig tells {there}, no mean depth; make it with -m mean")
    columns = tuple(i for i, m in enumerate(method_of, start=1) if m == method)
    samples = tuple(header[column].removesuffix(f" {method}") for column in columns)
    return Table(path, f"coverm contig, columns {method}", samples, columns, len(header))


def _plain(path: Path, header: list[str]) -> Table | None:
    columns = tuple(range(1, len(header)))
    return Table(path, "a column a sample", tuple(header[1:]), columns, len(header)) if columns else None


def _headerless(path: Path, header: list[str]) -> Table | None:
    if len(header) != 2 or not _NUMBER.fullmatch(header[1]):
        return None
    return Table(path, "contig and depth, as of strobealign --aemb", (_sample_of(path),), (1,), 2, has_header=False)


def _sample_of(path: Path) -> str:
    """The file's name without its endings."""
    name = path.name
    for endings in (_PACKED, _ENDINGS):
        name = next((name.removesuffix(ending) for ending in endings if name.endswith(ending)), name)
    return name


def _is_number(text: str) -> bool:
    try:
        number_in(text)
    except ValueError:
        return False
    return True
