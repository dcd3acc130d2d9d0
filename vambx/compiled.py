"""One way to compile a loop: numba, cached on disk where the machine lets us."""

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Any:
    """Compile `function` with numba; strict floats, so that results do not depend on the machine's threads.

    numba refuses to cache where neither the package's folder nor the user's can be written; then the
    function is compiled anew in each process, which costs a second and nothing else. The cache knows when the file of
    the function changes, and not when others do: what it calls or takes as a constant belongs into the same file.
    """
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)
