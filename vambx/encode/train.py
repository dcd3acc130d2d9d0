"""Fit the autoencoder: all contigs in memory and on the device, batches by index, no data loader."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vambx.config import EncoderConfig
from vambx.encode.loss import LossWeights, Terms
from vambx.encode.vae import VAE, Dataset
from vambx.errors import TrainingError, UsageError

WARM_UP = 0.1  # share of the steps over which the learning rate rises
EPOCHS = 30
LEAST_STEPS = 600  # few contigs are seen in more epochs, as a step learns no more from them
LEAST_BATCH = 16
BATCHES = 4  # an epoch of few contigs has about as many


@dataclass(frozen=True)
class Epoch:
    """How one pass over the contigs went; each loss is a mean over the contigs seen.

    Attributes:
        number: from 1.
        of: how many there will be.
        loss: the whole, weighed.
        ce, mse, kld, total: its terms, not weighed; see `vambx.encode.loss`.
    """

    number: int
    of: int
    loss: float
    ce: float
    mse: float
    kld: float
    total: float


def contig_weights(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Long contigs count more, as their features are less noisy: max(ln(length) - 5, 2), scaled to mean 1.

    Source: Vamb 5.
    """
    weights = np.maximum(np.log(lengths) - 5, 2)
    scaled: npt.NDArray[np.float32] = (weights / weights.mean()).astype(np.float32)
    return scaled


def resolve_device(device: str) -> torch.device:
    """`auto`, `cpu` or `cuda` as a device.

    Raises:
        UsageError: CUDA is asked for and absent.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: no CUDA device is to be had here; use --device cpu or auto")
    return torch.device("cuda" if device != "cpu" and torch.cuda.is_available() else "cpu")


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for bfloat16 products; otherwise they would be slow."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # older versions of torch lack it
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def fit(
    rpkms: npt.NDArray[np.float32],
    tnfs: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32] | None = None,
    config: EncoderConfig | None = None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> tuple[VAE, Dataset]:
    """Train a VAE on contigs.

    The result is the same for the same input, seed, device and number of torch threads. The global random state is left
    as it was.

    Args:
        rpkms: float32 (n_contigs, n_samples), abundance, not scaled.
        tnfs: float32 (n_contigs, n_tnf), 4-mer frequencies, not scaled.
        weights: float32 (n_contigs,), what each contig counts; None: all the same.
        config: the network and its training.
        on_epoch: called after each epoch.

    Returns:
        The model, in evaluation mode, and the contigs as it sees them (for `VAE.encode`).

    Raises:
        ValueError: fewer than two contigs, matrices of different heights, or numbers that are not finite.
        TrainingError: the loss is no longer finite.
        UsageError: CUDA is asked for and absent.

    Source:
        One-cycle learning rate: Smith & Topin, Super-Convergence, 2019, arXiv 1708.07120.
    """
    config = config or EncoderConfig()
    if len(rpkms) != len(tnfs) or len(rpkms) < 2:
        raise ValueError(f"rpkms and tnfs need the same number of rows, two or more, not {len(rpkms)} and {len(tnfs)}")
    if not (np.isfinite(rpkms).all() and np.isfinite(tnfs).all() and (rpkms >= 0).all()):
        raise ValueError("rpkms and tnfs must be finite, and rpkms not negative")
    device = resolve_device(config.device)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(config.seed)
        model = VAE(rpkms.shape[1], tnfs.shape[1], config.n_hidden, config.n_latent, config.dropout)
        raw = torch.from_numpy(np.ascontiguousarray(rpkms)), torch.from_numpy(np.ascontiguousarray(tnfs))
        model.scaling.fit(*raw)
        per_contig = torch.ones(len(rpkms)) if weights is None else torch.from_numpy(weights)
        data = Dataset(model.scaling(*raw).to(device), per_contig.to(device))
        _train(model.to(device), data, config, on_epoch)
    return model.eval(), data


def _train(model: VAE, data: Dataset, config: EncoderConfig, on_epoch: Callable[[Epoch], None]) -> None:
    n_samples = data.inputs.depths.shape[1]
    loss_weights = LossWeights.of(n_samples, config.mse_ratio_for(n_samples), config.capacity)
    batch_size = min(config.batch_size, max(len(data) // BATCHES, LEAST_BATCH), len(data))
    n_batches = len(data) // batch_size  # the last, smaller batch is left out; every epoch shuffles anew
    n_epochs = config.epochs or max(EPOCHS, math.ceil(LEAST_STEPS / n_batches))
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)
    n_steps = n_epochs * n_batches
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle(step / n_steps))
    mixed = multiplies_bfloat16(model.device) if config.precision == "auto" else config.precision == "bfloat16"
    model.train()
    for number in range(1, n_epochs + 1):
        order = torch.randperm(len(data), device=data.weights.device)
        sums = torch.zeros(len(Terms._fields), device=data.weights.device)
        for rows in order[: n_batches * batch_size].split(batch_size):  # type: ignore[no-untyped-call]
            inputs = data.inputs.take(rows)
            with torch.autocast(rows.device.type, torch.bfloat16, enabled=mixed):
                mu, logsigma = model.encoder(inputs)
                decoded = model.decoder(model.sample(mu, logsigma))
            terms = loss_weights.terms(inputs, decoded, mu, logsigma, data.weights[rows])
            optimizer.zero_grad()
            terms.loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            sums += torch.stack([term.detach() for term in terms])
        epoch = Epoch(number, n_epochs, *(sums / n_batches).tolist())
        if not math.isfinite(epoch.loss):
            raise TrainingError(
                f"the loss is no longer finite in epoch {number}; lower --learning-rate ({config.learning_rate:g})"
            )
        on_epoch(epoch)


def one_cycle(progress: float) -> float:
    """Learning rate as a share of its peak: a linear rise over the first tenth, then half a cosine down to 0."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, 1e-3)
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))
