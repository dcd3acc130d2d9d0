"""The loss: alpha CE + beta MSE + gamma KLD, and beside them a term for the total abundance and one for contrast.

Each term is a mean over its vector: CE over the samples, MSE over the TNF features, KLD over the latent dimensions. A
network that knows nothing predicts 1/n for each of n depths and 0 for each z-scored feature; there CE = ln(n)/n and
MSE = 1. With

    alpha = n (1 - mse_ratio) / ln(n)      beta = mse_ratio      gamma = 1 / capacity

alpha CE + beta MSE is 1 there. Relative depths do not tell how much there is of a contig in all; the z-scored log of
the total does, and its squared error is the fourth term, weighed as one more sample: delta = (1 - mse_ratio) / n.
With one sample there is no CE (alpha = 0), and the total is all that the depth says. Contrast (`vambx.encode.contrast`)
is 1 for a network that knows nothing, too, and counts what `contrast` says.
"""

from dataclasses import dataclass
from math import log
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from vambx.encode.contrast import contrast
from vambx.encode.inputs import Inputs
from vambx.encode.networks import Decoded, Latent


class Terms(NamedTuple):
    """The loss and its terms, each float32 (): means over the contigs, weighed by the contigs' weights."""

    loss: Tensor
    ce: Tensor
    mse: Tensor
    kld: Tensor
    total: Tensor
    contrast: Tensor


@dataclass(frozen=True)
class LossWeights:
    """What each term counts; see the module's docstring.

    Attributes:
        alpha: of the cross entropy of the depths.
        beta: of the mean squared error of the TNF.
        gamma: of the Kullback-Leibler divergence.
        delta: of the squared error of the total abundance.
        contrast: of the contrast.
    """

    alpha: float
    beta: float
    gamma: float
    delta: float
    contrast: float = 0.0

    @classmethod
    def of(cls, n_samples: int, mse_ratio: float, capacity: float, contrast: float = 0.0) -> "LossWeights":
        """The weights from the values a user gives and the number of samples."""
        depth_share = 1 - mse_ratio
        alpha = n_samples * depth_share / log(n_samples) if n_samples > 1 else 0.0
        return cls(alpha, mse_ratio, 1 / capacity, depth_share / n_samples, contrast)

    def terms(
        self,
        inputs: Inputs,
        decoded: Decoded,
        latent: Latent,
        weights: Tensor,
        kld_share: float = 1.0,
        halves: Tensor | None = None,
    ) -> Terms:
        """The loss of a batch.

        Args:
            inputs: what went in.
            decoded: what came out.
            latent: what it was made from; without a logsigma there is no KLD.
            weights: float32 (n,), what each contig counts.
            kld_share: how much of gamma the KLD gets.
            halves: float32 (2n, n_latent), mu of the contigs' halves; None: there is no contrast.

        Source:
            KLD of two Gaussians: Kingma & Welling, Auto-Encoding Variational Bayes, 2014, appendix B.
        """
        ce = -(inputs.depths * log_softmax(decoded.depth_logits, dim=1)).mean(dim=1)
        mse = (decoded.tnf - inputs.tnf).square().mean(dim=1)
        total = (decoded.total - inputs.total).square().mean(dim=1)
        kld = _kld(latent)
        contrasted = torch.zeros_like(mse) if halves is None else contrast(halves)
        loss = self.alpha * ce + self.beta * mse + self.gamma * kld_share * kld + self.delta * total
        loss = loss + self.contrast * contrasted
        return Terms(*((term * weights).mean() for term in (loss, ce, mse, kld, total, contrasted)))


def _kld(latent: Latent) -> Tensor:
    mu, logsigma = latent
    if logsigma is None:
        return mu.new_zeros(len(mu))
    return 0.5 * (mu.square() + torch.exp(2 * logsigma) - 2 * logsigma - 1).mean(dim=1)
