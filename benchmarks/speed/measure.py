"""Run one process and measure it: wall, CPU, memory, and what it says of itself."""

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Word = str | Path | int
"""Of a command line."""

_SAMPLED_EVERY = 0.2  # seconds
_PAGE = os.sysconf("SC_PAGE_SIZE")


class MeasuringError(Exception):
    """A process that was to be measured failed."""


@dataclass(frozen=True)
class Measured:
    """One process, from start to end.

    Attributes:
        wall: seconds.
        cpu: seconds of user and system, its waited-for children's too.
        peak_mb: largest resident memory of any one process of its tree.
        tree_mb: largest memory of all of them together; None if that was not sampled.
        output: what it wrote to stdout.
        told: the JSON object of the last line of that, or nothing.
    """

    wall: float
    cpu: float
    peak_mb: float
    tree_mb: float | None
    output: str
    told: dict[str, Any]


def measure(
    command: Sequence[Word],
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    whole_tree: bool = False,
) -> Measured:
    """Run a command to its end.

    Args:
        command: program and arguments.
        environment: the process's whole environment; None: this one's.
        cwd: its working directory.
        whole_tree: sample the memory of all its processes together.

    Raises:
        MeasuringError: it ended with another status than 0; tells the end of what it wrote to stderr.
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:  # files, as a full pipe would stop it
        started = time.perf_counter()
        process = subprocess.Popen(words, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=environment, cwd=cwd)
        with _sampling(process.pid) if whole_tree else _not_sampling() as sampled:
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.kill()
                raise
            wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)  # it was waited for here, and not by Popen
        if process.returncode != 0:
            err.seek(0)
            said = err.read().decode(errors="replace").strip().splitlines()[-15:]
            raise MeasuringError("\n".join([f"{' '.join(words)}: ended with {process.returncode}", *said]))
        out.seek(0)
        output = out.read().decode(errors="replace")
    peak = usage.ru_maxrss / 1024  # KiB on Linux
    tree = max(sampled) / 2**20 if sampled else None
    return Measured(wall, usage.ru_utime + usage.ru_stime, peak, tree and max(tree, peak), output, _last_json(output))


def _last_json(output: str) -> dict[str, Any]:
    last = output.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        return {}
    told: dict[str, Any] = json.loads(last)
    return told


@contextmanager
def _sampling(root: int) -> Iterator[list[int]]:
    """Collect the memory of a process's tree, in bytes, every so often while the block runs."""
    sampled: list[int] = []
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLED_EVERY):
            sampled.append(tree_memory(root))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield sampled
    finally:
        ended.set()
        thread.join()


@contextmanager
def _not_sampling() -> Iterator[list[int]]:
    yield []


def tree_memory(root: int) -> int:
    """Bytes that a process and its descendants hold now.

    Pages that several processes share are counted once (PSS); of a lone process the RSS is the same, and reading it
    costs nothing.
    """
    tree = _descendants(root)
    return _rss(root) if len(tree) == 1 else sum(map(_pss, tree))


def _descendants(root: int) -> list[int]:
    parent = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal() and (stat := _read(f"/proc/{entry.name}/stat")):
            parent[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])  # a command's name may hold anything
    tree = [root]
    for process in tree:  # grows while it is walked
        tree += [child for child, of in parent.items() if of == process]
    return tree


def _rss(process: int) -> int:
    statm = _read(f"/proc/{process}/statm").split()
    return int(statm[1]) * _PAGE if statm else 0


def _pss(process: int) -> int:
    for line in _read(f"/proc/{process}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _rss(process)


def _read(path: str) -> str:
    """A file of /proc; nothing if its process has gone."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
