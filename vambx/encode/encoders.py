"""All encoders under one roof: what each can do, and which there are."""

import os
from collections.abc import Callable
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from vambx.config import EncoderConfig
from vambx.encode.autoencoder import Reconstruction
from vambx.encode.features import Features
from vambx.encode.files import File
from vambx.encode.history import Epoch, History
from vambx.encode.inputs import Scaling
from vambx.encode.pca import PCA
from vambx.encode.saved import About
from vambx.encode.vae import DAE, VAE


class ContigEncoder(Protocol):
    """What makes latent vectors of contigs.

    Attributes:
        history: how the last `fit` went, if there were epochs.
        about: what it is for, and its configuration.
    """

    history: History | None
    about: About

    @property
    def scaling(self) -> Scaling:
        """From features to what is encoded."""

    @classmethod
    def of(cls, features: Features, config: EncoderConfig | None = None) -> Self:
        """An encoder for such features, not fitted yet."""

    def fit(
        self,
        features: Features,
        weights: npt.NDArray[np.float32] | None = None,
        on_epoch: Callable[[Epoch], None] = lambda epoch: None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Learn from contigs, from the beginning."""

    def transform(self, features: Features) -> npt.NDArray[np.float32]:
        """The latent vectors of contigs, float32 (n_contigs, n_latent)."""

    def reconstruct(self, features: Features) -> Reconstruction:
        """Contigs as they come back from their latent vectors."""

    def save(self, file: File) -> None:
        """Write the encoder to a file."""

    @classmethod
    def load(cls, file: File, cuda: bool = False, evaluate: bool = True) -> Self:
        """Read an encoder that `save` wrote."""


ENCODERS: dict[str, type[ContigEncoder]] = {"vae": VAE, "dae": DAE, "pca": PCA}
"""By the names that `--encoder` takes."""
