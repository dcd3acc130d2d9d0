import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from vambx.config import EncoderConfig
from vambx.encode import VAE, Features, batches, contig_weights, device
from vambx.encode.batches import split_contigs
from vambx.encode.device import multiplies_bfloat16, resolve_device
from vambx.encode.loss import LossWeights
from vambx.encode.train import one_cycle
from vambx.errors import TrainingError, UsageError

from .simple import QUICK, groups


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
    monkeypatch.setattr(device, "multiplies_bfloat16", lambda device: has)
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


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("mode", [lambda: torch.set_grad_enabled(False), lambda: torch.autocast("cpu", torch.bfloat16)])
def test_a_mode_of_torch_that_a_notebook_is_in_changes_nothing(mode, precision):
    plain = trained(precision=precision, validation=0.1)
    with mode():
        np.testing.assert_array_equal(trained(precision=precision, validation=0.1), plain)


@pytest.mark.parametrize(
    ("variable", "value", "threads", "sentence"),
    [
        (
            "OMP_DYNAMIC",
            "TRUE",
            2,
            "OMP_DYNAMIC=true makes torch compute wrong numbers; unset it",
        ),
        ("OMP_THREAD_LIMIT", "1", 2, "OMP_THREAD_LIMIT=1 makes torch compute wrong numbers on 2 threads; unset it"),
        ("OMP_DYNAMIC", "TRUE", 1, None),
        ("OMP_DYNAMIC", "FALSE", 2, None),
        ("OMP_THREAD_LIMIT", "2", 2, None),
    ],
)
def test_openmp_must_give_torch_its_threads(monkeypatch, variable, value, threads, sentence):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setenv(variable, value)
    if sentence is None:
        assert np.isfinite(trained(epochs=1)).all()
    else:
        with pytest.raises(UsageError, match=sentence):
            trained(epochs=1)


def history(seed=0, **settings):
    rpkms, tnfs, _ = groups(seed=seed)
    return fit(rpkms, tnfs, replace(QUICK, **settings))[0].history


def test_contigs_held_out_are_judged_each_epoch_and_not_learnt_from():
    told = history(validation=0.25, epochs=20)
    validation = [epoch.validation for epoch in told.epochs]
    assert len(validation) == 20
    assert validation[-1].loss < validation[0].loss
    assert all(min(losses) >= 0 for losses in validation)
    rpkms, tnfs, _ = groups()
    seen, held_out = split_contigs(len(rpkms), 0.25, QUICK.seed)
    weights = np.ones(len(rpkms), dtype=np.float32)
    before = fit(rpkms, tnfs, replace(QUICK, validation=0.25), weights=weights)[0]
    weights[held_out] = 100
    after = fit(rpkms, tnfs, replace(QUICK, validation=0.25), weights=weights)[0]
    assert all(torch.equal(a, b) for a, b in zip(before.parameters(), after.parameters(), strict=True))
    weights[seen[0]] = 100
    other = fit(rpkms, tnfs, replace(QUICK, validation=0.25), weights=weights)[0]
    assert not all(torch.equal(a, b) for a, b in zip(before.parameters(), other.parameters(), strict=True))


def test_the_validation_loss_is_that_of_the_model_without_noise():
    rpkms, tnfs, _ = groups()
    config = replace(QUICK, validation=0.25, precision="float32")
    model, data = fit(rpkms, tnfs, config)
    contigs = split_contigs(len(data), 0.25, QUICK.seed)[1]
    inputs = model.encoder.scaling(*data.read(contigs))
    latent = model.encoder.encode(inputs)
    weights = LossWeights.of(3, config.mse_ratio_for(3), config.capacity)
    terms = weights.terms(inputs, model.decoder(latent.mu), latent, torch.ones(len(contigs)))
    kept = model.history.epochs[model.history.kept - 1]
    assert kept.validation == pytest.approx([term.item() for term in terms], rel=1e-5)


def test_the_weights_of_the_best_epoch_are_kept():
    told = history(validation=0.25, epochs=40, learning_rate=0.05, schedule="constant", seed=3)
    losses = [epoch.validation.loss for epoch in told.epochs]
    assert told.kept == losses.index(min(losses)) + 1
    assert told.kept < 40  # or else nothing is tested
    assert history().kept == 8


def test_training_ends_when_it_gets_no_better_for_as_long_as_patience_has():
    told = history(validation=0.25, epochs=200, learning_rate=0.05, patience=3)
    assert {epoch.learning_rate for epoch in told.epochs} == {0.05}
    assert len(told.epochs) == told.kept + 3 < 200
    assert {epoch.of for epoch in told.epochs} == {200}


def test_the_weight_of_the_kld_rises_by_a_step_an_epoch():
    assert [epoch.kld_share for epoch in history(kld_warmup=4).epochs] == [0, 0.25, 0.5, 0.75, 1, 1, 1, 1]
    assert [epoch.kld_share for epoch in history().epochs] == [1.0] * 8
    assert history(kld_warmup=8).epochs[3].training.kld > history().epochs[3].training.kld


def test_a_warm_start_goes_on_from_the_weights_and_the_scaling_that_are_there(tmp_path):
    rpkms, tnfs, _ = groups()
    model, data = fit(rpkms, tnfs, replace(QUICK, validation=0.25, epochs=40))
    learnt, before = model.history.epochs[-1].validation.loss, model.transform(data)
    model.save(tmp_path / "model.pt")
    mean = model.encoder.scaling.tnf_mean.clone()
    other = Features(1.1 * rpkms, 1.1 * tnfs)
    loaded = VAE.load(tmp_path / "model.pt", evaluate=False).fit(other, warm_start=True)
    assert loaded.history.epochs[0].training.mse < 0.8 * model.history.epochs[0].training.mse
    assert abs(loaded.history.epochs[0].validation.loss - learnt) < 0.5
    assert torch.equal(loaded.encoder.scaling.tnf_mean, mean)
    assert not np.array_equal(loaded.transform(data), before)
    anew = VAE.load(tmp_path / "model.pt", evaluate=False).fit(data)
    np.testing.assert_array_equal(anew.transform(data), before)


