"""Distances in latent space, in compiled loops whose results do not depend on the number of threads.

The distance of two contigs is (1 - cosine) / 2, from 0 to 1. The matrix lies transposed, (n_latent, n), so that a loop
over contigs runs along memory; each distance is summed in one order. Densities and histograms are sums of integers, so
that no order of adding or taking away changes them.
"""

import numpy as np
import numpy.typing as npt

from vambx.clustering.valley import N_BINS, STEP
from vambx.compiled import compiled

NEIGHBOURHOOD = 0.05  # contigs this near count for the density
_QUANTUM = 1 << 20  # steps of closeness per unit of distance; with 1e12 bases the sums stay in 63 bits
_BLOCK = 1024  # contigs whose latent stays in the nearest cache


def normalised(latent: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Rows scaled to length 1 and transposed: float32 (n_latent, n); a row of zeros stays zeros."""
    rows = np.asarray(latent, dtype=np.float64)
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(np.divide(rows, norm, out=np.zeros_like(rows), where=norm > 0).T, dtype=np.float32)


@compiled
def distances_from(unit, medoid, out):  # type: ignore[no-untyped-def]
    """Write the distance of every contig from one of them into float32 `out` (n,)."""
    n_latent, n = unit.shape
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        for j in range(start, stop):
            out[j] = 0.0
        for k in range(n_latent):
            x = unit[k, medoid]
            for j in range(start, stop):
                out[j] += x * unit[k, j]
        for j in range(start, stop):
            out[j] = max(np.float32(0.5) - np.float32(0.5) * out[j], np.float32(0.0))
    out[medoid] = 0.0


@compiled
def add_to_density(unit, lengths, givers, sign, density, start, stop):  # type: ignore[no-untyped-def]
    """Add (sign 1) or take away (-1) what `givers` give to the density of the contigs from `start` to `stop`.

    A contig gives its neighbours its length times how much nearer than NEIGHBOURHOOD it is, in whole quanta.
    """
    n_latent = unit.shape[0]
    cosine = np.empty(_BLOCK, dtype=np.float32)
    for first in range(start, stop, _BLOCK):
        size = min(_BLOCK, stop - first)
        for giver in givers:
            for j in range(size):
                cosine[j] = 0.0
            for k in range(n_latent):
                x = unit[k, giver]
                for j in range(size):
                    cosine[j] += x * unit[k, first + j]
            if first <= giver < first + size:
                cosine[giver - first] = 1.0
            for j in range(size):
                distance = max(np.float32(0.5) - np.float32(0.5) * cosine[j], np.float32(0.0))
                if distance < np.float32(NEIGHBOURHOOD):
                    closeness = np.int64((np.float32(NEIGHBOURHOOD) - distance) * np.float32(_QUANTUM))
                    density[first + j] += sign * lengths[giver] * closeness


@compiled
def histogram_of(distances, lengths, alive, medoid, out):  # type: ignore[no-untyped-def]
    """Write the bases at each distance into int64 `out` (N_BINS,); the medoid's own are left out."""
    for i in range(N_BINS):
        out[i] = 0
    for j in range(len(distances)):
        if alive[j] and j != medoid:
            at = np.int64(distances[j] / np.float32(STEP))
            if at < N_BINS:
                out[at] += lengths[j]


def own_density(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The density of a contig without neighbours: int64 (n,)."""
    return lengths * np.int64(np.float32(NEIGHBOURHOOD) * np.float32(_QUANTUM))
