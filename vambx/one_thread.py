"""Linear algebra that gives the same bits on any number of threads: it is done on one.

BLAS adds up in another order on another number of threads, and takes as many as there are cores, or as many as a
variable said when numpy was loaded. The matrices here are so small that one thread is quicker than several.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

P = ParamSpec("P")
T = TypeVar("T")


def on_one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """Let numpy's and scipy's BLAS have one thread while `function` runs, and then as many as before."""

    @wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        with threadpool_limits(1, user_api="blas"):
            return function(*args, **kwargs)

    return alone
