"""What bins are worth, what was within reach, and whether bins that call themselves near-complete are pure."""

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy.datasets import Dataset
from benchmarks.speed.measure import Word, measure

_REACH = re.compile(r"# contigs of >= (\d+) bp: NC_asm within reach (\d+), NC_ref within reach (\d+)")
_COMPLETENESS, _CONTAMINATION = 90.0, 5.0  # percent: what a bin says of itself to be near-complete
_PURE = 0.9


@dataclass(frozen=True)
class Score:
    """What evaluate.py printed.

    Attributes:
        figures: by its names of them: n_bins, NC_asm, NC_ref, HQ90_ref, MQ50_ref, NC_species_asm, binned_Mbp.
        reach: the most NC_asm and NC_ref that bins can have, by the minimum length of contigs (bp).
    """

    figures: dict[str, float]
    reach: dict[str, dict[str, int]]

    @classmethod
    def parse(cls, printed: str) -> "Score":
        """Read the printed lines: comments, a header, one row."""
        lines = printed.splitlines()
        header, row = (line.split("\t") for line in lines if not line.startswith("#"))
        reach = {
            found[1]: {"NC_asm": int(found[2]), "NC_ref": int(found[3])} for found in map(_REACH.match, lines) if found
        }
        figures = {name: float(figure) for name, figure in zip(header[1:], row[1:], strict=True)}  # the first is a path
        return cls(figures, reach)


def score(evaluate: Path, dataset: Dataset, contig2bin: Path) -> Score:
    """Call `evaluate.py --truth T --genomes G BINS`.

    Raises:
        MeasuringError: it failed.
    """
    truth: list[Word] = ["--truth", dataset.truth, "--genomes", dataset.genomes]
    return Score.parse(measure([sys.executable, evaluate, *truth, contig2bin]).output)


def purities(contig2bin: Path, truth: Path) -> dict[str, float]:
    """Share of each bin's labelled bases that are from its main genome in its sample.

    Bins without a labelled contig are left out.
    """
    of = {row["contig"]: row for row in _rows(truth)}
    bases: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    with open(contig2bin, encoding="utf-8", newline="") as handle:
        for contig, name in csv.reader(handle, delimiter="\t"):
            if label := of.get(contig):
                bases[name][label["genome"], label["sample"]] += int(label["length"])
    return {name: max(parts.values()) / parts.total() for name, parts in bases.items()}


def called_near_complete(table: Path) -> list[str] | None:
    """Bins that call themselves near-complete: completeness over 90%, contamination under 5%.

    Args:
        table: a row a bin, its name first; columns completeness and contamination, in any case of letters.

    Returns:
        Their names; None where the table is not there, or says nothing of this of any bin.
    """
    if not table.exists():
        return None
    names, silent = [], True
    for row in _rows(table):
        known = {column.lower(): figure for column, figure in row.items()}
        completeness, contamination = known.get("completeness"), known.get("contamination")
        if completeness and contamination:
            silent = False
            if float(completeness) > _COMPLETENESS and float(contamination) < _CONTAMINATION:
                names.append(next(iter(row.values())))
    return None if silent else names


def judge(called: list[str], contig2bin: Path, truth: Path) -> dict[str, int]:
    """How many bins call themselves near-complete, and how many of these the truth does not call pure."""
    known = purities(contig2bin, truth)
    return {"near_complete": len(called), "impure": sum(known.get(name, 0.0) < _PURE for name in called)}


def _rows(table: Path) -> Iterator[dict[str, str]]:
    with open(table, encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle, delimiter="\t")
