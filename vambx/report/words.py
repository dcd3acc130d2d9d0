"""Numbers as people read them."""


def duration(seconds: float) -> str:
    """A time in the two units that matter: `3 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`."""
    whole = max(round(seconds), 0)
    for name, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size} {name} {rest} {smaller}" if rest else f"{whole // size} {name}"
    return f"{whole} s"
