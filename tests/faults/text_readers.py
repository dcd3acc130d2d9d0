"""The readers of text, for `fuzzing.py`."""

from faults.reader import Reader

READERS: tuple[Reader, ...] = ()
