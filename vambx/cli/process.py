"""The process that a command line runs in: signals that end it, and standard streams that nobody holds or reads."""

import io
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Never

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU)
_DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)
_PATIENCE = 1.0  # seconds


class Stopped(KeyboardInterrupt):
    """A signal that ends the run, raised in the main thread as Ctrl-C is; `str(error)` says which, in words."""

    def __init__(self, number: int) -> None:
        super().__init__("interrupted" if number == signal.SIGINT else f"stopped by {signal.Signals(number).name}")
        self.exit_code = 128 + number


def in_own_process(work: Callable[[], int]) -> int:
    """Do all that this process is for; returns its exit code.

    Signals that end it raise `Stopped`, unless whoever started it has it ignore them, as nohup does. What is closed of
    the standard streams leads nowhere, so that no file that is written gets its number; and so does standard error
    once it cannot be written, for a run is not lost because nobody listens.
    """
    _open_streams()
    stops = _Stops()
    ours = [number for number in _STOPS if signal.getsignal(number) in _DEFAULTS]
    try:
        for number in ours:
            signal.signal(number, stops)
        return work()
    except Stopped as error:  # before the work took note of it, or when all was done
        return error.exit_code
    finally:
        for number in ours:  # while Python ends there is nothing more to interrupt
            signal.signal(number, signal.SIG_IGN)


class _Stops:
    """The first signal ends the run in good order; one that follows later ends the process, as order takes its time.

    One that follows at once is the same, meant for all processes of a job.
    """

    def __init__(self) -> None:
        self.first: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.first is None:
            self.first = now
            raise Stopped(number)
        if now - self.first > _PATIENCE:
            _end_at_once(number)


def _end_at_once(number: int) -> Never:
    os.write(2, f"vambx: error: {Stopped(number)} again; ended at once\n".encode())
    os._exit(128 + number)


def _open_streams() -> None:
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names that it cannot show are no reason to end
    buffer = open(2, "wb", closefd=False) if sys.stderr is None else sys.stderr.buffer  # noqa: SIM115
    encoding = "utf-8" if sys.stderr is None else sys.stderr.encoding
    sys.stderr = _Stderr(buffer, encoding, "backslashreplace", line_buffering=True)


class _Stderr(io.TextIOWrapper):
    """Standard error; once it cannot be written, what is said goes nowhere."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            _lead_nowhere(2)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            _lead_nowhere(2)


def _lead_nowhere(number: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
