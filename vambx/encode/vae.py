"""The variational autoencoder: what goes in, the network, what comes out.

    rpkms (n, n_samples), tnfs (n, n_tnf)
      -> Scaling    relative depths, z-scored TNF, z-scored log total         (n, n_samples + n_tnf + 1)
      -> Encoder    hidden layers -> mu, logsigma                             (n, n_latent) each
      -> z = mu + exp(logsigma) * noise                                       (n, n_latent)
      -> Decoder    hidden layers, mirrored -> the three inputs again

The latent vector of a contig is its mu.

Source: Nissen et al., Improved metagenome binning and assembly using deep variational autoencoders, Nat Biotechnol
2021, doi 10.1038/s41587-020-00777-4; total abundance as an input: Vamb 5.
"""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import IO, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vambx.errors import InputError

ROWS_AT_ONCE = 4096  # a fixed number, so that a contig's latent does not depend on how many threads there are


class Inputs(NamedTuple):
    """What the network sees of n contigs, all float32.

    Attributes:
        depths: (n, n_samples), each row sums to 1.
        tnf: (n, n_tnf), z-scored columns.
        total: (n, 1), z-scored log of the abundance summed over samples.
    """

    depths: Tensor
    tnf: Tensor
    total: Tensor

    def take(self, rows: Tensor) -> "Inputs":
        """The inputs of some contigs."""
        return Inputs(*(part.index_select(0, rows) for part in self))

    def to(self, device: torch.device) -> "Inputs":
        """The inputs on another device."""
        return Inputs(*(part.to(device) for part in self))


@dataclass(frozen=True)
class Dataset:
    """All contigs as the network sees them, in memory.

    Attributes:
        inputs: scaled features.
        weights: float32 (n_contigs,), what each contig counts in the loss, mean 1.
    """

    inputs: Inputs
    weights: Tensor

    def __len__(self) -> int:
        return len(self.weights)


class Decoded(NamedTuple):
    """What the network makes of the inputs; `depth_logits` become depths by softmax."""

    depth_logits: Tensor
    tnf: Tensor
    total: Tensor


class Scaling(nn.Module):
    """From RPKM and TNF to the network's inputs; the constants are fitted once and saved with the model."""

    LEAST_TOTAL = 1e-3  # RPKM; below it the log would run away
    tnf_mean: Tensor
    tnf_std: Tensor
    total_mean: Tensor
    total_std: Tensor

    def __init__(self, n_tnf: int) -> None:
        super().__init__()
        self.register_buffer("tnf_mean", torch.zeros(n_tnf))
        self.register_buffer("tnf_std", torch.ones(n_tnf))
        self.register_buffer("total_mean", torch.zeros(1))
        self.register_buffer("total_std", torch.ones(1))

    def fit(self, rpkms: Tensor, tnfs: Tensor) -> None:
        """Take means and standard deviations from all contigs; a constant feature keeps its spread of 1."""
        log_total = self._log_total(rpkms)
        for name, values in (("tnf", tnfs), ("total", log_total)):
            std, mean = torch.std_mean(values.double(), dim=0, correction=0)
            getattr(self, f"{name}_mean").copy_(mean)
            getattr(self, f"{name}_std").copy_(torch.where(std > 0, std, 1.0))

    def forward(self, rpkms: Tensor, tnfs: Tensor) -> Inputs:
        """Scale float32 `rpkms` (n, n_samples) and `tnfs` (n, n_tnf)."""
        n_samples = rpkms.shape[1]
        total = rpkms.sum(dim=1, keepdim=True)
        # A contig without reads is as likely in any sample.
        depths = torch.where(total > 0, rpkms / total.clamp_min(torch.finfo(torch.float32).tiny), 1 / n_samples)
        log_total = (self._log_total(rpkms) - self.total_mean) / self.total_std
        return Inputs(depths, (tnfs - self.tnf_mean) / self.tnf_std, log_total)

    def _log_total(self, rpkms: Tensor) -> Tensor:
        return rpkms.sum(dim=1, keepdim=True).clamp_min(self.LEAST_TOTAL).log()


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


