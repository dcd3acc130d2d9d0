import errno
import os
from pathlib import Path

import pytest
from builders import sentence

from vambx.errors import OutputError
from vambx.io.atomic import replacing, replacing_folder

REMEDY = "free space or choose another folder"


def write(path, text="new"):
    with replacing(path) as out:
        out.write(text)


def fill(path, text="new"):
    with replacing_folder(path) as folder:
        (folder / "x").write_text(text)


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_text_is_utf8_with_unix_line_ends(tmp_path):
    write(tmp_path / "x", "é\n")
    assert content(tmp_path) == {"x": b"\xc3\xa9\n"}


def test_bytes_stay_as_they_are(tmp_path):
    with replacing(tmp_path / "x", "wb") as out:
        out.write(b"\r\n\x00\xff")
    assert content(tmp_path) == {"x": b"\r\n\x00\xff"}


@pytest.mark.parametrize("maker", [replacing, replacing_folder])
def test_final_name_appears_only_at_the_end(tmp_path, maker):
    with maker(tmp_path / "x"):
        assert not (tmp_path / "x").exists()
    assert os.listdir(tmp_path) == ["x"]


def test_file_takes_the_place_of_the_old(tmp_path):
    write(tmp_path / "x", "old and longer")
    write(tmp_path / "x")
    assert content(tmp_path) == {"x": b"new"}


def test_folder_takes_the_place_of_the_old(tmp_path):
    (tmp_path / "x" / "deep").mkdir(parents=True)
    (tmp_path / "x" / "deep" / "old").write_text("old")
    fill(tmp_path / "x")
    assert content(tmp_path) == {"x/x": b"new"}


def half_write(maker, path, error):
    with maker(path) as inside:
        (inside / "half").write_text("half") if isinstance(inside, Path) else inside.write("half")
        raise error


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), OutputError("x")])
@pytest.mark.parametrize(("maker", "do"), [(replacing, write), (replacing_folder, fill)])
def test_error_inside_leaves_the_old_and_nothing_else(tmp_path, maker, do, error):
    do(tmp_path / "x", "old")
    before = content(tmp_path)
    with pytest.raises(type(error)) as caught:
        half_write(maker, tmp_path / "x", error)
    assert caught.value is error
    assert content(tmp_path) == before
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize("maker", [replacing, replacing_folder])
def test_error_inside_leaves_nothing_where_nothing_was(tmp_path, maker):
    with pytest.raises(ValueError, match="x"), maker(tmp_path / "x"):
        raise ValueError("x")
    assert os.listdir(tmp_path) == []


def test_leftovers_of_a_killed_run_do_no_harm(tmp_path):
    (tmp_path / "x.partial").write_text("left over, and longer")
    (tmp_path / "y.partial").mkdir()
    (tmp_path / "y.partial" / "left").write_text("over")
    write(tmp_path / "x")
    fill(tmp_path / "y")
    assert content(tmp_path) == {"x": b"new", "y/x": b"new"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("size", [1, 10_000_000])
def test_full_disk_is_told_and_leaves_the_old(tmp_path, size):
    path = tmp_path / "x"
    write(path, "old")
    (tmp_path / "x.partial").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=sentence(path, "cannot be written (No space left on device)", REMEDY)):
        write(path, "n" * size)
    assert content(tmp_path) == {"x": b"old"}


def refuse(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(("do", "call"), [(write, "os.fsync"), (write, "os.replace"), (fill, "os.replace")])
def test_failure_at_the_last_step_is_told_and_leaves_the_old(tmp_path, monkeypatch, do, call):
    path = tmp_path / "x"
    do(path, "old")
    before = content(tmp_path)
    monkeypatch.setattr(call, refuse)
    with pytest.raises(OutputError, match=sentence(path, "cannot be written (No space left on device)", REMEDY)):
        do(path)
    assert content(tmp_path) == before


@pytest.mark.parametrize("do", [write, fill])
@pytest.mark.parametrize("name", ["no/x", "file/x", "x" * 250])
def test_place_that_cannot_be_written_is_told(tmp_path, do, name):
    (tmp_path / "file").write_text("a file, no folder")
    with pytest.raises(OutputError, match=sentence(tmp_path / name, "cannot be written", REMEDY)):
        do(tmp_path / name)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(("do", "taken"), [(write, Path.mkdir), (fill, Path.touch)])
def test_file_for_folder_and_folder_for_file_are_refused(tmp_path, do, taken):
    taken(tmp_path / "x")
    with pytest.raises(OutputError, match=sentence(tmp_path / "x", "cannot be written", REMEDY)):
        do(tmp_path / "x")
    assert os.listdir(tmp_path) == ["x"]
