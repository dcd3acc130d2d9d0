"""How long work tells how far it has come; the library only calls, who draws is another's business."""

from types import TracebackType
from typing import Protocol, Self


class Task(Protocol):
    """One long piece of work, used as a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def advance_to(self, done: float, note: str = "") -> None:
        """Say how much is done, of the total given at the start, and a word on it."""


class Progress(Protocol):
    """Makes a task for each long piece of work."""

    def task(self, title: str, total: float, unit: str) -> Task:
        """Begin a task of `total` units; `unit` is `bytes` or a plural noun."""


class SilentTask:
    """A task that nobody watches."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def advance_to(self, done: float, note: str = "") -> None:
        """Do nothing."""


class Silent:
    """Progress that nobody watches."""

    def task(self, title: str, total: float, unit: str) -> Task:
        """A task that does nothing."""
        return SilentTask()