class Encoder(nn.Module):
    """From the inputs to the distribution of the latent vector."""

    def __init__(self, n_inputs: int, n_hidden: Sequence[int], n_latent: int, dropout: float) -> None:
        super().__init__()
        self.hidden = _hidden(n_inputs, n_hidden, dropout)
        self.mu = nn.Linear(n_hidden[-1], n_latent)
        self.logsigma = nn.Linear(n_hidden[-1], n_latent)

    def forward(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Mean and log standard deviation of the latent, float32 (n, n_latent) each."""
        hidden = self.hidden(torch.cat(inputs, dim=1))
        with _full_precision(hidden) as hidden:
            return self.mu(hidden), self.logsigma(hidden)


class Decoder(nn.Module):
    """From latent vectors to the inputs they stand for."""

    def __init__(self, n_samples: int, n_tnf: int, n_hidden: Sequence[int], n_latent: int, dropout: float) -> None:
        super().__init__()
        self.sizes = [n_samples, n_tnf, 1]
        self.hidden = _hidden(n_latent, n_hidden[::-1], dropout)
        self.out = nn.Linear(n_hidden[0], sum(self.sizes))

    def forward(self, latent: Tensor) -> Decoded:
        """Decode float32 (n, n_latent)."""
        with _full_precision(self.hidden(latent)) as hidden:
            return Decoded(*self.out(hidden).split(self.sizes, dim=1))


class VAE(nn.Module):
    """A variational autoencoder of RPKM and TNF.

    Args:
        n_samples: columns of `rpkms`.
        n_tnf: columns of `tnfs`.
        n_hidden: size of each hidden layer of the encoder; the decoder mirrors it.
        n_latent: size of the latent vector.
        dropout: share of hidden units dropped in training.
    """

    def __init__(
        self,
        n_samples: int,
        n_tnf: int = 136,
        n_hidden: Sequence[int] = (512, 512),
        n_latent: int = 32,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.shape = {
            "n_samples": n_samples,
            "n_tnf": n_tnf,
            "n_hidden": list(n_hidden),
            "n_latent": n_latent,
            "dropout": dropout,
        }
        self.scaling = Scaling(n_tnf)
        self.encoder = Encoder(n_samples + n_tnf + 1, n_hidden, n_latent, dropout)
        self.decoder = Decoder(n_samples, n_tnf, n_hidden, n_latent, dropout)

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.encoder.mu.weight.device

    def forward(self, rpkms: Tensor, tnfs: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Encode and decode contigs.

        Args:
            rpkms: float32 (n, n_samples), not scaled.
            tnfs: float32 (n, n_tnf), 4-mer frequencies, not scaled.

        Returns:
            depths_out: (n, n_samples), each row sums to 1.
            tnf_out: (n, n_tnf), z-scored.
            mu, logsigma: (n, n_latent), mean and log standard deviation of the latent.
        """
        mu, logsigma = self.encoder(self.scaling(rpkms, tnfs))
        decoded = self.decoder(self.sample(mu, logsigma) if self.training else mu)
        return decoded.depth_logits.softmax(dim=1), decoded.tnf, mu, logsigma

    @staticmethod
    def sample(mu: Tensor, logsigma: Tensor) -> Tensor:
        """Draw from the latent distribution, differentiably in mu and logsigma."""
        return mu + logsigma.exp() * torch.randn_like(mu)

    @torch.no_grad()
    def encode(self, data: Dataset) -> npt.NDArray[np.float32]:
        """The latent vectors of contigs: mu, float32 (n, n_latent). The decoder does not run."""
        was_training = self.training
        self.eval()
        parts = [
            self.encoder(Inputs(*(part[i : i + ROWS_AT_ONCE] for part in data.inputs)).to(self.device))[0].cpu()
            for i in range(0, len(data), ROWS_AT_ONCE)
        ]
        self.train(was_training)
        return torch.cat(parts).numpy()

    def save(self, file: str | os.PathLike[str] | IO[bytes]) -> None:
        """Write shape, scaling and weights."""
        state = {name: value.cpu() for name, value in self.state_dict().items()}
        whole = io.BytesIO()  # torch tells of a full disk in riddles
        torch.save({"shape": self.shape, "state": state}, whole)
        if isinstance(file, str | os.PathLike):
            Path(file).write_bytes(whole.getbuffer())
        else:
            file.write(whole.getbuffer())

    @classmethod
    def load(cls, file: str | os.PathLike[str] | IO[bytes], cuda: bool = False, evaluate: bool = True) -> Self:
        """Read a model that `save` wrote, on this or another kind of device.

        Args:
            file: path or open binary file.
            cuda: put it on the GPU.
            evaluate: in evaluation mode (no noise, no dropout); otherwise in training mode.

        Raises:
            InputError: the file is no model of this kind.
        """
        try:
            saved: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
            model = cls(**saved["shape"])
            model.load_state_dict(saved["state"])
        except (OSError, RuntimeError, KeyError, TypeError, ValueError, EOFError, UnpicklingError) as error:
            name = file if isinstance(file, str | Path) else "the file"
            raise InputError(f"{name}: is no model of vambx ({type(error).__name__}); train one") from error
        model.train(not evaluate)
        return model.cuda() if cuda else model
