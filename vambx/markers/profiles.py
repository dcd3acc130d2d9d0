"""Read profile HMMs of HMMER3, in its text format.

HMMER's own reader and its search can crash, and Python with them, where a file is not what it should be. So each
profile's lines are looked at before HMMER sees them, and its probabilities before they are searched with.

Source:
    HMMER User's Guide 3.4, "HMMER profile HMM files".
"""

import io
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vambx.errors import InputError
from vambx.io.text import iter_lines, reason_of, short

if TYPE_CHECKING:
    from pyhmmer.plan7 import HMM

MADE_BY = "give a file of HMMER3 profiles, made by hmmbuild"

_FORMAT = re.compile(r"HMMER3/[a-f]\b")
_NUMBER = r"\s+(?:\d+\.\d+|\*)"  # minus the logarithm of a probability; *: of 0
_NODE = (  # of the residues with the node's number before and notes behind, of insertions, of what follows
    re.compile(rf"\s*(\d+)(?:{_NUMBER}){{20}}(?:\s.*)?"),
    re.compile(rf"()(?:{_NUMBER}){{20}}\s*"),
    re.compile(rf"()(?:{_NUMBER}){{7}}\s*"),
)
_STATS = re.compile(r"LOCAL\s+(((MSV|VITERBI|FORWARD)\s+-?\d+\.\d+\s+\d+\.\d+)|(VLAMBDA|VMU|FTAU)\s+-?\d+\.\d+)")
_PAIR = re.compile(r"-?\d+(\.\d+)?\s+-?\d+(\.\d+)?;?")
_BEFORE_ALPH = {"NAME", "ACC", "DESC", "LENG", "MAXL"}  # HMMER crashes on a cutoff before it knows the alphabet
_LONGEST = 100_000  # residues; HMMER's own limit of a sequence
_ROUNDING = 0.01  # of sums of probabilities, which are written with five digits


def iter_profiles(path: Path) -> "Iterator[tuple[bytes, HMM[Any]]]":
    """Yield the text of each profile of a file, plain or packed, and the profile.

    Raises:
        InputError: the file cannot be read, holds no profile, or one that HMMER cannot use.
    """
    lines: list[str] = []
    is_empty = True
    for _, line in iter_lines(path, MADE_BY, encoding="latin-1"):
        lines.append(line)
        if not _FORMAT.match(lines[0]):
            raise InputError(f"{path}: {short(line)!r} is not how a profile of HMMER3 begins; {MADE_BY}")
        if line.rstrip() == "//":
            text = "".join(f"{each}\n" for each in lines).encode("latin-1")
            yield text, _parsed(path, lines, text)
            lines, is_empty = [], False
    if lines:
        raise InputError(f"{path}: is no whole file of HMMER3 profiles; {MADE_BY}")
    if is_empty:
        raise InputError(f"{path}: holds no profile; {MADE_BY}")


def name_of(hmm: "HMM[Any]") -> str:
    """The profile's name: text from pyhmmer 0.12 on, bytes before."""
    name: str | bytes = hmm.name
    return name.decode("latin-1") if isinstance(name, bytes) else name


def _parsed(path: Path, lines: list[str], text: bytes) -> "HMM[Any]":
    from pyhmmer.plan7 import HMMFile

    head = _head_of(lines)
    name = head.get("NAME", "").strip()
    if not (name.isascii() and name.isprintable() and len(name.split()) == 1):
        raise InputError(f"{path}: a profile is named {short(name)!r}; give each a name of its own, without blanks")
    if head.get("ALPH", "").strip().lower() != "amino":
        raise InputError(f"{path}: profile {name} is not of proteins; give profiles of proteins")
    try:
        _check_head(head)
        _check_numbers(int(head["LENG"]), lines)
        with HMMFile(io.BytesIO(text)) as file:
            hmm = next(iter(file))
        _validate(hmm)
        if hmm.consensus is None:  # which older versions of HMMER did not write
            hmm.set_consensus(None)
    except (ValueError, StopIteration, EOFError, OSError, RuntimeError) as error:
        said = short(reason_of(error))
        raise InputError(f"{path}: profile {name} is not as HMMER3 writes them ({said}); {MADE_BY}") from error
    return hmm


def _validate(hmm: "HMM[Any]") -> None:
    try:
        hmm.validate(_ROUNDING)
    except ValueError:  # whose own words cannot be had in some versions
        raise ValueError("probabilities that do not sum to 1") from None


def _head_of(lines: list[str]) -> dict[str, str]:
    """Tags and values before the numbers; a tag that is there again has the number of its line behind it."""
    head: dict[str, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        tag, *rest = line.split(maxsplit=1)
        value = "".join(rest)
        if tag == "HMM":
            break
        head[f"{tag} {number}" if tag in head else tag] = value.strip()
    return head


def _check_head(head: dict[str, str]) -> None:
    """See that the tags are where HMMER expects them, and their values as it writes them.

    Raises:
        ValueError: they are not.
    """
    before = set(itertools.takewhile(lambda tag: tag != "ALPH", head))
    if before - _BEFORE_ALPH:
        raise ValueError("ALPH is not among the first lines")
    if again := [tag for tag in head if " " in tag and not tag.startswith(("COM", "STATS"))]:
        raise ValueError(f"{again[0].split()[0]} is there twice")
    length = head.get("LENG", "")
    if not (length.isascii() and length.isdigit() and 0 < int(length) <= _LONGEST):
        raise ValueError(f"length {length!r}")
    for tag, value in head.items():
        if tag.startswith("STATS") and not _STATS.fullmatch(value):
            raise ValueError(f"STATS {value!r}")
        if tag in ("GA", "TC", "NC") and not _PAIR.fullmatch(value):
            raise ValueError(f"{tag} {value!r}")


def _check_numbers(length: int, lines: list[str]) -> None:
    """See that a profile has the lines, and these the numbers, that its length asks for.

    Raises:
        ValueError: it has not.
    """
    begins = next((i for i, line in enumerate(lines) if line.startswith("HMM ")), len(lines)) + 2
    rows = lines[begins:-1]
    if rows and rows[0].split()[0] == "COMPO":
        rows[0] = rows[0].replace("COMPO", "0", 1)
    else:
        rows.insert(0, "0" + " 1.0" * 20)
    if len(rows) != len(_NODE) * (length + 1):
        raise ValueError(f"{len(rows)} lines of numbers for length {length}")
    for i, row in enumerate(rows):
        node, kind = divmod(i, len(_NODE))
        found = _NODE[kind].fullmatch(row)
        if found is None or found[1] not in ("", str(node)):
            raise ValueError(f"node {node}: {row.strip()!r}")
