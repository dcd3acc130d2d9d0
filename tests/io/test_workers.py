"""Processes that read files, and how they may die."""

import sys

import pytest
from builders import sentence

from vambx.errors import ResourceError
from vambx.io import workers
from vambx.io.bam_depth import mean_depth

MORE = "give more memory, or fewer --threads"


@pytest.mark.parametrize(
    ("code", "problem", "remedy"),
    [
        ("os.kill(os.getpid(), 9)", "was killed, as happens when memory runs out", MORE),
        ("sys.exit('memory allocation of 80 bytes failed')", "ran out of memory", MORE),
        ("raise MemoryError", "ran out of memory", MORE),
        ("os.kill(os.getpid(), 15)", "was stopped by SIGTERM", "--resume goes on"),
    ],
)
def test_the_death_of_one_that_computes_depths(tmp_path, monkeypatch, code, problem, remedy):
    monkeypatch.setattr(workers, "WORKER", (sys.executable, "-c", f"import os, sys; {code}"))
    (tmp_path / "x.bam").touch()
    with pytest.raises(ResourceError, match=sentence(tmp_path / "x.bam", problem, remedy)):
        mean_depth(tmp_path / "x.bam", 0.0)


def test_none_is_begun_after_the_end(monkeypatch):
    monkeypatch.setattr(workers, "WORKER", (sys.executable, "-c", "input()"))
    ours = workers.Workers()
    with ours.start([]) as process:
        ours.end()
        assert process.wait(60) < 0
    with pytest.raises(workers.CancelledError), ours.start([]):
        pass
