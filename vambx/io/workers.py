"""Processes that work for this one, and do not outlive what they work for."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any

from vambx.errors import ResourceError

# -P and the path of the file: a user's folder with a pysam.py in it is not searched.
WORKER = (sys.executable, "-P", os.fspath(Path(__file__).with_name("worker.py")))
NO_MEMORY = ("memory allocation of", "MemoryError", "allocate memory", "bad_alloc", "out of memory", "map segment")


class Workers:
    """Starts processes, in several threads too, and ends those at work when it is told to."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at_work: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    @contextmanager
    def start(
        self, arguments: Sequence[str], records: IO[bytes] | None = None, **options: Any
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start `worker.py`; when the block ends, the process is over, killed if an error ended the block."""
        with self._lock:
            if self._ended:
                raise CancelledError
            command, given = [*WORKER, *arguments], records or subprocess.DEVNULL
            process = subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, **options)
            self._at_work.add(process)
        try:
            with process:
                try:
                    yield process
                except BaseException:
                    process.kill()
                    raise
        finally:
            with self._lock:
                self._at_work.discard(process)

    def end(self) -> None:
        """Kill those at work, and start no more."""
        with self._lock:
            self._ended = True
            for process in self._at_work:
                process.kill()


def death_of(path: Path, code: int, said: str) -> ResourceError | None:
    """Why a worker died that was not to blame, nor the file that it read; None if either may be.

    Args:
        path: the file.
        code: its exit code.
        said: what it wrote to standard error.
    """
    killed, stopped = code == -signal.SIGKILL, code == -signal.SIGTERM
    if stopped:
        return ResourceError(f"{path}: the process that read it was stopped by SIGTERM; --resume goes on")
    if killed or any(words in said for words in NO_MEMORY):
        how = "was killed, as happens when memory runs out" if killed else "ran out of memory"
        return ResourceError(f"{path}: the process that read it {how}; give more memory, or fewer --threads")
    return None
