"""Two or more binnings of the same contigs side by side: the bins they share, and the contigs that moved."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from vambx.comparison.binnings import Binning, BinningLike, Grade, as_binnings
from vambx.comparison.overlap import Sizes, sizes_of
from vambx.comparison.pairing import Pair, pair_of
from vambx.errors import InputError, UsageError


@dataclass(frozen=True)
class Comparison:
    """Binnings side by side.

    Attributes:
        binnings: as they were given.
        contigs: names of all contigs that are in a bin of any.
        weights: int64 (n_contigs,), bp; 1 for each where not all lengths are known.
        by_bases: whether the weights are bases, and not contigs.
        bin_of: int64 (n_binnings, n_contigs), the bin of each contig, -1 for none.
        sizes: of the bins of each binning.
        pairs: every two binnings; those with the first come first.
        notes: what the reader should know, a sentence each.
    """

    binnings: Sequence[Binning]
    contigs: tuple[str, ...]
    weights: npt.NDArray[np.int64]
    by_bases: bool
    bin_of: npt.NDArray[np.int64]
    sizes: Sequence[Sizes]
    pairs: Sequence[Pair]
    notes: Sequence[str]

    @property
    def against_first(self) -> list[Pair]:
        """The pairs of the first binning and each other."""
        return [pair for pair in self.pairs if pair.first == 0]

    def grades(self, number: int) -> Counter[Grade] | None:
        """How many bins of a binning have each grade; None if nothing is known of any."""
        qualities = self.binnings[number].qualities
        if not qualities:
            return None
        return Counter(self.binnings[number].grade(i) for i in range(len(self.binnings[number].bins)))

    def ari(self) -> list[list[float | None]]:
        """The adjusted Rand index of every two binnings; 1 of each with itself."""
        n = len(self.binnings)
        table: list[list[float | None]] = [[1.0 if i == j else None for j in range(n)] for i in range(n)]
        for pair in self.pairs:
            table[pair.first][pair.second] = table[pair.second][pair.first] = pair.ari
        return table


def compare(binnings: Iterable[BinningLike], lengths: Mapping[str, int] | None = None) -> Comparison:
    """Put binnings side by side.

    Args:
        binnings: two or more; each a `Binning`, a run that `read_run` read, or a path, as `read_binnings` takes it.
        lengths: bp of each contig; None: those that the binnings know.

    Raises:
        InputError: a binning cannot be read; they are not of the same contigs.
        UsageError: there are less than two.
    """
    given = as_binnings(binnings, lengths)
    if len(given) < 2:
        raise UsageError(f"there is nothing to compare with {len(given)} binning; give two or more")
    known = _known_lengths(given, lengths)
    _check_same_assembly(given)
    row = {name: i for i, name in enumerate(dict.fromkeys(name for each in given for name in each.contigs))}
    if lengths is not None:
        _check_all_known(given, known)
    weights, note = _weights(row, known)
    bin_of = np.full((len(given), len(row)), -1, dtype=np.int64)
    for of, each in zip(bin_of, given, strict=True):
        of[[row[name] for name in each.contigs]] = each.bin_of
    sizes = [sizes_of(of, weights, len(each.bins)) for of, each in zip(bin_of, given, strict=True)]
    pairs = [pair_of(i, j, bin_of, weights, sizes) for i, j in combinations(range(len(given)), 2)]
    return Comparison(given, tuple(row), weights, not note, bin_of, sizes, pairs, [note] if note else [])


def _known_lengths(binnings: Sequence[Binning], lengths: Mapping[str, int] | None) -> dict[str, int]:
    known = dict(lengths or {})
    where = "the FASTA"
    for each in binnings:
        if known and each.lengths:
            other = next((name for name, n in each.lengths.items() if known.get(name, n) != n), None)
            if other is not None:
                raise InputError(
                    f"{each.source}: contig {other} has {each.lengths[other]:,} bp, and {known[other]:,} in {where}; "
                    "compare binnings of one assembly"
                )
        if each.lengths:
            known |= each.lengths
            where = str(each.source)
    return known


def _check_same_assembly(binnings: Sequence[Binning]) -> None:
    first = binnings[0]
    there = set(first.contigs).union(first.lengths)
    for each in binnings[1:]:
        names = [*each.contigs, *each.lengths]
        if there and names and there.isdisjoint(names):
            raise InputError(
                f"{each.source}: none of its contigs (such as {names[0]}) is in {first.source}; "
                "compare binnings of one assembly"
            )


def _check_all_known(binnings: Sequence[Binning], known: Mapping[str, int]) -> None:
    for each in binnings:
        unknown = [name for name in each.contigs if name not in known]
        if unknown:
            raise InputError(
                f"{each.source}: {len(unknown)} of {len(each.contigs)} contigs are not in the FASTA "
                f"(such as {unknown[0]}); give the FASTA that was binned"
            )


def _weights(row: Mapping[str, int], known: Mapping[str, int]) -> tuple[npt.NDArray[np.int64], str]:
    """Lengths, an empty contig counting as one base; or ones, and why."""
    unknown = [name for name in row if name not in known]
    if not unknown:
        return np.maximum(np.array([known[name] for name in row], dtype=np.int64), 1), ""
    what = f"the lengths of {len(unknown):,} of {len(row):,} contigs are not known (such as {unknown[0]})"
    return np.ones(len(row), dtype=np.int64), f"Contigs are counted, not bases: {what}; --fasta gives them."
