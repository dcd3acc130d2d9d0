"""How well contigs come back from their latent vectors."""

from typing import NamedTuple

import numpy as np

from vambx.encode.encoders import ContigEncoder
from vambx.encode.features import ROWS_AT_ONCE, Features


class ReconstructionErrors(NamedTuple):
    """Squared errors over those of a model that knows nothing: 1 for that, 0 for a perfect one.

    That model says of every contig that it is as deep in one sample as in another, and else the mean of all contigs.

    Attributes:
        depths: of the relative depths; None with one sample, where they say nothing.
        composition: of the z-scored TNF.
        total: of the z-scored log of the abundance summed over samples.
    """

    depths: float | None
    composition: float
    total: float


def reconstruction_errors(model: ContigEncoder, features: Features) -> ReconstructionErrors:
    """What a model loses of contigs.

    Args:
        model: fitted.
        features: of contigs, those held out, say: `features.take(held_out)` with what `split_contigs` gives.

    Raises:
        ValueError: other samples or TNF features than the model is for.
    """
    lost, naive = np.zeros(3), np.zeros(3)
    for start in range(0, len(features), ROWS_AT_ONCE):
        part = features.take(np.arange(start, min(start + ROWS_AT_ONCE, len(features))))
        device = model.scaling.tnf_mean.device
        inputs = model.scaling(*(values.to(device) for values in part.read(slice(None))))
        knowing_nothing = (1 / features.n_samples, 0.0, 0.0)
        for i, (values, back) in enumerate(zip(inputs, model.reconstruct(part), strict=True)):
            true = values.cpu().double().numpy()
            lost[i] += np.square(back - true).sum()
            naive[i] += np.square(knowing_nothing[i] - true).sum()
    depths, composition, total = (lost / np.maximum(naive, np.finfo(float).tiny)).tolist()
    return ReconstructionErrors(depths if features.n_samples > 1 else None, composition, total)
