"""What was measured: one entry a process, kept in a JSON file that is whole after every measurement."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STAGES = ("limits", "tnf", "depth", "cluster", "whole")
"""In the order in which they are measured and told of."""


@dataclass(frozen=True)
class Entry:
    """One process that was measured.

    Attributes:
        tool: who did it: `vambx`, `previous`, `vamb`, ...
        case: what it was done to; entries of one case may be compared.
        turn: the round within the case, from 0; tools of one round ran one after the other.
        size: how much it was, in the stage's unit (bases, BAM files, contigs).
        seconds: the stage itself, inside the process, without imports and compilation.
        wall: seconds of the whole process.
        cpu: seconds of user and system, its children's too.
        peak_mb: largest resident memory of any one process of its tree.
        tree_mb: largest memory of all of them together, as sampled; None where it was not watched.
        figures: what else the process told of itself.
        when: end of the measurement, UTC.
        commit: of the vambx that was measured against.
    """

    tool: str
    case: str
    turn: int
    size: float
    seconds: float
    wall: float
    cpu: float
    peak_mb: float
    tree_mb: float | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    when: str = ""
    commit: str = ""


class Results:
    """The JSON file of one machine: `machine`, `versions`, `date`, and each stage's list of entries."""

    def __init__(self, path: Path, about: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self.content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        for name, known in (
            about or {}
        ).items():  # what an earlier run was told of, such as the previous version, stays
            self.content[name] = {**self.content.get(name, {}), **known}
        self.content.setdefault("stages", {})
        self._begun: set[tuple[str, str]] = set()

    def entries(self, stage: str) -> list[Entry]:
        """Everything known of a stage."""
        return [Entry(**entry) for entry in self.content["stages"].get(stage, [])]

    def add(self, stage: str, entry: Entry) -> None:
        """Write one more entry; the first of a case takes the place of what earlier runs measured of that case."""
        kept = self.content["stages"].setdefault(stage, [])
        if (stage, entry.case) not in self._begun:
            self._begun.add((stage, entry.case))
            kept[:] = [old for old in kept if old["case"] != entry.case]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        commit = self.content.get("versions", {}).get("vambx commit", "")
        kept.append(asdict(replace(entry, when=now, commit=commit)))
        self.content["date"] = now
        self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(self.path.name + ".tmp")
        unfinished.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")
        os.replace(unfinished, self.path)
