"""summary.json: what a run found, for programs; docs/summary.schema.json says what each number is."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from vambx.io.atomic import replacing
from vambx.report.run_data import BinData, RunData
from vambx.report.status import STEPS
from vambx.report.training_part import TERMS

SCHEMA = 1
GRADES = ("near_complete", "medium", "low", "unknown")


def write_summary(run: RunData) -> None:
    """Write `summary.json`; the same bytes for the same results.

    Raises:
        OutputError: the file cannot be written.
    """
    with replacing(run.layout.summary) as handle:
        json.dump(summarise(run), handle, indent=2, allow_nan=False)
        handle.write("\n")


def summarise(run: RunData) -> dict[str, Any]:
    """What a run found, as plain JSON types; null for what is not there, or not yet.

    Time and memory are not here but in run.json, as they differ between runs that are the same.
    """
    steps = run.account.get("steps", {})
    return {
        "schema": SCHEMA,
        "vambx": run.account.get("vambx"),
        "finished": run.bins is not None,
        "contigs": _contigs(run),
        "samples": list(run.samples) if run.abundance is not None else None,
        "groups": None if run.chosen is None else len({row.cluster for row in run.chosen}),
        "bins": _bins(run),
        "markers": _markers(run),
        "training": _training(run),
        "settings": {name: steps[name]["settings"] for name in STEPS if name in steps},
    }


def grade_of(made: BinData) -> str:
    """One of GRADES: words that programs can take for names."""
    return made.grade.replace("-", "_")


def _contigs(run: RunData) -> dict[str, Any] | None:
    if run.composition is None:
        return None
    lengths = run.composition.contigs.lengths
    is_long = lengths >= run.composition.min_length
    aside = np.array([contig.length for contig in run.composition.set_aside], dtype=np.int64)
    return {
        **_size(lengths),
        "long": _size(lengths[is_long]),
        "recruits": _size(lengths[~is_long]),
        "set_aside": _size(aside),
    }


def _size(lengths: npt.NDArray[np.int64]) -> dict[str, int]:
    return {"n": len(lengths), "bp": int(lengths.sum())}


def _bins(run: RunData) -> dict[str, Any] | None:
    if run.bins is None or run.contigs is None:
        return None
    bp, total = sum(made.bp for made in run.bins), int(run.contigs.lengths.sum())
    grades = Counter(grade_of(made) for made in run.bins)
    return {
        "n": len(run.bins),
        "bp": bp,
        "share": round(bp / total, 6) if total else 0.0,
        "grades": {grade: grades[grade] for grade in GRADES},
        "list": [_bin(made) for made in run.bins],
    }


def _bin(made: BinData) -> dict[str, Any]:
    return {
        "name": made.name,
        "sample": made.sample or None,
        "contigs": made.n_contigs,
        "bp": made.bp,
        "n50": made.n50,
        "gc": made.gc,
        "completeness": made.completeness,
        "contamination": made.contamination,
        "grade": grade_of(made),
    }


def _markers(run: RunData) -> dict[str, int] | None:
    if run.markers is None:
        return None
    return {"kinds": len(run.markers.names), "found": len(run.markers.marker)}


def _training(run: RunData) -> dict[str, Any] | None:
    """Null too where there were too few contigs to train on, and where another machine has the account of it."""
    step = run.account.get("steps", {}).get("latent")
    if run.latent is None or step is None:
        return None
    settings = step["settings"]
    history = run.history or ()
    last = history[-1] if history else {}
    return {
        "encoder": settings.get("encoder", "vae"),
        "contigs": run.latent.shape[0],
        "dimensions": run.latent.shape[1],
        "epochs": len(history),
        "kept_epoch": next((int(row["epoch"]) for row in history if row["kept"]), None),
        "losses": _losses(last),
        "held_out": _held_out(last, settings),
    }


def _held_out(last: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any] | None:
    losses = _losses(last, "validation_")
    return None if losses is None else {"share": settings.get("validation", 0), "losses": losses}


def _losses(row: Mapping[str, Any], prefix: str = "") -> dict[str, float] | None:
    losses = {name: row.get(prefix + name) for name in TERMS}
    return None if None in losses.values() else losses  # type: ignore[return-value]
