"""The tools that are compared, and how they take turns."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.speed.entries import Entry, Results
from benchmarks.speed.machine import ROOT
from benchmarks.speed.measure import Measured, MeasuringError, Word, measure

HERE = Path(__file__).resolve().parent
BARE = HERE / "drive_bare.py"


@dataclass(frozen=True)
class Tool:
    """One binner, and how to start its driver.

    Attributes:
        name: as entries have it.
        python: interpreter of its environment.
        driver: the script that runs a stage of it.
        tree: the checkout its package is to come from; None: what its environment has.
    """

    name: str
    python: Path
    driver: Path
    tree: Path | None = None


def tools_of(vamb: Path | None, previous: Path | None) -> dict[str, Tool]:
    """vambx, and those of its opponents that are there."""
    here = Path(sys.executable)
    tools = [Tool("vambx", here, HERE / "drive_vambx.py", ROOT)]
    if previous:
        tools.append(Tool("previous", here, HERE / "drive_vambx.py", previous.resolve()))
    if vamb:
        tools.append(Tool("vamb", vamb.absolute(), HERE / "drive_vamb.py"))  # a link is what makes it an environment
    return {tool.name: tool for tool in tools}


@dataclass(frozen=True)
class Task:
    """What one tool does in a round.

    Attributes:
        tool: its name.
        run: does it, told the number of the round.
        turns: the rounds it takes part in, from the first.
    """

    tool: str
    run: Callable[[int], Measured]
    turns: int


@dataclass(frozen=True)
class Bench:
    """One run of the benchmark.

    Attributes:
        results: where measurements go.
        tools: by name; vambx is always there.
        pairs: rounds of each case.
        threads: what every tool may use.
        scratch: a folder for what is made on the way.
        failures: what could not be measured, and why.
    """

    results: Results
    tools: Mapping[str, Tool]
    pairs: int
    threads: int
    scratch: Path
    failures: list[str] = field(default_factory=list)
    _warmed: set[str] = field(default_factory=set)

    def drive(self, tool: Tool, *words: Word) -> Measured:
        """Run one stage of a tool."""
        self.warm(tool)
        measured = self.start([tool.python, tool.driver, *words], tool.tree)
        package = measured.told.pop("package", None)
        if tool.tree and not Path(package or "").is_relative_to(tool.tree):
            raise MeasuringError(f"{tool.name} was to come from {tool.tree}, and came from {package}")
        return measured

    def warm(self, tool: Tool) -> None:
        """See that what a tool compiles is compiled, and its packages' files are in the system's cache."""
        if tool.name not in self._warmed:
            self._warmed.add(tool.name)
            self.drive(tool, "warm")

    def bare(self, *words: Word) -> Measured:
        """Run what the libraries do alone."""
        return self.start([sys.executable, BARE, *words])

    def start(self, command: Sequence[Word], tree: Path | None = None, whole_tree: bool = False) -> Measured:
        """Measure a command with the threads it may use; packages of `tree` come before installed ones."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment |= {"OMP_NUM_THREADS": str(self.threads)}
        environment["PYTHONSAFEPATH"] = "1"  # what lies beside a driver is not imported
        if tree:
            environment["PYTHONPATH"] = str(tree)
        return measure(command, environment, cwd=self.scratch, whole_tree=whole_tree)

    def take_turns(self, stage: str, case: str, size: float, tasks: Sequence[Task]) -> None:
        """Let the tools do one case, round by round, the order turned about in every other round.

        A tool that fails (jgi, on BAMs without sequences) is noted, and left out of the case's further rounds.
        """
        failed: set[str] = set()
        for turn in range(max(task.turns for task in tasks)):
            for task in tasks if turn % 2 == 0 else reversed(tasks):
                if turn >= task.turns or task.tool in failed:
                    continue
                try:
                    entry = entry_of(task.tool, case, turn, size, task.run(turn))
                except MeasuringError as error:
                    failed.add(task.tool)
                    self.failures.append(f"{stage}, {case}, {task.tool}: {error}")
                    print(self.failures[-1], file=sys.stderr, flush=True)
                    continue
                self.results.add(stage, entry)
                print(stage, case, task.tool, f"{entry.seconds:.2f} s", f"{entry.peak_mb:.0f} MB", sep="\t", flush=True)


def entry_of(tool: str, case: str, turn: int, size: float, got: Measured) -> Entry:
    """What is kept of a process; a program that does not tell its seconds is all stage."""
    figures = dict(got.told)
    seconds = figures.pop("seconds", got.wall)
    return Entry(tool, case, turn, size, seconds, got.wall, got.cpu, got.peak_mb, got.tree_mb, figures)