def test_a_constant_schedule_stays():
    assert {epoch.learning_rate for epoch in history(schedule="constant").epochs} == {QUICK.peak_learning_rate}
    assert history().epochs[-1].learning_rate < 0.05 * QUICK.peak_learning_rate


@pytest.mark.parametrize(("optimizer", "rate"), [("adam", 2e-3), ("sgd", None), ("nesterov", None)])
def test_each_optimizer_learns_in_its_own_way(optimizer, rate):
    told = history(optimizer=optimizer, learning_rate=rate, epochs=30)
    assert told.epochs[-1].training.loss < 0.8 * told.epochs[0].training.loss
    others = {"adam", "sgd", "nesterov"} - {optimizer}
    assert all(history(optimizer=other, learning_rate=rate, epochs=30) != told for other in others)


def test_a_loss_that_explodes_ends_training_with_what_to_change():
    words = r"the loss explodes in epoch 1 \(to \S+; knowing nothing costs about 1\); lower --learning-rate \(1\)"
    with pytest.raises(TrainingError, match=words):
        history(learning_rate=1.0, precision="float32", dropout=0.0)


def test_memory_mapped_features_give_the_bits_of_those_in_memory(tmp_path):
    rpkms, tnfs, _ = groups()
    for name, matrix in (("rpkms", rpkms), ("tnfs", tnfs)):
        np.save(tmp_path / f"{name}.npy", matrix)
    mapped = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("rpkms", "tnfs")]
    config = replace(QUICK, validation=0.1)
    in_memory, from_files = fit(rpkms, tnfs, config), fit(*mapped, config)
    np.testing.assert_array_equal(in_memory[0].transform(in_memory[1]), from_files[0].transform(from_files[1]))


def test_training_in_blocks_learns_as_well(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 16)
    rpkms, tnfs, genome = groups(per_group=1000)
    whole, parts = (
        fit(rpkms, tnfs, replace(QUICK, epochs=6, validation=0.1, block_memory=size))[0] for size in (2000, 1)
    )
    assert 4 * 140 * 0.9 * len(genome) > 1e6
    losses = [model.history.epochs[-1].validation.loss for model in (whole, parts)]
    assert losses[0] != losses[1] == pytest.approx(losses[0], rel=0.1)


@pytest.mark.parametrize("n_samples", [1, 2, 500])
@pytest.mark.parametrize("extreme", [0.0, 1e9, 1e-30])
def test_training_on_extreme_depths_stays_finite(n_samples, extreme):
    rpkms, tnfs, _ = groups(n_samples=n_samples)
    rpkms[:] = 0
    rpkms[10:, 0] = extreme
    model, data = fit(rpkms, tnfs, replace(QUICK, validation=0.1, epochs=3))
    assert np.isfinite(model.transform(data)).all()
    assert all(np.isfinite(epoch.training + epoch.validation).all() for epoch in model.history.epochs)


def test_what_is_left_to_train_on_must_be_enough():
    rpkms, tnfs, _ = groups()
    with pytest.raises(ValueError, match="training needs two contigs or more, not 1"):
        fit(rpkms[:2], tnfs[:2], replace(QUICK, validation=0.5))


def test_weights_of_another_number_of_contigs_are_refused():
    rpkms, tnfs, _ = groups()
    with pytest.raises(ValueError, match="weights are 119, and the contigs 120"):
        fit(rpkms, tnfs, QUICK, weights=np.ones(119, dtype=np.float32))


def cuda():
    if not torch.cuda.is_available():
        pytest.skip("needs CUDA")


@pytest.mark.gpu
def test_a_model_trained_on_cuda_encodes_the_same_on_the_cpu(tmp_path):
    cuda()
    rpkms, tnfs, _ = groups()
    model, data = fit(rpkms, tnfs, config=EncoderConfig(n_hidden=(32,), n_latent=4, device="cuda"))
    model.save(tmp_path / "model.pt")
    loaded = VAE.load(tmp_path / "model.pt")
    np.testing.assert_allclose(loaded.transform(data), model.transform(data), rtol=1e-3, atol=1e-4)


@pytest.mark.gpu
def test_a_model_of_the_cpu_encodes_the_same_on_cuda(tmp_path):
    cuda()
    rpkms, tnfs, _ = groups()
    model, data = fit(rpkms, tnfs, QUICK)
    model.save(tmp_path / "model.pt")
    loaded = VAE.load(tmp_path / "model.pt", cuda=True, evaluate=False)
    assert (loaded.device.type, loaded.training) == ("cuda", True)
    np.testing.assert_allclose(loaded.transform(data), model.transform(data), rtol=1e-3, atol=1e-4)


@pytest.mark.gpu
def test_a_training_on_cuda_goes_on_from_its_checkpoint(tmp_path):
    cuda()
    rpkms, tnfs, _ = groups()
    config = replace(QUICK, device="cuda", checkpoint_epochs=1)
    whole, data = fit(rpkms, tnfs, config)
    fit(rpkms, tnfs, config, checkpoint=tmp_path / "checkpoint.pt")
    goes_on, _ = fit(rpkms, tnfs, config, checkpoint=tmp_path / "checkpoint.pt")
    np.testing.assert_allclose(goes_on.transform(data), whole.transform(data), rtol=1e-3, atol=1e-4)
