"""What a file is known by: the sha256 of its content; and whether it still holds that."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from vambx.errors import InputError
from vambx.progress import Progress


@dataclass(frozen=True)
class Seen:
    """A file as it was when it was hashed.

    Attributes:
        path: of the file.
        sha256: of what it held.
        stamp: its device, inode, size and times, from before it was read.
    """

    path: Path
    sha256: str
    stamp: tuple[int, ...]

    @classmethod
    def of(cls, path: Path) -> "Seen":
        """Look at a file, or a folder.

        Raises:
            InputError: it cannot be read.
        """
        try:
            stamp = _stamp(path)
            return cls(path, digest_of(path), stamp)
        except OSError as error:
            raise unreadable(path, error) from error

    @property
    def size(self) -> int:
        """Bytes."""
        return self.stamp[2]

    def require_unchanged(self) -> None:
        """See that the file still is what it was; its content is read again only if it was touched.

        Raises:
            InputError: it is not.
        """
        if not self.path.exists():
            raise InputError(f"{self.path}: is gone, though it was there when the work began; put it back")
        if _stamp(self.path) != self.stamp and digest_of(self.path) != self.sha256:
            raise changed(self.path)


def not_made(path: Path) -> InputError:
    """The sentence for a file that a step makes, and has not made."""
    return InputError(f"{path}: the file does not exist; run the step that makes it")


def unreadable(path: Path, error: OSError) -> InputError:
    """The sentence for a file that the system does not give."""
    return InputError(f"{path}: cannot be read ({error.strerror}); is it there, and may you read it?")


def changed(path: Path) -> InputError:
    """The sentence for a file that is no longer what it was."""
    return InputError(f"{path}: was changed while it was worked on; leave it as it is until the work is done")


@contextmanager
def unchanged(files: Collection[Seen]) -> Iterator[None]:
    """See that files are the same after the block; if they are not, that is said of an input that it cannot use, too.

    Raises:
        InputError: a file is not what it was.
    """
    try:
        yield
    except InputError:
        for seen in files:
            seen.require_unchanged()
        raise
    for seen in files:
        seen.require_unchanged()


def _stamp(path: Path) -> tuple[int, ...]:
    at = path.stat()
    return at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns


def digest_of(path: Path) -> str:
    """sha256 (hex) of a file; of a folder, of its files' names and hashes."""
    if path.is_dir():
        names = sorted(entry.name for entry in path.iterdir())
        return hashlib.sha256(json.dumps([[name, digest_of(path / name)] for name in names]).encode()).hexdigest()
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def see_all(paths: Sequence[Path], threads: int, progress: Progress) -> dict[Path, Seen]:
    """Look at large files, `threads` at a time.

    Raises:
        InputError: one cannot be read.
    """
    sizes = [path.stat().st_size if path.exists() else 0 for path in paths]
    with progress.task("Hashing reads", sum(sizes), "bytes") as task, ThreadPoolExecutor(max_workers=threads) as pool:
        found: dict[Path, Seen] = {}
        for path, done, seen in zip(paths, accumulate(sizes), pool.map(Seen.of, paths), strict=True):
            found[path] = seen
            task.advance_to(done, path.name)
    return found
