"""A comparison of binnings as one page that needs nothing beside it, and as a table of the contigs that moved."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from vambx.comparison.binnings import GRADES, Binning
from vambx.comparison.compare import Comparison
from vambx.comparison.pairing import BinPair, Pair
from vambx.io.atomic import replacing
from vambx.io.tables import write_lines

MOST_BINS = 1000
"""Rows of the table of bins of one pair of binnings."""

MOST_CONTIGS = 200
"""Rows of the table of contigs of one pair of binnings."""

_COLUMNS = ("first", "second", "contig", "length", "first_bin", "second_bin", "change", "matched_bin")


def write_page(path: Path, comparison: Comparison) -> None:
    """Write the page.

    Raises:
        OutputError: the file cannot be written.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    source = files("vambx.comparison").joinpath("compare.html.j2").read_text(encoding="utf-8")
    text = environment.from_string(source).render(_page(comparison))
    with replacing(path) as handle:
        handle.write(text)


def write_moved(path: Path, comparison: Comparison) -> None:
    """Write a row for each contig that is not where the first binning would have it, the others in their order.

    `change` is `moved`: in a bin of both, but not of matched bins; `only first`, `only second`: in a bin of one.
    `matched_bin` is the bin of the second that matches the first's; lengths are empty where they are not known.

    Raises:
        OutputError: the file cannot be written.
    """
    write_lines(path, _COLUMNS, (row for pair in comparison.against_first for row in _moved(comparison, pair)))


def _moved(comparison: Comparison, pair: Pair) -> Iterator[tuple[str, ...]]:
    first, second = comparison.binnings[pair.first], comparison.binnings[pair.second]
    partner = {each.first: each.second for each in pair.matched}
    for change, rows in (("moved", pair.moved), ("only first", pair.only_first), ("only second", pair.only_second)):
        for row in rows.tolist():
            a, b = int(comparison.bin_of[pair.first, row]), int(comparison.bin_of[pair.second, row])
            match = partner.get(a) if a >= 0 else None
            yield (
                first.name,
                second.name,
                comparison.contigs[row],
                str(comparison.weights[row]) if comparison.by_bases else "",
                first.bins[a] if a >= 0 else "",
                second.bins[b] if b >= 0 else "",
                change,
                "" if match is None else second.bins[match],
            )


def _page(comparison: Comparison) -> dict[str, Any]:
    """What the template shows."""
    return {
        "title": ", ".join(each.name for each in comparison.binnings),
        "unit": "Mbp" if comparison.by_bases else "contigs",
        "notes": comparison.notes,
        "binnings": [_binning(comparison, i) for i in range(len(comparison.binnings))],
        "has_grades": any(each.qualities for each in comparison.binnings),
        "ari_matrix": comparison.ari(),
        "pairs": [_pair(comparison, pair) for pair in comparison.against_first],
    }


def _binning(comparison: Comparison, number: int) -> dict[str, Any]:
    each, grades = comparison.binnings[number], comparison.grades(number)
    return {
        "name": each.name,
        "source": each.source,
        "n_bins": len(each.bins),
        "n_contigs": len(each.contigs),
        "size": amount(comparison, int(comparison.sizes[number].weight.sum())),
        "grades": None if grades is None else [(grade, grades[grade]) for grade in GRADES],
    }


def amount(comparison: Comparison, weight: int) -> str:
    """Bases as Mbp, or the number of contigs."""
    return f"{weight / 1e6:,.2f}" if comparison.by_bases else f"{weight:,}"


def _pair(comparison: Comparison, pair: Pair) -> dict[str, Any]:
    first, second = comparison.binnings[pair.first], comparison.binnings[pair.second]
    total = max(sum(pair.n_bases), 1)
    bins = sorted(pair.bins, key=lambda each: (each.identical, 2 * each.shared - each.first_size - each.second_size))
    moved = sorted(pair.moved.tolist(), key=lambda row: -int(comparison.weights[row]))
    return {
        "number": pair.second + 1,
        "first": first.name,
        "second": second.name,
        "ari": pair.ari,
        "n_identical": len(pair.identical),
        "n_alike": len(pair.matched) - len(pair.identical),
        "n_only_first": len(pair.bins_only_first),
        "n_only_second": len(pair.bins_only_second),
        "n_bins": len(bins),
        "parts": [
            {"name": name, "only_in": of, "share": weight / total, "size": amount(comparison, weight), "n": n}
            for name, of, weight, n in zip(
                ("in matched bins", "moved", "only in", "only in"),
                ("", "", first.name, second.name),
                pair.n_bases,
                (None, len(pair.moved), len(pair.only_first), len(pair.only_second)),
                strict=True,
            )
        ],
        "changes": pair.grade_changes(first, second),
        "has_quality": bool(first.qualities or second.qualities),
        "bins": [_bin_row(comparison, first, second, each) for each in bins[:MOST_BINS]],
        "n_moved": len(moved),
        "moved": [_contig_row(comparison, pair, row) for row in moved[:MOST_CONTIGS]],
    }


def _bin_row(comparison: Comparison, first: Binning, second: Binning, pair: BinPair) -> dict[str, Any]:
    lone = "only first" if pair.second is None else "only second"
    matched = pair.first is not None and pair.second is not None
    return {
        "kind": "same" if pair.identical else "alike" if matched else lone,
        "first": _one_bin(comparison, first, pair.first, pair.first_size, pair),
        "second": _one_bin(comparison, second, pair.second, pair.second_size, pair),
        "nearest": None if pair.nearest is None else (second if pair.second is None else first).bins[pair.nearest],
        "shared": pair.shared,
        "shared_text": amount(comparison, pair.shared) if matched else "",
        "jaccard": pair.jaccard if matched else None,
    }


def _one_bin(
    comparison: Comparison, binning: Binning, number: int | None, size: int, pair: BinPair
) -> dict[str, Any] | None:
    if number is None:
        return None
    quality = binning.qualities.get(number)
    return {
        "name": binning.bins[number],
        "size": size,
        "size_text": amount(comparison, size),
        "share": (pair.shared or pair.nearest_shared) / max(size, 1),
        "grade": binning.grade(number),
        "completeness": -1 if quality is None else quality[0],
        "quality": "" if quality is None else f"{quality[0]:.1f} / {quality[1]:.1f}",
    }


def _contig_row(comparison: Comparison, pair: Pair, row: int) -> Sequence[str | int]:
    first, second = comparison.binnings[pair.first], comparison.binnings[pair.second]
    return (
        comparison.contigs[row],
        int(comparison.weights[row]),
        first.bins[comparison.bin_of[pair.first, row]],
        second.bins[comparison.bin_of[pair.second, row]],
    )
