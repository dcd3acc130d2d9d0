"""A community as arrays: what is known of its contigs, the truth, and how much of it came back."""

from dataclasses import dataclass

import numpy as np

from vambx.choice import Contents, Copies
from vambx.demo import PRECISION, RECALL

N_KMERS = 136


@dataclass(frozen=True)
class Simulated:
    """Contigs of several samples; `genomes` and `samples` are numbers, `copies` those of the markers."""

    contents: Contents
    genomes: np.ndarray
    samples: np.ndarray
    copies: Copies

    @property
    def targets(self):
        """A number for each genome in each sample, from 0."""
        return np.unique(self.genomes * (self.samples.max() + 1) + self.samples, return_inverse=True)[1]

    def shares(self, members):
        """Recall and precision of contigs: of the genome of one sample that most of them are of."""
        held = np.bincount(self.targets[members], self.contents.lengths[members])
        whole = self.contents.lengths[self.targets == held.argmax()].sum()
        return held.max() / whole, held.max() / held.sum()

    def near_complete(self, bins):
        """How many genomes came back near-complete, counted once for each sample that holds them."""
        shares = [self.shares(members) for members in bins]
        return sum(recall >= RECALL and precision >= PRECISION for recall, precision in shares)

    def purity(self, bins):
        """Share of the bases in bins that are of the genome that most of their bin is of."""
        sizes = [self.contents.lengths[members].sum() for members in bins]
        return np.average([self.shares(members)[1] for members in bins], weights=sizes)


def simulate(seed, n_genomes=12, n_samples=3, per_genome=60, n_markers=30, close=0.5, n_latent=16):
    """Genomes of a few genera, all in every sample, each sample assembled by itself.

    Args:
        seed: of all random numbers.
        n_genomes: in the community.
        n_samples: in each of which they have other depths.
        per_genome: contigs of a genome in a sample.
        n_markers: that each genome has once.
        close: how different genomes of a genus are; genera differ by 1.
        n_latent: dimensions of a latent vector that tells genomes as well as composition and depth do.
    """
    rng = np.random.default_rng(seed)
    genus = rng.integers(max(n_genomes // 3, 1), size=n_genomes)

    def kinds(n):
        return rng.normal(size=(n_genomes, n))[genus] + close * rng.normal(size=(n_genomes, n))

    makeup = np.exp(0.25 * kinds(N_KMERS))
    makeup /= makeup.sum(axis=1, keepdims=True)
    depths = rng.lognormal(2, 1, size=(n_genomes, n_samples))
    genomes, samples = (
        each.ravel() for each in np.meshgrid(range(n_genomes), np.repeat(range(n_samples), per_genome), indexing="ij")
    )
    order = rng.permutation(len(genomes))
    genomes, samples = genomes[order], samples[order]
    lengths = np.maximum(2000, rng.lognormal(8.8, 0.7, size=len(genomes))).astype(np.int64)
    blurred = makeup[genomes] * np.exp(0.1 * rng.normal(size=(len(genomes), N_KMERS)))
    kmers = rng.poisson(blurred * lengths[:, None] / 4)  # neighbours share bases, and so say less
    noise = 0.05 + 0.25 * np.sqrt(2000 / lengths)[:, None]
    latent = kinds(n_latent)[genomes] + 2 * noise * rng.normal(size=(len(genomes), n_latent))
    counts = np.zeros((len(genomes), n_markers), dtype=np.int64)
    for genome in range(n_genomes):
        for sample in range(n_samples):
            mine = np.flatnonzero((genomes == genome) & (samples == sample))
            carriers = rng.choice(mine, size=n_markers, p=lengths[mine] / lengths[mine].sum())
            counts[carriers, range(n_markers)] += 1
    contents = Contents(
        latent=latent.astype(np.float32),
        frequencies=(kmers / kmers.sum(axis=1, keepdims=True)).astype(np.float32),
        depth=(depths[genomes] * np.exp(noise * rng.normal(size=(len(genomes), n_samples)))).astype(np.float32),
        lengths=lengths,
    )
    return Simulated(contents, genomes, samples, Copies.of_counts(counts))
