"""Run one stage of Vamb as its command line does, and print its seconds as JSON.

    python drive_vamb.py warm
    python drive_vamb.py compose FASTA COMPOSITION MIN_LENGTH
    python drive_vamb.py tnf FASTA MIN_LENGTH
    python drive_vamb.py depth COMPOSITION THREADS BAM...
    python drive_vamb.py cluster LATENT THREADS

It imports nothing of vambx; its interpreter is one that has Vamb.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import vamb


def warm() -> dict[str, Any]:
    """Nothing is compiled; the imports alone are what is warmed."""
    return {}


def compose(fasta: str, composition: str, min_length: str) -> dict[str, Any]:
    """Write the composition that `depth` begins with."""
    _composition(fasta, min_length).save(composition)
    return {}


def tnf(fasta: str, min_length: str) -> dict[str, Any]:
    """Count 4-mers and project them."""
    started = time.perf_counter()
    composition = _composition(fasta, min_length)
    return {"seconds": time.perf_counter() - started, "contigs": int(composition.nseqs)}


def depth(composition_file: str, threads: str, *bams: str) -> dict[str, Any]:
    """Compute depths, the check of the BAMs' order included."""
    metadata = vamb.parsecontigs.Composition.load(composition_file).metadata
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        if not all(vamb.parsebam.pycoverm.is_bam_sorted(bam) for bam in bams):
            raise SystemExit("a BAM file is not sorted")
        cache = Path(folder) / "pycoverm"
        abundance = vamb.parsebam.Abundance.from_files(list(map(Path, bams)), cache, metadata, True, 0.0, int(threads))
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "mean_depth": float(abundance.matrix.mean())}


def cluster(latent_file: str, threads: str) -> dict[str, Any]:
    """Cluster a latent."""
    torch.set_num_threads(int(threads))
    with np.load(latent_file) as arrays:
        latent, lengths = arrays["latent"], arrays["lengths"]
    started = time.perf_counter()
    generator = vamb.cluster.ClusterGenerator(
        latent, lengths, windowsize=300, minsuccesses=15, destroy=True, normalized=False, cuda=False, rng_seed=1
    )
    n_clusters = sum(1 for _ in generator)
    return {"seconds": time.perf_counter() - started, "clusters": n_clusters}


def _composition(fasta: str, min_length: str) -> vamb.parsecontigs.Composition:
    with vamb.vambtools.Reader(fasta) as file:
        return vamb.parsecontigs.Composition.from_file(file, fasta, minlength=int(min_length))


if __name__ == "__main__":
    stages = {function.__name__: function for function in (warm, compose, tnf, depth, cluster)}
    print(json.dumps(stages[sys.argv[1]](*sys.argv[2:])))
