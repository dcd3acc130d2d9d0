"""The latent vectors of the contigs, as the steps hand them on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vambx.errors import InputError
from vambx.io.npz import read_arrays


@dataclass(frozen=True)
class Latent:
    """The latent vectors, in their file until they are looked at.

    Attributes:
        path: of the file.
        vectors: float32 (n_contigs, n_latent), a row a long contig.
    """

    path: Path
    vectors: npt.NDArray[np.float32]

    @classmethod
    def read(cls, path: Path, n_contigs: int) -> "Latent":
        """Open latent.npz of so many long contigs.

        Raises:
            InputError: the file is missing or broken, or is of others.
        """
        latent = cls(path, read_arrays(path, ["latent"], ["latent"])["latent"])
        if latent.vectors.ndim != 2 or len(latent.vectors) != n_contigs or latent.vectors.dtype != np.float32:
            raise latent._of_others()
        return latent

    def of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The vectors of some of them; rows int64 (n,).

        Raises:
            InputError: they are not all finite.
        """
        vectors: npt.NDArray[np.float32] = np.array(self.vectors[rows])
        if not np.isfinite(vectors).all():
            raise self._of_others()
        return vectors

    def _of_others(self) -> InputError:
        return InputError(f"{self.path}: is no latent of these contigs (shape {self.vectors.shape}); make it anew")
