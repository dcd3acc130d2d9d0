"""run.json: what was made, of what, with which settings; and what of it can be used again."""

import hashlib
import json
import logging
import platform
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

import vambx
from vambx.errors import InputError, OutputError, VambxError
from vambx.io.atomic import cannot_write, replacing
from vambx.layout import Layout

logger = logging.getLogger(__name__)

_LIBRARIES = ("numpy", "torch", "numba", "pysam", "pycoverm", "dnaio")


class Existing(Enum):
    """What to do with results that are there already."""

    REFUSE = "refuse"
    RESUME = "resume"
    FORCE = "force"


@dataclass
class Run:
    """One output folder at work: runs the steps, keeps the account of them in run.json.

    Attributes:
        layout: where the files lie.
        existing: what to do with results that are there already.
        account: what run.json holds.
    """

    layout: Layout
    existing: Existing = Existing.REFUSE
    account: dict[str, Any] = field(default_factory=dict)

    def step(
        self,
        name: str,
        settings: Mapping[str, Any],
        inputs: Sequence[Path],
        outputs: Sequence[Path],
        make: Callable[[], None],
    ) -> None:
        """Make the outputs of one step; with `RESUME`, only if they are not there or were made of something else.

        Args:
            name: of the step.
            settings: everything besides the inputs that the outputs depend on.
            inputs: files it reads.
            outputs: files or folders it writes, whole or not at all.
            make: does the work.

        Raises:
            InputError: an input is not there.
            OutputError: outputs are there, and neither --resume nor --force was given.
        """
        for path in inputs:
            if not path.exists():
                raise InputError(f"{path}: the file does not exist; run the step that makes it")
        used = {str(path): {"size": path.stat().st_size, "sha256": digest_of(path)} for path in inputs}
        made_of = [entry["sha256"] for entry in used.values()]
        key = hashlib.sha256(json.dumps([name, vambx.__version__, settings, made_of]).encode()).hexdigest()
        if self.existing is Existing.RESUME and self._holds(name, key):
            logger.info("Step %s: made before of the same input and settings, kept", name)
            return
        if self.existing is Existing.REFUSE:
            for path in outputs:
                if path.exists():
                    raise OutputError(f"{path}: is there already; give --resume to go on, or --force to make it anew")
        started, cpu = time.monotonic(), _cpu_seconds()
        self.account.setdefault("steps", {}).pop(name, None)
        make()
        self.account["steps"][name] = {
            "key": key,
            "settings": dict(settings),
            "inputs": used,
            "outputs": {path.name: digest_of(path) for path in outputs if path.exists()},
            "wall_seconds": round(time.monotonic() - started, 3),
            "cpu_seconds": round(_cpu_seconds() - cpu, 3),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        self._write()

    def _holds(self, name: str, key: str) -> bool:
        entry = self.account.get("steps", {}).get(name)
        if entry is None or entry["key"] != key:
            return False
        paths = {self.layout.root / output: digest for output, digest in entry["outputs"].items()}
        return all(path.exists() and digest_of(path) == digest for path, digest in paths.items())

    def _write(self) -> None:
        self.account |= {
            "vambx": vambx.__version__,
            "python": platform.python_version(),
            "libraries": {name: _version_of(name) for name in _LIBRARIES},
            "command": sys.argv,
        }
        with replacing(self.layout.run) as handle:
            json.dump(self.account, handle, indent=2)
            handle.write("\n")


@contextmanager
def open_run(outdir: Path, existing: Existing, begins: bool) -> Iterator[Run]:
    """Hold an output folder for one run; nobody else's run can have it meanwhile.

    Args:
        outdir: the folder; made if it is not there.
        existing: what to do with results that are there already.
        begins: whether this run begins with the first step; otherwise it goes on in a folder that holds earlier ones.

    Raises:
        OutputError: the folder is in use, holds other things, or cannot be written.
    """
    layout = Layout(outdir)
    made_here, nothing_made = not outdir.exists(), False
    _check_folder(layout, existing, begins)
    try:
        outdir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(layout.lock, blocking=False)
        lock.acquire()
    except Timeout as error:
        raise OutputError(
            f"{outdir}: another run is at work in this folder; choose another --outdir, or wait"
        ) from error
    except OSError as error:
        raise cannot_write(outdir, error) from error
    try:
        account = _read_account(layout)
        if begins and existing is Existing.FORCE:
            account = _discard(layout, account)
        run = Run(layout, existing, account)
        yield run
    except (VambxError, KeyboardInterrupt):
        nothing_made = made_here and not layout.run.exists()
        raise
    finally:
        layout.lock.unlink(missing_ok=True)
        lock.release()
        if nothing_made:
            _clear(layout)


def _check_folder(layout: Layout, existing: Existing, begins: bool) -> None:
    root = layout.root
    if root.exists() and not root.is_dir():
        raise OutputError(f"{root}: is a file, not a folder; choose another --outdir")
    ours = layout.run.exists()
    if not begins:
        if not ours:
            raise OutputError(f"{root}: holds no run of vambx; begin with: vambx features --outdir {root}")
        return
    strangers = root.exists() and any(path not in (layout.lock, layout.log) for path in root.iterdir())
    if strangers and not ours:
        raise OutputError(f"{root}: holds files that are not vambx's; choose another --outdir")
    if ours and existing is Existing.REFUSE:
        raise OutputError(
            f"{root}: holds a run already; give --resume to go on, --force to begin anew, or another --outdir"
        )


def _read_account(layout: Layout) -> dict[str, Any]:
    if not layout.run.exists():
        return {}
    try:
        account: dict[str, Any] = json.loads(layout.run.read_text(encoding="utf-8"))
        if not isinstance(account["steps"], dict):
            raise TypeError("no steps")
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{layout.run}: is no account of a run ({error}); begin anew in another --outdir") from error
    return account


def _discard(layout: Layout, account: dict[str, Any]) -> dict[str, Any]:
    """Take away what earlier runs made, and nothing else; returns the account of an empty folder."""
    for step in account.get("steps", {}).values():
        for name in step["outputs"]:
            path = layout.root / Path(name).name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    layout.run.unlink(missing_ok=True)
    return {}


def _clear(layout: Layout) -> None:
    """Take away what a run leaves that failed before its first result."""
    layout.log.unlink(missing_ok=True)
    try:
        layout.root.rmdir()
    except OSError:  # something of somebody else's lies there: it stays
        logger.debug("%s is not empty and stays", layout.root)


def digest_of(path: Path) -> str:
    """sha256 (hex) of a file; of a folder, of its files' names and hashes."""
    if path.is_dir():
        names = sorted(entry.name for entry in path.iterdir())
        return hashlib.sha256(json.dumps([[name, digest_of(path / name)] for name in names]).encode()).hexdigest()
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _version_of(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
