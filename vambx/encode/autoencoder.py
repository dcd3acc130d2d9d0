"""An autoencoder: an encoder and a decoder, and what can be asked of the two once they are trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vambx.config import EncoderConfig
from vambx.encode.device import own_precision
from vambx.encode.features import Features
from vambx.encode.inputs import Inputs, Scaling
from vambx.encode.networks import Decoder, Encoder, Latent
from vambx.encode.randomness import own_random_state
from vambx.encode.saved import About, Saved


class Reconstruction(NamedTuple):
    """Contigs as they come back from their latent vectors, in the units of `Inputs`.

    Attributes:
        depths: float32 (n, n_samples), each row sums to 1.
        tnf: float32 (n, n_tnf), z-scored.
        total: float32 (n, 1), z-scored log of the abundance summed over samples.
    """

    depths: npt.NDArray[np.float32]
    tnf: npt.NDArray[np.float32]
    total: npt.NDArray[np.float32]


class Autoencoder(Saved):
    """An encoder and a decoder; each can be used, saved and loaded alone.

    Args:
        about: what it is for, and its sizes; `of` makes it from features.
    """

    def __init__(self, about: About) -> None:
        about = replace(about, config=replace(about.config, encoder=self.kind))
        super().__init__(about)
        with own_random_state(about.config.seed):
            self.encoder = Encoder(about)
            self.decoder = Decoder(about)

    @classmethod
    def of(cls, features: Features, config: EncoderConfig | None = None) -> Self:
        """A network for such features, not trained yet; its weights are those that `config.seed` draws."""
        return cls(About.of(features, config or EncoderConfig()))

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.encoder.mu.weight.device

    @property
    def scaling(self) -> Scaling:
        """From features to what is encoded; saved with the encoder."""
        return self.encoder.scaling

    def forward(self, rpkms: Tensor, tnfs: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """Encode and decode contigs.

        Args:
            rpkms: float32 (n, n_samples), not scaled.
            tnfs: float32 (n, n_tnf), 4-mer frequencies, not scaled.

        Returns:
            depths_out: (n, n_samples), each row sums to 1.
            tnf_out: (n, n_tnf), z-scored.
            mu, logsigma: (n, n_latent), mean and log standard deviation of the latent; a `DAE` has no logsigma.

        Raises:
            ValueError: another number of samples or TNF features than the model is for.
        """
        inputs = self.encoder.scaling(rpkms, tnfs)
        if self.training:
            latent, drawn = self.draw(inputs)
        else:
            latent = self.encoder.encode(inputs)
            drawn = latent.mu
        decoded = self.decoder(drawn)
        return decoded.depth_logits.softmax(dim=1), decoded.tnf, *latent

    def reset(self) -> None:
        """Draw the weights anew, from torch's random numbers as they stand."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.BatchNorm1d):
                module.reset_parameters()

    def draw(self, inputs: Inputs) -> tuple[Latent, Tensor]:
        """In training: what the encoder makes of contigs, and the float32 (n, n_latent) that the decoder gets."""
        latent = self.encoder.encode(inputs)
        return latent, latent.sample()

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        """Without dropout, noise and rounding; afterwards, whatever happens, in the mode as before."""
        was_training = self.training
        self.eval()
        try:
            with own_precision(self.device):
                yield
        finally:
            self.train(was_training)

    @torch.no_grad()
    def transform(self, features: Features) -> npt.NDArray[np.float32]:
        """The latent vectors of contigs: mu, float32 (n, n_latent). The decoder does not run.

        Raises:
            ValueError: other samples or TNF features than the model is for.
        """
        self.about.require(features)
        latent = np.empty((len(features), self.about.config.n_latent), dtype=np.float32)
        done = 0
        with self._evaluating():
            for rpkms, tnfs in features.iter_parts():
                latent[done : done + len(rpkms)] = self.encoder(rpkms.to(self.device), tnfs.to(self.device)).mu.cpu()
                done += len(rpkms)
        return latent

    @torch.no_grad()
    def reconstruct(self, features: Features) -> Reconstruction:
        """Contigs as they come back from their latent vectors.

        Raises:
            ValueError: other samples or TNF features than the model is for.
        """
        self.about.require(features)
        parts = []
        with self._evaluating():
            for rpkms, tnfs in features.iter_parts():
                decoded = self.decoder(self.encoder(rpkms.to(self.device), tnfs.to(self.device)).mu)
                parts.append([part.cpu() for part in (decoded.depth_logits.softmax(dim=1), decoded.tnf, decoded.total)])
        return Reconstruction(*(torch.cat(part).numpy() for part in zip(*parts, strict=True)))
