from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from vambx.encode import VAE, Features
from vambx.encode.contrast import JITTER, contrast, views
from vambx.encode.inputs import Inputs

from .simple import QUICK, with_halves

LONGER = replace(QUICK, epochs=20)


def test_by_chance_it_is_one():
    torch.manual_seed(1)
    nowhere = contrast(torch.ones((2 * 64, 8)))
    assert nowhere.shape == (64,)
    torch.testing.assert_close(nowhere, torch.ones(64))


def test_halves_that_find_each_other_cost_nothing():
    own = one_hot(torch.arange(16)).float()
    assert contrast(torch.cat([own, 3 * own])).max() < 0.01  # their lengths do not matter
    swapped = contrast(torch.cat([own, own.flip(0)]))
    assert swapped.min() > 1


def test_it_is_the_cross_entropy_of_both_halves_in_turn():
    torch.manual_seed(2)
    mu = torch.randn((6, 4), dtype=torch.float64)
    unit = (mu / mu.norm(dim=1, keepdim=True)).numpy()
    alike = np.exp(unit[:3] @ unit[3:].T / 0.15)
    own = np.diag(alike)
    expected = -(np.log(own / alike.sum(axis=1)) + np.log(own / alike.sum(axis=0))) / (2 * np.log(3))
    np.testing.assert_allclose(contrast(mu).numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("n", [0, 1])
def test_one_contig_has_nothing_to_be_told_from(n):
    assert contrast(torch.ones((2 * n, 3))).tolist() == [0.0] * n


def test_views_are_both_halves_with_depths_that_waver():
    torch.manual_seed(3)
    inputs = Inputs(torch.tensor([[0.25, 0.75]]).repeat(2000, 1), torch.zeros((2000, 5)), torch.ones((2000, 1)))
    halves, unit = torch.randn((2000, 2, 5)), torch.tensor([2.0])
    seen = views(inputs, halves, unit, JITTER)
    torch.testing.assert_close(seen.tnf, torch.cat([halves[:, 0], halves[:, 1]]))
    torch.testing.assert_close(seen.depths.sum(dim=1), torch.ones(4000))
    ratio = (seen.depths[:, 1] / seen.depths[:, 0] / 3).log()
    assert ratio.std().item() == pytest.approx(2**0.5 * JITTER, rel=0.05)
    assert ratio.mean().item() == pytest.approx(0, abs=0.02)
    assert seen.total.std().item() == pytest.approx(JITTER / 2, rel=0.05)
    assert not torch.equal(seen.total[:2000], seen.total[2000:])
    still = views(inputs, halves, unit, 0.0)
    torch.testing.assert_close(still.depths, inputs.depths.repeat(2, 1))
    torch.testing.assert_close(still.total, inputs.total.repeat(2, 1))


def test_training_brings_halves_together():
    data, genome = with_halves(n_groups=12, per_group=10)
    epochs = []
    model = VAE.of(data, LONGER).fit(data, on_epoch=epochs.append)
    assert epochs[0].training.contrast > 0.8
    assert epochs[-1].training.contrast < 0.7 * epochs[0].training.contrast
    latent = model.transform(data)
    unit = latent / np.linalg.norm(latent, axis=1, keepdims=True)
    cosine, same = unit @ unit.T, genome[:, None] == genome
    assert np.median(cosine[same]) > np.quantile(cosine[~same], 0.9)


@pytest.mark.parametrize(
    ("n_samples", "halves", "given", "counts"),
    [
        (1, True, None, True),
        (2, True, None, False),
        (1, False, None, False),
        (2, True, 0.1, True),
        (1, True, 0.0, False),
    ],
)
def test_by_default_it_counts_with_one_sample_and_known_halves(n_samples, halves, given, counts):
    data, _ = with_halves(n_samples=n_samples)
    if not halves:
        data = Features(data.rpkms, data.tnfs)
    model = VAE.of(data, replace(QUICK, contrast=given)).fit(data)
    assert (model.history.epochs[-1].training.contrast > 0) == counts


def test_without_weight_it_changes_nothing():
    data, _ = with_halves()
    without = Features(data.rpkms, data.tnfs)
    latents = [VAE.of(some, replace(QUICK, contrast=0.0)).fit(some).transform(some) for some in (data, without)]
    np.testing.assert_array_equal(*latents)


def test_asked_for_it_needs_halves():
    data, _ = with_halves()
    data = Features(data.rpkms, data.tnfs)
    with pytest.raises(ValueError, match="nothing is known of the contigs' halves; give the features their fronts"):
        VAE.of(data, replace(QUICK, contrast=0.5)).fit(data)


def test_contigs_held_out_have_it_too():
    data, _ = with_halves()
    epoch = VAE.of(data, replace(LONGER, validation=0.3)).fit(data).history.epochs[-1]
    assert 0 < epoch.validation.contrast < 1
    lone = VAE.of(data, replace(QUICK, validation=0.001)).fit(data).history.epochs[-1]
    assert lone.validation.contrast == 0


def test_it_is_the_same_from_a_memory_mapped_file(tmp_path):
    data, _ = with_halves()
    mapped = []
    for name in ("rpkms", "tnfs", "fronts"):
        np.save(tmp_path / f"{name}.npy", getattr(data, name))
        mapped.append(np.load(tmp_path / f"{name}.npy", mmap_mode="r"))
    there = Features(*mapped[:2], fronts=mapped[2])
    latents = [VAE.of(some, QUICK).fit(some).transform(some) for some in (data, there)]
    np.testing.assert_array_equal(*latents)


def test_blocks_of_a_part_of_memory_have_their_halves():
    data, _ = with_halves(n_groups=20, per_group=100)
    small = replace(LONGER, epochs=4, block_memory=1)  # MB; there are 3.3 of it
    epochs = VAE.of(data, small).fit(data).history.epochs
    assert epochs[-1].training.contrast < epochs[0].training.contrast
