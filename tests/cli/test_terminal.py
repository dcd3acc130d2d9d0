"""What stands on a terminal while a command works, and what instead where there is none, or none to draw on."""

import io
import os
import pty
import re
import subprocess
import sys
import threading
import time
from itertools import count

import pytest
from communities import FEATURES, done, inputs
from rich.console import Console

from vambx.cli import plain
from vambx.cli.console import Bars
from vambx.cli.plain import Both, Lines, Pace
from vambx.progress import SilentTask

TERMINAL = {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "80"}
DRAWN = "━"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7])[0-9;]*m")
LINE = r"^Computing depths: \d+% of 2 BAM files(, about .* left)?( \(S\d\))?$"


@pytest.fixture
def features(community, tmp_path):
    """Run `vambx features`, each time in another folder."""
    outdirs = (tmp_path / str(n) for n in range(9))

    def run(*args, **env):
        out = next(outdirs)
        return done("features", *inputs(community), "--outdir", out, *FEATURES, *args, **env), out / "vambx.log"

    return run


@pytest.fixture
def impatient(monkeypatch):
    """Lines from the first moment on, and often."""
    monkeypatch.setattr(plain, "FIRST_AFTER", 0.0)
    monkeypatch.setattr(plain, "EVERY", 0.001)


def test_bars_are_drawn_on_a_terminal_and_leave_nothing(features):
    ran, log = features(**TERMINAL)
    assert DRAWN in ran.err
    assert "Computing depths" in ran.err
    last = CONTROL.sub("", ran.err.rpartition("\x1b[2K")[2])
    assert DRAWN not in last
    assert not {DRAWN, "\x1b"} & set(log.read_text())


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"TERM": "unknown"}])
def test_no_bars_where_they_cannot_be_drawn_over(features, env, impatient):
    ran, _ = features(**(TERMINAL | env))
    assert DRAWN not in ran.err
    assert "\x1b[2K" not in ran.err
    assert "\r" not in ran.err
    assert re.search(LINE, CONTROL.sub("", ran.err), re.MULTILINE)


def test_no_color_is_honoured(features):
    assert COLOUR.search(features(**TERMINAL)[0].err)
    without = features(**TERMINAL, NO_COLOR="1")[0].err
    assert DRAWN in without
    assert not COLOUR.search(without)


def test_where_there_is_no_terminal_long_work_says_how_far_it_is(features, impatient):
    ran, log = features()
    lines = re.findall(LINE, ran.err, re.MULTILINE)
    assert lines
    assert not {"\x1b", "\r"} & set(ran.err)
    logged = re.findall(r"^\S+ \S+ INFO Computing depths: \d+% of 2 BAM files", log.read_text(), re.MULTILINE)
    assert len(logged) == len(lines)


def test_short_work_says_nothing(features):
    ran, log = features()
    assert "Computing depths" not in ran.err
    assert " DEBUG Computing depths: 2 BAM files\n" in log.read_text()
    assert "Computing depths: 2 BAM files\n" in features("-v")[0].err


def test_quiet_says_nothing_and_the_log_all(features, impatient):
    for env in ({}, TERMINAL, TERMINAL | {"TERM": "dumb"}):
        ran, log = features("-q", **env)
        assert (ran.out, ran.err) == ("", "")
        assert " INFO Computing depths: " in log.read_text()


def test_beside_bars_the_lines_are_in_the_log_only(features, impatient):
    ran, log = features(**TERMINAL)
    assert "of 2 BAM files" not in CONTROL.sub("", ran.err)
    assert " INFO Computing depths: " in log.read_text()


def test_lines_of_the_log_stand_above_the_bars_on_one_console():
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    with Bars(console).task("Training", 1, "") as task:
        task.advance_to(0.5, "15/30 loss .9")
        time.sleep(0.3)
        console.print("warning: a line of the log")
    text = console.file.getvalue()
    before, _, after = text.partition("warning: a line of the log")
    assert "15/30 loss .9" in before
    assert before.endswith(("\x1b[2K", "\x1b[1A\x1b[2K"))  # what was drawn is taken away first
    assert DRAWN in after


def ticking(seconds):
    """A pace whose clock goes on by so many seconds whenever it is looked at."""
    clock = count(0.0, seconds)
    return lambda total: Pace(total, lambda: next(clock))


@pytest.mark.parametrize(
    ("title", "total", "unit", "step"),
    [
        ("Finding marker genes", 99_999_999, "contigs", 98_765),
        ("Hashing reads", 9e12, "bytes", 1e9),
        ("Computing depths", 2000, "BAM files", 0.0101),
        ("Training", 1, "", 0.00001),
    ],
)
def test_every_line_fits_80_columns_and_losses_have_their_own(title, total, unit, step, monkeypatch):
    monkeypatch.setattr("vambx.cli.console.Pace", ticking(3))
    console = Console(file=io.StringIO(), width=80)
    note = "1000/1000 loss .649|.641 CE .239|.241 MSE .247|.199 KLD .92|.843 total .037|.009 and more"
    task = Bars(console).task(title, total, unit)
    for done_so_far in range(1, 60):
        task.advance_to(done_so_far * step, note)
    with console.capture() as capture:
        console.print(task.bars.get_renderable())
    bar, losses = capture.get().splitlines()
    assert max(len(bar), len(losses)) <= 80
    assert bar.startswith(f"{title} ")
    assert bar.rstrip().endswith(" left")
    assert losses.startswith("  1000/1000 loss .649|.641 CE")


