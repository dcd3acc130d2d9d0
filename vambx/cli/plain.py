"""Progress where no bars can be drawn: a line when long work has begun, and one a minute."""

import time
from collections import deque
from collections.abc import Callable
from itertools import pairwise
from statistics import median_low
from threading import Event, Thread
from types import TracebackType
from typing import Self

from vambx.progress import Progress, Task
from vambx.report.words import duration

FIRST_AFTER, EVERY = 10.0, 60.0
"""Seconds until a task is told of, and from one line to the next: what is quick is not worth a line."""


class Pace:
    """How fast work goes on: the median of the last stretches, as a training that is resumed begins with a leap.

    The first stretch counts only as long as there is no other, for it takes longer than the rest.
    """

    def __init__(self, total: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.clock = total, clock
        self.marks = deque([(clock(), 0.0)], maxlen=60)

    def advance_to(self, done: float) -> None:
        """Take note of how much is done."""
        if len(self.marks) > 1 and self.marks[-1][0] - self.marks[-2][0] < 1:  # a stretch lasts a second or longer
            self.marks.pop()
        self.marks.append((self.clock(), done))

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return min(self.marks[-1][1] / self.total, 1.0) if self.total else 0.0

    @property
    def rate(self) -> float:
        """Units a second; 0 while that cannot be told."""
        stretches = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(tuple(self.marks)) if b[0] > a[0]]
        return max(median_low(stretches[1:] or stretches), 0.0) if stretches else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until all is done; None while that cannot be told."""
        if not self.rate:
            return None
        last, done = self.marks[-1]
        return max((self.total - done) / self.rate - (self.clock() - last), 0.0)


class Lines:
    """A line for each task that takes long, and one a minute.

    Args:
        begin: told of each task that begins.
        tell: told how far a task has come, seldom; maybe in another thread.
    """

    def __init__(self, begin: Callable[[str], None], tell: Callable[[str], None]) -> None:
        self.begin, self.tell = begin, tell

    def task(self, title: str, total: float, unit: str) -> Task:
        """Begin a task."""
        return _Told(self, title, total, unit)


class _Told:
    def __init__(self, lines: Lines, title: str, total: float, unit: str) -> None:
        self.lines, self.title, self.total, self.unit = lines, title, total, unit
        self.note, self.pace, self.is_over = "", Pace(total), Event()
        self.thread = Thread(target=self._speak, name=f"vambx {title}", daemon=True)

    def __enter__(self) -> Self:
        self.lines.begin(f"{self.title}: {amount(self.total, self.unit)}" if self.unit else f"{self.title}: begins")
        self.pace = Pace(self.total)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_over.set()
        self.thread.join()

    def advance_to(self, done: float, note: str = "") -> None:
        """Say how much is done."""
        self.pace.advance_to(done)
        self.note = note

    def _speak(self) -> None:
        wait = FIRST_AFTER
        while not self.is_over.wait(wait):
            self.lines.tell(self._line())
            wait = EVERY

    def _line(self) -> str:
        of = f" of {amount(self.total, self.unit)}" if self.unit else ""
        left = "" if self.pace.left is None else f", about {duration(self.pace.left)} left"
        note = f" ({self.note})" if self.note else ""
        return f"{self.title}: {self.pace.share:.0%}{of}{left}{note}"


def amount(total: float, unit: str) -> str:
    """A total with its unit."""
    return f"{total / 1e6:,.1f} MB" if unit == "bytes" else f"{total:,.0f} {unit}"


class Both:
    """Progress that two are told of."""

    def __init__(self, first: Progress, second: Progress) -> None:
        self.first, self.second = first, second

    def task(self, title: str, total: float, unit: str) -> Task:
        """Begin a task for both."""
        return _BothTasks(self.first.task(title, total, unit), self.second.task(title, total, unit))


class _BothTasks:
    def __init__(self, first: Task, second: Task) -> None:
        self.first, self.second = first, second

    def __enter__(self) -> Self:
        self.first.__enter__()
        self.second.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.second.__exit__(kind, error, trace)
        self.first.__exit__(kind, error, trace)

    def advance_to(self, done: float, note: str = "") -> None:
        """Tell both."""
        self.first.advance_to(done, note)
        self.second.advance_to(done, note)
