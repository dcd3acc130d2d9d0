"""The clusterer by its definition, in numpy: every distance computed, nothing passed over. Slow."""

import numpy as np

from vambx.clustering.distances import NEIGHBOURHOOD
from vambx.clustering.medoids import FALLBACK_RADIUS, VALLEY_RATIOS
from vambx.clustering.valley import N_BINS, STEP, find_valley

F = np.float32
QUANTUM = 2**20
AT_ONCE = 2**18  # distances in memory at a time; what fits into a cache is quick


def unit_rows(latent):
    rows = np.asarray(latent, dtype=np.float64)
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, norm, out=np.zeros_like(rows), where=norm > 0).astype(F)
    return np.pad(unit, ((0, 0), (0, -unit.shape[1] % 4)))


def distances_of(some, unit):
    """Distances of some rows from all; the terms of a cosine are added in fours."""
    columns = np.ascontiguousarray(unit.T)
    cosine = np.zeros((len(some), len(unit)), dtype=F)
    for k in range(0, len(columns), 4):
        a, b, c, d = (np.multiply.outer(unit[some, k + i], columns[k + i]) for i in range(4))
        cosine += (a + b) + (c + d)
    cosine[np.arange(len(some)), some] = 1
    return np.maximum(F(0.5) - F(0.5) * cosine, F(0))


def given_by(some, unit, lengths):
    """What some rows add to the density of all."""
    given = np.zeros(len(unit), dtype=np.int64)
    step = max(AT_ONCE // max(len(unit), 1), 1)
    for start in range(0, len(some), step):
        part = some[start : start + step]
        closeness = np.maximum(F(NEIGHBOURHOOD) - distances_of(part, unit), F(0)) * F(QUANTUM)
        given += lengths[part] @ closeness.astype(np.int64)
    return given


def told(clusters):
    """All of each cluster as text, which can be compared: NaN is not equal to itself."""
    return [repr((c.medoid, c.members.tolist(), c.radius, c.kind, c.valley_ratio)) for c in clusters]


def plain_clusters(latent, lengths):
    """The clusters, in order, as `told` tells them."""
    unit, lengths = unit_rows(latent), np.asarray(lengths, dtype=np.int64)
    alive = np.ones(len(unit), dtype=bool)
    own = lengths * int(F(NEIGHBOURHOOD) * F(QUANTUM))
    density = given_by(np.arange(len(unit)), unit, lengths)
    found = []

    def take_out(medoid, distance, radius, kind, ratio):
        members = np.flatnonzero(alive & (distance <= F(radius)))
        if kind == "fallback" and len(members) == 1:
            kind, radius = "loner", 0.0
        alive[members] = False
        density[:] -= given_by(members, unit, lengths)
        found.append(repr((int(medoid), members.tolist(), radius, kind, ratio)))

    for ratio in VALLEY_RATIOS:
        tried = np.zeros(len(unit), dtype=bool)
        while (untried := alive & ~tried & (density > own)).any():
            medoid = np.where(untried, density, -1).argmax()
            distance = distances_of([medoid], unit)[0]
            others = alive & (np.arange(len(unit)) != medoid)
            at = (distance / F(STEP)).astype(np.int64)
            near = others & (at < N_BINS)
            histogram = np.zeros(N_BINS, dtype=np.int64)
            np.add.at(histogram, at[near], lengths[near])
            if valley := find_valley(histogram, ratio):
                take_out(medoid, distance, valley.radius, "normal", valley.ratio)
            else:
                tried |= (distance < F(NEIGHBOURHOOD)) & (density <= density[medoid])
    while alive.any():
        medoid = np.where(alive, density, -1).argmax()
        take_out(medoid, distances_of([medoid], unit)[0], FALLBACK_RADIUS, "fallback", float("nan"))
    return found
