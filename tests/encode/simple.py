"""Small features of a few genomes, and quick settings to train on them."""

import numpy as np

from vambx.config import EncoderConfig
from vambx.encode import Features

QUICK = EncoderConfig(n_hidden=(32,), n_latent=4, epochs=8, device="cpu")


def groups(n_groups=3, per_group=40, n_samples=3, seed=0):
    """Features of contigs of a few genomes: rpkms, tnfs, genome of each."""
    rng = np.random.default_rng(seed)
    genome = np.repeat(np.arange(n_groups), per_group)
    depth = rng.lognormal(2, 1, (n_groups, n_samples))[genome] * rng.lognormal(0, 0.1, (len(genome), n_samples))
    tnf = rng.dirichlet(np.ones(136), n_groups)[genome] + rng.normal(0, 3e-4, (len(genome), 136))
    return depth.astype(np.float32), tnf.astype(np.float32), genome


def with_halves(n_samples=1, **how):
    """Features of counted 4-mers, and of those of the first halves of contigs."""
    rpkms, tnfs, genome = groups(n_samples=n_samples, **how)
    rng = np.random.default_rng(len(genome))
    likely = np.clip(tnfs.astype(np.float64), 0, None)
    fronts, backs = (rng.multinomial(1500, likely / likely.sum(axis=1, keepdims=True)) for _ in range(2))
    return Features(rpkms, fronts + backs, fronts=fronts), genome


def features(**how):
    """The same as `Features`."""
    rpkms, tnfs, _ = groups(**how)
    return Features(rpkms, tnfs)
