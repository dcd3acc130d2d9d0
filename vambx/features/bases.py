"""What bases are written with."""

_WRITTEN = frozenset("ACGTUNRYSWKMBDHV-.*acgtunryswkmbdhv")  # bases, IUPAC codes and gaps


class IllegalBaseError(ValueError):
    """A letter that no base is written with.

    Attributes:
        index: of the sequence it is in.
    """

    def __init__(self, index: int, letter: str, at: int) -> None:
        super().__init__(f"{letter!r} at base {at} is no nucleotide")
        self.index = index


def check_bases(sequence: str, index: int = 0) -> None:
    """See that a sequence is one of nucleotides.

    Raises:
        IllegalBaseError: it is none; says what is in it, and where.
    """
    if illegal := set(sequence) - _WRITTEN:
        at, letter = min((sequence.index(letter), letter) for letter in illegal)
        raise IllegalBaseError(index, letter, at + 1)
