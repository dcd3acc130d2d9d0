"""The one place where errors become a sentence and an exit code."""

import argparse
import sys
import traceback
from collections.abc import Callable

from vambx.errors import OutputError, VambxError

INTERRUPTED, BUG = 130, 70


def guarded(work: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> int:
    """Run a command's main; whatever happens, say it in one line."""
    try:
        work(args)
    except VambxError as error:
        return _fail(error.exit_code, str(error))
    except KeyboardInterrupt:
        goes_on = "the same command with --resume goes on" if hasattr(args, "resume") else "nothing was written"
        return _fail(INTERRUPTED, f"interrupted; {goes_on}")
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
