"""One catalogue of the contigs of several samples' assemblies, whose names tell the sample."""

import logging
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from xopen import xopen

from vambx.bins.separator import choose_separator
from vambx.config import FeatureConfig
from vambx.errors import InputError, OutputError, UsageError
from vambx.io.atomic import check_free, replacing
from vambx.io.fasta import Record, existing_fasta, iter_fasta
from vambx.progress import Progress, Silent

logger = logging.getLogger(__name__)

_ENDINGS = re.compile(r"(\.(fa|fas|fna|fasta))?(\.(gz|bz2|xz|zst))?\Z", re.IGNORECASE)
_SEPARATORS = "C", ":"  # those that binning finds by itself; the last is for any names
_IN_SAM = re.compile(r"(?![*=])[0-9A-Za-z!#$%&*+./:;=?@^_|~-]+")  # a reference name, by the SAM specification


@dataclass(frozen=True)
class Taken:
    """What was taken of one sample's assembly.

    Attributes:
        sample: its name.
        n_contigs: contigs taken.
        n_bases: their bp.
        n_short: contigs left out as they are too short.
    """

    sample: str
    n_contigs: int
    n_bases: int
    n_short: int


@dataclass(frozen=True)
class Catalogue:
    """What was written.

    Attributes:
        path: the FASTA.
        separator: what stands between sample and contig in every name.
        is_found: whether binning finds the separator by itself; otherwise it has to be told.
        samples: in the order of the assemblies.
    """

    path: Path
    separator: str
    is_found: bool
    samples: tuple[Taken, ...]


def name_assemblies(given: Sequence[str]) -> dict[str, Path]:
    """A sample's name for each assembly.

    Args:
        given: `NAME=FILE`, or `FILE` alone: then the sample is named as the file without its FASTA endings, and where
            several would be called alike, such as `final.contigs`, as the folders that these lie in.

    Raises:
        UsageError: a name or a file is empty, or two samples have one name.
    """
    pairs = [_split(word) for word in given]
    stems = Counter(_stem(path) for name, path in pairs if name is None)
    named: dict[str, Path] = {}
    for name, path in pairs:
        sample = name or _stem(path)
        if name is None and stems[sample] > 1:
            sample = Path(os.path.abspath(path)).parent.name
        if not sample:
            raise UsageError(f"{path}: its sample has no name; give one: NAME={path}")
        if sample in named:
            raise UsageError(
                f"{path}: its sample would be named {sample!r}, as that of {named[sample]} is; give NAME={path}"
            )
        named[sample] = path
    return named


def _split(word: str) -> tuple[str | None, Path]:
    """NAME=FILE, unless there is a file of that whole name."""
    name, sign, file = word.partition("=")
    if not sign or os.path.exists(word):
        return None, Path(word)
    if not name:
        raise UsageError(f"{word}: the sample has no name; give NAME{word}")
    if not file:
        raise UsageError(f"{word}: the sample has no file; give {word}FILE")
    return name, Path(file)


def _stem(path: Path) -> str:
    return _ENDINGS.sub("", path.name, count=1)


