"""What the log tells of the last command that worked in a folder."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

_LINE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ ([A-Z]+) (.*)$", re.ASCII)
_LONGEST = 1 << 20  # characters of a line, of which warnings are kept
COMMANDS = ("bin", "features", "composition", "markers", "encode", "cluster", "choose", "bins", "demo")


@dataclass
class LastCommand:
    """One command, as far as its log goes.

    Attributes:
        name: of the subcommand; empty if there is none in the log.
        began: when; None if there is none in the log.
        spoke: when it last wrote to the log.
        begun: the last step it began; empty if none.
        done: steps that it made, or found to be right.
        epoch: the last line on training, as `12/30 loss .92 ...`; empty if none.
        progress: the last line on how far long work has come.
        n_bams: BAM files whose depths are computed; None if that has not begun.
        warnings: what it warned of, a line each.
        trouble: the last warning or error; empty if none.
        failed: whether that is the error that ended it.
    """

    name: str = ""
    began: datetime | None = None
    spoke: datetime | None = None
    begun: str = ""
    done: set[str] = field(default_factory=set)
    epoch: str = ""
    progress: str = ""
    n_bams: int | None = None
    warnings: list[str] = field(default_factory=list)
    trouble: str = ""
    failed: bool = False

    @property
    def was_interrupted(self) -> bool:
        """Whether it was ended on purpose, with Ctrl-C or another signal."""
        return self.failed and self.trouble.startswith(("interrupted", "stopped by "))

    def fail(self, trouble: str) -> None:
        """It ended with an error."""
        self.trouble, self.failed = trouble, True


def read_log(path: Path) -> LastCommand:
    """Read the log of a folder, of a run at work too; where there is none, nothing is known."""
    if not path.is_file():  # nor a device, which might never end
        return LastCommand()
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return last_command(iter(partial(handle.readline, _LONGEST), ""))
    except OSError:
        return LastCommand()


def last_command(lines: Iterable[str]) -> LastCommand:
    """What the lines of a log tell of the last command in them."""
    last, in_traceback = LastCommand(), False
    for line in lines:
        if (found := _LINE.match(line)) and (time := _time_of(found[1])):
            level, text = found[2], found[3]
            if text.startswith("Command: ") and level == "DEBUG":
                last = LastCommand(_name_of(text), began=time)
            last.spoke = time
            _take(last, level, text)
            in_traceback = text.startswith("Traceback ")
        elif in_traceback and line[:1].strip():  # the error itself; the lines above it begin with spaces
            last.fail(line.strip())
    return last


def _time_of(text: str) -> datetime | None:
    """None: there is no such day."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _take(last: LastCommand, level: str, text: str) -> None:
    if level in ("WARNING", "ERROR", "CRITICAL"):
        last.trouble, last.failed = text, False
        if level == "WARNING":
            last.warnings.append(text)
        return
    for pattern, note in _NOTES:
        if found := pattern.match(text):
            note(last, found)
            return


def _begin(last: LastCommand, found: re.Match[str]) -> None:
    last.begun, last.epoch, last.progress = found[1], "", ""
    last.done.discard(found[1])


def _finish(last: LastCommand, found: re.Match[str]) -> None:
    last.done.add(found[1])


def _set_epoch(last: LastCommand, found: re.Match[str]) -> None:
    last.epoch = found[1]


def _set_bams(last: LastCommand, found: re.Match[str]) -> None:
    last.n_bams = int(found[1].replace(",", ""))


def _set_progress(last: LastCommand, found: re.Match[str]) -> None:
    last.progress = found[0]


def _fail(last: LastCommand, found: re.Match[str]) -> None:
    last.fail(found[1])


_NOTES: tuple[tuple[re.Pattern[str], Callable[[LastCommand, re.Match[str]], None]], ...] = (
    (re.compile(r"Epoch (\d+/\d+ .*)"), _set_epoch),
    (re.compile(r"Step (\w+): begins$"), _begin),
    (re.compile(r"Step (\w+): (?:done$|made before )"), _finish),
    (re.compile(r"Computing depths: (\d[\d,]{,15}) BAM files$", re.ASCII), _set_bams),
    (re.compile(r"[A-Z][a-z ]+: \d+%.*"), _set_progress),
    (re.compile(r"Error: (.*)"), _fail),
)


def _name_of(text: str) -> str:
    return next((word for word in text.split()[2:] if word in COMMANDS), "")
