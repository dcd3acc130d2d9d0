import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from vambx.config import EncoderConfig
from vambx.encode import VAE, Features, contig_weights, train
from vambx.encode.device import multiplies_bfloat16, resolve_device
from vambx.encode.train import one_cycle
from vambx.errors import TrainingError, UsageError

QUICK = EncoderConfig(n_hidden=(32,), n_latent=4, epochs=8, device="cpu")


def groups(n_groups=3, per_group=40, n_samples=3, seed=0):
    """Features of contigs of a few genomes: rpkms, tnfs, genome of each."""
    rng = np.random.default_rng(seed)
    genome = np.repeat(np.arange(n_groups), per_group)
    depth = rng.lognormal(2, 1, (n_groups, n_samples))[genome] * rng.lognormal(0, 0.1, (len(genome), n_samples))
    tnf = rng.dirichlet(np.ones(136), n_groups)[genome] + rng.normal(0, 3e-4, (len(genome), 136))
    return depth.astype(np.float32), tnf.astype(np.float32), genome


def fit(rpkms, tnfs, config, **how):
    """A trained VAE, and the features it was trained on."""
    features = Features(rpkms, tnfs)
    return VAE.of(features, config).fit(features, **how), features


@pytest.mark.parametrize("n_samples", [1, 2, 5])
def test_training_learns_and_brings_a_genome_s_contigs_together(n_samples):
    rpkms, tnfs, genome = groups(n_samples=n_samples)
    losses = []
    model, data = fit(rpkms, tnfs, config=EncoderConfig(n_hidden=(64,), n_latent=8), on_epoch=losses.append)
    assert losses[-1].training.mse < 0.3 * losses[0].training.mse
    assert losses[-1].training.loss < losses[0].training.loss
    latent = model.transform(data)
    unit = latent / np.linalg.norm(latent, axis=1, keepdims=True)
    cosine = unit @ unit.T
    same = genome[:, None] == genome
    assert np.median(cosine[same]) > 0.7 > 0.3 > np.median(cosine[~same])
    assert np.quantile(cosine[same], 0.05) > np.quantile(cosine[~same], 0.95)


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    rpkms, tnfs, _ = groups()
    latents = []
    for seed in (1, 1, 2):
        model, data = fit(rpkms, tnfs, config=EncoderConfig(n_hidden=(32,), n_latent=4, epochs=8, seed=seed))
        latents.append(model.transform(data))
    np.testing.assert_array_equal(latents[0], latents[1])
    assert not np.array_equal(latents[0], latents[2])


def trained(**settings):
    rpkms, tnfs, _ = groups()
    model, data = fit(rpkms, tnfs, config=replace(QUICK, **settings))
    return model.transform(data)


def test_bfloat16_is_near_float32_and_not_it():
    full, half = trained(precision="float32"), trained(precision="bfloat16")
    assert half.dtype == np.float32
    assert not np.array_equal(full, half)
    assert np.corrcoef(full.ravel(), half.ravel())[0, 1] > 0.95


@pytest.mark.parametrize(("has", "like"), [(True, "bfloat16"), (False, "float32")])
def test_auto_takes_what_the_processor_multiplies(monkeypatch, has, like):
    monkeypatch.setattr(train, "multiplies_bfloat16", lambda device: has)
    np.testing.assert_array_equal(trained(precision="auto"), trained(precision=like))


@pytest.mark.parametrize(
    ("capabilities", "want"), [({}, False), ({"avx512_bf16": False}, False), ({"amx_bf16": True}, True)]
)
def test_processors_are_asked_for_bfloat16(monkeypatch, capabilities, want):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert multiplies_bfloat16(torch.device("cpu")) is want


