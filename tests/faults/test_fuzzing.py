"""Every reader takes spoiled files in good order; 50,000 each: `fuzzing.py` beside this."""

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from faults import fuzzing
from faults.mutations import ANY, bgzipped, spoiled
from faults.reader import Reader

from vambx.errors import InputError

SCRIPT = Path(__file__).with_name("fuzzing.py")


def test_spoiled_files_are_read_or_refused_by_every_reader(tmp_path):
    """In a process of its own, which has no threads when it forks."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), "--inputs", "60", "--seed", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    problems = [path.read_text() for path in sorted(tmp_path.rglob("*.problem"))]
    assert done.returncode == 0, "\n".join([done.stdout, done.stderr, *problems])
    lines = re.findall(r"^(\S+) +60 inputs +(\d+) fine +(\d+) refused +0 findings", done.stdout, re.MULTILINE)
    assert [name for name, _, _ in lines] == list(fuzzing.readers())
    assert all(int(fine) > 0 for _, fine, _ in lines), done.stdout


def reader_of(read):
    """A reader of files that begin with a capital; what it makes of others is `read`."""

    def seeds(folder):
        (folder / "x.txt").write_text("A letter")
        return [folder / "x.txt"]

    def reading(path):
        if not path.read_bytes()[:1].isupper():
            read(path)

    return Reader("capitals", seeds, reading, lambda content, draw: b"a" + content)


def refuse(path):
    raise InputError(f"{path}: begins with no capital; write one")


def break_down(path):
    raise KeyError(path)


class TwoLinesError(InputError):
    def __str__(self):
        return "begins with no capital;\nwrite one"


def say_much(path):
    raise TwoLinesError


def ask_for_much(path):
    try:
        bytearray(1 << 40)
    except MemoryError as error:
        raise InputError(f"{path}: is too large") from error


def take_much(path):
    return bytearray(b"x" * (300 << 20))


def end(path):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize(
    ("read", "said"),
    [
        (refuse, None),
        (break_down, "KeyError"),
        (say_much, "is not one line"),
        (ask_for_much, "MemoryError"),
        (take_much, "MB of memory"),
        (end, "the process ended with -9"),
    ],
)
def test_what_is_not_in_good_order_is_found(tmp_path, read, said):
    figures = fuzzing.fuzz(reader_of(read), 6, tmp_path)
    kept = sorted(tmp_path.rglob("*.problem"))
    assert (len(figures.findings) > 0) == (said is not None) == bool(kept)
    assert figures.fine + figures.refused + len(figures.findings) >= figures.inputs == 6
    for path in kept:
        assert said in path.read_text()
        assert not path.with_suffix(".txt").read_bytes()[:1].isupper()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_what_takes_too_long_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzzing, "SECONDS", 0.3)
    figures = fuzzing.fuzz(reader_of(lambda path: [None for _ in iter(int, 1)]), 3, tmp_path)
    assert figures.findings
    assert "took longer" in next(tmp_path.rglob("*.problem")).read_text()


@pytest.mark.parametrize("mutation", [*ANY, spoiled])
def test_a_mutation_is_the_same_for_a_seed_and_changes_something(mutation):
    content = b"name\tdepth\nc1\t3.25\n" * 5
    made = [mutation(content, random.Random(seed)) for seed in range(50)]
    assert made == [mutation(content, random.Random(seed)) for seed in range(50)]
    assert sum(other != content for other in made) >= 40


def test_bgzf_blocks_are_what_htslib_reads(tmp_path):
    import pysam

    content = random.Random(1).randbytes(200_000)
    (tmp_path / "x.gz").write_bytes(bgzipped(content))
    with pysam.BGZFile(str(tmp_path / "x.gz")) as handle:
        assert handle.read() == content
