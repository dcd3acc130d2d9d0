from math import log

import pytest
import torch

from vambx.encode.inputs import Inputs
from vambx.encode.loss import LossWeights
from vambx.encode.networks import Decoded, Latent


def naive(n_samples, n_contigs=512, n_tnf=136):
    """Inputs, and what a network that knows nothing makes of them."""
    generator = torch.Generator().manual_seed(1)
    depths = torch.rand((n_contigs, n_samples), generator=generator)
    tnf = torch.randn((n_contigs, n_tnf), generator=generator)
    total = torch.randn((n_contigs, 1), generator=generator)
    tnf, total = ((x - x.mean(0)) / x.std(0, correction=0) for x in (tnf, total))
    inputs = Inputs(depths / depths.sum(1, keepdim=True), tnf, total)
    return inputs, Decoded(*(torch.zeros_like(part) for part in inputs)), torch.ones(n_contigs)


@pytest.mark.parametrize("n_samples", [2, 3, 10, 100])
@pytest.mark.parametrize("mse_ratio", [0.1, 0.5])
def test_alpha_ce_and_beta_mse_of_the_naive_network_are_one(n_samples, mse_ratio):
    inputs, decoded, ones = naive(n_samples)
    weights = LossWeights.of(n_samples, mse_ratio, capacity=100)
    zeros = torch.zeros((len(ones), 8))
    terms = weights.terms(inputs, decoded, Latent(zeros, zeros), ones)
    assert terms.ce.item() == pytest.approx(log(n_samples) / n_samples, rel=1e-5)
    assert terms.mse.item() == pytest.approx(1, rel=1e-5)
    assert weights.alpha * terms.ce.item() + weights.beta * terms.mse.item() == pytest.approx(1, rel=1e-5)
    assert weights.beta * terms.mse.item() == pytest.approx(mse_ratio, rel=1e-5)
    assert terms.kld.item() == 0


def test_with_one_sample_the_total_takes_the_place_of_ce():
    inputs, decoded, ones = naive(1)
    weights = LossWeights.of(1, mse_ratio=0.4, capacity=100)
    zeros = torch.zeros((len(ones), 8))
    terms = weights.terms(inputs, decoded, Latent(zeros, zeros), ones)
    assert weights.alpha == 0
    assert weights.delta * terms.total.item() == pytest.approx(0.6, rel=1e-5)
    assert terms.loss.item() == pytest.approx(1, rel=1e-5)


def test_kld_is_that_of_two_gaussians():
    mu, logsigma = torch.randn((5, 3)), torch.randn((5, 3))
    latent = torch.distributions.Normal(mu, logsigma.exp())
    expected = torch.distributions.kl_divergence(latent, torch.distributions.Normal(0.0, 1.0)).mean()
    inputs, decoded, _ = naive(2, n_contigs=5)
    weights = LossWeights.of(2, 0.5, capacity=7)
    terms = weights.terms(inputs, decoded, Latent(mu, logsigma), torch.ones(5))
    assert terms.kld.item() == pytest.approx(expected.item(), rel=1e-5)
    assert weights.gamma == pytest.approx(1 / 7)


def test_a_share_of_the_kld_is_a_share_of_its_weight():
    inputs, decoded, ones = naive(2, n_contigs=5)
    latent = Latent(torch.randn((5, 3)), torch.randn((5, 3)))
    weights = LossWeights.of(2, 0.5, capacity=7)
    none, half, whole = (weights.terms(inputs, decoded, latent, ones, share) for share in (0.0, 0.5, 1.0))
    assert none.kld == half.kld == whole.kld > 0
    assert (half.loss - none.loss).item() == pytest.approx(whole.kld.item() / 14, rel=1e-4)
    assert (whole.loss - none.loss).item() == pytest.approx(whole.kld.item() / 7, rel=1e-4)


def test_contrast_counts_what_its_weight_says():
    inputs, decoded, ones = naive(1, n_contigs=5)
    zeros, halves = torch.zeros((5, 3)), torch.randn((10, 3))
    without = LossWeights.of(1, 0.5, capacity=7).terms(inputs, decoded, Latent(zeros, zeros), ones)
    terms = LossWeights.of(1, 0.5, 7, contrast=0.25).terms(inputs, decoded, Latent(zeros, zeros), ones, halves=halves)
    assert without.contrast == 0 < terms.contrast
    assert (terms.loss - without.loss).item() == pytest.approx(0.25 * terms.contrast.item(), rel=1e-4)


def test_without_uncertainty_there_is_no_kld():
    inputs, decoded, ones = naive(2, n_contigs=5)
    latent = Latent(torch.randn((5, 3)), None)
    assert LossWeights.of(2, 0.5, capacity=7).terms(inputs, decoded, latent, ones).kld == 0


def test_a_contig_counts_as_its_weight_says():
    inputs, decoded, _ = naive(3, n_contigs=4)
    zeros = torch.zeros((4, 2))
    weights = LossWeights.of(3, 0.5, 10)
    alone = weights.terms(
        inputs.take(torch.tensor([0])), Decoded(*(p[:1] for p in decoded)), Latent(zeros[:1], zeros[:1]), torch.ones(1)
    )
    per_contig = torch.tensor([4.0, 0.0, 0.0, 0.0])
    assert weights.terms(inputs, decoded, Latent(zeros, zeros), per_contig).loss.item() == pytest.approx(
        alone.loss.item(), rel=1e-5
    )
