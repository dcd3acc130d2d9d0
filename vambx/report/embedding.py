"""The latent space in two dimensions, of a sample of contigs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

METHODS = ("tsne", "pca")
PERPLEXITY = 30


@dataclass(frozen=True)
class Embedding:
    """Where some contigs lie on a plane.

    Attributes:
        rows: int64 (n,), which rows of the latent matrix they are, ascending.
        points: float32 (n, 2).
        method: `tsne` or `pca`.
        n_all: how many rows there were to draw from.
    """

    rows: npt.NDArray[np.int64]
    points: npt.NDArray[np.float32]
    method: str
    n_all: int


def embed(latent: npt.NDArray[np.float32], method: str = "tsne", most: int = 2000, seed: int = 1) -> Embedding:
    """Lay latent vectors out on a plane; the clusterer's cosine distance is what shall be seen.

    Args:
        latent: float32 (n, n_latent), n at least 2.
        method: `tsne` (neighbours stay together; slow) or `pca` (quick). Of fewer than four contigs `pca` is taken.
        most: more contigs than this are drawn from at random.
        seed: of the draw and of t-SNE.

    Source:
        van der Maaten & Hinton, Visualizing Data using t-SNE, JMLR 2008; scikit-learn's.
    """
    from sklearn.decomposition import PCA  # a second to load
    from sklearn.manifold import TSNE

    n = len(latent)
    rows = np.arange(n)
    if n > most:
        rows = np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
    drawn = latent[rows]
    unit = drawn / np.maximum(np.linalg.norm(drawn, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    if len(rows) < 4:
        method = "pca"
    if method == "pca":
        n_dimensions = min(2, unit.shape[1])
        found = PCA(n_dimensions, svd_solver="covariance_eigh").fit_transform(unit)
        points = np.pad(found, ((0, 0), (0, 2 - n_dimensions)))
    else:
        perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
        points = TSNE(init="pca", perplexity=perplexity, random_state=seed).fit_transform(unit)
    return Embedding(rows, points.astype(np.float32), method, n)
