"""Contigs as training takes them: some held out, the others in batches, from memory or from shuffled blocks of it."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vambx.encode.features import Features
from vambx.encode.inputs import Inputs, Scaling

MOST_HELD_OUT = 16_384  # more would not tell more, and have to fit into memory
CHUNK = 256  # contigs that are read together, where not all fit into memory
LEAST_BATCH = 16
BATCHES = 4  # an epoch of few contigs has about as many


def split_contigs(n_contigs: int, validation: float, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Contigs to train on and contigs held out, int64 each, ascending; the same for the same seed.

    Args:
        n_contigs: how many there are.
        validation: share to hold out; if not 0, at least one contig and at most `MOST_HELD_OUT`.
        seed: of the draw.
    """
    n_out = min(max(round(validation * n_contigs), 1), MOST_HELD_OUT) if validation else 0
    held_out = np.zeros(n_contigs, dtype=bool)
    held_out[np.random.default_rng(seed).choice(n_contigs, n_out, replace=False)] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def require_enough(contigs: npt.NDArray[np.int64]) -> None:
    """See that there is something to train on.

    Raises:
        ValueError: fewer than two contigs.
    """
    if len(contigs) < 2:
        raise ValueError(f"training needs two contigs or more, not {len(contigs)}")


class Batch(NamedTuple):
    """Contigs on the device, as the network sees them.

    Attributes:
        inputs: scaled features.
        weights: float32 (n,), what each contig counts in the loss.
        halves: float32 (n, 2, n_tnf), the scaled TNF of both halves of each contig; (n, 2, 0) where no one asks.
    """

    inputs: Inputs
    weights: Tensor
    halves: Tensor

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, rows: Tensor) -> "Batch":
        """Some of the contigs."""
        return Batch(self.inputs.take(rows), self.weights[rows], self.halves.index_select(0, rows))

    def head(self, n: int) -> "Batch":
        """The first contigs, in the same memory."""
        return Batch(Inputs(*(part[:n] for part in self.inputs)), self.weights[:n], self.halves[:n])


class Batches:
    """Batches of contigs, in a new order each epoch.

    If all contigs fit into a block, they stay in memory; otherwise each block is made of chunks drawn from everywhere,
    and shuffled again within. The last, smaller batch of an epoch is left out.

    Args:
        features: of the contigs.
        contigs: int64 (n,), which of them.
        weights: float32 (n_contigs,), of all.
        scaling: fitted, on the device.
        batch_size: contigs in a batch, at most; of few contigs less are taken.
        block_memory: MB that a block may take.
        with_halves: whether halves of the contigs are wanted.
    """

    def __init__(
        self,
        features: Features,
        contigs: npt.NDArray[np.int64],
        weights: Tensor,
        scaling: Scaling,
        batch_size: int,
        block_memory: float,
        with_halves: bool = False,
    ) -> None:
        self.features, self.contigs, self.weights, self.scaling = features, contigs, weights, scaling
        self.device = scaling.tnf_mean.device
        self.batch_size = min(batch_size, max(len(contigs) // BATCHES, LEAST_BATCH), len(contigs))
        self.n_tnf_of_halves = features.n_tnf if with_halves else 0
        in_block = int(block_memory * 1e6) // (4 * (features.n_samples + features.n_tnf + 1 + 2 * self.n_tnf_of_halves))
        self.block_size = max(in_block // self.batch_size, 1) * self.batch_size
        self.block = self._empty(min(self.block_size, len(contigs)))
        if self.fit_into_memory:
            self._fill(self.block, contigs)

    def __len__(self) -> int:
        return len(self.contigs) // self.batch_size

    def __iter__(self) -> Iterator[Batch]:
        for block in self._iter_blocks():
            order = torch.randperm(len(block), device=self.device)
            for end in range(self.batch_size, len(order) + 1, self.batch_size):
                yield block.take(order[end - self.batch_size : end])

    @property
    def fit_into_memory(self) -> bool:
        """Whether all contigs are in memory."""
        return len(self.contigs) <= self.block_size

    def load(self, contigs: npt.NDArray[np.int64]) -> Batch:
        """Some contigs, in memory of their own."""
        batch = self._empty(len(contigs))
        self._fill(batch, contigs)
        return batch

    def _iter_blocks(self) -> Iterator[Batch]:
        if self.fit_into_memory:
            yield self.block
            return
        starts = torch.randperm(math.ceil(len(self.contigs) / CHUNK)) * CHUNK
        order = (starts[:, None] + torch.arange(CHUNK)).flatten()
        for rows in order[order < len(self.contigs)].split(self.block_size):  # type: ignore[no-untyped-call]
            block = self.block.head(len(rows))
            self._fill(block, self.contigs[rows.numpy()])
            yield block

    def _empty(self, n: int) -> Batch:
        widths = (self.features.n_samples, self.features.n_tnf, 1)
        inputs = Inputs(*(torch.empty((n, width), device=self.device) for width in widths))
        halves = torch.empty((n, 2, self.n_tnf_of_halves), device=self.device)
        return Batch(inputs, torch.empty(n, device=self.device), halves)

    def _fill(self, batch: Batch, contigs: npt.NDArray[np.int64]) -> None:
        """Read contigs and scale them, a part at a time."""
        batch.weights.copy_(self.weights[torch.from_numpy(contigs)])
        done = 0
        for rpkms, tnfs in self.features.iter_parts(contigs):
            part = self.scaling(rpkms.to(self.device), tnfs.to(self.device))
            for whole, values in zip(batch.inputs, part, strict=True):
                whole[done : done + len(values)] = values
            if self.n_tnf_of_halves:
                halves = self.features.read_halves(contigs[done : done + len(rpkms)])
                batch.halves[done : done + len(rpkms)] = self.scaling.scale_tnf(halves.to(self.device))
            done += len(rpkms)
