"""Contrast: the halves of a contig are to lie together in latent space, and apart from those of other contigs.

    halves (n, 2, n_tnf), depths and total of the whole, jittered for each half
      -> Encoder    mu of each half                                           (2n, n_latent)
      -> cosine similarities of first to second halves, over TEMPERATURE      (n, n)
      -> cross entropy of each half's own other half among those of the batch (n,)

A network that knows nothing has ln(n); the term is divided by that, so that it is 1 there, as is alpha CE + beta MSE.
Halves differ as contigs of one genome do, which the error of reconstruction alone does not tell the network. It is
worth most where depths tell little: with one sample (`benchmarks/LOG.md`).

Source: cross entropy among pairs: van den Oord et al., Representation Learning with Contrastive Predictive Coding,
2018, arXiv 1807.03748; of both halves in turn: Chen et al., A Simple Framework for Contrastive Learning, 2020, arXiv
2002.05709; halves of contigs: Pan et al., SemiBin2, Bioinformatics 2023, doi 10.1093/bioinformatics/btad209; with
depths, and this temperature: Wang et al., COMEBin, Nat Commun 2024, doi 10.1038/s41467-023-44290-z.
"""

from math import log

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from vambx.encode.inputs import Inputs

TEMPERATURE = 0.15

JITTER = 0.2
"""Standard deviation of the log depths of a genome's contigs, as on most data sets (`benchmarks/LOG.md`)."""


def views(inputs: Inputs, halves: Tensor, total_std: Tensor, jitter: float) -> Inputs:
    """The halves of contigs as the network sees them, all first ones before all second ones.

    Args:
        inputs: of the whole contigs.
        halves: float32 (n, 2, n_tnf), scaled as the whole's.
        total_std: float32 (1,), the unit of the total abundance's logarithm.
        jitter: standard deviation of what is added to log depths, anew for each half.
    """
    depths, total = inputs.depths.repeat(2, 1), inputs.total.repeat(2, 1)
    depths = depths * (jitter * torch.randn_like(depths)).exp()
    total = total + jitter / total_std * torch.randn_like(total)
    return Inputs(depths / depths.sum(dim=1, keepdim=True), torch.cat([halves[:, 0], halves[:, 1]]), total)


def contrast(mu: Tensor) -> Tensor:
    """How little the halves of contigs find each other among all: float32 (n,), about 1 if by chance.

    Args:
        mu: float32 (2n, n_latent), of views.
    """
    n = len(mu) // 2
    if n < 2:
        return mu.new_zeros(n)
    first, second = normalize(mu).chunk(2)
    alike, own = first @ second.T / TEMPERATURE, torch.arange(n, device=mu.device)
    entropies = [cross_entropy(similarities, own, reduction="none") for similarities in (alike, alike.T)]
    return (entropies[0] + entropies[1]) / (2 * log(n))
