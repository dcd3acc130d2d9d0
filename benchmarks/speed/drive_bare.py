"""Do only what cannot be spared, with the libraries alone, and print the seconds as JSON.

    python drive_bare.py matmul THREADS       matrix products of the network's shapes
    python drive_bare.py copy                 memory to memory
    python drive_bare.py decompress FILE      a gz file, in this process
    python drive_bare.py parse FASTA          decompress it if need be, and parse it
    python drive_bare.py depth THREADS BAM... pycoverm, in this process

It imports nothing of vambx.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

_BATCHES = (256, 4096)
_LAYERS = ((145, 512), (512, 512), (512, 32))
_LEAST_SECONDS = 0.5  # a rate is taken over this long
_CHUNK = 1 << 20


def matmul(threads: str) -> dict[str, Any]:
    """GFLOP/s of float32 and bfloat16 products, forward only."""
    import torch

    torch.set_num_threads(int(threads))
    started = time.perf_counter()
    rates = {}
    for kind in (torch.float32, torch.bfloat16):
        for batch in _BATCHES:
            for n_in, n_out in _LAYERS:
                left, right = torch.randn(batch, n_in, dtype=kind), torch.randn(n_in, n_out, dtype=kind)
                out = torch.empty(batch, n_out, dtype=kind)
                name = f"{str(kind).removeprefix('torch.')} {batch}x{n_in}x{n_out}"
                rates[name] = 2e-9 * batch * n_in * n_out * _rate(partial(torch.mm, left, right, out=out))
    return {"seconds": time.perf_counter() - started, "gflops": rates}


def copy() -> dict[str, Any]:
    """GB/s of one thread that copies 256 MB; reading and writing count as one."""
    import numpy as np

    source = np.ones(1 << 25, dtype=np.float64)
    target = np.empty_like(source)
    started = time.perf_counter()
    rate = _rate(lambda: np.copyto(target, source)) * source.nbytes / 1e9
    return {"seconds": time.perf_counter() - started, "gb_per_second": rate}


def decompress(path: str) -> dict[str, Any]:
    """Seconds to read all of a compressed file."""
    from xopen import xopen

    started = time.perf_counter()
    n_bytes = 0
    with xopen(path, "rb", threads=0) as handle:
        while chunk := handle.read(_CHUNK):
            n_bytes += len(chunk)
    return {"seconds": time.perf_counter() - started, "bytes": n_bytes}


def parse(path: str) -> dict[str, Any]:
    """Seconds to see every record of a FASTA file."""
    from dnaio.readers import FastaReader
    from xopen import xopen

    started = time.perf_counter()
    n_bases = 0
    with xopen(path, "rb", threads=0) as plain, FastaReader(plain) as reader:
        for record in reader:
            n_bases += len(record.sequence)
    return {"seconds": time.perf_counter() - started, "bases": n_bases}


def depth(threads: str, *bams: str) -> dict[str, Any]:
    """Depths of all contigs of all BAMs, by pycoverm alone."""
    import numpy  # noqa: F401  pycoverm would load it when its first array is made
    import pycoverm

    started = time.perf_counter()
    _, depths = pycoverm.get_coverages_from_bam(
        [os.fspath(bam) for bam in bams], threads=int(threads), min_identity=0.001, trim_lower=0.0, trim_upper=0.0
    )
    return {"seconds": time.perf_counter() - started, "mean_depth": float(depths.mean())}


def _rate(work: Callable[[], Any]) -> float:
    """How often a second some work can be done."""
    work()
    times, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < _LEAST_SECONDS:
        work()
        times += 1
    return times / passed


if __name__ == "__main__":
    stages = {function.__name__: function for function in (matmul, copy, decompress, parse, depth)}
    print(json.dumps(stages[sys.argv[1]](*sys.argv[2:])))
