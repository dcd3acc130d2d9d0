"""One piece of work in a process of its own; what it makes goes to standard output.

python worker.py depths BAM MIN_IDENTITY    by pycoverm: float32, a value a reference in the header's order
python worker.py places CRAM N              int32 reference and position of each of the first N records
python worker.py COMMAND ARGUMENTS          a command of samtools, as pysam has it
python worker.py within BYTES ...           the same, in no more memory than that
"""

import ctypes
import resource
import signal
import struct
import sys
from itertools import islice

LEAST_IDENTITY = 0.001  # at 0 pycoverm takes no filter's path and loses reads
_PR_SET_PDEATHSIG = 1  # of Linux
_NO_BASES = "required_fields=0x1e"  # flag, reference and position of a CRAM record, which need no reference sequence


def main(command: str, *arguments: str) -> None:
    """Do it."""
    if sys.platform == "linux":  # nobody waits for it once the process that started it is dead
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if command == "within":
        n_bytes, command, *rest = arguments
        arguments = tuple(rest)
        _limit_memory(int(n_bytes))
    if command == "depths":
        _write_depths(*arguments)
    elif command == "places":
        _write_places(*arguments)
    else:
        _run_samtools(command, *arguments)


def _limit_memory(n_bytes: int) -> None:
    import pysam  # noqa: F401  what libraries take is no part of it

    if sys.platform == "linux":
        with open("/proc/self/status", encoding="ascii") as status:
            taken = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit = taken + n_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def _write_depths(path: str, min_identity: str) -> None:
    import pycoverm

    _, depths = pycoverm.get_coverages_from_bam(
        [path], min_identity=max(float(min_identity), LEAST_IDENTITY), trim_lower=0.0, trim_upper=0.0
    )
    sys.stdout.buffer.write(depths.astype("float32").tobytes())


def _write_places(path: str, n: str) -> None:
    import pysam

    with pysam.AlignmentFile(path, "rc", check_sq=False, format_options=[_NO_BASES]) as cram:
        for read in islice(cram.fetch(until_eof=True), int(n)):
            sys.stdout.buffer.write(struct.pack("<ii", read.reference_id, read.reference_start))


def _run_samtools(command: str, *arguments: str) -> None:
    import pysam
    from pysam.utils import SamtoolsError

    try:
        getattr(pysam, command)(*arguments, catch_stdout=False)
    except SamtoolsError as error:
        sys.exit(error.value.rpartition("stderr=")[2])


if __name__ == "__main__":
    main(*sys.argv[1:])
