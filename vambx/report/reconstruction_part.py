"""How contigs come back from their latent vectors: some of them, and the errors of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError
from vambx.features.abundance import Abundance
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.features.kmers import KMERS
from vambx.report.numbers import rounded, significant
from vambx.report.run_data import BinData, RunData

Floats = npt.NDArray[np.float32]

N_JUDGED = 2000  # contigs whose errors are counted
N_MEDOIDS, N_WORST, N_TYPICAL = 30, 10, 10  # contigs that are shown


@dataclass(frozen=True)
class InAndOut:
    """What went into the model of n contigs, and what came out.

    Attributes:
        rows: int64 (n,), rows of the contigs.
        depths: two float32 (n, n_samples), each row sums to 1.
        tnf: two float32 (n, 136), z-scored.
        total: two float32 (n, 1), log of the abundance summed over samples, natural.
        frequencies: two float32 (n, 136), shares of each 4-mer; what came out need not sum to 1.
    """

    rows: npt.NDArray[np.int64]
    depths: tuple[Floats, Floats]
    tnf: tuple[Floats, Floats]
    total: tuple[Floats, Floats]
    frequencies: tuple[Floats, Floats]

    @property
    def errors(self) -> dict[str, Floats]:
        """Of each contig: depth in the wrong sample (share), composition (mean square), total (factor)."""
        (depths, depths_out), (tnf, tnf_out), (total, total_out) = self.depths, self.tnf, self.total
        return {
            "depths": np.abs(depths - depths_out).sum(axis=1) / 2,
            "tnf": np.square(tnf - tnf_out).mean(axis=1),
            "total": np.exp(np.abs(total - total_out)[:, 0]),
        }


def encoders_shown(run: RunData) -> list[dict[str, str]]:
    """Errors of the encoders that were compared, as the page says them; none if they were not."""
    names = {"vae": "Variational autoencoder", "dae": "Denoising autoencoder", "pca": "Principal components"}
    return [
        {
            "encoder": names.get(row["encoder"], row["encoder"]),
            "held_out": f"{row['held_out']:,.0f}",
            **{part: _percent(row[f"{part}_error"]) for part in ("composition", "depths", "total")},
        }
        for row in run.encoders or ()
    ]


def _percent(error: float | None) -> str:
    return "" if error is None else f"{100 * error:.3g}%"


def reconstruction_table(run: RunData) -> dict[str, Any]:
    """Contigs in and out, and the distribution of the errors; `said` is why there are none, if so."""
    if run.latent is None or run.composition is None or run.abundance is None:
        return {"said": "There is no trained model, so nothing comes back from it."}
    try:
        found = _reconstruct(run, run.composition, run.abundance)
    except InputError as error:
        return {"said": f"{error}."}
    labels, at = _chosen(run.bins or (), run.composition.contigs, found)
    table: dict[str, Any] = {
        "said": "",
        "n_judged": len(found.rows),
        "kmers": list(KMERS),
        "contigs": [run.composition.contigs.names[row] for row in found.rows[at]],
        "labels": labels,
        "errors": {name: _distribution(values) for name, values in found.errors.items()},
        "error_of": {name: significant(values[at], 3) for name, values in found.errors.items()},
        "depths": [rounded(part[at], 4) for part in found.depths],
        "tnf": [rounded(100 * part[at], 3) for part in found.frequencies],
    }
    return table


def _reconstruct(run: RunData, composition: Composition, abundance: Abundance) -> InAndOut:
    """Send contigs through the model: medoids, and others at random."""
    from vambx.encode import ENCODERS, Features  # torch takes a second to load

    step = run.account.get("steps", {}).get("latent", {}).get("settings", {})
    try:
        model = ENCODERS[step.get("encoder", "vae")].load(run.layout.model)
    except InputError as error:
        raise InputError(f"The model cannot be read ({error}); it may be of an older version of vambx") from error
    rows = _judged(run.bins or (), composition)
    features, scaling = Features(abundance.rpkm, composition.counts, rows, run.samples), model.scaling
    try:
        out = model.reconstruct(features)
    except ValueError as error:
        raise InputError(f"The model does not fit ({error})") from error
    parts = [scaling(*part) for part in features.iter_parts()]
    depths, tnf, total = (np.concatenate([part[i].numpy() for part in parts]) for i in range(3))
    mean, spread = scaling.tnf_mean.numpy(), scaling.tnf_std.numpy()
    middle, width = scaling.total_mean.numpy(), scaling.total_std.numpy()
    return InAndOut(
        rows,
        (depths, out.depths),
        (tnf, out.tnf),
        (total * width + middle, out.total * width + middle),
        (tnf * spread + mean, out.tnf * spread + mean),
    )


def _judged(bins: Sequence[BinData], composition: Composition) -> npt.NDArray[np.int64]:
    """Rows of the contigs that go through the model, ascending."""
    contigs, long = composition.contigs, composition.long
    drawn = np.random.default_rng(1).choice(long, min(N_JUDGED, len(long)), replace=False)
    medoids = [contigs.row[made.medoid] for made in bins[:N_MEDOIDS]]
    return np.union1d(drawn, np.array(medoids, dtype=np.int64))


def _chosen(bins: Sequence[BinData], contigs: Contigs, found: InAndOut) -> tuple[list[str], npt.NDArray[np.int64]]:
    """What the contigs that are shown stand for, and where they are among those judged."""
    place = {int(row): i for i, row in enumerate(found.rows)}
    chosen = {place[contigs.row[made.medoid]]: f"medoid of {made.name}" for made in bins[:N_MEDOIDS]}
    errors = found.errors
    worst = np.argsort(-(errors["tnf"] + errors["depths"]), kind="stable")
    for at in worst[:N_WORST].tolist():
        chosen.setdefault(at, "among those that come back worst")
    for at in np.random.default_rng(2).permutation(len(worst))[:N_TYPICAL].tolist():
        chosen.setdefault(at, "drawn at random")
    return list(chosen.values()), np.array(list(chosen), dtype=np.int64)


def _distribution(values: Floats) -> dict[str, Any]:
    """A histogram of numbers from the least that there can be on; the few largest are in its last bar."""
    low, high = (1.0 if values.min() >= 1 else 0.0), float(np.quantile(values, 0.995))
    high = high if high > low else low + 1.0
    counts, edges = np.histogram(np.minimum(values, high), 40, (low, high))
    return {"counts": counts.tolist(), "edges": significant(edges), "median": float(f"{np.median(values):.3g}")}
