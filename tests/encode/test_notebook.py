import numpy as np
import pytest
import torch

import vambx


def test_the_notebook_of_the_past_runs(tmp_path, capsys):
    rng = np.random.default_rng(4)
    rpkms = rng.random((300, 6), dtype=np.float32)
    tnfs = rng.random((300, 136), dtype=np.float32)
    for name, array in (("rpkms", rpkms), ("tnfs", tnfs)):
        with open(tmp_path / f"{name}.npz", "wb") as file:
            vambx.vambtools.write_npz(file, array)
    with open(tmp_path / "rpkms.npz", "rb") as file:
        rpkms = vambx.vambtools.read_npz(file)
    with open(tmp_path / "tnfs.npz", "rb") as file:
        tnfs = vambx.vambtools.read_npz(file)

    with open(tmp_path / "model.pt", "wb") as modelfile:
        vae, dataloader = vambx.encode.trainvae(rpkms, tnfs, nepochs=5, modelfile=modelfile, verbose=True)
    printed = capsys.readouterr().out
    for word in ("Capacity", "MSE ratio", "CUDA", "N latent", "N hidden", "N contigs", "N samples", "N epochs"):
        assert f"\t{word}" in printed
    epochs = [line for line in printed.splitlines() if line.startswith("\tEpoch:")]
    assert len(epochs) == 5
    assert all(f"\t{term}: " in line for line in epochs for term in ("Loss", "CE", "MSE", "KLD"))

    latent = vae.encode(dataloader)
    assert latent.shape == (300, 32)
    with open(tmp_path / "latent.npz", "wb") as file:
        vambx.vambtools.write_npz(file, latent)
    with open(tmp_path / "latent.npz", "rb") as file:
        np.testing.assert_array_equal(vambx.vambtools.read_npz(file), latent)

    rpkms_in = torch.Tensor(rpkms[:128]).reshape((128, -1))
    tnfs_in = torch.Tensor(tnfs[:128]).reshape((128, -1))
    _, _, mu, _ = vae(rpkms_in, tnfs_in)
    np.testing.assert_allclose(mu.detach().numpy(), latent[:128], rtol=1e-4, atol=1e-5)
    del vae
    vae = vambx.encode.VAE.load(str(tmp_path / "model.pt"), cuda=False, evaluate=True)
    depths_out, tnf_out, loaded_mu, logsigma = vae(rpkms_in, tnfs_in)
    assert torch.equal(loaded_mu, mu)
    assert depths_out.shape == (128, 6)
    assert tnf_out.shape == (128, 136)
    assert logsigma.shape == mu.shape


def test_without_verbose_nothing_is_printed(capsys):
    rng = np.random.default_rng(4)
    vambx.encode.trainvae(rng.random((40, 2), dtype=np.float32), rng.random((40, 136), dtype=np.float32), nepochs=1)
    assert capsys.readouterr().out == ""


def test_an_array_that_holds_objects_is_not_read(tmp_path):
    np.savez(tmp_path / "evil.npz", np.array([{}], dtype=object))
    with open(tmp_path / "evil.npz", "rb") as file, pytest.raises(ValueError, match="allow_pickle"):
        vambx.vambtools.read_npz(file)
