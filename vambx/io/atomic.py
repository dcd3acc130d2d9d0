"""Write files so that nothing half-written ever carries its final name."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from vambx.errors import OutputError

_PARTIAL, _FORMER = ".partial", ".former"


@contextmanager
def replacing(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a temporary neighbour of `path` for writing; it takes the final name once it is whole.

    Text is UTF-8 with Unix line ends. If the block raises, the temporary file is removed.

    Raises:
        OutputError: the file cannot be written (disk full, no permission).
    """
    partial = path.with_name(path.name + _PARTIAL)
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    try:
        with open(partial, mode, **text) as handle:  # type: ignore[call-overload]
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; it takes the place of `path`, whole, when the block ends well.

    Raises:
        OutputError: the folder cannot be written (disk full, no permission).
    """
    partial, former = path.with_name(path.name + _PARTIAL), path.with_name(path.name + _FORMER)
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        yield partial
        shutil.rmtree(former, ignore_errors=True)
        if os.path.isdir(path):
            os.replace(path, former)
        os.replace(partial, path)  # fails where a file lies
    except OSError as error:
        if os.path.exists(former) and not os.path.exists(path):
            os.replace(former, path)
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if os.path.exists(path):
            shutil.rmtree(former, ignore_errors=True)


def make_folder(path: Path) -> None:
    """Make a folder, if it is not there.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def check_free(path: Path, force: bool, option: str) -> None:
    """See, before any work, that a file can lie there and nothing is written over unasked; `option` names the file.

    Raises:
        OutputError: something lies there, and `force` was not given; or there is no folder for it.
    """
    check_folder(path)
    if os.path.lexists(path) and not force:
        raise OutputError(f"{path}: is there already; give --force to write over it, or another {option}")


def check_folder(path: Path) -> None:
    """See, before any work, that there is a folder for a file.

    Raises:
        OutputError: there is none.
    """
    if not path.parent.is_dir():
        raise OutputError(f"{path}: cannot be written, as there is no folder {path.parent}; make it, or choose another")


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The sentence for a file that cannot be written."""
    return OutputError(f"{path}: cannot be written ({error.strerror or error}); free space or choose another folder")
