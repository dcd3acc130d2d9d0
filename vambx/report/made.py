"""How the results were made: versions, command, settings, inputs, and whom to cite."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vambx.report.glance import STEP_TITLES
from vambx.report.numbers import said_bytes
from vambx.report.run_data import RunData
from vambx.report.status import STEPS


@dataclass(frozen=True)
class Input:
    """A file that the run was given.

    Attributes:
        path: as it was given.
        size: in words.
        sha256: hex.
    """

    path: str
    size: str
    sha256: str


@dataclass(frozen=True)
class Citation:
    """Something to cite: what for, whom, and where it is found."""

    what: str
    text: str
    doi: str = ""


_NISSEN = Citation(
    "The method that this one grew from",
    "Nissen et al. Improved metagenome binning and assembly using deep variational autoencoders. Nat Biotechnol, 2021.",
    "10.1038/s41587-020-00777-4",
)
_OF_MARKERS = (
    Citation(
        "Calling genes",
        "Larralde. Pyrodigal: Python bindings and interface to Prodigal. J Open Source Softw, 2022.",
        "10.21105/joss.04296",
    ),
    Citation(
        "Finding markers",
        "Larralde & Zeller. PyHMMER: a Python library binding to HMMER. Bioinformatics, 2023.",
        "10.1093/bioinformatics/btad214",
    ),
    Citation(
        "The markers, unless they were your own",
        "Sunagawa et al. Metagenomic species profiling using universal phylogenetic marker genes. Nat Methods, 2013.",
        "10.1038/nmeth.2693",
    ),
    Citation(
        "What near-complete and medium mean",
        "Bowers et al. Minimum information about a single amplified genome (MISAG) and a metagenome-assembled genome "
        "(MIMAG). Nat Biotechnol, 2017.",
        "10.1038/nbt.3893",
    ),
)


def versions_of(run: RunData) -> dict[str, str]:
    """The programs that were at work, by name."""
    account = run.account
    versions = {"vambx": account.get("vambx"), "Python": account.get("python"), **account.get("libraries", {})}
    return {name: str(version) for name, version in versions.items() if version}


def command_of(run: RunData) -> str:
    """The last command, as it could be typed."""
    words = [str(word) for word in run.account.get("command", ())]
    return shlex.join(["vambx", *words[1:]]) if words else ""


def settings_of(run: RunData) -> dict[str, dict[str, str]]:
    """The settings of each step, in words."""
    steps = run.account.get("steps", {})
    return {STEP_TITLES[name]: dict(_said(steps[name]["settings"])) for name in STEPS if name in steps}


def seed_of(run: RunData) -> str:
    """The seed of all random numbers."""
    return str(run.account.get("steps", {}).get("latent", {}).get("settings", {}).get("seed", ""))


def inputs_of(run: RunData) -> list[Input]:
    """The files that the run was given, each once; not those that one step made for another."""
    steps = run.account.get("steps", {})
    made = {digest for step in steps.values() for digest in step["outputs"].values()}
    given = {
        path: Input(path, said_bytes(file["size"]), file["sha256"])
        for name in STEPS
        for path, file in steps.get(name, {}).get("inputs", {}).items()
        if file["sha256"] not in made
    }
    return list(given.values())


def citations_of(run: RunData) -> list[Citation]:
    """What to cite in a paper."""
    version = run.account.get("vambx", "")
    own = Citation("This run", f"vambx {version}, with the settings above.".replace("  ", " "))
    return [own, _NISSEN, *(_OF_MARKERS if run.markers is not None else ())]


def _said(settings: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        if value is None:
            yield name, "unset"
        elif isinstance(value, str):
            yield name, value or "none"
        else:
            yield name, json.dumps(value, ensure_ascii=False)
