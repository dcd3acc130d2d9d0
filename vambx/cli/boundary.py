"""The one place where errors become a sentence and an exit code."""

import argparse
import logging
import sys
import traceback
from collections.abc import Callable

from vambx.errors import OutputError, VambxError

logger = logging.getLogger("vambx")

INTERRUPTED, BUG = 130, 70
REPORT_TO = "https://github.com/vambx/vambx/issues"


def guarded(work: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> int:
    """Run a command's main; whatever happens, say it in one line."""
    try:
        work(args)
    except VambxError as error:
        return _fail(error.exit_code, str(error))
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, "interrupted; the same command with --resume goes on")
    except MemoryError:
        return _fail(OutputError.exit_code, "out of memory; give more, or raise --min-length")
    except BrokenPipeError:
        return _fail(OutputError.exit_code, "the reader of the output is gone")
    except Exception as error:
        logger.debug("%s", traceback.format_exc())
        what = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return _fail(BUG, f"a bug of vambx ({what}); please report it at {REPORT_TO}, with the log: {log_of(args)}")
    return 0


def log_of(args: argparse.Namespace) -> str:
    """Where the log of a run lies."""
    from vambx.layout import Layout

    return str(Layout(args.outdir).log)


def _fail(code: int, sentence: str) -> int:
    logger.debug("Error: %s", sentence)
    print(f"vambx: error: {sentence}", file=sys.stderr)
    return code
