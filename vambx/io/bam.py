"""Look into BAM files, and compute depth from them (pycoverm)."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pysam

from vambx.errors import InputError

_WORKER = Path(__file__).with_name("pycoverm_worker.py")
_SORT = "sort it: samtools sort -o sorted.bam {path}"
_DAMAGED = "[E::"  # how htslib begins its errors, which pycoverm does not always heed
_PEEK = 10_000  # records whose order is looked at where the header does not vouch for it


@dataclass(frozen=True, slots=True)
class BamHeader:
    """The references that reads were mapped to.

    Attributes:
        path: the BAM file.
        references: their names, in the file's order.
        lengths: bp of each.
    """

    path: Path
    references: tuple[str, ...]
    lengths: tuple[int, ...]


def find_bams(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The BAM files meant by files, folders (their *.bam, by name) and globs, in the order given.

    Raises:
        InputError: a path that does not exist, a folder or glob without a BAM, or the same file twice.
    """
    found: list[Path] = []
    for given in map(Path, paths):
        if given.is_dir():
            matches = sorted(path for path in given.glob("*.bam") if not path.name.startswith("."))
        elif has_magic(str(given)) and not given.exists():
            matches = sorted(map(Path, glob(str(given))))
        elif given.is_file():
            matches = [given]
        else:
            raise InputError(f"{given}: the BAM file does not exist; give BAM files, a folder of them, or a glob")
        if not matches:
            raise InputError(f"{given}: no BAM file is there; give BAM files, a folder of them, or a glob")
        found += matches
    seen: set[Path] = set()
    for path in found:
        if not path.is_file():
            raise InputError(f"{path}: the BAM file is a link to nothing; mend the link")
        if path.resolve() in seen:
            raise InputError(f"{path}: the BAM file is given twice; give every sample once")
        seen.add(path.resolve())
    return found


def sample_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """A name for each BAM's sample: its file name without `.bam`, with its folder's where those are not unique.

    Raises:
        InputError: two BAMs end with the same folder and file name, or a name cannot stand in a table.
    """
    names = [path.name.removesuffix(".bam") for path in paths]
    if len(set(names)) < len(names):
        names = [f"{path.resolve().parent.name}_{name}" for path, name in zip(paths, names, strict=True)]
    for path, name in zip(paths, names, strict=True):
        if names.count(name) > 1:
            raise InputError(f"{path}: two samples would be named {name!r}; rename one of the BAM files")
        if not name or not name.isprintable():
            raise InputError(f"{str(path)!r}: cannot name a sample; rename the BAM file")
    return tuple(names)


def read_header(path: Path) -> BamHeader:
    """Read a BAM's header; see that the file is whole, sorted by coordinate, and holds reads.

    Raises:
        InputError: the file is no BAM, truncated, not sorted by coordinate, or without a read.
    """
    verbosity = pysam.set_verbosity(0)  # htslib would print what the error says already
    try:
        with pysam.AlignmentFile(os.fspath(path), "rb", check_sq=False) as bam:
            if not bam.is_bam:
                raise InputError(f"{path}: is no BAM file; make one: samtools sort -o out.bam {path}")
            if not bam.references:
                raise InputError(f"{path}: the BAM file lists no references; map the reads to the contigs")
            _check_order(path, bam)
            return BamHeader(path, bam.references, bam.lengths)
    except (OSError, ValueError) as error:
        # After a failed read pysam fails to close, too; what went wrong first is what to tell.
        raise _unreadable(path, str(error.__context__ or error)) from error
    finally:
        pysam.set_verbosity(verbosity)


def _unreadable(path: Path, reason: str) -> InputError:
    if path.exists() and path.stat().st_size == 0:
        return InputError(f"{path}: the BAM file is empty; map the reads again")
    if "truncated" in reason or "EOF" in reason or "while reading" in reason:
        return _damaged(path)
    return InputError(f"{path}: is no BAM file ({reason}); make one: samtools sort -o out.bam {path}")


