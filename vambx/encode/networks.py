"""The two halves of an autoencoder; each can be saved, loaded and run alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vambx.encode.inputs import Inputs, Scaling
from vambx.encode.saved import About, Saved


class Latent(NamedTuple):
    """Where contigs lie in latent space.

    Attributes:
        mu: float32 (n, n_latent), the mean.
        logsigma: float32 (n, n_latent), log of the standard deviation; None where the encoder knows no uncertainty.
    """

    mu: Tensor
    logsigma: Tensor | None

    def sample(self) -> Tensor:
        """Draw from the latent distribution, differentiably in mu and logsigma; without uncertainty mu itself."""
        return self.mu if self.logsigma is None else self.mu + self.logsigma.exp() * torch.randn_like(self.mu)


class Decoded(NamedTuple):
    """What the network makes of the inputs; `depth_logits` become depths by softmax."""

    depth_logits: Tensor
    tnf: Tensor
    total: Tensor


class Encoder(Saved):
    """From contigs to where they lie in latent space: scaling, hidden layers, mu and (of a VAE) logsigma."""

    kind = "encoder"

    def __init__(self, about: About) -> None:
        super().__init__(about)
        config, sizes = about.config, about.config.n_hidden
        self.scaling = Scaling(about.n_samples, about.n_tnf)
        self.hidden = _hidden(about.n_samples + about.n_tnf + 1, sizes, config.dropout)
        self.mu = nn.Linear(sizes[-1], config.n_latent)
        self.logsigma = nn.Linear(sizes[-1], config.n_latent) if config.encoder == "vae" else None

    def forward(self, rpkms: Tensor, tnfs: Tensor) -> Latent:
        """Encode contigs: float32 `rpkms` (n, n_samples) and `tnfs` (n, n_tnf), not scaled."""
        return self.encode(self.scaling(rpkms, tnfs))

    def encode(self, inputs: Inputs) -> Latent:
        """Encode contigs that are scaled already."""
        hidden = self.hidden(torch.cat(inputs, dim=1))
        with _full_precision(hidden) as hidden:
            return Latent(self.mu(hidden), None if self.logsigma is None else self.logsigma(hidden))


class Decoder(Saved):
    """From latent vectors to the inputs they stand for."""

    kind = "decoder"

    def __init__(self, about: About) -> None:
        super().__init__(about)
        sizes = about.config.n_hidden
        self.sizes = [about.n_samples, about.n_tnf, 1]
        self.hidden = _hidden(about.config.n_latent, sizes[::-1], about.config.dropout)
        self.out = nn.Linear(sizes[0], sum(self.sizes))

    def forward(self, latent: Tensor) -> Decoded:
        """Decode float32 (n, n_latent).

        Raises:
            ValueError: another number of latent dimensions.
        """
        if latent.shape[1] != self.about.config.n_latent:
            n_latent = self.about.config.n_latent
            raise ValueError(f"the decoder is for {n_latent} latent dimensions, and got {latent.shape[1]}")
        with _full_precision(self.hidden(latent)) as hidden:
            return Decoded(*self.out(hidden).split(self.sizes, dim=1))


class Dropout(nn.Module):
    """Sets a random share of the units to 0 in training, and scales up the others, as torch's does.

    A byte decides on each unit, so the share is rounded to 256ths: eight random bytes cost what one number does, and on
    CPUs drawing numbers was a sixth of the training.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.keep = round((1 - share) * 256)

    def forward(self, units: Tensor) -> Tensor:
        """Drop units, of any shape."""
        if not self.training or self.keep == 256:
            return units
        words = torch.empty(-(-units.numel() // 8), dtype=torch.int64, device=units.device).random_(-(2**63), None)
        kept = words.view(torch.uint8)[: units.numel()].view_as(units) < self.keep
        return units * (kept * (256 / self.keep))


def _hidden(n_in: int, sizes: Sequence[int], dropout: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    for size in sizes:
        layers += [nn.Linear(n_in, size), nn.LeakyReLU(), Dropout(dropout), nn.BatchNorm1d(size)]
        n_in = size
    return nn.Sequential(*layers)


@contextmanager
def _full_precision(hidden: Tensor) -> Iterator[Tensor]:
    """Hidden units in float32, whatever their layers were computed in: what comes last is not to be rounded."""
    with torch.autocast(hidden.device.type, enabled=False):
        yield hidden.float()
