"""A floor of quality: small communities whose genomes must come back, with markers and without.

The figures are some way below what is found today (in comments), so that another machine's rounding does not fail them,
and far above what a broken choice finds.
"""

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
from builders import write_fasta
from communities import done, run_cli
from genes import gene, proteins, write_hmms
from simulated import simulate

from vambx import contig_weights, fit, iter_clusters
from vambx.choice import choose, large_groups
from vambx.config import EncoderConfig
from vambx.demo import PRECISION, RECALL, Community, Truth, write_community
from vambx.io.tables import read_rows

LEAST_BASES = 200_000
SEEDS = (1, 2, 3)
ENCODER = EncoderConfig(epochs=30, n_hidden=(64,), device="cpu", precision="float32")


@pytest.fixture(scope="module", params=SEEDS)
def binned(request):
    """A community of 12 close genomes in 3 samples, and its bins in each way."""
    made = simulate(request.param, n_genomes=12, per_genome=40, close=0.5)
    lengths, depth = made.contents.lengths, made.contents.depth
    rpkm = (1e6 * depth / depth.sum(axis=0)).astype(np.float32)
    config = replace(ENCODER, seed=request.param)
    model, data = fit(rpkm, made.contents.frequencies, contig_weights(lengths), config)
    contents = replace(made.contents, latent=model.encode(data))
    clusters = np.zeros(len(lengths), dtype=np.int64)
    for number, found in enumerate(iter_clusters(contents.latent, lengths)):
        clusters[found.members] = number
    ways = {"clusters": rows_of(clusters * 3 + made.samples)}
    for way, counts in (("markers", made.counts), ("stable", None)):
        ways[way] = [chosen.members for chosen in choose(contents, clusters, made.samples, counts)]
    return made, {way: [b for b in bins if lengths[b].sum() >= LEAST_BASES] for way, bins in ways.items()}


def rows_of(numbers):
    return [np.flatnonzero(numbers == number) for number in np.unique(numbers)]


def test_with_markers_most_genomes_come_back_and_more_than_clusters_alone_bring(binned):
    made, bins = binned
    assert made.near_complete(bins["markers"]) >= 30  # of 36
    assert made.purity(bins["markers"]) >= 0.97
    assert made.near_complete(bins["markers"]) >= made.near_complete(bins["clusters"]) + 5


def test_without_markers_it_is_no_worse_than_clusters(binned):
    made, bins = binned
    assert made.near_complete(bins["stable"]) >= max(made.near_complete(bins["clusters"]) - 2, 10)
    assert made.purity(bins["stable"]) >= made.purity(bins["clusters"]) - 0.02
