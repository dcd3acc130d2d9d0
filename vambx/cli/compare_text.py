"""A comparison of binnings as text of 80 columns."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from vambx.comparison.binnings import GRADES
from vambx.comparison.compare import Comparison
from vambx.comparison.page import amount
from vambx.comparison.pairing import Pair

WIDTH = 80
MOST_IN_MATRIX = 8
_LEAST_NAME = 14


def text_of(comparison: Comparison) -> str:
    """Tables of the binnings, of each against the first, and of the agreement of all."""
    parts = [_binnings(comparison), _against_first(comparison)]
    if len(comparison.binnings) > 2:
        parts.append(_matrix(comparison))
    parts.append([line for note in _notes(comparison) for line in wrap(note, WIDTH)])
    return "\n\n".join("\n".join(part) for part in parts if part)


def _binnings(comparison: Comparison) -> list[str]:
    has_grades = any(each.qualities for each in comparison.binnings)
    grades = GRADES[:-1] if has_grades else ()
    header = ["binning", "bins", *(grade.removesuffix("-complete") for grade in grades)]
    rows = []
    for i, each in enumerate(comparison.binnings):
        counts = comparison.grades(i)
        known = [f"{counts[grade]:,}" if counts else "-" for grade in grades]
        size = [amount(comparison, int(comparison.sizes[i].weight.sum()))] if comparison.by_bases else []
        rows.append([f"{i + 1} {each.name}", f"{len(each.bins):,}", *known, *size, f"{len(each.contigs):,}"])
    return _table([*header, *(["Mbp"] if comparison.by_bases else []), "contigs"], rows)


def _against_first(comparison: Comparison) -> list[str]:
    size = ["Mbp"] if comparison.by_bases else []
    header = ["against 1", "same", "alike", "only 1", "only it", "moved", *size, "agreement"]
    return _table(header, [_pair(comparison, pair) for pair in comparison.against_first])


def _pair(comparison: Comparison, pair: Pair) -> list[str]:
    numbers = (
        len(pair.identical),
        len(pair.matched) - len(pair.identical),
        len(pair.bins_only_first),
        len(pair.bins_only_second),
        len(pair.moved),
    )
    size = [amount(comparison, pair.n_bases[1])] if comparison.by_bases else []
    name = f"{pair.second + 1} {comparison.binnings[pair.second].name}"
    return [name, *(f"{number:,}" for number in numbers), *size, _index(pair.ari)]


def _matrix(comparison: Comparison) -> list[str]:
    n = len(comparison.binnings)
    if n > MOST_IN_MATRIX:
        return [f"agreement of every two: of more than {MOST_IN_MATRIX} binnings in the page alone (--out)"]
    header = ["agreement of every two", *(str(i + 1) for i in range(n))]
    names = [f"{i + 1} {each.name}" for i, each in enumerate(comparison.binnings)]
    rows = [[name, *map(_index, row)] for name, row in zip(names, comparison.ari(), strict=True)]
    return _table(header, rows)


def _index(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Names to the left, cut to fit; numbers to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) + 2 for i in range(1, len(header))]
    name = max(min(max(cell_len(row[0]) for row in (header, *rows)), WIDTH - sum(widths)), _LEAST_NAME)
    return [
        (_fitted(row[0], name) + "".join(text.rjust(width) for text, width in zip(row[1:], widths, strict=True)))
        for row in (header, *rows)
    ]


def _fitted(name: str, width: int) -> str:
    """A name of exactly that width on a terminal, where some signs take two columns."""
    if cell_len(name) > width:
        name = f"{set_cell_size(name, width - 1).rstrip()}…"
    return set_cell_size(name, width)


def _notes(comparison: Comparison) -> Iterator[str]:
    yield from comparison.notes
    for pair in comparison.against_first:
        first, second = comparison.binnings[pair.first], comparison.binnings[pair.second]
        if changes := pair.grade_changes(first, second):
            better, worse = changes
            yield f"Matched bins of a better grade in {pair.second + 1} than in 1: {better:,}; worse: {worse:,}."
    of = "bases" if comparison.by_bases else "contigs"
    yield f"alike: bins that share more {of} with each other than with any other bin."
    yield "moved: contigs in a bin of both, but not of bins that are the same or alike."
    yield f"agreement: adjusted Rand index by {of}, of contigs in a bin of both."
