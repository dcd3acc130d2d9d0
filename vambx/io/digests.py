"""What a file is known by: the sha256 of its content, wherever it lies and whatever its times."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path

from vambx.progress import Progress


def digest_of(path: Path) -> str:
    """sha256 (hex) of a file; of a folder, of its files' names and hashes."""
    if path.is_dir():
        names = sorted(entry.name for entry in path.iterdir())
        return hashlib.sha256(json.dumps([[name, digest_of(path / name)] for name in names]).encode()).hexdigest()
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def digests_of(paths: Sequence[Path], threads: int, progress: Progress) -> dict[Path, str]:
    """sha256 of large files, `threads` at a time."""
    sizes = [path.stat().st_size for path in paths]
    with progress.task("Hashing reads", sum(sizes), "bytes") as task, ThreadPoolExecutor(max_workers=threads) as pool:
        digests: dict[Path, str] = {}
        for path, done, digest in zip(paths, accumulate(sizes), pool.map(digest_of, paths), strict=True):
            digests[path] = digest
            task.advance_to(done, path.name)
    return digests