@pytest.mark.parametrize(
    ("rate", "text"), [(12.3, "12 BAM files/s"), (0.1, "6 BAM files/min"), (1 / 1200, "3 BAM files/h"), (0, "")]
)
def test_slow_work_has_a_rate_too(rate, text, monkeypatch):
    monkeypatch.setattr("vambx.cli.console.Pace", ticking(100))
    console = Console(file=io.StringIO(), width=80)
    task = Bars(console).task("Computing depths", 10**6, "BAM files")
    for n in range(1, 4):
        task.advance_to(n * 100 * rate)
    with console.capture() as capture:
        console.print(next(iter(task.bars.get_renderables())))
    assert " ".join(capture.get().partition("0% ")[2].split()).startswith(text)
    assert ("BAM" in capture.get()) == bool(text)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def paced(total, marks):
    """A pace after work was done at these times."""
    clock = Clock()
    pace = Pace(total, clock)
    for clock.now, so_far in marks:
        pace.advance_to(so_far)
    return pace, clock


def test_the_time_left_is_estimated_and_goes_down_between_two_steps():
    pace, clock = paced(100, [(10, 1), (20, 2), (30, 3)])
    assert (pace.rate, pace.left, pace.share) == (0.1, 970, 0.03)
    clock.now = 34
    assert pace.left == 966
    clock.now = 10_000
    assert pace.left == 0


def test_nothing_is_estimated_of_nothing():
    assert (Pace(10).left, Pace(10).rate, Pace(10).share) == (None, 0, 0)
    assert Pace(0).share == 0
    assert paced(10, [(0, 0)])[0].left is None


def test_a_training_that_goes_on_from_epoch_80_is_not_taken_for_a_quick_one():
    leap = [(60 + i / 1000, i) for i in range(1, 81)]
    pace, _ = paced(100, [*leap, (70, 81), (80, 82), (90, 83)])
    assert pace.left == pytest.approx(170)


def test_a_slow_beginning_is_soon_forgotten():
    assert paced(150, [(4, 1)])[0].left == 596
    assert paced(150, [(4, 1), (5, 11)])[0].left == pytest.approx(13.9)


def test_many_small_steps_are_measured_over_seconds():
    pace, _ = paced(10_000, [(i / 100, i) for i in range(1, 5001)])
    assert pace.left == pytest.approx(50, rel=0.05)


def told(monkeypatch, first, every, seconds):
    monkeypatch.setattr(plain, "FIRST_AFTER", first)
    monkeypatch.setattr(plain, "EVERY", every)
    begun, lines = [], []
    with Lines(begun.append, lines.append).task("Reading contigs", 4e6, "bytes") as task:
        task.advance_to(1e6, "a note")
        time.sleep(seconds)
    n, alive = len(lines), [thread for thread in threading.enumerate() if thread.name.startswith("vambx")]
    time.sleep(2 * every if every < 1 else 0)
    assert (len(lines), alive) == (n, [])  # nothing is said of what is over
    return begun, lines


def test_work_that_says_nothing_for_long_is_told_of_all_the_same(monkeypatch):
    begun, lines = told(monkeypatch, 0.05, 0.05, 0.5)
    assert begun == ["Reading contigs: 4.0 MB"]
    assert 2 <= len(lines) <= 10
    assert all(re.fullmatch(r"Reading contigs: 25% of 4\.0 MB(, about \d+ s left)? \(a note\)", line) for line in lines)


def test_one_line_a_minute_at_most(monkeypatch):
    assert plain.EVERY >= 60
    assert len(told(monkeypatch, 0.01, 60, 0.3)[1]) == 1
    assert told(monkeypatch, 60, 60, 0.1)[1] == []


def test_an_error_in_a_task_ends_its_lines(monkeypatch):
    monkeypatch.setattr(plain, "FIRST_AFTER", 0.01)
    with pytest.raises(KeyError), Lines(str, str).task("Training", 1, ""):
        raise KeyError
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("vambx")]


def test_both_are_told_of_all():
    class Noting(SilentTask):
        def __init__(self):
            self.heard = []

        def task(self, *what):
            self.heard.append(what)
            return self

        def advance_to(self, done, note=""):
            self.heard.append((done, note))

    pair = Noting(), Noting()
    with Both(*pair).task("Training", 1, "") as task:
        task.advance_to(0.5, "x")
    assert pair[0].heard == pair[1].heard == [("Training", 1, ""), (0.5, "x")]


def on_a_real_terminal(args, **env):
    """Standard error of a command that it writes on a pseudo-terminal."""
    ours, theirs = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE")}
    command = [sys.executable, "-m", "vambx", *map(str, args)]
    process = subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL, env=clean | env)
    os.close(theirs)
    read = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how a pseudo-terminal ends
            break
        if not piece:
            break
        read += piece
    os.close(ours)
    assert process.wait() == 0, read
    return read.decode()


def test_on_a_real_terminal(community, tmp_path):
    args = ("features", *inputs(community), *FEATURES, "--outdir")
    drawn = on_a_real_terminal([*args, tmp_path / "1"], TERM="xterm")
    assert DRAWN in drawn
    assert "Computing depths" in drawn
    dumb = on_a_real_terminal([*args, tmp_path / "2"], TERM="dumb")
    assert "\x1b" not in dumb
    assert DRAWN not in dumb
    assert "contigs of >= 1500 bp" in dumb
    assert on_a_real_terminal([*args, tmp_path / "3", "-q"], TERM="xterm") == ""
