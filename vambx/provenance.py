"""run.json: what was made, of what, with which settings; and what of it can be used again."""

import hashlib
import json
import logging
import platform
import resource
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import vambx
from vambx.errors import InputError, OutputError
from vambx.io.atomic import replacing
from vambx.io.digests import Seen, digest_of, not_made, see_all, unchanged
from vambx.layout import Layout
from vambx.progress import Progress

logger = logging.getLogger(__name__)

_LIBRARIES = (
    *("numpy", "torch", "numba", "pysam", "pycoverm", "dnaio", "scikit-learn", "plotly"),
    *("pyrodigal", "pyhmmer", "fetchmgs"),
)


class Existing(Enum):
    """What to do with results that are there already."""

    REFUSE = "refuse"
    RESUME = "resume"
    FORCE = "force"


@dataclass(frozen=True)
class Step:
    """What is made of what.

    Attributes:
        name: of the step.
        settings: everything besides the inputs that the outputs depend on.
        inputs: files it reads.
        outputs: files or folders it writes, whole or not at all.
        known: sha256 of inputs, for who asks for the key without looking at these.
    """

    name: str
    settings: Mapping[str, Any]
    inputs: Sequence[Path]
    outputs: Sequence[Path]
    known: Mapping[Path, str] = field(default_factory=dict)

    def digests(self, known: Mapping[Path, str]) -> dict[Path, str]:
        """sha256 of each input.

        Raises:
            InputError: an input is not there.
        """
        for path in self.inputs:
            if not path.exists():
                raise not_made(path)
        return {path: known.get(path) or digest_of(path) for path in self.inputs}

    def key(self, digests: Mapping[Path, str]) -> str:
        """What tells these outputs from those of other inputs, other settings or another version of vambx.

        Any release may have another method, so that nothing of another is taken for its own. Settings count as they are
        asked for: what `auto` became, and the libraries' versions, are told of (`Run.step`), and make nothing stale.
        """
        made_of = [self.name, vambx.__version__, self.settings, list(digests.values())]
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


