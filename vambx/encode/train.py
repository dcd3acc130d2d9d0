"""Fit an autoencoder by gradient descent, judge it on contigs held out, and keep its best weights."""

import hashlib
import logging
import math
import os
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vambx.config import EncoderConfig
from vambx.encode.autoencoder import Autoencoder
from vambx.encode.batches import Batch, Batches, require_enough, split_contigs
from vambx.encode.checkpoint import Checkpoint
from vambx.encode.contrast import JITTER, views
from vambx.encode.device import own_precision, require_all_threads, resolve_device, resolve_precision
from vambx.encode.features import ROWS_AT_ONCE, Features
from vambx.encode.files import check_finite, check_moments
from vambx.encode.history import Epoch, History, Losses
from vambx.encode.loss import LossWeights, Terms
from vambx.encode.randomness import own_random_state, random_state, set_random_state
from vambx.errors import TrainingError

logger = logging.getLogger(__name__)

WARM_UP = 0.1  # share of the steps over which the learning rate rises
EPOCHS = 30
LEAST_STEPS = 600  # few contigs are seen in more epochs, as a step learns no more from them
MOMENTUM = 0.9  # of SGD
EXPLODED = 1000  # a loss of so many times that of a network that knows nothing


def contig_weights(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Long contigs count more, as their features are less noisy: max(ln(length) - 5, 2), scaled to mean 1.

    Source: Vamb 5.
    """
    weights = np.maximum(np.log(lengths) - 5, 2)
    scaled: npt.NDArray[np.float32] = (weights / weights.mean()).astype(np.float32)
    return scaled


def train(
    model: Autoencoder,
    features: Features,
    weights: npt.NDArray[np.float32] | None = None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    checkpoint: str | os.PathLike[str] | None = None,
    warm_start: bool = False,
) -> History:
    """Train a model on contigs, from the beginning or from where an interrupted training of the same stopped.

    The result is the same for the same input, seed, device and number of torch threads, interrupted or not, in memory
    or memory-mapped. The global random state is left as it was. Of more features than `block_memory` holds, blocks of
    contigs, drawn in chunks from everywhere anew in each epoch, are in memory one at a time.

    Args:
        model: gets its weights; in evaluation mode at the end.
        features: of the contigs, two or more.
        weights: float32 (n_contigs,), what each contig counts; None: all the same.
        on_epoch: called after each epoch.
        checkpoint: file that the state is kept in, as often as the configuration says.
        warm_start: begin with the weights and the scaling that the model has, instead of drawing and fitting them.

    Returns:
        The losses of each epoch.

    Raises:
        ValueError: fewer than two contigs to train on, another number of samples or features than the model is for, or
            numbers that are not finite.
        TrainingError: the loss is no longer finite, or explodes.
        UsageError: CUDA is asked for and absent, or OpenMP would not give torch its threads.
        OutputError: the checkpoint cannot be written.

    Source:
        One-cycle learning rate: Smith & Topin, Super-Convergence, 2019, arXiv 1708.07120. KL warm-up: Sønderby et al.,
        Ladder Variational Autoencoders, 2016, arXiv 1602.02282.
    """
    config = model.about.config
    model.about.require(features)
    per_contig = torch.ones(len(features)) if weights is None else torch.from_numpy(weights)
    if len(per_contig) != len(features):
        raise ValueError(f"weights are {len(per_contig)}, and the contigs {len(features)}")
    device = resolve_device(config.device)
    require_all_threads()
    with own_random_state(config.seed, device), torch.enable_grad(), own_precision(device):
        if not warm_start:
            model.reset()
            model.scaling.cpu().fit(features.iter_parts())
        training = _Training(model.to(device), features, per_contig)
        training.run(on_epoch, _checkpoint(checkpoint, training, features, per_contig))
    model.eval()
    return History(tuple(training.epochs), training.keep_best())


def _checkpoint(
    path: str | os.PathLike[str] | None, training: "_Training", features: Features, weights: Tensor
) -> Checkpoint | None:
    if path is None:
        return None
    settings = {
        "config": training.config.result_settings,
        "begins": _digest(training.model.state_dict().values()),
        "weights": _digest([weights]),
        "device": training.device.type,
        "threads": torch.get_num_threads(),  # sums of floating-point numbers depend on them
        "mixed": training.mixed,
    }
    seen = features if training.loss.contrast else replace(features, fronts=None)
    return Checkpoint(path, seen, settings, training.config)


def _digest(values: Iterable[Tensor]) -> str:
    digest = hashlib.sha256()
    for each in values:
        digest.update(each.cpu().numpy().tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class _Best:
    """The epoch that did best on the contigs held out."""

    epoch: int
    loss: float
    weights: dict[str, Tensor]


class _Training:
    """A training between two epochs."""

    def __init__(self, model: Autoencoder, features: Features, weights: Tensor) -> None:
        self.model, self.device = model, model.device
        self.config = config = model.about.config
        capacity = config.capacity if config.encoder == "vae" else math.inf
        contrast = config.contrast_for(features.n_samples, features.fronts is not None)
        self.loss = LossWeights.of(features.n_samples, config.mse_ratio_for(features.n_samples), capacity, contrast)
        self.mixed = resolve_precision(config.precision, self.device) == "bfloat16"
        self.optimizer = _optimizer(model, config)
        seen, held_out = split_contigs(len(features), config.validation, config.seed)
        require_enough(seen)
        scaling = model.scaling
        self.batches = Batches(features, seen, weights, scaling, config.batch_size, config.block_memory, contrast > 0)
        self.held_out = self.batches.load(held_out) if len(held_out) else None
        self.n_epochs = config.epochs or max(EPOCHS, math.ceil(LEAST_STEPS / len(self.batches)))
        self.epochs: list[Epoch] = []
        self.best: _Best | None = None

    def run(self, on_epoch: Callable[[Epoch], None], checkpoint: Checkpoint | None) -> None:
        """Train to the end."""
        if checkpoint is not None and (state := checkpoint.read()) is not None:
            begun = deepcopy(self._state())
            try:
                self._restore(state)
                logger.info("Training goes on after epoch %d, from %s", len(self.epochs), checkpoint.path)
            except (LookupError, TypeError, ValueError, RuntimeError, AttributeError) as error:
                checkpoint.tell_broken(error)
                self._restore(begun)
            for epoch in self.epochs:
                on_epoch(epoch)
        while not self.is_done:
            epoch = self._next_epoch()
            self.epochs.append(epoch)
            self._judge(epoch)
            if checkpoint is not None and checkpoint.is_due(epoch.number):
                checkpoint.write(self._state())
            on_epoch(epoch)

    @property
    def is_done(self) -> bool:
        """Whether all epochs are over, or enough of them without getting better."""
        n_done, patience = len(self.epochs), self.config.patience
        worn_out = patience is not None and self.best is not None and n_done - self.best.epoch >= patience
        return n_done >= self.n_epochs or worn_out

    def keep_best(self) -> int:
        """Give the model the weights of the best epoch; the last one where none were judged."""
        if self.best is None:
            return len(self.epochs)
        self.model.load_state_dict(self.best.weights)
        return self.best.epoch

    def _next_epoch(self) -> Epoch:
        number = len(self.epochs) + 1
        warmup = self.config.kld_warmup
        kld_share = min((number - 1) / warmup, 1.0) if warmup else 1.0
        sums = torch.zeros(len(Terms._fields), device=self.device)
        self.model.train()
        for step, batch in enumerate(self.batches, start=(number - 1) * len(self.batches)):
            rate = self.config.peak_learning_rate
            if self.config.is_one_cycle:
                rate *= one_cycle(step / (self.n_epochs * len(self.batches)))
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            sums += self._step(batch, kld_share)
        training = Losses(*(sums / len(self.batches)).tolist())
        epoch = Epoch(number, self.n_epochs, rate, kld_share, training, self._validate())
        _require_sane(epoch, self.config.peak_learning_rate)
        return epoch

    def _step(self, batch: Batch, kld_share: float) -> Tensor:
        """Change the weights by what a batch says; returns its terms, float32 (6,)."""
        # Inside another autocast, what is cached of the weights would outlive the step that changes them.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed, cache_enabled=False):
            latent, drawn = self.model.draw(batch.inputs)
            decoded = self.model.decoder(drawn)
            halves = self._encode_halves(batch, JITTER)
        terms = self.loss.terms(batch.inputs, decoded, latent, batch.weights, kld_share, halves)
        self.optimizer.zero_grad()
        terms.loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return torch.stack([term.detach() for term in terms])

    def _encode_halves(self, batch: Batch, jitter: float) -> Tensor | None:
        """Where the contigs' halves lie, float32 (2n, n_latent); None where that counts nothing."""
        if not self.loss.contrast:
            return None
        seen = views(batch.inputs, batch.halves, self.model.scaling.total_std, jitter)
        return self.model.encoder.encode(seen).mu

    @torch.no_grad()
    def _validate(self) -> Losses | None:
        """The losses of the contigs held out."""
        if self.held_out is None:
            return None
        self.model.eval()
        n = len(self.held_out)
        sums = torch.zeros(len(Terms._fields), device=self.device)
        for rows in torch.arange(n, device=self.device).split(ROWS_AT_ONCE):  # type: ignore[no-untyped-call]
            batch = self.held_out.take(rows)
            latent = self.model.encoder.encode(batch.inputs)
            decoded, halves = self.model.decoder(latent.mu), self._encode_halves(batch, jitter=0.0)
            terms = self.loss.terms(batch.inputs, decoded, latent, batch.weights, halves=halves)
            sums += torch.stack(terms) * len(rows)
        return Losses(*(sums / n).tolist())

    def _judge(self, epoch: Epoch) -> None:
        if epoch.validation is not None and (self.best is None or epoch.validation.loss < self.best.loss):
            self.best = _Best(epoch.number, epoch.validation.loss, deepcopy(self.model.state_dict()))

    def _state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": random_state(self.device),
            "epochs": [epoch.to_table() for epoch in self.epochs],
            "best": None if self.best is None else vars(self.best),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.best = None if state["best"] is None else _Best(**state["best"])
        for weights in (*([self.best.weights] if self.best else []), state["model"]):  # the best must fit, too
            check_finite(weights)
            self.model.load_state_dict(weights)
        groups = self.optimizer.state_dict()["param_groups"]  # settings, which are these
        self.optimizer.load_state_dict({"state": state["optimizer"]["state"], "param_groups": groups})
        check_moments(self.optimizer)
        set_random_state(state["random"], self.device)
        self.epochs = [Epoch.from_table(epoch) for epoch in state["epochs"]]


def _optimizer(model: Autoencoder, config: EncoderConfig) -> torch.optim.Optimizer:
    if config.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), lr=config.peak_learning_rate, fused=True)
    nesterov = config.optimizer == "nesterov"
    return torch.optim.SGD(model.parameters(), lr=config.peak_learning_rate, momentum=MOMENTUM, nesterov=nesterov)


def _require_sane(epoch: Epoch, learning_rate: float) -> None:
    loss, remedy = epoch.training.loss, f"lower --learning-rate ({learning_rate:g})"
    if not all(math.isfinite(losses.loss) for losses in (epoch.training, epoch.validation) if losses):
        raise TrainingError(f"the loss is no longer finite in epoch {epoch.number}; {remedy}")
    if loss > EXPLODED:
        what = f"the loss explodes in epoch {epoch.number} (to {loss:.3g}; knowing nothing costs about 1)"
        raise TrainingError(f"{what}; {remedy}")


def one_cycle(progress: float) -> float:
    """Learning rate as a share of its peak: a linear rise over the first tenth, then half a cosine down to 0."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, 1e-3)
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))
