"""The one protocol of all encoders, and each half of an autoencoder alone."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from builders import sentence
from sklearn import decomposition

from vambx import __version__
from vambx.encode import DAE, ENCODERS, PCA, VAE, Decoder, Encoder, Features
from vambx.errors import InputError
from vambx.features.kmers import KMERS

from .simple import QUICK, features, groups

LONGER = replace(QUICK, epochs=30)


@pytest.fixture(scope="module", params=ENCODERS)
def fitted(request):
    data = features()
    return ENCODERS[request.param].of(data, LONGER).fit(data), data


def in_units(model, data):
    """The inputs as the model sees them."""
    scaling = model.scaling if isinstance(model, PCA) else model.encoder.scaling
    return scaling(*data.read(slice(None)))


def test_a_genome_s_contigs_lie_together(fitted):
    model, data = fitted
    latent = model.transform(data)
    genome = groups()[2]
    centres = np.array([latent[genome == i].mean(axis=0) for i in range(3)])
    nearest = np.linalg.norm(latent[:, None] - centres, axis=2).argmin(axis=1)
    assert (latent.shape, latent.dtype) == ((120, 4), np.float32)
    assert (nearest == genome).mean() > 0.95


def test_what_comes_back_is_nearer_than_knowing_nothing(fitted):
    model, data = fitted
    back, inputs = model.reconstruct(data), in_units(model, data)
    np.testing.assert_allclose(back.depths.sum(axis=1), 1, rtol=1e-5)
    assert np.square(back.tnf - inputs.tnf.numpy()).mean() < 0.8
    assert np.square(back.total - inputs.total.numpy()).mean() < 0.8
    depths = inputs.depths.numpy()
    assert np.square(back.depths - depths).mean() < 0.6 * np.square(depths - 1 / 3).mean()


def test_after_saving_and_loading_all_is_equal(fitted, tmp_path):
    model, data = fitted
    kind = type(model)
    for file in (tmp_path / "model.pt", str(tmp_path / "again.pt"), io.BytesIO()):
        model.save(file)
        if isinstance(file, io.BytesIO):
            file.seek(0)
        loaded = kind.load(file)
        np.testing.assert_array_equal(loaded.transform(data), model.transform(data))
        for after, before in zip(loaded.reconstruct(data), model.reconstruct(data), strict=True):
            np.testing.assert_array_equal(after, before)
        assert loaded.about == model.about


def test_a_file_is_the_same_bytes_for_the_same_model(fitted):
    model, _ = fitted
    first, second = io.BytesIO(), io.BytesIO()
    model.save(first)
    first.seek(0)
    type(model).load(first).save(second)
    assert first.getvalue() == second.getvalue()


def test_a_file_says_what_the_model_is_for(fitted, tmp_path):
    data = features()
    named = Features(data.rpkms, data.tnfs, sample_names=("gut", "soil", "sea"))
    model = type(fitted[0]).of(named, replace(QUICK, capacity=7.0)).fit(named)
    model.save(tmp_path / "model.pt")
    about = json.loads(torch.load(tmp_path / "model.pt", weights_only=True)["about"])
    assert about["kind"] == model.kind
    assert about["vambx"] == __version__
    assert (about["n_samples"], about["sample_names"]) == (3, ["gut", "soil", "sea"])
    assert about["tnf_names"] == list(KMERS)
    assert about["config"] == replace(QUICK, capacity=7.0, encoder=model.kind).to_table()


@pytest.mark.parametrize(("n_samples", "n_tnf"), [(4, 136), (3, 103)])
def test_other_numbers_of_samples_or_features_are_refused_with_both(fitted, n_samples, n_tnf):
    model, _ = fitted
    other = Features(np.ones((5, n_samples), dtype=np.float32), np.ones((5, n_tnf), dtype=np.float32))
    words = f"the model is for 3 samples and 136 TNF features, and got {n_samples} and {n_tnf}"
    for use in (model.transform, model.reconstruct, model.fit):
        with pytest.raises(ValueError, match=words):
            use(other)


def test_samples_in_another_order_are_refused():
    data = features()
    names, other = ("gut", "soil", "sea"), ("gut", "sea", "soil")
    model = VAE.of(Features(data.rpkms, data.tnfs, sample_names=names), QUICK)
    words = "the model is for other samples, or in another order: soil, where sea was given"
    with pytest.raises(ValueError, match=words):
        model.transform(Features(data.rpkms, data.tnfs, sample_names=other))
    assert model.transform(data).shape == (120, 4)  # without names they are taken as they come
    kmers = ("AAAA", "TTTT", *KMERS[2:])
    with pytest.raises(ValueError, match="other TNF features, or in another order: AAAC, where TTTT was given"):
        model.transform(Features(data.rpkms, data.tnfs, sample_names=names, tnf_names=kmers))


def test_a_latent_of_another_width_is_refused_with_both():
    decoder = VAE.of(features(), QUICK).decoder
    with pytest.raises(ValueError, match="the decoder is for 4 latent dimensions, and got 7"):
        decoder(torch.ones((3, 7)))


def test_one_contig_is_too_few(fitted):
    one = Features(np.ones((1, 3), dtype=np.float32), np.ones((1, 136), dtype=np.float32))
    with pytest.raises(ValueError, match="training needs two contigs or more, not 1"):
        type(fitted[0]).of(one, QUICK).fit(one)


def test_fitting_again_begins_anew(fitted):
    model, data = fitted
    before = model.transform(data)
    again = type(model).of(data, LONGER).fit(data).fit(data)
    np.testing.assert_array_equal(again.transform(data), before)


def test_making_and_loading_a_model_leaves_random_numbers_alone(fitted, tmp_path):
    model, data = fitted
    model.save(tmp_path / "model.pt")
    state = torch.get_rng_state()
    type(model).of(data, QUICK)
    type(model).load(tmp_path / "model.pt")
    assert torch.equal(torch.get_rng_state(), state)


def test_a_model_of_another_kind_is_refused(tmp_path):
    data = features()
    PCA.of(data, QUICK).fit(data).save(tmp_path / "model.pt")
    problem, remedy = "holds a model of kind 'pca', not vae", "load it by the class of its kind"
    with pytest.raises(InputError, match=sentence(tmp_path / "model.pt", problem, remedy)):
        VAE.load(tmp_path / "model.pt")


def test_the_encoder_alone_gives_mu_and_the_decoder_alone_what_comes_out(tmp_path):
    rpkms, tnfs, _ = groups()
    data = Features(rpkms, tnfs)
    model = VAE.of(data, QUICK).fit(data)
    model.encoder.save(tmp_path / "encoder.pt")
    model.decoder.save(tmp_path / "decoder.pt")
    encoder, decoder = Encoder.load(tmp_path / "encoder.pt"), Decoder.load(tmp_path / "decoder.pt")
    with torch.no_grad():
        depths_out, tnf_out, mu, logsigma = model(torch.from_numpy(rpkms), torch.from_numpy(tnfs))
        latent = encoder(torch.from_numpy(rpkms), torch.from_numpy(tnfs))
        decoded = decoder(latent.mu)
    assert torch.equal(latent.mu, mu)
    assert torch.equal(latent.logsigma, logsigma)
    assert torch.equal(decoded.depth_logits.softmax(dim=1), depths_out)
    assert torch.equal(decoded.tnf, tnf_out)
    with pytest.raises(InputError, match="holds a model of kind 'decoder', not encoder"):
        Encoder.load(tmp_path / "decoder.pt")
    with pytest.raises(ValueError, match="for 3 samples and 136 TNF features, and got 2 and 136"):
        encoder(torch.ones((1, 2)), torch.ones((1, 136)))


def test_a_denoising_autoencoder_hides_inputs_in_training_alone():
    data = features()
    model = DAE.of(data, replace(QUICK, noise=0.5, dropout=0.0))
    model.encoder.scaling.fit(data.iter_parts())
    given = [torch.from_numpy(matrix) for matrix in (data.rpkms, data.tnfs)]
    seen = []
    model.encoder.hidden.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    for mode in (True, False):
        model.train(mode)(*given)
    whole = torch.cat(model.encoder.scaling(*given), dim=1)
    hidden = (seen[0] == 0) & (whole != 0)
    assert hidden.double().mean().item() == pytest.approx(0.5, abs=0.02)
    assert torch.equal(seen[0][~hidden], whole[~hidden])
    assert torch.equal(seen[1], whole)


def test_a_denoising_autoencoder_knows_no_uncertainty():
    data = features()
    model = DAE.of(data, QUICK).fit(data)
    assert model(*data.read(slice(None)))[3] is None
    assert {epoch.training.kld for epoch in model.history.epochs} == {0.0}
    first, last = model.history.epochs[0].training, model.history.epochs[-1].training
    assert last.mse < first.mse
    assert last.ce < first.ce


def test_gradients_reach_every_parameter_of_a_denoising_autoencoder():
    data = features()
    model = DAE.of(data, QUICK)
    _, tnf_out, mu, _ = model(*data.read(slice(None)))
    (tnf_out.square().sum() + mu.square().sum()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_principal_components_are_those_of_the_inputs_weighed_as_in_the_loss():
    data = features()
    model = PCA.of(data, QUICK).fit(data)
    inputs = in_units(model, data)
    spread = model.spread.numpy()
    variances = np.split((torch.cat(inputs, dim=1).numpy() * spread).var(axis=0), [3, 139])
    assert [part.sum() for part in variances] == pytest.approx([0.85, 0.15, 0.85 / 3], rel=1e-4)
    expected = decomposition.PCA(4).fit_transform(torch.cat(inputs, dim=1).numpy() * spread)
    latent = model.transform(data)
    np.testing.assert_allclose(np.abs(latent), np.abs(expected), atol=1e-4)


def test_with_one_sample_depths_say_nothing():
    data = features(n_samples=1)
    model = PCA.of(data, QUICK).fit(data)
    assert model.spread[0] == 0
    np.testing.assert_array_equal(model.reconstruct(data).depths, 1)


def test_components_of_blocks_are_near_those_of_the_whole():
    data = features(per_group=800, n_samples=5)
    whole, parts = (PCA.of(data, replace(QUICK, block_memory=size)).fit(data) for size in (2000, 1))
    assert 4 * 142 * len(data) > 1e6
    for i in range(2):
        assert abs(whole.components[i] @ parts.components[i]) > 0.999


def test_more_components_than_contigs_are_zeros():
    rng = np.random.default_rng(1)
    few = Features(rng.random((5, 2), dtype=np.float32), rng.random((5, 136), dtype=np.float32))
    latent = PCA.of(few, replace(QUICK, n_latent=12)).fit(few).transform(few)
    assert latent.shape == (5, 12)
    assert (latent[:, 5:] == 0).all()
    assert latent[:, :4].any()
