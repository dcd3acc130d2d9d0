"""One command of samtools, as pysam has it, in a process of its own: python samtools_worker.py COMMAND ARGUMENTS.

What it makes goes to standard output.
"""

import sys

import pysam
from pysam.utils import SamtoolsError


def main(command: str, *arguments: str) -> None:
    """Run it."""
    try:
        getattr(pysam, command)(*arguments, catch_stdout=False)
    except SamtoolsError as error:
        sys.exit(error.value.rpartition("stderr=")[2])


if __name__ == "__main__":
    main(*sys.argv[1:])
