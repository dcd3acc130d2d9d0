"""What came out: one run an entry, kept in a JSON file that is whole after every run."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """One data set, binned once by one tool.

    Attributes:
        data: name of the data set.
        tool: `vambx`, `vamb`, `metabat2`, `semibin2`.
        options: what it was told besides its input, output, seed and threads.
        version: of the tool; of vambx with the commit, or a digest of the sources where they differ from it.
        seed: of its random numbers.
        threads: it could use.
        seconds: from FASTA and BAMs to bins, whatever else the machine did; benchmarks.speed measures time.
        scores: as evaluate.py has them.
        called: of the bins that call themselves near-complete, how many there are and how many of them are under 90%
            pure; None where bins say nothing of themselves.
        when: the run ended, UTC.
    """

    data: str
    tool: str
    options: tuple[str, ...]
    version: str
    seed: int
    threads: int
    seconds: float
    scores: dict[str, float]
    called: dict[str, int] | None = None
    when: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two runs the same."""
        return self.data, self.tool, self.options, self.version, self.seed


class Results:
    """The JSON file: `machine`, `versions`, `reach` of each data set, and `runs`.

    Several processes may add to one file, each in its turn.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def content(self) -> dict[str, Any]:
        """All of it, as it is now."""
        empty: dict[str, Any] = {"machine": {}, "versions": {}, "reach": {}, "runs": []}
        return empty | (json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {})

    @property
    def runs(self) -> list[Run]:
        """Every run, in the order in which they ended."""
        return [Run(**{**entry, "options": tuple(entry["options"])}) for entry in self.content["runs"]]

    def describe(self, about: Mapping[str, Any]) -> None:
        """Note what the runs are made on."""
        with self._changing() as content:
            content.update(about)

    def add(self, run: Run, reach: Mapping[str, Any]) -> None:
        """Write one more run, in place of the same one if it was done before."""
        with self._changing() as content:
            content["reach"][run.data] = reach
            kept = [old for old, entry in zip(self.runs, content["runs"], strict=True) if old.key != run.key]
            content["runs"] = [asdict(entry) for entry in (*kept, run)]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY)  # a lock on the folder leaves no file behind
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            content = self.content
            yield content
            unfinished = self.path.with_name(self.path.name + ".tmp")
            unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            os.replace(unfinished, self.path)
        finally:
            os.close(folder)
