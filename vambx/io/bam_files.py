"""Which BAM and CRAM files are meant, by files, folders, globs and lists; and what their samples are called.

A list is a text file that ends in .txt, .tsv or .list, with a path a line, relative to the folder that the list is in.
A tab and the sample's name may follow. Empty lines and lines that begin with # are passed over.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path

from vambx.errors import InputError
from vambx.io.text import iter_lines

READS = (".bam", ".cram")
LISTS = (".txt", ".tsv", ".list")
_GIVE = "give BAM files, a folder of them, or a glob"


def find_bams(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The files meant by files, folders (their *.bam and *.cram, by name), globs and lists, in the order given.

    Raises:
        InputError: a path that does not exist, a folder, glob or list without a BAM, or the same file twice.
    """
    return find_named_bams(paths)[0]


def find_named_bams(paths: Iterable[str | os.PathLike[str]]) -> tuple[list[Path], dict[Path, str]]:
    """What `find_bams` finds, and the names of samples that lists give.

    Raises:
        InputError: as of `find_bams`.
    """
    found = [entry for given in map(Path, paths) for entry in _meant_by(given)]
    seen: set[Path] = set()
    for path, _ in found:
        if not path.is_file():
            raise InputError(f"{path}: the BAM file is a link to nothing; mend the link")
        if path.resolve() in seen:
            raise InputError(f"{path}: the BAM file is given twice; give every sample once")
        seen.add(path.resolve())
    return [path for path, _ in found], {path: name for path, name in found if name is not None}


def _meant_by(given: Path) -> list[tuple[Path, str | None]]:
    if given.is_file() and given.suffix in LISTS:
        matches = list(_listed_in(given))
    elif given.is_dir():
        files = (path for path in given.iterdir() if path.suffix in READS and not path.name.startswith("."))
        matches = [(path, None) for path in sorted(files)]
    elif has_magic(str(given)) and not given.exists():
        matches = [(path, None) for path in sorted(map(Path, glob(str(given))))]
    elif given.is_file():
        matches = [(given, None)]
    else:
        raise InputError(f"{given}: the BAM file does not exist; {_GIVE}")
    if not matches:
        raise InputError(f"{given}: no BAM file is there; {_GIVE}")
    return matches


def _listed_in(given: Path) -> Iterator[tuple[Path, str | None]]:
    for number, line in iter_lines(given, "give a list of BAM files, a path a line"):
        if line.startswith("#"):
            continue
        name, *more = line.split("\t")
        path = given.parent / name.strip()
        if len(more) > 1:
            raise InputError(f"{given}: line {number} has {len(more) + 1} columns; give a path, a tab and a name")
        if not os.path.isfile(path):  # pathlib's raises where a name is too long
            raise InputError(
                f"{given}: line {number}: the BAM file {str(path)!r} does not exist; give a path a line, relative to "
                "the list's folder"
            )
        sample = more[0].strip() if more else None
        if sample is not None and not (sample and sample.isprintable()):
            raise InputError(f"{given}: line {number}: {sample!r} cannot name a sample; give another name, or no tab")
        yield path, sample


def sample_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """A name for each BAM's sample: its file name without `.bam`, with its folder's where those are not unique.

    Raises:
        InputError: two BAMs end with the same folder and file name, or a name cannot stand in a table.
    """
    names = [_bare(path) for path in paths]
    if len(set(names)) < len(names):
        names = [f"{path.resolve().parent.name}_{name}" for path, name in zip(paths, names, strict=True)]
    count = Counter(names)
    for path, name in zip(paths, names, strict=True):
        if count[name] > 1:
            raise InputError(f"{path}: two samples would be named {name!r}; rename one of the BAM files")
        if not name or not name.isprintable():
            raise InputError(f"{str(path)!r}: cannot name a sample; rename the BAM file")
    return tuple(names)


def _bare(path: Path) -> str:
    return next((path.name.removesuffix(ending) for ending in READS if path.name.endswith(ending)), path.name)
