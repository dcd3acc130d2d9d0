"""One BAM's depths, computed in a process of its own: python pycoverm_worker.py BAM MIN_IDENTITY.

Writes float32, a value a reference in the header's order, to standard output.
"""

import sys

import pycoverm

LEAST_IDENTITY = 0.001  # at 0 pycoverm takes no filter's path and loses reads


def main(path: str, min_identity: str) -> None:
    """Compute and write the depths of one BAM file."""
    _, depths = pycoverm.get_coverages_from_bam(
        [path], min_identity=max(float(min_identity), LEAST_IDENTITY), trim_lower=0.0, trim_upper=0.0
    )
    sys.stdout.buffer.write(depths.astype("float32").tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
