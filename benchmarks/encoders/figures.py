"""What an encoder is worth, from the output folder of a run that used it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from vambx.encode import ENCODERS, Features, reconstruction_errors, split_contigs
from vambx.report.run_data import RunData, read_run
from vambx.steps.samples import numbered

_MOST_CONTIGS, _SEED = 10_000, 1  # of the sample that the silhouette is of, as every distance within it is computed


def figures_of(outdir: Path, encoder: str) -> dict[str, float]:
    """`held_out_errors` and, where there is one, the `silhouette` of the bins in latent space."""
    run = read_run(outdir)
    figures = held_out_errors(run, encoder)
    long = run.composition.long
    bins = run.bin_of[long]
    binned = np.flatnonzero(bins >= 0)
    samples = numbered(made.sample for made in run.bins)
    found = silhouette(run.latent[binned], bins[binned], samples[bins[binned]])
    return figures if found is None else figures | {"silhouette": found}


def held_out_errors(run: RunData, encoder: str) -> dict[str, float]:
    """`reconstruction_errors` of the contigs that the model has not seen in training; no `depths` with one sample.

    Raises:
        ValueError: it has seen all of them.
    """
    model = ENCODERS[encoder].load(run.layout.model)
    config = model.about.config  # as it was trained, not as it should have been
    features = Features(run.abundance.rpkm, run.composition.counts, run.composition.long, run.samples)
    _, held_out = split_contigs(len(features), config.validation, config.seed)
    if not len(held_out):
        raise ValueError(f"{run.layout.model}: no contigs were held out")
    errors = reconstruction_errors(model, features.take(held_out))
    return {f"{name}_error": error for name, error in errors._asdict().items() if error is not None}


def silhouette(
    latent: npt.NDArray[np.float32],
    bins: npt.NDArray[np.int64],
    samples: npt.NDArray[np.int64],
    most: int = _MOST_CONTIGS,
) -> float | None:
    """Mean silhouette (cosine) of contigs, each among the bins of its own sample.

    Bins of other samples are left out: they hold the same genomes again, which an encoder should not tell apart.

    Args:
        latent: float32 (n, n_latent).
        bins: int64 (n,), each contig's; those with one contig do not count.
        samples: int64 (n,), each contig's.
        most: contigs looked at; of more, a sample is drawn, always the same.

    Returns:
        None where no sample has two bins.

    Source:
        Rousseeuw, J Comput Appl Math 1987, doi 10.1016/0377-0427(87)90125-7.
    """
    from sklearn.metrics import silhouette_samples  # takes a second to load

    drawn = np.random.default_rng(_SEED).permutation(len(latent))[:most]
    drawn = drawn[np.bincount(bins[drawn])[bins[drawn]] >= 2]
    found = []
    for sample in np.unique(samples[drawn]):
        rows = drawn[samples[drawn] == sample]
        if len(np.unique(bins[rows])) >= 2:
            found.append(silhouette_samples(latent[rows], bins[rows], metric="cosine"))
    return float(np.concatenate(found).mean()) if found else None
