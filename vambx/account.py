"""The account of a run as run.json holds it, read and seen to tell what others take from it."""

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

from vambx.config import BaseConfig, BinConfig, EncoderConfig
from vambx.errors import InputError, UsageError

_SETTINGS: dict[str, type[BaseConfig]] = {"latent": EncoderConfig, "bins": BinConfig}  # of which reports tell


def read_account(path: Path) -> dict[str, Any]:
    """Read run.json; where there is none yet, an empty account.

    Raises:
        InputError: the file is no account of a run.
    """
    if not path.exists():
        return {}
    try:
        account: dict[str, Any] = json.loads(
            path.read_text(encoding="utf-8"), parse_float=_finite, parse_constant=_finite
        )
        _require(account.get("libraries", {}), dict)
        _require(account.get("reports", {}), dict)
        _require(account.get("command", []), list)
        for name, step in account["steps"].items():
            _check_step(name, step)
    except RecursionError:
        reason = "it is nested too deeply"
        raise InputError(f"{path}: is no account of a run ({reason}); begin anew in another --outdir") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise InputError(f"{path}: is no account of a run ({error}); begin anew in another --outdir") from error
    return account


def _check_step(name: str, step: Any) -> None:
    """See that the account of a step holds what others take from it; a run of another version may tell more, or less.

    Raises:
        ValueError, KeyError, TypeError, AttributeError, UsageError: it does not.
    """
    _require(step["key"], str)
    _require(step["settings"], dict)
    for table in ("versions", "made_on"):
        _require(step.get(table, {}), dict)
    for file in step["inputs"].values():
        _require(file["size"], int)
        _require(file["sha256"], str)
    for output, digest in step["outputs"].items():
        _require(digest, str)
        if output != Path(output).name or output in ("", ".."):  # results that are no longer right are removed
            raise ValueError("a result lies outside the folder")
    for number in (step["wall_seconds"], step["peak_memory_mb"]):
        if not 0 <= number < math.inf:
            raise ValueError(f"step {name} tells of {number}")
    if kind := _SETTINGS.get(name):
        known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
        kind.from_table({each: value for each, value in step["settings"].items() if each in known})


def _require(value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} where there should be a {kind.__name__}")


def _finite(word: str) -> float:
    if not math.isfinite(number := float(word)):
        raise ValueError(f"{word} is no number")
    return number
