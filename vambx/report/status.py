"""Where a run stands, at work or dead: told from run.json, the log and the lock, which takes no time and no memory."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from vambx.account import read_account
from vambx.errors import InputError
from vambx.layout import Layout
from vambx.outdir import is_held
from vambx.report.log import LastCommand, read_log

COMMANDS_OF = {
    "composition": ("features", "composition"),
    "abundance": ("features",),
    "markers": ("markers",),
    "latent": ("encode",),
    "clusters": ("cluster",),
    "chosen": ("bins", "choose"),
    "bins": ("bins",),
}
"""The commands that make each step without the others, the usual one first."""

STEPS = tuple(COMMANDS_OF)
"""All steps, in their order."""

WHOLE = ("bin", "demo")
"""Commands that make all steps."""


@dataclass(frozen=True)
class Status:
    """Where a run stands.

    Attributes:
        layout: of its folder.
        steps: those that are done, with what run.json says of them.
        last: the last command, as far as its log goes.
        is_running: whether a run holds the folder.
        n_depths: BAM files whose depths are kept while others are computed.
        checkpoint: when the state of an unfinished training was kept; None if none is.
    """

    layout: Layout
    steps: Mapping[str, Any]
    last: LastCommand = field(default_factory=LastCommand)
    is_running: bool = False
    n_depths: int = 0
    checkpoint: datetime | None = None

    @property
    def current(self) -> str:
        """The step that is at work, or was when the run ended, or comes next; empty if all are done."""
        if self.last.begun in STEPS and self.last.begun not in self.last.done:
            return self.last.begun
        return next((name for name in STEPS if self.is_open(name)), "")

    def is_open(self, name: str) -> bool:
        """Whether a step is still to be done; also where what an earlier command made is made anew."""
        if name not in self.steps:
            return name != "markers" or not any(later in self.steps for later in STEPS[3:])  # it can be left out
        begun = bool(self.last.begun or self.last.done)
        of_this = self.last.name in WHOLE or self.last.name in COMMANDS_OF[name]
        return self.is_running and begun and of_this and name not in self.last.done

    @property
    def was_cut_short(self) -> bool:
        """Of a run that is dead: whether the last command ended before it was through."""
        return self.last.failed or self.last.name in WHOLE or self.last.begun == self.current


def read_status(outdir: Path) -> Status:
    """Look where the run in a folder stands; nothing is written, and the folder may be written meanwhile.

    Raises:
        InputError: the folder is not there or holds no run, or run.json is no account of one.
    """
    layout = Layout(outdir)
    try:
        if not any(path.exists() for path in (layout.run, layout.log, layout.lock)):
            raise InputError(f"{outdir}: holds no run of vambx; give the --outdir of one")
        # In this order a run that ends meanwhile is never taken for one that died before its end.
        is_running, last, account = is_held(layout.lock), read_log(layout.log), read_account(layout.run)
    except OSError as error:
        raise InputError(f"{outdir}: cannot be read ({error.strerror}); ask its owner to let you") from error
    return Status(
        layout,
        account.get("steps", {}),
        last,
        is_running,
        _count_depths(layout.depths),
        _time_of(layout.checkpoint),
    )


def _count_depths(folder: Path) -> int:
    try:
        return sum(name.endswith(".npz") for name in os.listdir(folder))
    except OSError:
        return 0


def _time_of(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime)
    except OSError:
        return None
