"""The ways in which contigs are looked at: points whose distances tell whether contigs are of one genome.

The latent vectors alone lose some of what depth tells, for the autoencoder has to say much with little. So one view
puts the depths beside the latent vectors, and one weighs all there is, composition, depths and latent vectors, by how
much it tells groups apart that are already known.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vambx.choice.discriminant import discriminant

N_TERMS = 20
"""Directions of the discriminant, besides one a sample."""

_DEPTH_WEIGHT = 0.8  # of a natural logarithm of depth, beside latent vectors of length 1
_LEAST_DEPTH = 0.1  # added to depths, below which they say nothing
_MOST_DEPTHS = 32  # with more samples, the depths' principal axes stand for them

Points = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Contents:
    """What is known of contigs.

    Attributes:
        latent: float (n_contigs, n_latent), the encoder's means; may have no columns.
        frequencies: float (n_contigs, n_kmers), each row's sum 1.
        depth: float (n_contigs, n_samples), mean reads covering a base.
        lengths: int64 (n_contigs,), bp.
    """

    latent: npt.NDArray[np.floating]
    frequencies: npt.NDArray[np.floating]
    depth: npt.NDArray[np.floating]
    lengths: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.int64], latent: npt.NDArray[np.floating]) -> "Contents":
        """Some of the contigs, with their latent vectors."""
        return Contents(latent, self.frequencies[rows], self.depth[rows], self.lengths[rows])

    @property
    def log_depth(self) -> npt.NDArray[np.float32]:
        """(n_contigs, at most 32): logarithms of the depths, or their principal axes."""
        logs = self._logs()
        return logs if logs.shape[1] <= _MOST_DEPTHS else _main_axes(logs, _MOST_DEPTHS)

    @property
    def log_profile(self) -> npt.NDArray[np.float32]:
        """(n_contigs, at most 32): principal axes of how depths differ between samples, without what these share."""
        logs = self._logs()
        logs -= logs.mean(axis=1, keepdims=True)
        return _main_axes(logs, min(logs.shape[1] - 1, _MOST_DEPTHS))

    def _logs(self) -> npt.NDArray[np.float32]:
        logs: npt.NDArray[np.float32] = np.log(self.depth + _LEAST_DEPTH, dtype=np.float32)
        return logs


def _main_axes(logs: npt.NDArray[np.float32], n: int) -> npt.NDArray[np.float32]:
    """The n principal axes; the logarithms are centred where they are."""
    logs -= logs.mean(axis=0)
    axes = np.linalg.eigh(logs.T @ logs)[1][:, logs.shape[1] - n :]
    principal: npt.NDArray[np.float32] = logs @ axes
    return principal


def unit_rows(latent: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Latent vectors (n, n_latent) scaled to length 1; those of length 0 as they are."""
    norms = np.linalg.norm(latent, axis=1, keepdims=True)
    scaled: npt.NDArray[np.float32] = (latent / np.where(norms > 0, norms, 1)).astype(np.float32)
    return scaled


def beside_depth(contents: Contents) -> Points:
    """Latent vectors with the logarithms of the depths beside them: (n_contigs, n_latent + n_depths).

    A factor in the depth of one sample of many says as much as a factor in the depth of the only one.
    """
    weight = np.float32(_DEPTH_WEIGHT / np.sqrt(contents.depth.shape[1]))
    return np.hstack([unit_rows(contents.latent), weight * contents.log_depth])


def telling_apart(contents: Contents, groups: npt.NDArray[np.int64], n_terms: int = N_TERMS) -> Points:
    """All features, projected to what tells known groups apart: (n_contigs, at most n_terms + n_depths).

    Args:
        contents: of the contigs.
        groups: int64 (n_contigs,), 0 upwards; -1 for contigs in no group. At least two groups.
        n_terms: directions to keep besides one a sample.
    """
    log_depth = contents.log_depth
    features = np.hstack([np.sqrt(contents.frequencies), log_depth, unit_rows(contents.latent)], dtype=np.float64)
    return discriminant(features, contents.lengths.astype(np.float64), groups, n_terms + log_depth.shape[1])
