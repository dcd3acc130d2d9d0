"""Progress on a terminal, and the closing summary."""

import argparse
import textwrap
from collections.abc import Iterable, Mapping
from shutil import get_terminal_size
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn
from rich.progress import Task as RichTask
from rich.text import Text

from vambx.cli.output import say
from vambx.cli.plain import Pace
from vambx.layout import Layout
from vambx.pipeline import Summary
from vambx.progress import Task
from vambx.report.words import duration


def draws_bars(console: Console) -> bool:
    """Whether bars can be drawn over and over: on a terminal, but not with TERM=dumb, which screen readers may have."""
    return console.is_terminal and console.is_interactive


class Bars:
    """A bar for each long piece of work, with its rate and the time left; it goes away when the work is done."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def task(self, title: str, total: float, unit: str) -> Task:
        """Begin a bar."""
        return _Bar(self.console, title, total, unit)


class _Bar:
    def __init__(self, console: Console, title: str, total: float, unit: str) -> None:
        self.pace = Pace(total)
        self.bars = _WithNoteBelow(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.percentage:>3.0f}%"),
            _Rate(),
            _Left(),
            console=console,
            transient=True,
            refresh_per_second=4,
        )
        self.row: TaskID = self.bars.add_task(title, total=total, unit=unit, pace=self.pace, note="")

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def advance_to(self, done: float, note: str = "") -> None:
        """Say how much is done."""
        self.pace.advance_to(done)
        self.bars.update(self.row, completed=done, note=note)


class _WithNoteBelow(Progress):
    """Bars; what there is to say of the work, such as the losses, is a small line below."""

    def get_renderables(self) -> Iterable[RenderableType]:
        """The bars, then the notes."""
        yield self.make_tasks_table(self.tasks)
        for task in self.tasks:
            if task.fields["note"]:
                yield Text(f"  {task.fields['note']}", style="dim", no_wrap=True, overflow="ellipsis")


class _Rate(ProgressColumn):
    """How fast it goes: MB/s, contigs/s, BAM files/h; nothing for a task without a unit."""

    def render(self, task: RichTask) -> Text:
        """The rate of one task."""
        rate, unit = task.fields["pace"].rate, task.fields["unit"]
        if not rate or not unit:
            return Text("")
        if unit == "bytes":
            return Text(f"{rate / 1e6:.1f} MB/s")
        per, size = next(((per, size) for per, size in (("s", 1), ("min", 60)) if rate * size >= 1), ("h", 3600))
        return Text(f"{rate * size:,.0f} {unit}/{per}")


class _Left(ProgressColumn):
    """The time left; nothing while that cannot be told."""

    def render(self, task: RichTask) -> Text:
        """The time left of one task."""
        left = task.fields["pace"].left
        return Text("" if left is None else f"{duration(left)} left")


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
    if layout.report.exists():
        rows["to look at"] = f"{layout.report}"
    show(args, "vambx is done", rows)


def show(args: argparse.Namespace, title: str, rows: Mapping[str, str]) -> None:
    """Print rows of name and value on standard output; nothing when quiet."""
    if args.quiet:
        return
    say([title, *(_row(name, value) for name, value in rows.items())], "the results are whole")


def _row(name: str, value: str) -> str:
    """A name and its value, which goes on below itself where the line is full."""
    indent = f"  {name:<13} "
    width = max(get_terminal_size().columns, 40)
    lines = textwrap.wrap(value, width - len(indent), break_long_words=False, break_on_hyphens=False) or [""]
    return indent + f"\n{' ' * len(indent)}".join(lines)