def test_an_old_torch_knows_no_bfloat16(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not multiplies_bfloat16(torch.device("cpu"))


def test_what_comes_last_is_not_rounded():
    rpkms, tnfs, _ = groups()
    model, data = fit(rpkms, tnfs, config=QUICK)
    with torch.autocast("cpu", torch.bfloat16):
        mu, logsigma = model.encoder(*data.read(slice(None)))
        decoded = model.decoder(mu)
    assert {part.dtype for part in (mu, logsigma, *decoded)} == {torch.float32}


def test_global_random_state_stays_as_it_was():
    rpkms, tnfs, _ = groups()
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    fit(rpkms, tnfs, config=QUICK)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])
    assert random.getstate() == before[2]


def test_logsigma_is_learnt():
    rpkms, tnfs, _ = groups()
    model, data = fit(rpkms, tnfs, config=EncoderConfig(n_hidden=(32,), n_latent=4))
    logsigma = model.encoder(*data.read(slice(None))).logsigma
    assert logsigma.std() > 0.01


def test_every_epoch_is_told_with_its_number_and_terms():
    rpkms, tnfs, _ = groups()
    told = []
    fit(rpkms, tnfs, config=QUICK, on_epoch=told.append)
    assert [(epoch.number, epoch.of) for epoch in told] == [(i, 8) for i in range(1, 9)]
    assert all(min(epoch.training) >= 0 for epoch in told)
    assert {epoch.validation for epoch in told} == {None}


def test_few_contigs_are_seen_in_more_epochs():
    rpkms, tnfs, _ = groups(n_groups=2, per_group=20)
    told = []
    fit(rpkms, tnfs, config=EncoderConfig(n_hidden=(8,), n_latent=2), on_epoch=told.append)
    assert len(told) > 100


def test_a_loss_that_is_not_finite_ends_training_with_what_to_change():
    rpkms, tnfs, _ = groups()
    with pytest.raises(TrainingError, match=r"no longer finite in epoch \d+; lower --learning-rate"):
        fit(rpkms, tnfs, config=EncoderConfig(n_hidden=(8,), n_latent=2, learning_rate=1e30, epochs=5))


@pytest.mark.parametrize(
    ("rpkms", "tnfs", "words"),
    [
        (np.ones((5, 2)), np.ones((4, 136)), "same number of rows"),
        (np.ones((1, 2)), np.ones((1, 136)), "two contigs or more"),
        (np.full((5, 2), np.nan), np.ones((5, 136)), "finite"),
        (np.full((5, 2), -1), np.ones((5, 136)), "not negative"),
        (np.ones((5, 2)), np.full((5, 136), np.inf), "finite"),
    ],
)
def test_matrices_that_cannot_be_are_refused(rpkms, tnfs, words):
    with pytest.raises(ValueError, match=words):
        fit(rpkms.astype(np.float32), tnfs.astype(np.float32), config=QUICK)


def test_the_learning_rate_rises_then_falls_to_nothing():
    shares = [one_cycle(step / 100) for step in range(100)]
    assert shares[0] > 0
    assert max(shares) == pytest.approx(1, abs=0.01)
    assert shares.index(max(shares)) == pytest.approx(10, abs=1)
    assert shares[-1] < 0.01


def test_long_contigs_count_more():
    weights = contig_weights(np.array([500, 2000, 100_000]))
    assert weights.mean() == pytest.approx(1)
    assert weights[0] < weights[1] < weights[2]


@pytest.mark.skipif(torch.cuda.is_available(), reason="CUDA is there")
def test_cuda_that_is_absent_is_refused():
    with pytest.raises(UsageError, match="no CUDA device is to be had here; use --device cpu"):
        resolve_device("cuda")


@pytest.mark.gpu
def test_a_model_trained_on_cuda_encodes_the_same_on_the_cpu(tmp_path):
    if not torch.cuda.is_available():
        pytest.skip("needs CUDA")
    rpkms, tnfs, _ = groups()
    model, data = fit(rpkms, tnfs, config=EncoderConfig(n_hidden=(32,), n_latent=4, device="cuda"))
    model.save(tmp_path / "model.pt")
    loaded = VAE.load(tmp_path / "model.pt")
    np.testing.assert_allclose(loaded.transform(data), model.transform(data), rtol=1e-3, atol=1e-4)
