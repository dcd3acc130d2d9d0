"""Ways in which a text file can be odd: its lines and fields moved, its numbers and signs replaced."""

import random
import re
from collections.abc import Callable

NUMBERS = (
    *("nan", "NaN", "-nan", "inf", "-Infinity", "-1", "-0", "1e999", "-1e999", "1e30", "1e300", "1e-300", "0", ""),
    *("9223372036854775808", "-9223372036854775809", "18446744073709551616", "2147483648", "1,5", "1.000,5", "1'000"),
    *(
        "1_000",
        "0x1F",
        "\uff11\uff12",
        "\u0663",
        "1e5",
        "1.",
        ".5",
        "+1",
        "--1",
        "1 000",
        " 1 ",
        "1\u00a0",
        "0b1",
        "1j",
    ),
    *("true", "null", "NA", "None", "[]", "{}", "9" * 5000),
)
SIGNS = (
    *("\0", "\x1b[31m", "\x07", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\u00a0", "\ufeff", "\u202e"),
    *('"', "'", "#", "@", ">", ";", "\\", "\t", "\t\t", " ", "  ", "\r", "\n", "\r\n", "é", "\U0001f9ec", "%s", "{0}"),
    *("../", "/", "~", "$(id)", "[" * 50_000, '{"a":' * 50_000, "a" * 140_000, "\n[[a.b]]\n"),
)
BYTES = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80")
ENDS = ("\r\n", "\r", "\n\n", "\n\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\0")
BETWEEN = (",", ";", " ", "\t\t", "|", "\u00a0", "")
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp1252", "utf-7", "cp037")

_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def mutate_text(raw: bytes, rng: random.Random) -> bytes:
    """The text, odd in one to four ways."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        raw = rng.choice(_WAYS)(raw, rng)
    return raw


def _of_lines(change: Callable[[list[bytes], random.Random], object]) -> Callable[[bytes, random.Random], bytes]:
    def changed(raw: bytes, rng: random.Random) -> bytes:
        lines = raw.split(b"\n")
        change(lines, rng)
        return b"\n".join(lines)

    return changed


def _swap(parts: list[bytes], rng: random.Random) -> None:
    i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
    parts[i], parts[j] = parts[j], parts[i]


def _double(parts: list[bytes], rng: random.Random) -> None:
    parts.insert(rng.randrange(len(parts) + 1), rng.choice(parts))


def _drop(parts: list[bytes], rng: random.Random) -> None:
    del parts[rng.randrange(len(parts))]


def _empty(parts: list[bytes], rng: random.Random) -> None:
    parts[rng.randrange(len(parts))] = b""


def _add(parts: list[bytes], rng: random.Random) -> None:
    parts.insert(rng.randrange(len(parts) + 1), rng.choice((*NUMBERS, *SIGNS)).encode("utf-8", "surrogatepass"))


_LISTS = (_swap, _double, _drop, _empty, _add)


def _fields(raw: bytes, rng: random.Random) -> bytes:
    """One line's fields moved, or a whole column's."""
    between = b"\t" if b"\t" in raw else b" "
    lines, change, state = raw.split(b"\n"), rng.choice(_LISTS), rng.getrandbits(32)
    chosen = range(len(lines)) if rng.random() < 0.3 else [rng.randrange(len(lines))]
    for i in chosen:
        fields = lines[i].split(between)
        change(fields, random.Random(state))
        lines[i] = between.join(fields)
    return b"\n".join(lines)


def _number(raw: bytes, rng: random.Random) -> bytes:
    found = list(_NUMBER.finditer(raw[:200_000]))
    if not found:
        return raw
    at = rng.choice(found)
    return raw[: at.start()] + rng.choice(NUMBERS).encode() + raw[at.end() :]


def _sign(raw: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(raw) + 1)
    new = rng.choice(BYTES) if rng.random() < 0.2 else rng.choice(SIGNS).encode()
    return raw[:at] + new + raw[at + rng.choice((0, 0, 1, len(new))) :]


def _ends(raw: bytes, rng: random.Random) -> bytes:
    return raw.replace(b"\n", rng.choice(ENDS).encode(), rng.choice((-1, -1, 1, 2)))


def _between(raw: bytes, rng: random.Random) -> bytes:
    return raw.replace(b"\t" if b"\t" in raw else b" ", rng.choice(BETWEEN).encode(), rng.choice((-1, 1)))


def _encoding(raw: bytes, rng: random.Random) -> bytes:
    return raw.decode("utf-8", "replace").encode(rng.choice(ENCODINGS), "replace")


def _case(raw: bytes, rng: random.Random) -> bytes:
    return rng.choice((bytes.upper, bytes.lower, bytes.swapcase, bytes.title))(raw)


def _quotes(raw: bytes, rng: random.Random) -> bytes:
    sign = rng.choice((b'"', b"'", b"`"))
    return re.sub(rb"[^\t\n]+", lambda found: sign + found[0] + sign, raw, count=rng.choice((0, 0, 3)))


def _cut(raw: bytes, rng: random.Random) -> bytes:
    return raw[: rng.randrange(len(raw) + 1)]


def _bits(raw: bytes, rng: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(rng.randrange(1, 4) if raw else 0):
        changed[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(changed)


def _huge(raw: bytes, rng: random.Random) -> bytes:
    """Seldom: a line of 10 MB, or a million columns."""
    if rng.random() > 0.01:
        return raw
    at = rng.randrange(len(raw) + 1)
    return raw[:at] + rng.choice((b"A" * 10_000_000, b"\t1" * 1_000_000, b"1" * 10_000_000)) + raw[at:]


_WAYS = (
    *map(_of_lines, _LISTS),
    *(_fields, _fields, _fields, _number, _number, _number, _number, _sign, _sign, _sign),
    *(_ends, _between, _encoding, _case, _quotes, _cut, _bits, _bits, _huge),
)
