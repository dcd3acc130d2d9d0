"""Make a data set of long contigs, as long reads give: simulate.py with genomes in few pieces.

python benchmarks/accuracy/long.py SCRIPTS --genomes GENOMES --out OUT [simulate.py's options]

SCRIPTS is the folder of simulate.py. The table in the README has `long`: --samples 1 --n-genomes 70 --gbp 2.5
--seed 31.
"""

import sys
from importlib import import_module

LONGER = 40  # times as long as from short reads
SHARED_BREAKS = 45  # of the places where every assembly breaks, one of so many is left


def main() -> None:
    """Run simulate.py with other lengths of contigs."""
    sys.path.insert(0, sys.argv.pop(1))
    simulate = import_module("simulate")
    short_length, short_cut = simulate.mean_contig_length, simulate.cut
    simulate.mean_contig_length = lambda cov: LONGER * short_length(cov)
    simulate.cut = lambda rng, kept, cov, hotspots, rival: short_cut(rng, kept, cov, hotspots[::SHARED_BREAKS], rival)
    simulate.main()


if __name__ == "__main__":
    main()
