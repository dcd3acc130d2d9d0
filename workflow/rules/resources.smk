# What each step needs. All of it stands here, and grows with the size of its input files and with every attempt.

from typing import NamedTuple


class Need(NamedTuple):
    """Memory and disk in MB, time in minutes of one core: at least so much, and for each MB of the input."""

    memory: tuple[float, float]
    minutes: tuple[float, float]
    disk: tuple[float, float] = (100, 0)


# Measured, two threads: minimap2's index 5.6 (short reads) to 7.6 MB (long) and strobealign 5.4 MB for each Mbp, which is
# 0.3 MB of gz; vambx with a million contigs and a hundred samples (composition.npz 540 MB, abundance.npz 800 MB):
# composition 1.6 GB, depth 1.3 GB, encode 1.8 to 3.6 GB and 1 to 4 minutes an epoch, cluster 1.2 GB and 1 minute; choose
# with 500,000 contigs 2.5 GB and 2 minutes; marker genes 1 second for each Mbp, 200 MB a thread. Assemblers differ by
# community, so theirs is a first guess that retries mend.
NEEDS = {
    "fastp": Need(memory=(3000, 0), minutes=(5, 0.1), disk=(100, 1.5)),
    "megahit": Need(memory=(2000, 8), minutes=(30, 0.5), disk=(1000, 10)),
    "metaspades": Need(memory=(8000, 25), minutes=(60, 3), disk=(2000, 20)),
    "flye": Need(memory=(8000, 15), minutes=(60, 2), disk=(2000, 20)),
    "concatenate": Need(memory=(1000, 0.5), minutes=(5, 0.1), disk=(100, 1)),
    "index": Need(memory=(1000, 26), minutes=(5, 0.1), disk=(100, 12)),
    "minimap2": Need(memory=(4000, 1.5), minutes=(10, 0.5), disk=(1000, 2)),
    "strobealign": Need(memory=(4000, 20), minutes=(10, 0.5), disk=(1000, 2)),
    "composition": Need(memory=(1000, 4), minutes=(5, 0.02)),
    "depth": Need(memory=(1500, 1.5), minutes=(10, 0.02)),
    "features": Need(memory=(1500, 1), minutes=(5, 0.02)),
    "markers_part": Need(memory=(2000, 1), minutes=(15, 0.1 / config["parts"]["markers"])),
    "markers": Need(memory=(1500, 2), minutes=(5, 0.02)),
    "encode": Need(memory=(2000, 2.5), minutes=(30, 0.5)),
    "cluster": Need(memory=(1500, 1.5), minutes=(10, 0.05)),
    "choose": Need(memory=(2000, 7), minutes=(10, 0.1)),
    "bins": Need(memory=(1500, 4), minutes=(10, 0.05), disk=(100, 5)),
    "page": Need(memory=(2000, 4), minutes=(10, 0.05)),
    "multiqc": Need(memory=(2000, 5), minutes=(10, 0.1)),
}


def mem_mb(step):
    least, growth = NEEDS[step].memory
    return lambda wildcards, input, attempt: int((least + growth * input.size_mb) * attempt)


def runtime(step):
    least, growth = NEEDS[step].minutes
    return lambda wildcards, input, threads, attempt: int((least + growth * input.size_mb / threads) * attempt)


def disk_mb(step):
    least, growth = NEEDS[step].disk
    return lambda wildcards, input, attempt: int((least + growth * input.size_mb) * attempt)
