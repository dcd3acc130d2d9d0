"""Ways to spoil a file: of bytes, of members of an archive, of what is behind a checksum."""

import gzip
import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable

Mutate = Callable[[bytes, random.Random], bytes]

NUMBERS = (
    *(0, 1, 2, 3, 7, 8, 15, 16, 64, 127, 128, 255, 256, 1000, 4095, 4096, 10_000, 32_767, 32_768, 65_535, 65_536),
    *(10**6, 2**24, 10**9, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 10**12, 2**63 - 1, 2**63, 2**64 - 1),
)
WORDS = (b"", b"-1", b"nan", b"inf", b"-inf", b"1e308", b"1e-320", b"1e999", b"0x10", b"1_000", b"1,5", b"None", b"-0")


def flip_bits(content: bytes, draw: random.Random) -> bytes:
    """Up to eight bits, anywhere."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def overwrite(content: bytes, draw: random.Random) -> bytes:
    """A run of bytes, by zeros, ones or noise."""
    start, stop = _run(content, draw)
    fill = draw.choice((b"\0", b"\xff", draw.randbytes(1), None))
    return content[:start] + (draw.randbytes(stop - start) if fill is None else fill * (stop - start)) + content[stop:]


def cut(content: bytes, draw: random.Random) -> bytes:
    """Everything after a place."""
    return content[: draw.randrange(len(content))]


def remove(content: bytes, draw: random.Random) -> bytes:
    """A run of bytes, and what follows moves up."""
    start, stop = _run(content, draw)
    return content[:start] + content[stop:]


def repeat(content: bytes, draw: random.Random) -> bytes:
    """A run of bytes, there twice or somewhat more often."""
    start, stop = _run(content, draw)
    return content[:stop] + content[start:stop] * draw.choice((1, 1, 1, 2, 30)) + content[stop:]


def insert(content: bytes, draw: random.Random) -> bytes:
    """Noise, or a run from elsewhere in the file."""
    at, (start, stop) = draw.randint(0, len(content)), _run(content, draw)
    return content[:at] + draw.choice((draw.randbytes(draw.randint(1, 40)), content[start:stop])) + content[at:]


def set_number(content: bytes, draw: random.Random) -> bytes:
    """A binary integer of 1 to 8 bytes, to one that is odd, or one off what it was."""
    width = draw.choice((1, 2, 4, 4, 8))
    order = draw.choice(("little", "little", "big"))
    at = draw.randrange(len(content))
    here = int.from_bytes(content[at : at + width], order)
    number = draw.choice((draw.choice(NUMBERS), -draw.choice(NUMBERS), here + 1, here - 1, here * 2, here // 2))
    return content[:at] + (number % (1 << 8 * width)).to_bytes(width, order) + content[at + width :]


def set_digits(content: bytes, draw: random.Random) -> bytes:
    """A number that is written in digits, to one that is odd or none."""
    if not (found := list(re.finditer(rb"-?\d[\d.]*(?:e[+-]?\d+)?", content))):
        return set_number(content, draw)
    one = draw.choice(found)
    word = draw.choice((draw.choice(WORDS), str(draw.choice(NUMBERS)).encode(), b"-" + one[0], one[0] * 2))
    return content[: one.start()] + word + content[one.end() :]


ANY: tuple[Mutate, ...] = (flip_bits, overwrite, cut, remove, repeat, insert, set_number, set_number, set_digits)


def spoiled(content: bytes, draw: random.Random) -> bytes:
    """Bytes changed by one mutation of those that fit any file, or by a few."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 5))):
        content = draw.choice(ANY)(content, draw) if content else draw.randbytes(draw.randint(0, 64))
    return content


def spliced(content: bytes, other: bytes, draw: random.Random) -> bytes:
    """The beginning of one file and the end of another."""
    return content[: draw.randint(0, len(content))] + other[draw.randint(0, len(other)) :]


def _run(content: bytes, draw: random.Random) -> tuple[int, int]:
    start = draw.randrange(len(content))
    return start, min(start + draw.choice((1, 2, 4, 8, 20, 100, 1000, len(content))), len(content))


def inside_zip(mutate: Mutate = spoiled) -> Mutate:
    """Change the content of members, or which there are, and pack it again with right sizes and checksums."""

    def inside(content: bytes, draw: random.Random) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
        at = draw.randrange(len(members))
        name, inner = members[at]
        match draw.randrange(12):
            case 0:
                members[at] = draw.choice((f"../{name}", f"/{name}", name.upper(), name + "\0", "")), inner
            case 1:
                del members[at]
            case 2:
                members.insert(draw.randrange(len(members)), (name, mutate(inner, draw)))
            case 3:
                members[at] = name, draw.choice(members)[1]
            case _:
                members[at] = name, mutate(inner, draw)
        how = draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
        return zipped(members, how)

    return inside


def zipped(members: list[tuple[str, bytes]], how: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of members, of which several may have one name."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, inner in members:
            info = zipfile.ZipInfo(name or "x")
            archive.NameToInfo.pop(info.filename, None)  # or it would warn of a name that is there twice
            archive.writestr(info, inner, how)
    return whole.getvalue()


def inside_gzip(mutate: Mutate = spoiled) -> Mutate:
    """Change what a gzip file holds, and pack it again with a right checksum."""
    return lambda content, draw: gzip.compress(mutate(gzip.decompress(content), draw), 1, mtime=0)


def inside_bgzf(mutate: Mutate = spoiled) -> Mutate:
    """Change what a BGZF file (a BAM) holds, and pack it again in blocks with right checksums."""
    return lambda content, draw: bgzipped(mutate(gzip.decompress(content), draw))


def bgzipped(content: bytes, block: int = 60_000) -> bytes:
    """Content in the blocks of BGZF (SAM specification 4.1), with the empty one at the end."""
    pieces = [content[start : start + block] for start in range(0, len(content), block)]
    return b"".join(map(_bgzf_block, [*pieces, b""]))


def _bgzf_block(piece: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = packer.compress(piece) + packer.flush()
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(packed) + 25)
    return head + packed + struct.pack("<II", zlib.crc32(piece), len(piece))
