"""Where a run stands, in words."""

from collections.abc import Iterator
from datetime import datetime

from vambx.report.status import COMMANDS_OF, STEPS, Status
from vambx.report.words import duration


def lines_of(status: Status, now: datetime) -> Iterator[str]:
    """Say where a run stands, in a few lines of at most 80 characters, but for names and messages."""
    yield f"{status.layout.root}: {_headline(status)}"
    for name in STEPS:
        yield f"  {name:<12} {_step_line(status, name)}".rstrip()
    last = status.last
    if last.spoke is not None:
        began = "" if last.began is None else f"; the command began {_ago(last.began, now)}"
        yield f"  {'last word':<12} {_ago(last.spoke, now)}{began}"
    if last.trouble and not last.was_interrupted:
        yield f"  {'error' if last.failed else 'warning':<12} {last.trouble}"
    yield f"  {'next':<12} {_advice(status)}"


def _ago(then: datetime, now: datetime) -> str:
    return f"{duration((now - then).total_seconds())} ago"


def _headline(status: Status) -> str:
    if not status.current:
        return "running; all steps are done" if status.is_running else "done"
    at = f"step {STEPS.index(status.current) + 1} of {len(STEPS)}, {status.current}"
    if status.is_running:
        return f"running, {at}"
    ended = "interrupted" if status.last.was_interrupted else "ended"
    return f"not running, {ended} at {at}" if status.was_cut_short else f"not running, next is {at}"


def _step_line(status: Status, name: str) -> str:
    if name == status.current:
        state = "at work" if status.is_running else "not done" if status.was_cut_short else "next"
        return f"{state:<9} {_detail(status)}"
    if name not in status.steps:
        later = STEPS[STEPS.index(name) :]
        left_out = name == "markers" and (status.current in later or not status.current)
        return "left out" if left_out else "to do"
    entry = status.steps[name]
    stale = status.is_running and status.is_open(name)
    took = duration(entry["wall_seconds"]) if entry["wall_seconds"] >= 1 else "under 1 s"
    return f"{'earlier' if stale else 'done':<9} {took:<12} {entry['peak_memory_mb']:>9,} MB at most"


def _detail(status: Status) -> str:
    """How far the current step has come."""
    last = status.last
    if status.current == "abundance" and (status.n_depths or last.n_bams):
        of = f" of {last.n_bams:,}" if last.n_bams else ""
        return f"depths of {status.n_depths:,}{of} BAM files done"
    if status.current != "latent" or not last.epoch:
        return last.progress
    epoch, _, losses = last.epoch.partition(" ")
    loss = " ".join(losses.split()[:2])
    kept = f"kept at {status.checkpoint:%H:%M:%S}" if status.checkpoint else "not kept yet"
    return f"epoch {epoch.replace('/', ' of ')}, {loss}; {kept}"


def _advice(status: Status) -> str:
    layout = status.layout
    if status.is_running:
        return f"wait; what it says is in {layout.log.name}"
    if not status.current:
        return f"look at {layout.bins_table.name} and {layout.bins.name}/"
    if status.last.name == "demo":
        return "the same command makes it anew"
    if status.was_cut_short:
        to_mend = status.last.failed and not status.last.was_interrupted
        first = "mend what the error says; then " if to_mend else ""
        return f"{first}the same command with --resume goes on"
    return f"vambx {COMMANDS_OF[status.current][0]} goes on in this folder"
