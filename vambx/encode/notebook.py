"""The names that notebooks of the past call: `trainvae`, then `vae.encode(dataloader)`."""

from collections.abc import Sequence
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from vambx.config import EncoderConfig
from vambx.encode.features import Features
from vambx.encode.history import Epoch, Losses
from vambx.encode.vae import VAE


def trainvae(
    rpkms: npt.NDArray[np.float32],
    tnfs: npt.NDArray[np.float32],
    nhiddens: Sequence[int] | None = None,
    nlatent: int | None = None,
    nepochs: int | None = None,
    batchsize: int | None = None,
    capacity: float | None = None,
    mseratio: float | None = None,
    cuda: bool = False,
    modelfile: IO[bytes] | None = None,
    verbose: bool = False,
    **settings: Any,
) -> tuple[VAE, Features]:
    """Train a VAE on RPKM and TNF; what is None is as in `EncoderConfig`.

    Args:
        rpkms: float32 (n_contigs, n_samples).
        tnfs: float32 (n_contigs, 136).
        nhiddens: size of each hidden layer.
        nlatent: size of the latent vector.
        nepochs: times every contig is seen.
        batchsize: contigs in a training step.
        capacity: how much may be learnt.
        mseratio: share of the TNF in the loss.
        cuda: train on the GPU.
        modelfile: open binary file that the model is written to.
        verbose: print the settings, and the losses of each epoch.
        settings: any other field of `EncoderConfig`, such as `seed`, `optimizer` or `validation`.

    Returns:
        The model, and the features, which are what `model.encode` takes.

    Raises:
        UsageError: a setting out of range, or CUDA asked for and absent.
        ValueError: matrices that do not fit each other, or hold numbers that cannot be.
    """
    given: dict[str, Any] = {
        "n_hidden": nhiddens and tuple(nhiddens),
        "n_latent": nlatent,
        "epochs": nepochs,
        "batch_size": batchsize,
        "capacity": capacity,
        "mse_ratio": mseratio,
        "device": "cuda" if cuda else "cpu",
    }
    config = EncoderConfig.from_table(settings | {name: value for name, value in given.items() if value is not None})
    if verbose:
        _print_settings(config, *rpkms.shape)
    features = Features(rpkms, tnfs)
    vae = VAE.of(features, config).fit(features, on_epoch=_print_epoch if verbose else lambda epoch: None)
    if modelfile is not None:
        vae.save(modelfile)
    return vae, features


def _print_settings(config: EncoderConfig, n_contigs: int, n_samples: int) -> None:
    settings = {
        "Capacity": config.capacity,
        "MSE ratio": config.mse_ratio_for(n_samples),
        "CUDA": config.device == "cuda",
        "N latent": config.n_latent,
        "N hidden": ", ".join(map(str, config.n_hidden)),
        "N contigs": n_contigs,
        "N samples": n_samples,
        "N epochs": config.epochs or "automatic",
        "Batch size": config.batch_size,
    }
    print(*(f"\t{name}: {value}" for name, value in settings.items()), sep="\n", end="\n\n")


def _print_epoch(epoch: Epoch) -> None:
    line = [f"\tEpoch: {epoch.number}", _told(epoch.training)]
    if epoch.validation is not None:
        line += ["held out:", _told(epoch.validation)]
    print(*line, sep="\t")


def _told(losses: Losses) -> str:
    named = (
        ("Loss", losses.loss),
        ("CE", losses.ce),
        ("MSE", losses.mse),
        ("KLD", losses.kld),
        ("Total", losses.total),
    )
    return "\t".join(f"{name}: {value:.7f}" for name, value in named)
