"""What the figures were measured on: the machine and the versions of everything that counts."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_OURS = ("vambx", "torch", "numpy", "numba", "dnaio", "xopen", "isal", "pysam", "pycoverm")
_THEIRS = ("vamb", "vambcore", "torch", "numpy", "pycoverm")
_ASK = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
def of(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
print(json.dumps({"python": sys.version.split()[0], **{name: of(name) for name in sys.argv[1:]}}))
"""


def describe(vamb: Path | None, previous: Path | None) -> dict[str, Any]:
    """`machine` and `versions` of the JSON file.

    Args:
        vamb: interpreter of Vamb's environment.
        previous: checkout of vambx's previous version.
    """
    versions: dict[str, Any] = {**_versions(sys.executable, _OURS), "vambx commit": commit_of(ROOT)}
    if previous:
        versions["previous commit"] = commit_of(previous)
    if vamb:
        versions["with vamb"] = _versions(os.fspath(vamb), _THEIRS)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = {"cores": os.cpu_count(), "cpu": _cpu_model(), "memory_gb": round(memory, 1), "os": platform.system()}
    return {"machine": machine, "versions": versions}


def commit_of(tree: Path) -> str:
    """Short commit of a checkout, with `+` where tracked files differ from it; empty where git knows of none."""
    command = ["git", "-C", os.fspath(tree), "describe", "--always", "--abbrev=7", "--dirty=+", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _versions(python: str, packages: tuple[str, ...]) -> dict[str, Any]:
    done = subprocess.run([python, "-c", _ASK, *packages], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
