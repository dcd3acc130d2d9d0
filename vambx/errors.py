"""What can go wrong, as a tree; each error carries one line that names the file, the problem and the remedy.

    VambxError            1    anything a user can mend
    ├── UsageError        2    options that do not fit together
    ├── InputError        1    a FASTA, BAM or cache that cannot be used
    ├── OutputError       1    the output folder is in use, or cannot be written
    ├── TrainingError     1    the network could not be trained
    └── ResourceError     1    memory ran out, or what else a system grants
    (Ctrl-C             130; SIGTERM 143; any other signal 128 and its number)

The number is the exit code of the command line.
"""

_LONGEST = 2000  # signs of a sentence; the problem stands at its beginning, the remedy at its end


class VambxError(Exception):
    """Base of all errors that a user can mend; `str(error)` is one line, whatever the files and contigs are named."""

    exit_code = 1

    def __str__(self) -> str:
        text = super().__str__()
        if len(text) > _LONGEST:
            text = f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"
        return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


class UsageError(VambxError):
    """Options or arguments that do not fit together."""

    exit_code = 2


class InputError(VambxError):
    """An input file that is missing, broken, or does not belong to the others."""


class OutputError(VambxError):
    """The output folder is in use or cannot be written."""


class TrainingError(VambxError):
    """The network could not be trained."""


class ResourceError(VambxError):
    """Memory, processes, threads or open files are used up, or the system ended a process."""
