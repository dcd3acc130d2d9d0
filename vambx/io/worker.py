"""One piece of work in a process of its own; what it makes goes to standard output.

python worker.py depths BAM MIN_IDENTITY    by pycoverm: float32, a value a reference in the header's order
python worker.py COMMAND ARGUMENTS          a command of samtools, as pysam has it
"""

import ctypes
import signal
import sys

LEAST_IDENTITY = 0.001  # at 0 pycoverm takes no filter's path and loses reads
_PR_SET_PDEATHSIG = 1  # of Linux


def main(command: str, *arguments: str) -> None:
    """Do it."""
    if sys.platform == "linux":  # nobody waits for it once the process that started it is dead
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if command == "depths":
        _write_depths(*arguments)
    else:
        _run_samtools(command, *arguments)


def _write_depths(path: str, min_identity: str) -> None:
    import pycoverm

    _, depths = pycoverm.get_coverages_from_bam(
        [path], min_identity=max(float(min_identity), LEAST_IDENTITY), trim_lower=0.0, trim_upper=0.0
    )
    sys.stdout.buffer.write(depths.astype("float32").tobytes())


def _run_samtools(command: str, *arguments: str) -> None:
    import pysam
    from pysam.utils import SamtoolsError

    try:
        getattr(pysam, command)(*arguments, catch_stdout=False)
    except SamtoolsError as error:
        sys.exit(error.value.rpartition("stderr=")[2])


if __name__ == "__main__":
    main(*sys.argv[1:])
