"""Text that others wrote: packed in members, with lines of any kind, and numbers of every notation."""

import bz2
import gzip
import lzma
import tracemalloc

import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st
from xopen import zstd

from vambx.errors import InputError
from vambx.io import text
from vambx.io.text import iter_lines, number_in, unpacked, whole_in

PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd.compress}
REMEDY = "mend it"


def file(tmp_path, content, name="x"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def content_of(path):
    with open(path, "rb") as raw, unpacked(raw) as plain:
        return plain.read()


@pytest.mark.parametrize("pack", PACK.values(), ids=PACK)
@given(parts=st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_members_are_one_file(tmp_path_factory, pack, parts):
    path = file(tmp_path_factory.getbasetemp(), b"".join(map(pack, parts)), "members")
    assert content_of(path) == b"".join(parts)


@pytest.mark.parametrize("kind", ["bz2", "xz"])
def test_zeros_may_pad(tmp_path, kind):
    packed = PACK[kind](b"one") + b"\0" * 400_000 + PACK[kind](b"two") + b"\0" * 4
    assert content_of(file(tmp_path, packed)) == b"onetwo"


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("end", ["junk", "begun", "spoiled"])
def test_a_later_member_that_is_damaged_is_not_left_out(tmp_path, kind, end):
    first, second = PACK[kind](b"one" * 99), bytearray(PACK[kind](b"two" * 99))
    second[1 if end == "spoiled" else 0] ^= 0x55 if end == "spoiled" else 0
    after = {"junk": b"junk" * 9, "begun": bytes(second[:9]), "spoiled": bytes(second)}[end]
    with pytest.raises((OSError, EOFError, ValueError, lzma.LZMAError, zstd.ZstdError)):
        content_of(file(tmp_path, first + after))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_end_on_any_system(tmp_path, end, mark, last):
    lines = ["a\tb", "", " \t", "c\u2028d\u0085e\x0bf\x0cg\x1ch\x00i", "é "]
    content = mark + end.join(lines) + (end if last else "")
    found = list(iter_lines(file(tmp_path, content.encode()), REMEDY))
    assert found == [(1, lines[0]), (4, lines[3]), (5, lines[4])]


@pytest.mark.parametrize("content", ["a\tb\n".encode("utf-16"), b"a\n\xff\n", b"\xed\xa0\x80\n", b"\xc3"])
def test_what_is_no_text_is_refused(tmp_path, content):
    path = file(tmp_path, content)
    with pytest.raises(InputError, match=sentence(path, "cannot be read (it is no text in UTF-8)", REMEDY)):
        list(iter_lines(path, REMEDY))


def test_a_line_that_grows_without_end_takes_no_more_memory_than_any_line_can(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "LONGEST_LINE", 1 << 16)
    packer = bz2.BZ2Compressor()
    packed = packer.compress(b"a\n" * 3 + bytes(50_000_000)) + packer.flush()
    path = file(tmp_path, packed)
    assert path.stat().st_size < 1000
    tracemalloc.start()
    with pytest.raises(
        InputError, match=sentence(path, "cannot be read (a line is longer than that of any table)", REMEDY)
    ):
        list(iter_lines(path, REMEDY))
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@given(st.floats())
def test_numbers_come_back(number):
    assert repr(number_in(repr(number))) == repr(number)


@given(st.integers())
def test_whole_numbers_come_back(number):
    assert whole_in(str(number)) == number


@pytest.mark.parametrize(
    "word",
    [
        "",
        "1_000",
        "\uff11\uff12",
        "\u0663",
        "1\u00a0000",
        "1,5",
        "1.000,5",
        "1'000",
        "0x1F",
        "1 000",
        "0b1",
        "1j",
        "true",
        "½",
    ],
)
def test_what_python_alone_takes_for_a_number_is_none(word):
    for read in (number_in, whole_in):
        with pytest.raises(ValueError):  # noqa: PT011
            read(word)
