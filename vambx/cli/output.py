"""What a command says on standard output."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from vambx.errors import OutputError


def say(lines: Iterable[str], remedy: str) -> None:
    """Print lines.

    Raises:
        OutputError: nobody reads them, or the disk is full; `remedy` says what of it.
    """
    try:
        print("\n".join(lines), flush=True)
    except OSError as error:
        with suppress(OSError):  # or else Python tries again at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputError(f"standard output: cannot be written ({error.strerror}); {remedy}") from error
