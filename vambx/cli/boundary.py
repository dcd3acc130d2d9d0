"""The one place where errors become a sentence and an exit code."""

import argparse
import errno
import os
import sys
import traceback
from collections.abc import Callable

from vambx.errors import ResourceError, VambxError

INTERRUPTED, BUG = 130, 70
_NO_MEMORY = (
    "can't allocate memory",
    "failed to map segment",
    "std::bad_alloc",
    "CUDA out of memory",
)  # of torch, ld.so
_NO_THREAD = "can't start new thread"


def guarded(work: Callable[[], None], args: argparse.Namespace) -> int:
    """Do a command's work; whatever happens, say it in one line, and return the exit code.

    Args:
        work: is done.
        args: what it works with, as far as that is known when it ends.
    """
    try:
        return _done(work)
    except KeyboardInterrupt as error:
        goes_on = (
            "the same command with --resume goes on" if hasattr(args, "resume") else "the same command begins anew"
        )
        return _fail(getattr(error, "exit_code", INTERRUPTED), f"{str(error) or 'interrupted'}; {goes_on}")


def _done(work: Callable[[], None]) -> int:
    try:
        work()
    except SystemExit as done:  # --help, --version, wrong usage: argparse has said what there is to say
        return int(done.code or 0)
    except Exception as error:
        if ran_out := _ran_out(error):
            return _fail(ResourceError.exit_code, ran_out)
        if isinstance(error, VambxError):
            return _fail(error.exit_code, str(error))
        if isinstance(error, OSError) and error.filename is not None:
            name = os.fsdecode(error.filename)
            return _fail(1, f"{name}: the system refuses it ({error.strerror}); is it there, and may you use it?")
        log = getattr(error, "__notes__", None)  # the session that kept it left its place there
        if log is None:
            traceback.print_exc()
        what = f"{type(error).__name__}: {' '.join(str(error).split())}"
        where = f"with the log: {log[-1]}" if log else "with what stands above"
        return _fail(BUG, f"a bug of vambx ({what}); please report it in vambx's issue tracker, {where}")
    return 0


def _ran_out(error: BaseException | None) -> str:
    """What the machine had no more of, if that is behind an error; empty if not."""
    while error is not None:
        number = error.errno if isinstance(error, OSError) else None
        said = "" if isinstance(error, VambxError) else str(error)
        if isinstance(error, MemoryError) or number == errno.ENOMEM or any(words in said for words in _NO_MEMORY):
            return "out of memory; give more, or raise --min-length"
        if number == errno.EMFILE:
            return "too many files would be open; raise the limit, such as: ulimit -n 4096"
        if number == errno.EAGAIN or _NO_THREAD in said:
            return "the system gives no more threads or processes; give fewer --threads, or raise the limit: ulimit -u"
        error = error.__cause__
    return ""


def _fail(code: int, sentence: str) -> int:
    print(f"vambx: error: {sentence}", file=sys.stderr)
    return code
