"""The output folder: held by one run at a time, and nobody else's files harmed in it."""

import errno
import fcntl
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from vambx.account import read_account
from vambx.errors import OutputError, VambxError
from vambx.io.atomic import cannot_write
from vambx.layout import Layout
from vambx.machine import nearest_folder
from vambx.provenance import Existing, Run

_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL)


@contextmanager
def open_run(outdir: Path, existing: Existing, begins: bool) -> Iterator[Run]:
    """Hold an output folder for one run; nobody else's run can have it meanwhile.

    Args:
        outdir: the folder; made if it is not there, and gone again if the run fails before its first result.
        existing: what to do with results that are there already.
        begins: whether this run begins with the first step; otherwise it goes on in a folder that holds earlier ones.

    Raises:
        InputError: run.json is no account of a run.
        OutputError: the folder is in use, holds other things, or cannot be written.
    """
    layout = Layout(outdir)
    made_here, nothing_made = not os.path.exists(outdir), False
    _check_folder(layout, existing, begins)
    try:
        outdir.mkdir(parents=True, exist_ok=True)
        lock = _locked(layout.lock)
    except Timeout as error:
        raise _in_use(outdir) from error
    except OSError as error:
        raise cannot_write(outdir, error) from error
    try:
        yield Run(layout, existing, read_account(layout.run))
    except (VambxError, KeyboardInterrupt):
        nothing_made = made_here and not layout.run.exists()
        raise
    finally:
        layout.lock.unlink(missing_ok=True)
        lock.release()
        if nothing_made:
            _clear(layout)


def look_ahead(outdir: Path, existing: Existing) -> Run:
    """A folder that a run may begin in, or go on; it is neither made nor held, and nothing is written in it.

    Raises:
        InputError: run.json is no account of a run.
        OutputError: `open_run` could not hold the folder, or write in it.
    """
    layout = Layout(outdir)
    _check_folder(layout, existing, begins=True)
    folder = nearest_folder(outdir)
    if not folder.is_dir():
        raise cannot_write(outdir, NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise cannot_write(outdir, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    if is_held(layout.lock):
        raise _in_use(outdir)
    return Run(layout, existing, read_account(layout.run))


def look_into(outdir: Path) -> Run:
    """A folder that a run began in, to read what lies there; it is not held, and nothing is written in it.

    Raises:
        InputError: run.json is no account of a run.
        OutputError: no run began in the folder.
    """
    layout = Layout(outdir)
    _check_folder(layout, Existing.RESUME, begins=False)
    return Run(layout, Existing.RESUME, read_account(layout.run))


def is_held(lock: Path) -> bool:
    """Whether a run is at work in the folder of this lock; a file that a dead one left does not count.

    The file is only read, so that it can be asked of folders of others, and shared for a moment.
    """
    try:
        handle = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _locked(path: Path) -> BaseFileLock:
    """Hold a lock; where the file system has none, a file that names the process stands for it.

    Raises:
        Timeout: another holds it, or did so on another machine and may be dead, which cannot be told there.
        OSError: the file cannot be written.
    """
    lock: BaseFileLock = FileLock(path, blocking=False)
    try:
        with warnings.catch_warnings(action="ignore"):  # it is no news to a user
            lock.acquire()
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_LOCKS:  # a Timeout is one, too
            raise
        if path.exists() and not path.stat().st_size:  # what this attempt left
            path.unlink()
        lock = SoftFileLock(path, blocking=False)
        lock.acquire()
    return lock


def _in_use(outdir: Path) -> OutputError:
    return OutputError(f"{outdir}: another run is at work in this folder; choose another --outdir, or wait")


def _check_folder(layout: Layout, existing: Existing, begins: bool) -> None:
    root = layout.root
    if not os.path.exists(root):
        names: list[str] = []
    elif root.is_dir():
        names = os.listdir(root)
    else:
        raise OutputError(f"{root}: is a file, not a folder; choose another --outdir")
    # Where jobs share no folder, each has only the files that it works on.
    began = not {layout.run.name, layout.composition.name}.isdisjoint(names)
    if not begins and not began:
        raise OutputError(f"{root}: holds no run of vambx; begin with: vambx features --outdir {root}")
    if begins and names and not began and not {layout.run.name, layout.log.name, layout.lock.name} & set(names):
        raise OutputError(f"{root}: holds files that are not vambx's; choose another --outdir")
    if begins and began and existing is Existing.REFUSE:
        raise OutputError(
            f"{root}: holds a run already; give --resume to go on, --force to begin anew, or another --outdir"
        )


def _clear(layout: Layout) -> None:
    """Take away what a run leaves that failed before its first result, unless something else lies there."""
    if set(os.listdir(layout.root)) <= {layout.log.name}:
        layout.log.unlink(missing_ok=True)
        layout.root.rmdir()
