"""Kill `vambx bin` at random moments of every stage, go on with --resume, and compare what comes out.

    python tests/faults/killing.py FOLDER --kills 200 -- --fasta contigs.fa --bams bams [options of vambx bin]

One run is left alone. Then, in rounds, a run is killed in each stage (--each times), at a random moment of the time
that the stage took, and each time goes on; after every kill, whatever carries the name of a result must already hold
its bytes, and at the end of the round all must be equal to those of the run that was left alone.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

TELL_OF_TIMES = ("run.json", "vambx.log", "report.html")
PASSING = ("depths", "checkpoint.pt", ".vambx.lock", "bins.former")
_BEGINS = re.compile(r"^(\S+ \S+),(\d+) \S+ Step (\w+): begins$", re.MULTILINE)


def results(folder: Path) -> dict[str, bytes]:
    """The files of a run that are the same every time, by their path."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if name not in TELL_OF_TIMES and not name.startswith(PASSING) and ".partial" not in name
    }


@dataclass
class Killing:
    """A command, what it makes when it is left alone, and how often it was killed in which stage.

    Attributes:
        arguments: of `vambx bin`, but for --outdir and --resume.
        folder: where the runs lie.
        seed: of the moments.
        each: kills in each stage of a round.
        by: the signal; after another than SIGKILL it must have ended in good order.
    """

    arguments: Sequence[str]
    folder: Path
    seed: int = 1
    each: int = 1
    by: signal.Signals = signal.SIGKILL
    whole: dict[str, bytes] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)

    def leave_alone(self) -> None:
        """Run to the end; know what comes out, and how long each stage takes."""
        out = self.folder / "whole"
        started = datetime.now()
        self._start(out).communicate()
        self.whole = results(out)
        begun = [("start", started)]
        for found in _BEGINS.finditer((out / "vambx.log").read_text()):
            begun.append((found[3], datetime.fromisoformat(f"{found[1]}.{found[2]}")))
        ends = [time for _, time in begun[1:]] + [datetime.now()]
        self.seconds = {name: (end - at).total_seconds() for (name, at), end in zip(begun, ends, strict=True)}

    def rounds(self, n_kills: int) -> Iterator[str]:
        """Kill so often, or a few times more; say what was done after each round.

        Raises:
            AssertionError: something is not as it was when the run was left alone.
        """
        draw, number = random.Random(self.seed), 0
        while sum(self.kills.values()) < n_kills:
            number += 1
            out = self.folder / f"round_{number}"
            for stage, seconds in [item for item in self.seconds.items() for _ in range(self.each)]:
                share = draw.random()
                if self._kill(out, stage, share * seconds):
                    self.kills[stage] += 1
                self._check(out, f"after a kill in {stage}, at {share:.3f} of its time")
            last = self._start(out)
            said = last.communicate()[1]
            assert last.returncode == 0, said
            self._check(out, "at the end")
            assert results(out) == self.whole, f"{out}: is not as the run that was left alone"
            shutil.rmtree(out)
            yield f"round {number}: {sum(self.kills.values())} kills, equal at the end; {dict(self.kills)}"

    def _start(self, out: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "vambx", "bin", *self.arguments, "--outdir", str(out), "--resume"]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def _kill(self, out: Path, stage: str, after: float) -> bool:
        """Start, and kill so many seconds after the stage began, or when it ends; False if it was over before."""
        account, log = out / "run.json", out / "vambx.log"
        if account.exists() and stage in json.loads(account.read_text())["steps"]:
            return False
        before = log.stat().st_size if log.exists() else 0
        run = self._start(out)
        begins, ends = f"Step {stage}: begins", f"Step {stage}: done"
        if stage == "start":
            begins, ends = "", "Step composition: "
        _wait(run, lambda: _says(log, before, begins))
        latest = time.monotonic() + after
        _wait(run, lambda: time.monotonic() > latest or _says(log, before, ends))
        over = run.poll() is not None
        if not over:
            os.killpg(run.pid, self.by)
        said = run.communicate()[1]
        heard = stage != "start" or "vambx: error: " in said  # a signal may come before Python knows of vambx
        if not over and self.by != signal.SIGKILL and heard:
            self._check_order(out, run, said, "begins anew" if stage == "start" else "--resume goes on")
        return not over

    def _check_order(self, out: Path, run: subprocess.Popen[str], said: str, early: str) -> None:
        """One line of it, the right exit code, and nothing left behind, neither files nor processes.

        Until the command line is read nothing is known of --resume: `early` is what may be said then.
        """
        assert said.count("error") == 1, said
        assert "Traceback" not in said, said
        assert said.endswith(("; the same command with --resume goes on\n", f"{early}\n")), said
        assert run.returncode in (128 + self.by, -self.by), run.returncode
        left = [path for path in out.rglob("*") if path.name.startswith((".", "streams-")) or ".partial" in path.name]
        assert not left, f"{left} after: {said}"
        with suppress(ProcessLookupError):
            os.killpg(run.pid, 0)
            raise AssertionError(f"processes outlive {out}")

    def _check(self, out: Path, when: str) -> None:
        """Whatever carries the name of a result is whole."""
        for name, content in results(out).items() if out.exists() else ():
            assert name in self.whole, f"{out}/{name}: should not be there {when}"
            assert content == self.whole[name], f"{out}/{name}: is not as it should be {when}"


def _wait(run: subprocess.Popen[str], until: Callable[[], bool]) -> None:
    while run.poll() is None and not until():
        time.sleep(0.005)


def _says(log: Path, before: int, words: str) -> bool:
    """Whether these words stand in the log after its first bytes, those that stood there before."""
    try:
        with open(log, encoding="utf-8") as handle:
            handle.seek(before)
            return words in handle.read()
    except FileNotFoundError:
        return not words


def main() -> None:
    """Kill as often as asked for, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=1, help="kills in each stage of a round")
    parser.add_argument("--signal", type=signal.Signals.__getitem__, default=signal.SIGKILL, help="such as SIGTERM")
    parser.add_argument("arguments", nargs="+", metavar="ARGUMENT", help="of vambx bin, after --")
    args = parser.parse_args()
    args.folder.mkdir(parents=True)
    killing = Killing(args.arguments, args.folder, args.seed, args.each, args.signal)
    killing.leave_alone()
    print("seconds of each stage:", {name: round(seconds, 1) for name, seconds in killing.seconds.items()}, flush=True)
    for line in killing.rounds(args.kills):
        print(line, flush=True)


if __name__ == "__main__":
    main()
