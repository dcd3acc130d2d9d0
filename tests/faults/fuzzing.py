"""Give every reader of vambx files that are spoiled in many ways, and see that it reads or refuses each in good order.

    python tests/faults/fuzzing.py FOLDER --inputs 50000 [--reader NAME ...] [--seed 1]

In good order: an exception of `vambx.errors` with one line, within 10 s, in no more memory than the file can need, and
never the end of the process. Whatever else happens is a finding; its file is kept in FOLDER/READER, beside what was
said. Input number n of a seed is the same every time, whatever came before it.
"""

import argparse
import ctypes
import mmap
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.mutations import spliced, spoiled
from faults.reader import Reader

from vambx.errors import VambxError

os.environ["OMP_NUM_THREADS"] = "1"  # for torch, in seeds: a fork would wait for ever for threads that it has not

SECONDS = 10
FREE, FACTOR = 64 << 20, 20  # bytes that any input may take, and how many each of its own may
A_PROCESS = 2000  # inputs that one process reads; what libraries leak does not add up for ever
ADDRESSES = 2 << 30  # bytes that may be asked for at all, used or not


@dataclass(frozen=True)
class Figures:
    """How it went with one reader.

    Attributes:
        reader: its name.
        inputs: files that it was given.
        fine, refused: how many of them it read, and how many it told to be bad.
        findings: numbers of the inputs with which something else happened.
        slowest: seconds.
        most_memory: bytes by which the process grew over one input.
    """

    reader: str
    inputs: int
    fine: int
    refused: int
    findings: tuple[int, ...]
    slowest: float
    most_memory: int

    def __str__(self) -> str:
        return (
            f"{self.reader:<20} {self.inputs:>7} inputs {self.fine:>7} fine {self.refused:>7} refused "
            f"{len(self.findings):>5} findings  slowest {self.slowest:6.2f} s  most memory "
            f"{self.most_memory / 1e6:6.1f} MB"
        )


class _Shared(ctypes.Structure):
    """What parent and child both see, also when the child is no more."""

    _fields_ = (
        ("number", ctypes.c_int64),  # of the input that is being read
        ("began", ctypes.c_double),  # time.monotonic(); 0: none is being read
        ("fine", ctypes.c_int64),
        ("refused", ctypes.c_int64),
        ("slowest", ctypes.c_double),
        ("most_memory", ctypes.c_int64),
    )


@dataclass(frozen=True)
class _Inputs:
    """The inputs of one reader, by number."""

    reader: Reader
    paths: Sequence[Path]
    contents: Sequence[bytes]
    seed: int

    @classmethod
    def of(cls, reader: Reader, folder: Path, seed: int) -> "_Inputs":
        folder.mkdir(parents=True)
        paths = reader.seeds(folder)
        return cls(reader, paths, [path.read_bytes() for path in paths], seed)

    def make(self, number: int) -> tuple[int, bytes]:
        """Which of the seeds it is made of, and its bytes; the first ones are the seeds themselves."""
        if number < len(self.paths):
            return number, self.contents[number]
        draw = random.Random(f"{self.seed} {self.reader.name} {number}")
        which = draw.randrange(len(self.paths))
        content = self.contents[which]
        if draw.random() < 0.05:
            return which, spliced(content, draw.choice(self.contents), draw)
        if self.reader.mutate is not None and draw.random() < 0.5:
            return which, self.reader.mutate(content, draw)
        return which, spoiled(content, draw)

    def keep(self, folder: Path, number: int, problem: str) -> None:
        """Keep an input, and what happened with it."""
        which, content = self.make(number)
        kept = folder / self.reader.name
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{number}{''.join(self.paths[which].suffixes)}").write_bytes(content)
        (kept / f"{number}.problem").write_text(f"{self.paths[which].name}: {problem}\n")


def fuzz(reader: Reader, n_inputs: int, folder: Path, seed: int = 1) -> Figures:
    """Give a reader so many inputs; files of findings are kept in the folder."""
    shared = _Shared.from_buffer(mmap.mmap(-1, ctypes.sizeof(_Shared)))
    in_memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    fork = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory(prefix="fuzzing-", dir=in_memory) as work:
        # Seeds are written by a child, so that this process stays as small as those that it forks should be.
        inputs = _Inputs.of(reader, Path(work) / "seeds", seed)
        start = 0
        while start < n_inputs:
            stop = min(start + A_PROCESS, n_inputs)
            child = fork.Process(target=_read_all, args=(inputs, range(start, stop), folder, shared))
            child.start()
            problem = _watch(child, shared)
            if problem is None:
                start = stop
                continue
            if not shared.began:
                raise RuntimeError(f"{reader.name}: cannot read the files that it is to begin with: {problem}")
            inputs.keep(folder, shared.number, problem)
            start = shared.number + 1
            shared.began = 0
    findings = sorted(int(path.stem) for path in (folder / reader.name).glob("*.problem"))
    return Figures(
        reader.name, n_inputs, shared.fine, shared.refused, tuple(findings), shared.slowest, shared.most_memory
    )


