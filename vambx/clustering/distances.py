"""Distances in latent space: what they are, and the compiled loops that compute them.

The distance of two contigs is (1 - cosine) / 2, from 0 to 1. A tile is a float32 (n_terms, LANES) block of contigs side
by side, so that a loop over them is one over the processor's vector lanes. Every cosine is summed in one order,
whichever loop computes it and for either of the two contigs, and every density is a sum of integers: so that nothing
depends on the tiles, on threads, or on the order in which contigs leave.
"""

import numpy as np
import numpy.typing as npt

from vambx.compiled import compiled

NEIGHBOURHOOD = 0.05  # contigs nearer than this count for the density
LANES = 64  # contigs in a tile
_CHUNK = 4  # terms of a cosine that are added up before they join the sum
_QUANTUM = 1 << 20  # steps of closeness per unit of distance; with 1e12 bases the sums stay in 63 bits
_F = np.float32


def normalised(latent: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Rows scaled to length 1, float32 (n, n_terms); a row of zeros stays zeros.

    Columns of zeros, which change no cosine, fill it up to a whole number of chunks.
    """
    rows = np.asarray(latent, dtype=np.float64)
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.zeros((len(rows), max(-(-rows.shape[1] // _CHUNK), 1) * _CHUNK), dtype=np.float32)
    np.divide(rows, norm, out=unit[:, : rows.shape[1]], where=norm > 0, casting="same_kind")
    return unit


def tiled(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Rows (n, n_terms), n a multiple of LANES, as tiles: float32 (n / LANES, n_terms, LANES)."""
    return np.ascontiguousarray(rows.reshape(-1, LANES, rows.shape[1]).transpose(0, 2, 1))


def own_density(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The density of a contig without neighbours: int64 (n,)."""
    return lengths * np.int64(_F(NEIGHBOURHOOD) * _F(_QUANTUM))


@compiled
def cosines(query, tile, out):  # type: ignore[no-untyped-def]
    """Write the cosines of a query (n_terms,) with the contigs of a tile into float32 `out` (LANES,)."""
    out[:] = 0.0
    for i in range(len(query) // _CHUNK):
        t = tile[_CHUNK * i : _CHUNK * i + _CHUNK]
        q = query[_CHUNK * i : _CHUNK * i + _CHUNK]
        a, b, c, d = q[0], q[1], q[2], q[3]
        for j in range(LANES):
            out[j] += (a * t[0, j] + b * t[1, j]) + (c * t[2, j] + d * t[3, j])


@compiled
def cosines_of_two(queries, tile, out):  # type: ignore[no-untyped-def]
    """The same for two queries (2, n_terms) at once, which halves the loads; `out` is (2, LANES)."""
    out[:] = 0.0
    for i in range(queries.shape[1] // _CHUNK):
        t = tile[_CHUNK * i : _CHUNK * i + _CHUNK]
        q = queries[:, _CHUNK * i : _CHUNK * i + _CHUNK]
        a, b, c, d = q[0, 0], q[0, 1], q[0, 2], q[0, 3]
        e, f, g, h = q[1, 0], q[1, 1], q[1, 2], q[1, 3]
        for j in range(LANES):
            w, x, y, z = t[0, j], t[1, j], t[2, j], t[3, j]
            out[0, j] += (a * w + b * x) + (c * y + d * z)
            out[1, j] += (e * w + f * x) + (g * y + h * z)


@compiled
def distance_of(cosine):  # type: ignore[no-untyped-def]
    """The distance, never below 0."""
    return max(_F(0.5) - _F(0.5) * cosine, _F(0.0))


@compiled
def closeness_of(distance):  # type: ignore[no-untyped-def]
    """How much nearer than NEIGHBOURHOOD, in whole quanta; 0 for what is further."""
    return np.int64(max(_F(NEIGHBOURHOOD) - distance, _F(0.0)) * _F(_QUANTUM))
