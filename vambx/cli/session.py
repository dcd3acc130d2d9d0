"""What every command that works in an output folder sets up: the folder, the log, the console, the threads."""

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from vambx.cli.console import Bars, draws_bars
from vambx.cli.options import existing_of, threads_of
from vambx.cli.plain import Both, Lines
from vambx.errors import VambxError
from vambx.io.atomic import cannot_write
from vambx.outdir import look_into, open_run
from vambx.progress import Progress
from vambx.provenance import Run

logger = logging.getLogger("vambx")
_progress_logger = logging.getLogger("vambx.progress")


@dataclass(frozen=True)
class Session:
    """A run and how it talks."""

    run: Run
    threads: int
    progress: Progress


@contextmanager
def session(args: argparse.Namespace, begins: bool) -> Iterator[Session]:
    """Hold the output folder, log to its file and to standard error, draw progress on a terminal.

    Raises:
        VambxError: options out of range; the folder is in use or cannot be written.
    """
    threads = threads_of(args)
    console = Console(stderr=True)
    with open_run(args.outdir, existing_of(args), begins) as run, _logging(args, run.layout.log, console):
        logger.debug("Command: %s", " ".join(sys.argv))
        _limit_threads(threads)
        yield Session(run, threads, _progress(args, console))


@contextmanager
def aside(args: argparse.Namespace) -> Iterator[Session]:
    """Look into an output folder that others may hold, and write nothing in it; there is no log but standard error.

    Raises:
        VambxError: options out of range; the folder holds no run.
    """
    threads = threads_of(args)
    run = look_into(args.outdir)
    with on_screen(args) as progress:
        _limit_threads(threads)
        yield Session(run, threads, progress)


@contextmanager
def on_screen(args: argparse.Namespace, least: int = logging.INFO) -> Iterator[Progress]:
    """Log to standard error alone, and draw progress on a terminal; for commands that work in no output folder.

    Args:
        args: the options.
        least: level of what is said unless options say otherwise.
    """
    console = Console(stderr=True)
    with _logging_to([_screen(args, console, least)]):
        yield _progress(args, console)


def _progress(args: argparse.Namespace, console: Console) -> Progress:
    """Bars where they can be drawn; and always a line a minute in the log, which stands on the screen without bars."""
    lines = Lines(_progress_logger.debug, _progress_logger.info)
    return Both(Bars(console), lines) if draws_bars(console) and not args.quiet else lines


def _limit_threads(threads: int) -> None:
    """Tell torch, if it is going to be loaded, through what it reads when it is.

    Its threads shall sleep when they have waited a little: if they spin for long, they slow a shared machine, and
    themselves on it, tenfold; if they sleep at once, training takes twice as long on a machine of its own.
    """
    if (limit := os.environ.get("OMP_THREAD_LIMIT", "")).isdecimal():
        threads = max(min(threads, int(limit)), 1)
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
    os.environ["OMP_DYNAMIC"] = "FALSE"  # torch counts on the threads it asks for; so does its result
    os.environ["MKL_DYNAMIC"] = "TRUE"  # the default: by the cores there are, whatever else they do
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


@contextmanager
def _logging(args: argparse.Namespace, path: Path, console: Console) -> Iterator[None]:
    try:
        to_file = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise cannot_write(path, error) from error
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    with _logging_to([to_file, _screen(args, console)]):
        try:
            yield
        except (VambxError, KeyboardInterrupt) as error:
            logger.debug("Error: %s", str(error) or "interrupted")  # the error itself would keep all that was in work
            raise
        except BaseException as error:
            logger.debug("%s", traceback.format_exc())
            error.add_note(str(path))
            raise


def _screen(args: argparse.Namespace, console: Console, least: int = logging.INFO) -> logging.Handler:
    to_screen = _Screen(console)
    to_screen.setLevel(logging.ERROR if args.quiet else logging.DEBUG if vars(args).get("verbose") else least)
    if draws_bars(console):  # which show it already
        to_screen.addFilter(lambda record: record.name != _progress_logger.name)
    return to_screen


@contextmanager
def _logging_to(handlers: Sequence[logging.Handler]) -> Iterator[None]:
    logger.setLevel(logging.DEBUG)
    logging.raiseExceptions = False  # a log that cannot be written, on a full disk, is not the error to tell of
    for handler in handlers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            with suppress(OSError):  # a full disk, again
                handler.close()


class _Screen(logging.Handler):
    """Log lines above the progress bars, on one console with them."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        if record.levelno >= logging.WARNING:
            line = f"{record.levelname.lower()}: {line}"
        if self.console.is_terminal:
            self.console.print(line, markup=False, highlight=False)
        else:
            print(line, file=self.console.file)  # whole, however narrow COLUMNS says that the screen is