@dataclass
class Run:
    """One output folder at work: runs the steps, keeps the account of them in run.json.

    Attributes:
        layout: where the files lie.
        existing: what to do with results that are there already.
        account: what run.json holds.
        seen: files from elsewhere that it works on; they must not change until it is over.
    """

    layout: Layout
    existing: Existing = Existing.REFUSE
    account: dict[str, Any] = field(default_factory=dict)
    seen: dict[Path, Seen] = field(default_factory=dict)

    def step(self, step: Step, make: Callable[[str], Mapping[str, Any] | None]) -> None:
        """Make the outputs of one step; with `RESUME`, only if they are not there or were made of something else.

        Args:
            step: what is made of what.
            make: does the work; given the key of what it works on. What it gives back is what else the outputs depend
                on, as it turned out to be on this machine.

        Raises:
            InputError: an input is not there, or changes while it is worked on.
            OutputError: outputs are there, and neither --resume nor --force was given.
        """
        name, outputs = step.name, step.outputs
        inputs = [self._look_at(path) for path in step.inputs]
        key = step.key({seen.path: seen.sha256 for seen in inputs})
        if self.existing is Existing.RESUME and name in self.steps:
            if self._holds(step, key):
                also = self._said_made_on(name)
                logger.info("Step %s: made before of the same input and settings, kept%s", name, also)
                return
            logger.info("Step %s: made anew, as %s", name, self._what_changed(step, key))
        if self.existing is Existing.REFUSE:
            for path in outputs:
                if path.exists():
                    raise OutputError(f"{path}: is there already; give --resume to go on, or --force to make it anew")
        started, cpu = time.monotonic(), _cpu_seconds()
        former = self.steps.pop(name, {})
        logger.debug("Step %s: begins", name)
        with unchanged(inputs):
            made_on = make(key)
        made = _made(outputs)
        if (key, made) != (former.get("key"), former.get("outputs")):
            for path in self.layout.reports:
                path.unlink(missing_ok=True)  # they tell of what is no longer so
        self._forget_what_was_not_made_of(made)
        self.steps[name] = {
            "key": key,
            "settings": dict(step.settings),
            "inputs": {str(seen.path): {"size": seen.size, "sha256": seen.sha256} for seen in inputs},
            "outputs": made,
            "versions": _versions(),
            "made_on": dict(made_on or {}),
            "wall_seconds": round(time.monotonic() - started, 3),
            "cpu_seconds": round(_cpu_seconds() - cpu, 3),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        self._write()
        logger.debug("Step %s: done", name)

    def key_of(self, step: Step) -> str:
        """The key that `step` would have, as the account tells of the files that earlier steps made.

        Raises:
            InputError: an input is not there.
        """
        made = {self.layout.root / name: sha for entry in self.steps.values() for name, sha in entry["outputs"].items()}
        return step.key(step.digests({**made, **step.known}))

    def keeps(self, step: Step) -> bool:
        """Whether `step` would find its results made before, as far as the account tells of its inputs."""
        try:
            return self.existing is Existing.RESUME and self._holds(step, self.key_of(step))
        except InputError:
            return False

    def recorded(self, paths: Iterable[Path]) -> dict[Path, str]:
        """sha256 that the account has of inputs which are as large as they were then; nothing is read."""
        known = {path: file for entry in self.steps.values() for path, file in entry["inputs"].items()}
        there = {path: known.get(str(path), {}) for path in paths}
        return {path: file["sha256"] for path, file in there.items() if file.get("size") == path.stat().st_size}

    def drop(self, name: str) -> None:
        """Take away the results of a step that is not wanted this time, and what was made of them."""
        entry = self.steps.pop(name, None)
        if entry is None:
            return
        for output in entry["outputs"]:
            _remove(self.layout.root / output)
        self._forget_what_was_not_made_of(dict.fromkeys(entry["outputs"]))
        self._write()

    def keeps_reports(self, paths: Collection[Path]) -> bool:
        """Whether these reports are there, as they were written; they are taken away when they are no longer so."""
        made = self.account.get("reports", {})
        return self.existing is Existing.RESUME and _made(paths) == {path.name: made.get(path.name) for path in paths}

    def wrote_reports(self, paths: Collection[Path]) -> None:
        """Keep account of reports."""
        self.account["reports"] = _made(paths)
        self._write()

    @property
    def steps(self) -> dict[str, Any]:
        """What is known of each step that was done."""
        steps: dict[str, Any] = self.account.setdefault("steps", {})
        return steps

    def look_at(self, paths: Sequence[Path], threads: int, progress: Progress) -> None:
        """Look at large files before the step that works on them, `threads` at a time."""
        self.seen |= see_all(paths, threads, progress)

    def _look_at(self, path: Path) -> Seen:
        """What an input holds; one from elsewhere holds the same in all steps of a run."""
        if not path.exists() and path not in self.seen:
            raise not_made(path)
        if path.parent == self.layout.root:
            return Seen.of(path)
        if path in self.seen:
            self.seen[path].require_unchanged()
        else:
            self.seen[path] = Seen.of(path)
        return self.seen[path]

    def _forget_what_was_not_made_of(self, made: Mapping[str, str | None]) -> None:
        """Take away the results of later steps that were made of these files as they no longer are."""
        for name, entry in list(self.steps.items()):
            used = {Path(path).name: file["sha256"] for path, file in entry["inputs"].items()}
            if name in self.steps and any(used[file] != made[file] for file in used.keys() & made.keys()):
                del self.steps[name]
                for output in entry["outputs"]:
                    _remove(self.layout.root / output)
                self._forget_what_was_not_made_of(dict.fromkeys(entry["outputs"]))

    def _holds(self, step: Step, key: str) -> bool:
        """Whether a step was done of the same, and its outputs are those that it made, no more and no less."""
        entry = self.steps.get(step.name)
        return entry is not None and entry["key"] == key and entry["outputs"] == _made(step.outputs)

    def _what_changed(self, step: Step, key: str) -> str:
        """Why a step that was done is done again."""
        entry = self.steps[step.name]
        version = entry.get("versions", {}).get("vambx", vambx.__version__)
        before, now = entry.get("settings", {}), step.settings
        if entry["key"] == key:
            return "its results are not as they were left"
        if version != vambx.__version__:
            return f"vambx {version} made it before"
        if others := [name for name in {**before, **now} if name not in before or before[name] != now.get(name)]:
            return f"its settings are others ({', '.join(others)})"
        return "its input is another"

    def _said_made_on(self, name: str) -> str:
        """What a step was made on, where that counts."""
        said = ", ".join(f"{what} {value}" for what, value in self.steps[name].get("made_on", {}).items())
        return f"; it was made with {said}" if said else ""

    def _write(self) -> None:
        versions = _versions()
        self.account |= {name: versions.pop(name) for name in ("vambx", "python")}
        self.account |= {"libraries": versions, "command": sys.argv}
        with replacing(self.layout.run) as handle:
            json.dump(self.account, handle, indent=2)
            handle.write("\n")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _made(paths: Collection[Path]) -> dict[str, str]:
    """sha256 of those that are there, by name."""
    return {path.name: digest_of(path) for path in paths if path.exists()}


def _versions() -> dict[str, str | None]:
    """Of vambx, Python and the libraries; None for those that are not installed."""
    return {"vambx": vambx.__version__, "python": platform.python_version()} | {
        name: _version_of(name) for name in _LIBRARIES
    }


@cache
def _version_of(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
