"""Run one stage of vambx, this version's or an earlier one's, and print its seconds as JSON.

    python drive_vambx.py warm
    python drive_vambx.py compose FASTA COMPOSITION MIN_LENGTH
    python drive_vambx.py tnf FASTA MIN_LENGTH
    python drive_vambx.py depth COMPOSITION THREADS BAM...
    python drive_vambx.py cluster LATENT THREADS
    python drive_vambx.py bins-of-vamb VAMB_OUTDIR BINS THREADS

Which vambx that is, PYTHONPATH says. Each stage is done once to something tiny before it is timed, so that neither
imports nor compilation count.
"""

import inspect
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import vambx
from vambx import find_bams, iter_clusters, read_abundance, read_composition, read_headers
from vambx.features.composition import Composition


def warm() -> dict[str, Any]:
    """Compile, and keep on disk, whatever vambx compiles."""
    _warm_tnf()
    _warm_cluster()
    return {}


def compose(fasta: str, composition: str, min_length: str) -> dict[str, Any]:
    """Write the composition that `depth` begins with."""
    read_composition(fasta, int(min_length)).write(Path(composition))
    return {}


def tnf(fasta: str, min_length: str) -> dict[str, Any]:
    """Count 4-mers."""
    _warm_tnf()
    started = time.perf_counter()
    composition = read_composition(fasta, int(min_length))
    return {"seconds": time.perf_counter() - started, "contigs": len(composition.contigs)}


def depth(composition_file: str, threads: str, *bams: str) -> dict[str, Any]:
    """Compute depths, the look into the BAMs' headers included."""
    composition = Composition.read(composition_file)
    started = time.perf_counter()
    headers = read_headers(find_bams(bams), composition)
    contigs = composition.contigs
    abundance = _call(read_abundance, headers=headers, contigs=contigs, min_identity=0.0, threads=int(threads))
    return {"seconds": time.perf_counter() - started, "mean_depth": float(abundance.depth.mean())}


def cluster(latent_file: str, threads: str) -> dict[str, Any]:
    """Cluster a latent."""
    _warm_cluster()
    with np.load(latent_file) as arrays:
        latent, lengths = arrays["latent"], arrays["lengths"].astype(np.int64)
    started = time.perf_counter()
    clusters = list(_call(iter_clusters, latent=latent, lengths=lengths, threads=int(threads)))
    return {"seconds": time.perf_counter() - started, "clusters": len(clusters)}


def bins_of_vamb(vamb_outdir: str, bins: str, threads: str) -> dict[str, Any]:
    """Cluster the latent of a run of Vamb as vambx does, and write contig and bin, split by sample."""
    outdir = Path(vamb_outdir)
    with np.load(outdir / "composition.npz", allow_pickle=True) as arrays:  # its names are pickled
        names, lengths = arrays["identifiers"].tolist(), arrays["lengths"].astype(np.int64)
    with np.load(outdir / "latent.npz") as arrays:
        latent = arrays["arr_0"]
    _warm_cluster()
    started = time.perf_counter()
    clusters = list(_call(iter_clusters, latent=latent, lengths=lengths, threads=int(threads)))
    seconds = time.perf_counter() - started
    split = all("C" in name for name in names)  # S1C12 is contig 12 of sample S1
    with open(bins, "w", encoding="utf-8") as handle:
        for number, found in enumerate(clusters):
            for row in found.members.tolist():
                sample = names[row].partition("C")[0] if split else "all"
                print(names[row], f"{sample}_{number}", sep="\t", file=handle)
    return {"seconds": seconds, "clusters": len(clusters)}


def _call(function: Callable[..., Any], **offered: Any) -> Any:
    """Call a function with what it takes of this, as versions differ in their settings."""
    taken = inspect.signature(function).parameters
    return function(**{name: value for name, value in offered.items() if name in taken})


def _warm_tnf() -> None:
    bases = "".join(random.Random(1).choices("ACGT", k=3000))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.fna"
        path.write_text("".join(f">tiny{i}\n{bases}\n" for i in range(3)), encoding="ascii")
        read_composition(path, 2000)


def _warm_cluster() -> None:
    """Three clumps and some strays: every loop of the clusterer has work."""
    rng = np.random.default_rng(1)
    clumps = np.repeat(rng.normal(size=(3, 32)), 60, axis=0) + rng.normal(scale=0.1, size=(180, 32))
    latent = np.concatenate([clumps, rng.normal(size=(20, 32))]).astype(np.float32)
    for _ in _call(iter_clusters, latent=latent, lengths=np.full(200, 5000, dtype=np.int64), threads=2):
        pass


if __name__ == "__main__":
    stages = {function.__name__: function for function in (warm, compose, tnf, depth, cluster, bins_of_vamb)}
    told = stages[sys.argv[1].replace("-", "_")](*sys.argv[2:])
    print(json.dumps({**told, "package": vambx.__file__}))
