"""Distances in latent space: what they are, and the compiled sweeps over balls that compute them.

What cannot be near is passed over by the centres of the balls (`vambx.clustering.balls`); what is left is met a tile at
a time, and of a tile only what has a contig within the distance is looked at one by one.

The distance of two contigs is (1 - cosine) / 2, from 0 to 1. A tile is a float32 (n_terms, LANES) block of contigs side
by side, so that a loop over them is one over the processor's vector lanes. Every cosine is summed in one order,
whichever loop computes it and for either of the two contigs, and every density is a sum of integers: so that nothing
depends on the tiles, on threads, or on the order in which contigs leave.

All that is compiled lies in this file, its constants too: numba's cache does not see when another file changes.
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


@compiled
def least_cosine(distance):  # type: ignore[no-untyped-def]
    """A cosine that whatever lies within a distance exceeds, rounded as it may be."""
    return _F(1.0) - _F(2.0) * _F(distance) - _F(1e-6)


@compiled
def _add_hits(reach, here, cosine, lengths, density, company, first):  # type: ignore[no-untyped-def]
    """Count one contig and the contigs of a tile, from `first` on, for each other."""
    length = lengths[here]
    given = np.int64(0)
    met = np.int64(0)
    for j in range(LANES):
        distance = distance_of(cosine[j])
        closeness = closeness_of(distance)
        near = np.int64(distance <= reach and lengths[first + j] > 0)
        given += lengths[first + j] * closeness
        density[first + j] += length * closeness
        company[first + j] += near
        met += near
    density[here] += given
    company[here] += met


@compiled
def _candidates(t, centres, radii, radii_cos, radii_sin, reach, out):  # type: ignore[no-untyped-def]
    """Write the tiles up to `t` whose balls may hold something within `reach` (radians) of t's; returns how many."""
    n_terms = centres.shape[1]
    query = np.empty(n_terms, dtype=np.float32)
    query[:] = centres[t // LANES, :, t % LANES]
    cosine = np.empty(LANES, dtype=np.float32)
    n = 0
    mine = radii[t] + reach
    mine_cos, mine_sin = np.cos(mine), np.sin(mine)
    for block in range(t // LANES + 1):
        cosines(query, centres[block], cosine)
        for j in range(min(LANES, t + 1 - block * LANES)):
            u = block * LANES + j
            if mine + radii[u] >= np.pi or cosine[j] >= mine_cos * radii_cos[u] - mine_sin * radii_sin[u]:
                out[n] = u
                n += 1
    return n


@compiled
def _pack(rows, n, centres, least, packed, needed):  # type: ignore[no-untyped-def]
    """Copy the centres of n tiles, and the cosines they need, side by side; what fills up the last is never near."""
    for i in range(-(-n // LANES) * LANES):
        needed[i // LANES, i % LANES] = least[rows[i]] if i < n else 2.0
        if i < n:
            packed[i // LANES, :, i % LANES] = centres[rows[i] // LANES, :, rows[i] % LANES]


@compiled
def _meet(here, u, cosine, within, reach, lengths, density, company):  # type: ignore[no-untyped-def]
    """Count two contigs, side by side from `here` on, and those of tile u for each other."""
    for side in range(2):
        if u == here // LANES:
            cosine[side, here % LANES + side :] = -1.0  # in their own tile each pair once
        nearest = cosine[side, 0]
        for j in range(LANES):
            nearest = max(nearest, cosine[side, j])
        if nearest >= within and lengths[here + side] > 0:
            _add_hits(reach, here + side, cosine[side], lengths, density, company, u * LANES)


@compiled
def count_share(tiles, centres, radii, least, lengths, angle, reach, share, of, density, company):  # type: ignore[no-untyped-def]
    """Meet all contigs of every `of`-th tile, from `share` on, with those of the tiles up to it: each pair once.

    Args:
        tiles: float32 (n_tiles, n_terms, LANES), tightest balls first.
        centres: float32 (ceil(n_tiles / LANES), n_terms, LANES), the balls' centres.
        radii: float64 (n_tiles,), radians.
        least: float32, cosine a contig must have with each ball's centre for anything in it to be near.
        lengths: int64 (n_tiles x LANES,), bp; 0 where a lane is empty.
        angle: how near contigs are each other's company, in radians.
        reach: the same as a distance, float32.
        share: the first tile.
        of: from one tile to the next.
        density: int64 (n_tiles x LANES,), to which the densities are added.
        company: int64 (n_tiles x LANES,), to which the number of contigs within reach is added.
    """
    n_tiles, n_terms = tiles.shape[0], tiles.shape[1]
    n_blocks = -(-n_tiles // LANES)
    radii_cos, radii_sin = np.cos(radii), np.sin(radii)
    candidates = np.empty(n_tiles, dtype=np.int64)
    packed = np.zeros((n_blocks, n_terms, LANES), dtype=np.float32)
    needed = np.empty((n_blocks, LANES), dtype=np.float32)
    pairs = np.empty((LANES // 2, 2, n_terms), dtype=np.float32)
    near = np.empty((LANES // 2, LANES), dtype=np.bool_)
    cosine = np.empty((2, LANES), dtype=np.float32)
    within = least_cosine(reach)
    for t in range(share, n_tiles, of):
        n = _candidates(t, centres, radii, radii_cos, radii_sin, angle, candidates)
        _pack(candidates, n, centres, least, packed, needed)
        n_pairs = 0
        for lane in range(0, LANES, 2):
            if lengths[t * LANES + lane] > 0:
                pairs[n_pairs, 0] = tiles[t, :, lane]
                pairs[n_pairs, 1] = tiles[t, :, lane + 1]
                n_pairs += 1
        for block in range(-(-n // LANES)):
            for p in range(n_pairs):
                cosines_of_two(pairs[p], packed[block], cosine)
                for i in range(LANES):
                    near[p, i] = max(cosine[0, i], cosine[1, i]) >= needed[block, i]
            for i in range(min(LANES, n - block * LANES)):
                u = candidates[block * LANES + i]
                for p in range(n_pairs):
                    if near[p, i]:
                        cosines_of_two(pairs[p], tiles[u], cosine)
                        _meet(t * LANES + 2 * p, u, cosine, within, reach, lengths, density, company)


@compiled
def look_around(me, tiles, centres, least, lengths, left, within, blocks, step, slots, distances, histogram):  # type: ignore[no-untyped-def]
    """Find who is left around one contig, in some blocks of balls.

    Args:
        me: lane of the contig, among all tiles' lanes.
        tiles: as in `count_share`.
        centres: as in `count_share`.
        least: as in `count_share`, for the distance looked to.
        lengths: as in `count_share`; the length of who has left is 0.
        left: int64 (n_tiles,), contigs left in each tile.
        within: `least_cosine` of the distance within which to find them.
        blocks: first block of centres, and the one after the last.
        step: width of the histogram's bins, in units of distance.
        slots: int64, where to write the lane of each.
        distances: float32, where to write the distance of each.
        histogram: int64, to which the bases at each distance are added.

    Returns:
        How many there are, and what they give to the contig's density.
    """
    query = tiles[me // LANES, :, me % LANES].copy()
    to_centres = np.empty(LANES, dtype=np.float32)
    cosine = np.empty(LANES, dtype=np.float32)
    n = 0
    density = 0
    for block in range(blocks[0], blocks[1]):
        cosines(query, centres[block], to_centres)
        for i in range(LANES):
            u = block * LANES + i
            if to_centres[i] < least[u] or left[u] == 0:
                continue
            cosines(query, tiles[u], cosine)
            for j in range(LANES):
                if cosine[j] < within or lengths[u * LANES + j] == 0 or u * LANES + j == me:
                    continue
                distance = distance_of(cosine[j])
                slots[n] = u * LANES + j
                distances[n] = distance
                n += 1
                density += lengths[u * LANES + j] * closeness_of(distance)
                at = np.int64(distance / step)
                if at < len(histogram):
                    histogram[at] += lengths[u * LANES + j]
    return n, density