def concatenate(
    assemblies: Mapping[str, str | os.PathLike[str]],
    output: str | os.PathLike[str],
    min_length: int = FeatureConfig.recruit_length,
    separator: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Catalogue:
    """Join the assemblies of several samples into one FASTA.

    Each contig is named `{sample}{separator}{contig}`, where contig is its header up to the first white space, and is
    written on one line, samples and contigs in the order given. Only names are held in memory. The same input gives
    the same bytes, packed or not.

    Args:
        assemblies: FASTA file of each sample, by the sample's name (`name_assemblies`): plain, gz, bz2, xz or zst.
        output: FASTA to write; packed if its name ends with `.gz`.
        min_length: contigs shorter than this (bp) are left out.
        separator: None: `C` where samples are named as `S1` is, otherwise `:`; binning finds both by itself.
        force: write over a file that is there already.
        progress: told how much has been read.

    Raises:
        InputError: a file is missing, given twice, or cannot be read, a contig's name occurs twice in it or cannot
            stand in a BAM, no contig is long enough, or the names do not tell the samples.
        OutputError: the output is there already, is one of the inputs, or cannot be written.
        UsageError: a sample's name holds the separator or cannot stand in a BAM, or a value is out of range.
    """
    if min_length < 1:
        raise UsageError(f"--min-length must be at least 1 bp, not {min_length}")
    files = {sample: existing_fasta(path) for sample, path in assemblies.items()}
    out = Path(output)
    _check_files(files)
    _check_output(out, files, force)
    text = _separator_for(files, separator)
    names: list[str] = []
    taken: list[Taken] = []
    before, longest = 0, 0
    with (
        (progress or Silent()).task("Joining assemblies", sum(map(_size, files.values())), "bytes") as task,
        _writing(out) as handle,
    ):
        for sample, path in files.items():
            first, n_bases, n_short = len(names), 0, 0
            for record in iter_fasta(path, lambda done, start=before: task.advance_to(start + done)):  # type: ignore[misc]
                longest = max(longest, len(record.sequence))
                if len(record.sequence) < min_length:
                    n_short += 1
                    continue
                names.append(_renamed(record, sample + text, path))
                n_bases += len(record.sequence)
                handle.write(f">{names[-1]}\n{record.sequence}\n".encode())
            taken.append(Taken(sample, len(names) - first, n_bases, n_short))
            before += _size(path)
        if not names:
            raise InputError(
                f"{out}: not written, as no contig of the {len(files)} assemblies has {min_length:,} bp (the longest "
                f"{longest:,}); give a smaller --min-length"
            )
        is_found = _is_found(names, text)
        if not is_found and separator is None:
            raise InputError(
                f"{out}: not written, as names such as {names[0]} would not tell samples by themselves; give "
                "--separator, here and where contigs are binned"
            )
    for each in taken:
        if not each.n_contigs:
            logger.warning("%s: no contig of sample %s is long enough", files[each.sample], each.sample)
    return Catalogue(out, text, is_found, tuple(taken))


def _size(path: Path) -> int:
    return path.stat().st_size


def _check_files(files: Mapping[str, Path]) -> None:
    if not files:
        raise UsageError("there is no assembly to join; give one or more")
    seen: dict[Path, str] = {}
    for sample, path in files.items():
        if other := seen.get(path.resolve()):
            raise InputError(f"{path}: is given twice, for samples {other} and {sample}; give every assembly once")
        seen[path.resolve()] = sample


def _check_output(out: Path, files: Mapping[str, Path], force: bool) -> None:
    if out.suffix.lower() in (".bz2", ".xz", ".zst"):
        raise OutputError(f"{out}: is written plain or as .gz only; give an --output that ends so")
    for path in files.values():
        if out.exists() and out.samefile(path):
            raise OutputError(f"{out}: is one of the assemblies; give another --output")
    if out.is_dir():
        raise OutputError(f"{out}: is a folder; give the name of a file as --output")
    check_free(out, force, "--output")


def _separator_for(files: Mapping[str, Path], given: str | None) -> str:
    """What to put between sample and contig, seen to split every name where it should.

    Raises:
        UsageError: none fits, it cannot stand in a BAM, or a sample's name holds it or cannot stand there itself.
    """
    for sample, path in files.items():
        if not sample:
            raise UsageError(f"{path}: its sample has no name; give one: NAME={path}")
        if stray := _stray(sample):
            raise UsageError(f"{path}: its sample cannot be named {sample!r}, as {stray} in a BAM; give NAME={path}")
    if given == "":
        raise UsageError("--separator is empty, and would not tell sample from contig; give a sign, or leave it out")
    if given is not None and (stray := _stray(f"x{given}")):
        raise UsageError(f"--separator {given!r} cannot be, as {stray} in a BAM; give another")
    text = given or _default_separator(files)
    if cut := _cut_at(text, files):
        raise UsageError(
            f"{files[cut]}: its sample's name {cut!r} would be cut at the separator {text!r}; give NAME={files[cut]}, "
            "or another --separator"
        )
    if given is None and not _is_found(_names_like(files, text), text):
        raise UsageError(
            f"no separator would tell the samples by itself where they are named like {next(iter(files))!r}; "
            "give other names, NAME=FILE, or --separator"
        )
    return text


def _default_separator(samples: Collection[str]) -> str:
    fitting = (text for text in _SEPARATORS if _is_found(_names_like(samples, text), text))
    return next((text for text in fitting if not _cut_at(text, samples)), _SEPARATORS[-1])


def _names_like(samples: Collection[str], text: str) -> list[str]:
    """Names such as the contigs will have, before these are known."""
    return [f"{sample}{text}{contig}" for sample in samples for contig in (1, 2)]


def _cut_at(text: str, samples: Collection[str]) -> str | None:
    """A sample that the separator would cut in two, if there is one; it may begin in the name and end after it."""
    return next((sample for sample in samples if (sample + text).index(text) < len(sample)), None)


def _is_found(names: Sequence[str], text: str) -> bool:
    """Whether binning would find the separator in these names."""
    try:
        return choose_separator(names).text == text
    except ValueError:
        return False


def _stray(name: str) -> str:
    """What of a name cannot be in a BAM, as the middle of a sentence; empty: all can."""
    if _IN_SAM.fullmatch(name):
        return ""
    sign = next((sign for sign in name if not _IN_SAM.fullmatch(f"x{sign}")), None)
    return f"{name[0]!r} cannot come first" if sign is None else f"{sign!r} cannot stand"


def _renamed(record: Record, prefix: str, path: Path) -> str:
    name = prefix + record.name
    if stray := _stray(name):
        raise InputError(f"{path}: contig {record.name!r} cannot be named so, as {stray} in a BAM; rename it")
    return name


@contextmanager
def _writing(out: Path) -> Iterator[IO[bytes]]:
    """A file to write to, packed by its ending; it takes its name once it is whole."""
    with replacing(out, "wb") as handle:
        if out.suffix.lower() != ".gz":
            yield handle
            return
        # One thread, however many there are: the bytes depend on it. Level 1 makes DNA no larger than the next ones
        # do, in a fraction of their time. Neither time nor name comes into the file.
        with xopen(handle, "wb", compresslevel=1, threads=1, format="gz") as packed:
            yield packed
