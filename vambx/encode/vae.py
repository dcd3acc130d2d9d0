"""The autoencoders that are trained: the variational one that vambx bins with, and a denoising one to compare it with.

    rpkms (n, n_samples), tnfs (n, n_tnf)
      -> Scaling    relative depths, z-scored TNF, z-scored log total         (n, n_samples + n_tnf + 1)
      -> Encoder    hidden layers -> mu, logsigma                             (n, n_latent) each
      -> z = mu + exp(logsigma) * noise                                       (n, n_latent)
      -> Decoder    hidden layers, mirrored -> the three inputs again

The latent vector of a contig is its mu.

Source: Nissen et al., Improved metagenome binning and assembly using deep variational autoencoders, Nat Biotechnol
2021, doi 10.1038/s41587-020-00777-4; total abundance as an input: Vamb 5.
"""

import os
from collections.abc import Callable
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vambx.encode.autoencoder import Autoencoder
from vambx.encode.features import Features
from vambx.encode.history import Epoch, History
from vambx.encode.inputs import Inputs
from vambx.encode.networks import Latent
from vambx.encode.train import train


class TrainedAutoencoder(Autoencoder):
    """What VAE and DAE share: they are fitted by gradient descent.

    Attributes:
        history: how the last `fit` went; not saved.
    """

    history: History | None = None

    def fit(
        self,
        features: Features,
        weights: npt.NDArray[np.float32] | None = None,
        on_epoch: Callable[[Epoch], None] = lambda epoch: None,
        checkpoint: str | os.PathLike[str] | None = None,
        warm_start: bool = False,
    ) -> Self:
        """Train on contigs, from the beginning unless it is a `warm_start`; see `vambx.encode.train`."""
        self.history = train(self, features, weights, on_epoch, checkpoint, warm_start)
        return self


class VAE(TrainedAutoencoder):
    """A variational autoencoder of RPKM and TNF."""

    kind = "vae"

    def encode(self, dataloader: Features) -> npt.NDArray[np.float32]:
        """`transform`, as notebooks of the past call it."""
        return self.transform(dataloader)


class DAE(TrainedAutoencoder):
    """A denoising autoencoder of RPKM and TNF: no sampling, but a share of the inputs is hidden in training.

    Source: Vincent et al., Extracting and Composing Robust Features with Denoising Autoencoders, ICML 2008, doi
    10.1145/1390156.1390294.
    """

    kind = "dae"

    def draw(self, inputs: Inputs) -> tuple[Latent, Tensor]:
        """In training: set each input to 0 with the probability `config.noise`, and encode what is left."""
        return super().draw(Inputs(*(part * (torch.rand_like(part) >= self.about.config.noise) for part in inputs)))
