import io

import numpy as np
import pytest
import torch

from vambx.config import EncoderConfig
from vambx.encode import VAE, Features
from vambx.encode.features import ROWS_AT_ONCE
from vambx.encode.networks import Dropout
from vambx.errors import InputError


def small(n_samples=3):
    generator = torch.Generator().manual_seed(3)
    rpkms = torch.rand((50, n_samples), generator=generator) * 100
    tnfs = torch.rand((50, 136), generator=generator)
    model = VAE.of(Features(rpkms.numpy(), tnfs.numpy()), EncoderConfig(n_hidden=(16,), n_latent=4))
    model.encoder.scaling.fit([(rpkms, tnfs)])
    return model, rpkms, tnfs


def test_outputs_have_their_shapes_and_depths_sum_to_one():
    model, rpkms, tnfs = small()
    depths_out, tnf_out, mu, logsigma = model.eval()(rpkms, tnfs)
    assert depths_out.shape == (50, 3)
    assert tnf_out.shape == (50, 136)
    assert mu.shape == logsigma.shape == (50, 4)
    torch.testing.assert_close(depths_out.sum(1), torch.ones(50))


def test_gradients_reach_every_parameter():
    model, rpkms, tnfs = small()
    latent, drawn = model.draw(model.encoder.scaling(rpkms, tnfs))
    decoded = model.decoder(drawn)
    (sum(part.square().sum() for part in decoded) + latent.mu.square().sum()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@pytest.mark.parametrize("n_samples", [1, 2, 500])
@pytest.mark.parametrize("extreme", [0.0, 1e9, 1e-30])
def test_extreme_depths_stay_finite(n_samples, extreme):
    model, rpkms, tnfs = small(n_samples)
    rpkms[:] = 0
    rpkms[10:, 0] = extreme
    model.encoder.scaling.fit([(rpkms, tnfs)])
    assert all(torch.isfinite(part).all() for part in model.encoder.scaling(rpkms, tnfs))
    assert all(torch.isfinite(part).all() for part in model(rpkms, tnfs))


def test_scaled_features_have_mean_zero_and_spread_one():
    model, rpkms, tnfs = small()
    tnfs[:, 7] = 0.25
    model.encoder.scaling.fit([(rpkms, tnfs)])
    inputs = model.encoder.scaling(rpkms, tnfs)
    assert inputs.tnf.mean(0).abs().max() < 1e-4
    assert (inputs.tnf[:, 7] == 0).all()
    torch.testing.assert_close(inputs.total.std(correction=0), torch.tensor(1.0))


@pytest.mark.parametrize("where", ["path", "file"])
def test_mu_is_equal_after_saving_and_loading(where, tmp_path):
    model, rpkms, tnfs = small()
    _, _, before, _ = model.eval()(rpkms, tnfs)
    file = tmp_path / "model.pt" if where == "path" else io.BytesIO()
    model.save(file)
    if where == "file":
        file.seek(0)
    loaded = VAE.load(file, cuda=False, evaluate=True)
    assert torch.equal(loaded(rpkms, tnfs)[2], before)
    assert not loaded.training


def test_evaluate_false_comes_back_in_training_mode(tmp_path):
    model, _, _ = small()
    model.save(tmp_path / "model.pt")
    assert VAE.load(tmp_path / "model.pt", evaluate=False).training


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04 broken"])
def test_what_is_no_model_is_refused(content, tmp_path):
    (tmp_path / "model.pt").write_bytes(content)
    with pytest.raises(InputError, match=r"model\.pt: is no model of vambx"):
        VAE.load(tmp_path / "model.pt")


def test_a_pickle_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    torch.save({"shape": Evil()}, tmp_path / "model.pt")
    with pytest.raises(InputError, match="is no model of vambx"):
        VAE.load(tmp_path / "model.pt")
    assert not (tmp_path / "owned").exists()


def test_encode_is_mu_whatever_the_mode_and_does_not_run_the_decoder(monkeypatch):
    model, rpkms, tnfs = small()
    features = Features(rpkms.numpy(), tnfs.numpy())
    monkeypatch.setattr(model.decoder, "forward", lambda latent: pytest.fail("the decoder ran"))
    expected = model.eval().encoder(rpkms, tnfs).mu.detach().numpy()
    model.train()
    latent = model.encode(features)
    assert latent.dtype == np.float32
    np.testing.assert_array_equal(latent, expected)
    assert model.training


def test_encode_in_parts_is_encode_at_once():
    model, _, _ = small()
    n = ROWS_AT_ONCE + 5
    rpkms, tnfs = torch.rand((n, 3)), torch.rand((n, 136))
    latent = model.encode(Features(rpkms.numpy(), tnfs.numpy()))
    expected = model.eval()(rpkms, tnfs)[2].detach().numpy()
    assert latent.shape == (n, 4)
    np.testing.assert_allclose(latent, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("shape", [(1000, 513), (3, 1)])
def test_dropout_drops_a_share_and_keeps_the_mean(share, shape):
    torch.manual_seed(1)
    dropped = Dropout(share)(torch.ones(shape))
    assert all(value == 0 or value == pytest.approx(1 / (1 - share), abs=0.01) for value in dropped.unique().tolist())
    if dropped.numel() > 1000:
        assert (dropped == 0).double().mean().item() == pytest.approx(share, abs=0.005)
        assert dropped.mean().item() == pytest.approx(1, abs=0.005)


def test_dropout_passes_gradients_of_what_it_kept():
    torch.manual_seed(1)
    units = torch.ones(64, 64, requires_grad=True)
    dropped = Dropout(0.5)(units)
    dropped.sum().backward()
    assert torch.equal(units.grad, dropped)


def test_dropout_drops_nothing_in_evaluation_and_anew_each_time_in_training():
    layer, units = Dropout(0.5), torch.ones(64, 64)
    assert not torch.equal(layer(units), layer(units))
    assert torch.equal(layer.eval()(units), units)


def test_features_that_cannot_be_leave_the_mode_as_it_was():
    model, rpkms, tnfs = small()
    broken = Features(rpkms.numpy() * np.nan, tnfs.numpy())
    for use in (model.train().transform, model.reconstruct):
        with pytest.raises(ValueError, match="finite"):
            use(broken)
        assert model.training
