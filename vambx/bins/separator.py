"""Which sample a contig was assembled from, as its name tells: `{sample}{separator}{contig}`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

POOLED = ""
"""The sample of a contig when names are not split: one assembly for all."""


@dataclass(frozen=True)
class Separator:
    """What stands between sample and contig in every name.

    Attributes:
        text: None: names are not split.
        description: one line on what was chosen, and why.
    """

    text: str | None
    description: str

    def sample_of(self, name: str) -> str:
        """The sample a contig was assembled from."""
        return POOLED if self.text is None else name.partition(self.text)[0]


@dataclass(frozen=True)
class _Convention:
    text: str
    pattern: re.Pattern[str]
    example: str


_CONVENTIONS = (
    _Convention("C", re.compile(r"S\d+C."), "S1C12"),
    _Convention(":", re.compile(r"[^:]+:."), "sample:contig"),
)


def choose_separator(names: Sequence[str], given: str | None = None) -> Separator:
    """Settle how names are split.

    Without a given one, it is found where every name looks like `S1C12` or like `sample:contig`; where none does, a
    single or pooled assembly, nothing is split.

    Args:
        names: all contigs of the FASTA.
        given: as the user says; an empty string: do not split.

    Raises:
        ValueError: the given one does not split every name in two, only some names follow a convention, or all
            follow both.
    """
    if given == "":
        return Separator(None, "Separator: none, as asked; clusters are not split by sample")
    if given is not None:
        _check_given(names, given)
        return _chosen(names, given, "as given")
    fitting = [convention for convention in _CONVENTIONS if _tells_samples(convention, names)]
    if len(fitting) > 1:
        raise ValueError(
            f"contig names look like S1C12 as well as like sample:contig (such as {names[0]}); "
            "say which with --separator C or --separator :, '' for not at all"
        )
    if fitting:
        return _chosen(names, fitting[0].text, f"every name looks like {fitting[0].example}")
    for convention in _CONVENTIONS:
        _check_no_part_fits(convention, names)
    return Separator(None, "Separator: none in the names; one assembly, clusters are not split by sample")


def _tells_samples(convention: _Convention, names: Sequence[str]) -> bool:
    """Whether every name fits, and not each contig would be a sample of its own; then the sign means something else."""
    if not names or not all(map(convention.pattern.match, names)):
        return False
    return len(names) == 1 or len({name.partition(convention.text)[0] for name in names}) < len(names)


def _check_no_part_fits(convention: _Convention, names: Sequence[str]) -> None:
    fits = [name for name in names if convention.pattern.match(name)]
    if 0 < len(fits) < len(names):
        stranger = next(name for name in names if not convention.pattern.match(name))
        raise ValueError(
            f"{len(fits)} of {len(names)} contig names look like {convention.example} (such as {fits[0]}), the "
            f"others do not (such as {stranger}); say how names are split with --separator, '' for not at all"
        )


def _check_given(names: Sequence[str], given: str) -> None:
    for name in names:
        sample, _, contig = name.partition(given)
        if not sample or not contig:
            raise ValueError(
                f"--separator {given!r} does not split contig name {name} into sample and contig; "
                "give one that splits every name, or '' for not at all"
            )


def _chosen(names: Sequence[str], text: str, why: str) -> Separator:
    n_samples = len({name.partition(text)[0] for name in names})
    return Separator(text, f"Separator: {text!r} ({why}); clusters are split by sample, {n_samples} found")