def _damaged(path: Path) -> InputError:
    return InputError(f"{path}: the BAM file is truncated or damaged; copy it again or map the reads again")


def _check_order(path: Path, bam: pysam.AlignmentFile) -> None:
    first = str(bam.header).partition("\n")[0].split("\t")  # to_dict would take seconds for a million references
    declared = "unknown" if first[0] != "@HD" else dict(field.split(":", 1) for field in first[1:]).get("SO", "unknown")
    if declared == "queryname":
        raise InputError(f"{path}: the BAM file is sorted by read name, not by coordinate; {_SORT.format(path=path)}")
    last = (-1, -1)
    n_reads = 0
    for read in islice(bam.fetch(until_eof=True), 1 if declared == "coordinate" else _PEEK):
        n_reads += 1
        if read.is_unmapped and read.reference_id < 0:
            break  # these come last
        if (here := (read.reference_id, read.reference_start)) < last:
            raise InputError(f"{path}: the BAM file is not sorted by coordinate; {_SORT.format(path=path)}")
        last = here
    if not n_reads:
        raise no_reads(path)


def no_reads(path: Path) -> InputError:
    """The sentence for a sample without a mapped read."""
    return InputError(
        f"{path}: no read is mapped to the contigs (reads within 75 bp of their ends or under --min-identity do not "
        "count); map this sample's reads, or leave the file out"
    )


def require_pycoverm() -> None:
    """See that pycoverm is there; it is an extra because of its licence (GPL).

    Raises:
        InputError: it is not installed.
    """
    if find_spec("pycoverm") is None:
        raise InputError("depth from BAM files needs pycoverm; install it: pip install 'vambx[bam]'")


def mean_depth(bam: Path, min_identity: float) -> npt.NDArray[np.float32]:
    """Mean depth of every reference of one BAM, by pycoverm.

    The 75 bases at each end of a contig are left out, where reads cannot map well. It runs in a process of its own:
    pycoverm holds the interpreter's lock, and ends in a panic on odd records.

    Args:
        bam: sorted by coordinate, as `read_header` has seen.
        min_identity: least identity of a read that counts, 0 to 1.

    Returns:
        float32 (n_references,), mean reads covering a base, in the header's order.

    Raises:
        InputError: a record that pycoverm cannot use.
    """
    # -P and the path of the file: a user's folder with a vambx.py in it is not searched.
    command = [sys.executable, "-P", os.fspath(_WORKER), os.fspath(bam.absolute()), str(min_identity)]
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "RUST_BACKTRACE": "0"})
    said = done.stderr.decode(errors="replace")
    if done.returncode != 0 or _DAMAGED in said:
        raise _explain(bam, said)
    return np.frombuffer(done.stdout, dtype=np.float32)


def _explain(path: Path, panic: str) -> InputError:
    lines = [line.strip() for line in panic.splitlines() if line.strip()]
    if _DAMAGED in panic:
        return _damaged(path)
    if "unsorted" in panic:
        return InputError(f"{path}: the BAM file is not sorted by coordinate; {_SORT.format(path=path)}")
    if "out of bounds" in panic:
        return InputError(f"{path}: a read lies beyond the end of its contig; map the reads to these contigs again")
    if "'NM'" in panic:
        remedy = f"add it: samtools calmd -b {path} contigs.fa > with_nm.bam"
        return InputError(f"{path}: a read has no NM tag, which its identity is computed from; {remedy}")
    if "type of NM" in panic:
        remedy = f"write it anew: samtools view -h {path} | samtools view -b -o new.bam"
        return InputError(f"{path}: an NM tag is of a type that pycoverm does not read; {remedy}")
    reason = next((line for line in reversed(lines) if not line.startswith("note:")), "it was killed: out of memory?")
    return InputError(f"{path}: pycoverm could not compute depths ({reason}); is the file whole?")
