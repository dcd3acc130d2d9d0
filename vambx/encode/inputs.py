"""What the networks see: relative depths, z-scored TNF, z-scored log of the total abundance."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn


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


class Scaling(nn.Module):
    """From RPKM and TNF to the network's inputs; the constants are fitted once and saved with the model."""

    LEAST_TOTAL = 1e-3  # RPKM; below it the log would run away
    tnf_mean: Tensor
    tnf_std: Tensor
    total_mean: Tensor
    total_std: Tensor

    def __init__(self, n_samples: int, n_tnf: int) -> None:
        super().__init__()
        self.n_samples, self.n_tnf = n_samples, n_tnf
        self.register_buffer("tnf_mean", torch.zeros(n_tnf))
        self.register_buffer("tnf_std", torch.ones(n_tnf))
        self.register_buffer("total_mean", torch.zeros(1))
        self.register_buffer("total_std", torch.ones(1))

    def fit(self, parts: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Take means and standard deviations from all contigs; a constant feature keeps its spread of 1.

        Args:
            parts: RPKM and TNF, a part of the contigs at a time.

        Source:
            Joining the moments of parts: Chan, Golub & LeVeque, Am Stat 1983, doi 10.1080/00031305.1983.10483115.
        """
        n = 0
        mean = squares = torch.zeros(self.n_tnf + 1, dtype=torch.float64)
        for rpkms, tnfs in parts:
            values = torch.cat([tnfs.double(), self._log_total(rpkms).double()], dim=1)
            part_variance, part_mean = torch.var_mean(values, dim=0, correction=0)
            beyond, n_part = part_mean - mean, len(values)
            squares = squares + part_variance * n_part + beyond.square() * (n * n_part / (n + n_part))
            mean = mean + beyond * (n_part / (n + n_part))
            n += n_part
        std = (squares / n).sqrt()
        std = torch.where(std > 0, std, 1.0)
        for name, values in (("mean", mean), ("std", std)):
            getattr(self, f"tnf_{name}").copy_(values[:-1])
            getattr(self, f"total_{name}").copy_(values[-1:])

    def forward(self, rpkms: Tensor, tnfs: Tensor) -> Inputs:
        """Scale float32 `rpkms` (n, n_samples) and `tnfs` (n, n_tnf).

        Raises:
            ValueError: another number of samples or of TNF features than the model was made for.
        """
        require_columns((self.n_samples, self.n_tnf), (rpkms.shape[1], tnfs.shape[1]))
        total = rpkms.sum(dim=1, keepdim=True)
        # A contig without reads is as likely in any sample.
        depths = torch.where(total > 0, rpkms / total.clamp_min(torch.finfo(torch.float32).tiny), 1 / self.n_samples)
        log_total = (self._log_total(rpkms) - self.total_mean) / self.total_std
        return Inputs(depths, self.scale_tnf(tnfs), log_total)

    def scale_tnf(self, tnfs: Tensor) -> Tensor:
        """Scale TNF alone, float32 (..., n_tnf)."""
        return (tnfs - self.tnf_mean) / self.tnf_std

    def _log_total(self, rpkms: Tensor) -> Tensor:
        return rpkms.sum(dim=1, keepdim=True).clamp_min(self.LEAST_TOTAL).log()


def require_columns(made_for: tuple[int, int], given: tuple[int, int]) -> None:
    """See that a model gets as many samples and TNF features as it was made for.

    Raises:
        ValueError: they are not; the message says both numbers.
    """
    if made_for != given:
        raise ValueError(
            f"the model is for {made_for[0]} samples and {made_for[1]} TNF features, and got {given[0]} and {given[1]}"
        )