def _watch(child: multiprocessing.Process, shared: _Shared) -> str | None:
    """Wait for a child to end; what went wrong, if it did."""
    while child.is_alive():
        child.join(0.2)
        began = shared.began
        if began and time.monotonic() - began > SECONDS:
            os.killpg(child.pid, signal.SIGKILL)  # those that it started, too
            child.join()
            shared.slowest = SECONDS
            return f"took longer than {SECONDS} s"
    return None if child.exitcode == 0 else f"the process ended with {child.exitcode}"


def _read_all(inputs: _Inputs, numbers: range, folder: Path, shared: _Shared) -> None:
    os.setsid()
    for path, content in zip(inputs.paths, inputs.contents, strict=True):  # what is loaded late is no input's memory
        path.write_bytes(content)
        inputs.reader.read(path)
    devnull = os.open(os.devnull, os.O_WRONLY)  # htslib talks much
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    resource.setrlimit(resource.RLIMIT_AS, (_memory("VmSize") + ADDRESSES,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in numbers:
        which, content = inputs.make(number)
        inputs.paths[which].write_bytes(content)
        if problem := _read_one(inputs.reader, inputs.paths[which], len(content), number, shared):
            inputs.keep(folder, number, problem)
        inputs.paths[which].write_bytes(inputs.contents[which])


def _read_one(reader: Reader, path: Path, size: int, number: int, shared: _Shared) -> str | None:
    """Read one input; what happened that should not have."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory is from now on
    before = _memory("VmRSS")
    shared.number, shared.began = number, time.monotonic()
    problem = None
    try:
        reader.read(path)
        shared.fine += 1
    except VambxError as error:
        shared.refused += 1
        problem = _problem_of(error)
    except BaseException:  # noqa: BLE001  a panic in Rust is one, too
        problem = traceback.format_exc()
    shared.slowest = max(shared.slowest, time.monotonic() - shared.began)
    shared.began = 0
    grew = _memory("VmHWM") - before
    shared.most_memory = max(shared.most_memory, grew)
    if grew > 2 * (FREE + FACTOR * size):
        return f"took {grew / 1e6:.0f} MB of memory for {size} bytes"
    return problem


def _problem_of(error: BaseException) -> str | None:
    """What is wrong with how a file was refused: more than a line, or memory that was asked for and not there.

    An error that is told `from None` was expected.
    """
    if "\n" in str(error) or not str(error):
        return f"is not one line: {str(error)!r}"
    cause: BaseException | None = error
    while cause := cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__):
        if isinstance(cause, MemoryError | RecursionError):
            return "".join(traceback.format_exception(cause))
    return None


def _memory(name: str) -> int:
    """Bytes of memory that this process has, or had at most."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(f"{name}:"))


def readers() -> dict[str, Reader]:
    """All readers, by name."""
    import sklearn.manifold  # noqa: F401  it takes a second, once for all that are forked
    from faults import binary_readers, text_readers

    return {reader.name: reader for reader in (*binary_readers.READERS, *text_readers.READERS)}


def _of_each(chosen: Sequence[Reader], n_inputs: int, folder: Path, seed: int) -> Iterator[Figures]:
    for reader in chosen:
        shutil.rmtree(folder / reader.name, ignore_errors=True)
        yield fuzz(reader, n_inputs, folder, seed)


def main() -> None:
    """Give the readers as many inputs as asked for, and say how it went."""
    known = readers()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inputs", type=int, default=50_000)
    parser.add_argument("--reader", nargs="+", choices=known, default=list(known))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    n_findings = 0
    for figures in _of_each([known[name] for name in args.reader], args.inputs, args.folder, args.seed):
        print(figures, flush=True)
        n_findings += len(figures.findings)
    sys.exit(n_findings > 0)


if __name__ == "__main__":
    main()
