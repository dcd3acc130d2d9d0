"""Which marker genes: their profile HMMs, and the scores from which on a hit is believed."""

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vambx.errors import InputError
from vambx.io.text import iter_lines, number_in
from vambx.markers.profiles import iter_profiles, name_of

if TYPE_CHECKING:
    from pyhmmer.plan7 import HMM

_INSTALL = "install it: pip install 'vambx[markers]'"
_CUTOFFS = "MG_BitScoreCutoffs.allhits.txt"
_BEHIND = ("gathering", "trusted", "noise")  # GA, TC, NC: the first that an HMM has is taken


@dataclass(frozen=True)
class MarkerSet:
    """Profiles of genes that nearly every genome has once.

    Attributes:
        names: of the markers, unique.
        profiles: an HMM each, its gathering cutoff the bits that a hit must have.
        sha256: of the profiles and cutoffs, hex; two sets with the same find the same.
    """

    names: tuple[str, ...]
    profiles: "tuple[HMM[Any], ...]"
    sha256: str

    def __len__(self) -> int:
        return len(self.names)


def missing_part(own_profiles: bool = False) -> str | None:
    """What of the extra `vambx[markers]` is not installed, and the remedy, in one line; None if all is there.

    Args:
        own_profiles: whether the profiles come from a file of the user's, so that fetchmgs is not needed.
    """
    needed = ("pyrodigal", "pyhmmer") if own_profiles else ("pyrodigal", "pyhmmer", "fetchmgs")
    missing = next((name for name in needed if find_spec(name) is None), None)
    return f"marker genes need {missing}; {_INSTALL}" if missing else None


def read_marker_set(
    hmms: str | os.PathLike[str] | None = None, cutoffs: str | os.PathLike[str] | None = None
) -> MarkerSet:
    """Read the profiles of a marker set.

    Args:
        hmms: HMMER3 file of one or more protein profiles, plain or compressed; None: the universal single-copy genes
            that come with fetchmgs.
        cutoffs: table of name and bits, white space between, for profiles without GA, TC or NC; it counts more.

    Raises:
        InputError: part of the extra is not installed; a file cannot be used; a profile has no cutoff.

    Source:
        Sunagawa et al., Nat Methods 2013, doi 10.1038/nmeth.2693, and Milanese et al., Nat Commun 2019,
        doi 10.1038/s41467-019-08844-4: 40 universal single-copy genes, with cutoffs calibrated for each.
    """
    if missing := missing_part(own_profiles=hmms is not None):
        raise InputError(missing)
    files = _files_of_fetchmgs() if hmms is None else [Path(hmms)]
    if hmms is None and cutoffs is None:
        cutoffs = files[0].with_name(_CUTOFFS)
    table = _read_cutoffs(Path(cutoffs)) if cutoffs else None
    digest = hashlib.sha256()
    found: dict[str, HMM[Any]] = {}
    bits: list[float] = []
    for path in files:
        for text, hmm in iter_profiles(path):
            digest.update(text)
            name = name_of(hmm)
            if name in found:
                raise InputError(f"{path}: two profiles are named {name!r}; give each a name of its own")
            hmm.cutoffs.gathering = _cutoff_of(hmm, path, table)
            found[name] = hmm
            bits.append(hmm.cutoffs.gathering[0])
    digest.update(json.dumps(bits).encode())
    return MarkerSet(tuple(found), tuple(found.values()), digest.hexdigest())


def _files_of_fetchmgs() -> list[Path]:
    """The profiles that come with fetchmgs; it is not imported, which would load much that is not needed."""
    spec = find_spec("fetchmgs")
    folders = [Path(folder) / "data" for folder in (spec.submodule_search_locations or ())] if spec else []
    files = sorted(file for folder in folders for file in folder.glob("*.hmm"))
    if not files or not files[0].with_name(_CUTOFFS).exists():
        raise InputError("fetchmgs is installed without its profiles; install it anew: pip install 'fetchmgs>=2.1,<3'")
    return files


def _cutoff_of(hmm: "HMM[Any]", path: Path, table: Mapping[str, float] | None) -> tuple[float, float]:
    """Bits that a sequence, and a domain in it, must have."""
    name = name_of(hmm)
    if table is not None:
        if name not in table:
            raise InputError(f"{path}: profile {name} is not in the table of cutoffs; add it there")
        return table[name], 0.0
    for kind in _BEHIND:
        bits: tuple[float, float] | None = getattr(hmm.cutoffs, kind)
        if bits is not None:
            return bits
    raise InputError(f"{path}: profile {name} has no GA, TC or NC line; give a table of name and bits by --cutoffs")


def _read_cutoffs(path: Path) -> dict[str, float]:
    table: dict[str, float] = {}
    remedy = "write a name and a number of bits a line"
    for number, line in iter_lines(path, remedy):
        if line.startswith("#"):
            continue
        name, *more = line.split()
        try:
            bits = number_in(more[0])
        except (IndexError, ValueError) as error:
            raise InputError(f"{path}: line {number} is not a name and a number of bits; {remedy}") from error
        if not math.isfinite(bits):
            raise InputError(f"{path}: line {number}: {bits} bits cannot be; {remedy}")
        if table.setdefault(name, bits) != bits:
            raise InputError(f"{path}: line {number}: profile {name} has other bits before; leave one of them")
    return table
