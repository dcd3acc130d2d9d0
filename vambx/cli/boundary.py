"""The one place where errors become a sentence and an exit code."""

import argparse
import sys
import traceback
from collections.abc import Callable

from vambx.errors import OutputError, VambxError

INTERRUPTED, BUG = 130, 70


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
    except VambxError as error:
        return _fail(error.exit_code, str(error))
    except MemoryError:
        return _fail(OutputError.exit_code, "out of memory; give more, or raise --min-length")
    except Exception as error:
        log = getattr(error, "__notes__", None)  # the session that kept it left its place there
        if log is None:
            traceback.print_exc()
        what = f"{type(error).__name__}: {' '.join(str(error).split())}"
        where = f"with the log: {log[-1]}" if log else "with what stands above"
        return _fail(BUG, f"a bug of vambx ({what}); please report it in vambx's issue tracker, {where}")
    return 0


def _fail(code: int, sentence: str) -> int:
    print(f"vambx: error: {sentence}", file=sys.stderr)
    return code
