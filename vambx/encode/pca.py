"""Principal components in place of a network: the simplest thing that could do."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vambx.config import EncoderConfig
from vambx.encode.autoencoder import Reconstruction
from vambx.encode.batches import require_enough, split_contigs
from vambx.encode.features import Features
from vambx.encode.history import Epoch, History
from vambx.encode.inputs import Inputs, Scaling
from vambx.encode.saved import About, Saved
from vambx.one_thread import on_one_thread


class PCA(Saved):
    """Principal components of the inputs that a `VAE` sees, each kind of them weighed as in its loss.

    The variance of the TNF features adds up to `mse_ratio`, that of the depths to what is left less one sample's share,
    which is that of the total abundance.

    Args:
        about: what it is for; `of` makes it from features.

    Source:
        Pearson, On lines and planes of closest fit to systems of points in space, 1901; scikit-learn's, and for more
        contigs than fit into `block_memory` its incremental one (Ross et al., Int J Comput Vis 2008, doi
        10.1007/s11263-007-0075-7).
    """

    kind = "pca"
    history: History | None = None  # there are no epochs
    mean: Tensor
    components: Tensor
    spread: Tensor

    def __init__(self, about: About) -> None:
        super().__init__(about)
        width = about.n_samples + about.n_tnf + 1
        self.scaling = Scaling(about.n_samples, about.n_tnf)
        self.register_buffer("spread", torch.ones(width))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("components", torch.zeros((about.config.n_latent, width)))

    @classmethod
    def of(cls, features: Features, config: EncoderConfig | None = None) -> Self:
        """Components for such features, not fitted yet."""
        return cls(About.of(features, replace(config or EncoderConfig(), encoder=cls.kind)))

    @on_one_thread
    def fit(
        self,
        features: Features,
        weights: npt.NDArray[np.float32] | None = None,
        on_epoch: Callable[[Epoch], None] = lambda epoch: None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Fit on the contigs that a network would be trained on; weights, epochs and checkpoints do not come into it.

        Raises:
            ValueError: fewer than two contigs, another number of samples or features than the model is for, or numbers
                that are not finite.
        """
        from sklearn import decomposition  # takes a second to load

        self.about.require(features)
        config = self.about.config
        seen, _ = split_contigs(len(features), config.validation, config.seed)
        require_enough(seen)
        self.scaling.fit(features.iter_parts())
        self.spread.copy_(self._spread(features, seen))
        n_components = min(config.n_latent, len(seen), len(self.spread))
        if 4 * len(self.spread) * len(seen) <= config.block_memory * 1e6:
            found = decomposition.PCA(n_components, svd_solver="covariance_eigh")
            found.fit(np.concatenate(list(self._iter_spread(features, seen))))
        else:
            found = decomposition.IncrementalPCA(n_components)
            for part in self._iter_spread(features, seen):
                if len(part) >= n_components:
                    found.partial_fit(part)
        self.mean.copy_(torch.from_numpy(found.mean_))
        self.components.zero_()
        self.components[:n_components] = torch.from_numpy(found.components_)
        return self

    @on_one_thread
    def transform(self, features: Features) -> npt.NDArray[np.float32]:
        """The latent vectors of contigs: their first principal components, float32 (n, n_latent).

        Raises:
            ValueError: other samples or TNF features than the model is for.
        """
        self.about.require(features)
        parts = [(part - self.mean.numpy()) @ self.components.numpy().T for part in self._iter_spread(features)]
        return np.concatenate(parts)

    @on_one_thread
    def reconstruct(self, features: Features) -> Reconstruction:
        """Contigs as they come back from their latent vectors.

        Raises:
            ValueError: other samples or TNF features than the model is for.
        """
        values = self.transform(features) @ self.components.numpy() + self.mean.numpy()
        values = values / np.where(self.spread.numpy() > 0, self.spread.numpy(), 1)
        depths, tnf, total = np.split(values, np.cumsum([self.about.n_samples, self.about.n_tnf]), axis=1)
        depths = np.clip(depths, 1e-6, None)
        return Reconstruction(depths / depths.sum(axis=1, keepdims=True), tnf, total)

    def _spread(self, features: Features, seen: npt.NDArray[np.int64]) -> Tensor:
        """What each input is multiplied by: float32 (width,)."""
        about, moments = self.about, torch.zeros((2, self.about.n_samples), dtype=torch.float64)
        for inputs in self._iter_inputs(features, seen):
            moments += torch.stack([inputs.depths.double().sum(0), inputs.depths.double().square().sum(0)])
        mean, squares = moments / len(seen)
        variance = float((squares - mean.square()).sum().clamp_min(0))
        mse_ratio = about.config.mse_ratio_for(about.n_samples)
        of_depths = (1 - mse_ratio) / variance if variance > 1e-9 else 0.0
        of_tnf, of_total = mse_ratio / about.n_tnf, (1 - mse_ratio) / about.n_samples
        squared = [of_depths] * about.n_samples + [of_tnf] * about.n_tnf + [of_total]
        return torch.tensor(squared).sqrt()

    def _iter_inputs(self, features: Features, contigs: npt.NDArray[np.int64] | None) -> Iterator[Inputs]:
        for rpkms, tnfs in features.iter_parts(contigs):
            yield self.scaling(rpkms, tnfs)

    def _iter_spread(
        self, features: Features, contigs: npt.NDArray[np.int64] | None = None
    ) -> Iterator[npt.NDArray[np.float32]]:
        for inputs in self._iter_inputs(features, contigs):
            yield (torch.cat(inputs, dim=1) * self.spread).numpy()
