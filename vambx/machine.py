"""What the machine has left."""

import os
import resource
import shutil
from pathlib import Path

from vambx.errors import ResourceError

_LEAST = 1_000_000_000  # bytes; torch takes 900 MB of addresses
_CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def nearest_folder(path: Path) -> Path:
    """The path itself or the lowest of the folders above it that is there."""
    return next(parent for parent in (path.absolute(), *path.absolute().parents) if os.path.lexists(parent))


def free_disk(path: Path) -> int:
    """Bytes that are free where `path` lies or would lie."""
    return shutil.disk_usage(nearest_folder(path)).free


def free_memory() -> int | None:
    """Bytes of memory that this process may have, as machine, container and limits tell; None: unknown."""
    return min([*_available(), *_limit_of_group(), *_limits(resource.RLIMIT_AS)], default=None)


def is_limited() -> bool:
    """Whether whoever started this process limits its memory, as `ulimit` does."""
    return bool(_limits(resource.RLIMIT_AS, resource.RLIMIT_DATA))


def require_memory() -> None:
    """See that the limit on memory leaves what libraries take to load; with less some end in a crash, some never.

    Raises:
        ResourceError: it does not.
    """
    limit = min(_limits(resource.RLIMIT_AS, resource.RLIMIT_DATA), default=_LEAST)
    if limit < _LEAST:
        raise ResourceError(
            f"memory is limited to {limit // 1_000_000} MB, and libraries alone may take {_LEAST // 1_000_000} MB; "
            "raise the limit: ulimit -v"
        )


def _limits(*kinds: int) -> list[int]:
    """Those of the limits of this process that are set."""
    return [limit for limit, _ in map(resource.getrlimit, kinds) if limit != resource.RLIM_INFINITY]


def _available() -> list[int]:
    """What Linux says it could give without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    return [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]


def _limit_of_group() -> list[int]:
    """What a container may have."""
    for path in _CGROUPS:
        try:
            text = path.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            return [int(text)]
    return []
