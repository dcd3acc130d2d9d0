"""See that the clusterer finds just what its definition says, on latents of real size, on any number of threads.

    python benchmarks/agreement.py OUTDIR [OUTDIR ...]

An OUTDIR is the output folder of a run. The definition is tests/plain_clusterer.py, which computes every distance;
60,000 contigs take it minutes.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from plain_clusterer import plain_clusters, told

from vambx.clustering import iter_clusters
from vambx.features.composition import Composition
from vambx.io.npz import read_arrays
from vambx.layout import Layout


def main() -> int:
    """Compare; returns 1 if any cluster differs."""
    differ = False
    for outdir in sys.argv[1:]:
        layout = Layout(Path(outdir))
        lengths = Composition.read(layout.composition).contigs.lengths
        latent = read_arrays(layout.latent, ["latent"])["latent"]
        started = time.perf_counter()
        want = plain_clusters(latent, lengths)
        slow = time.perf_counter() - started
        for threads in (1, 2, 4):
            started = time.perf_counter()
            found = list(iter_clusters(latent, lengths, threads))
            quick = time.perf_counter() - started
            got = told(found)
            verdict = "the same" if got == want else "DIFFERENT"
            differ |= got != want
            print(outdir, len(latent), f"{threads} threads", f"{len(got)} clusters", verdict, sep="\t", end="\t")
            print(f"{quick:.1f} s", f"by definition {slow:.0f} s", sep="\t", flush=True)
    return int(differ)


if __name__ == "__main__":
    sys.exit(main())
