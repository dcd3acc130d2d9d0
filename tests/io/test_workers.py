"""Processes that read files, and how they may die."""

import sys

import pytest
from builders import sentence

from vambx.errors import InputError, ResourceError
from vambx.io import workers
from vambx.io.bam_depth import mean_depth

MORE = "give more memory, or fewer --threads"


@pytest.mark.parametrize(
    ("code", "kind", "problem", "remedy"),
    [
        ("os.kill(os.getpid(), 9)", ResourceError, "was killed, as happens when memory runs out", MORE),
        ("sys.exit('memory allocation of 80 bytes failed')", ResourceError, "ran out of memory", MORE),
        ("raise MemoryError", ResourceError, "ran out of memory", MORE),
        ("os.kill(os.getpid(), 15)", ResourceError, "was stopped by SIGTERM", "--resume goes on"),
        (
            "os.kill(os.getpid(), 11)",
            InputError,
            "could not compute depths (it crashed)",
            "is the file whole?",
        ),
    ],
)
def test_the_death_of_one_that_computes_depths(tmp_path, monkeypatch, code, kind, problem, remedy):
    monkeypatch.setattr(workers, "WORKER", (sys.executable, "-c", f"import os, sys; {code}"))
    with pytest.raises(kind, match=sentence(tmp_path / "x.bam", problem, remedy)):
        mean_depth(tmp_path / "x.bam", 0.0)


def test_none_is_begun_after_the_end(monkeypatch):
    monkeypatch.setattr(workers, "WORKER", (sys.executable, "-c", "input()"))
    ours = workers.Workers()
    with ours.start([]) as process:
        ours.end()
        assert process.wait(60) < 0
    with pytest.raises(workers.CancelledError), ours.start([]):
        pass
