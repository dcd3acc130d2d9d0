"""Progress on a terminal, and the closing summary."""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Task as RichTask
from rich.text import Text

from vambx.errors import OutputError
from vambx.layout import Layout
from vambx.pipeline import Summary
from vambx.progress import Task

_BESIDE = 40  # characters that fit beside a bar in 80 columns


class Bars:
    """A bar for each long piece of work, with its rate and the time left; it goes when the work is done."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def task(self, title: str, total: float, unit: str) -> Task:
        """Begin a bar."""
        return _Bar(self.console, title, total, unit)


class _Bar:
    def __init__(self, console: Console, title: str, total: float, unit: str) -> None:
        self.bars = _WithNoteBelow(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.percentage:>3.0f}%"),
            _Rate(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
            transient=True,
        )
        self.row: TaskID = self.bars.add_task(title, total=total, unit=unit, note="", below="")

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def advance_to(self, done: float, note: str = "") -> None:
        """Say how much is done."""
        beside, below = (note, "") if len(note) <= _BESIDE else ("", note)
        self.bars.update(self.row, completed=done, note=beside, below=below)


class _WithNoteBelow(Progress):
    """Bars; a note that is too long to stand beside its bar stands below."""

    def get_renderables(self) -> Iterable[RenderableType]:
        """The bars, then the notes."""
        yield self.make_tasks_table(self.tasks)
        for task in self.tasks:
            if task.fields["below"]:
                yield Text(task.fields["below"], style="dim", no_wrap=True, overflow="ellipsis")


class _Rate(ProgressColumn):
    """Units a second: MB/s, contigs/s; nothing for a task without a unit."""

    def render(self, task: RichTask) -> Text:
        """The rate of one task."""
        unit = task.fields["unit"]
        if not task.speed or not unit:
            return Text("")
        return Text(f"{task.speed / 1e6:.1f} MB/s" if unit == "bytes" else f"{task.speed:,.3g} {unit}/s")


def show_summary(args: argparse.Namespace, layout: Layout, summary: Summary) -> None:
    """Say in ten lines what was found and where it lies, on standard output; nothing when quiet."""
    binned, total = sum(summary.bin_sizes), summary.n_bases
    largest = ", ".join(f"{size / 1e6:.2f}" for size in summary.bin_sizes[:5]) or "none"
    n_near = summary.n_near_complete
    near = "" if n_near is None else f"; {n_near:,} near-complete by their marker genes"
    rows = {
        "contigs": f"{summary.n_contigs:,} ({total / 1e6:.1f} Mbp); {summary.n_set_aside:,} more set aside",
        "samples": f"{len(summary.samples)}",
        "groups": f"{summary.n_chosen:,} chosen",
        "bins": f"{len(summary.bin_sizes):,}{near}",
        "binned": f"{binned / 1e6:.1f} Mbp ({binned / total if total else 0:.0%} of the contigs' bases)",
        "largest (Mbp)": largest,
        "genomes": f"{layout.bins}/",
        "tables": f"{layout.bins_table.name}, {layout.contig2bin.name}, {layout.cami.name}, {layout.unbinned.name}",
        "account": f"{layout.run.name}, {layout.log.name}",
    }
    show(args, "vambx is done", rows)


def show(args: argparse.Namespace, title: str, rows: Mapping[str, str]) -> None:
    """Print rows of name and value on standard output; nothing when quiet."""
    if args.quiet:
        return
    lines = [title, *(f"  {name:<13} {value}" for name, value in rows.items())]
    try:
        print("\n".join(lines), flush=True)
    except OSError as error:
        with suppress(OSError):  # or else Python tries again at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputError(f"standard output: cannot be written ({error.strerror}); the results are whole") from error
