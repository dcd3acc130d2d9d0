"""Of what a system grants little: open files, permissions, names that are no UTF-8."""

import os
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from communities import FEW, Ran, assert_refused, done, tree, write_few

from vambx.features.abundance import Abundance
from vambx.features.composition import Composition
from vambx.features.depths import SampleDepths

OPTIONS = ("--min-bin-size", "0", "-q", "--no-report", "--no-markers")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path))
    return tmp_path


@contextmanager
def few_files_more(n):
    """No more than so many files can be opened beside those that are."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + n, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="open files cannot be counted")
def test_files_are_not_all_open_at_a_time(here):
    done("composition", "--fasta", "contigs.fa", "--outdir", "first", "-q")
    contigs = Composition.read("first/composition.npz").contigs
    depths = np.arange(300 * len(FEW), dtype=np.float32).reshape(300, -1)
    (here / "depths").mkdir()
    for i, depth in enumerate(depths):
        SampleDepths(f"s{i:03}", depth, "", 0.0, contigs.digest).write(here / "depths" / f"s{i:03}.npz")
    paths = sorted((here / "depths").iterdir())
    with few_files_more(20):
        done("features", "--fasta", "contigs.fa", "--depths", *paths, "--outdir", "out", "-q")
    np.testing.assert_array_equal(Abundance.read("out/abundance.npz", contigs).depth, depths.T)


def test_bams_are_not_all_open_at_a_time(here):
    for i in range(12):
        shutil.copy(here / "bams" / "s.bam", here / "bams" / f"s{i}.bam")
    with few_files_more(16):
        done("features", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out", "-q", "-t", "1")


def test_names_of_folders_need_not_be_utf8_nor_plain(here):
    done("bin", "--fasta", "contigs.fa", "--bams", "bams", *OPTIONS, "--outdir", "whole")
    for name in (b"caf\xe9", b"a b'c\"", "Probén-样".encode(), b"new\nline"):
        folder = here / os.fsdecode(name)
        folder.mkdir()
        shutil.copytree("bams", folder / "bams")
        shutil.copy("contigs.fa", folder)
        done("bin", "--fasta", folder / "contigs.fa", "--bams", folder / "bams", *OPTIONS, "--outdir", folder / "out")
        assert tree(folder / "out") == tree(here / "whole")


def no_rights(*args):
    """Run vambx as somebody who may not do what root may."""
    command = [sys.executable, "-m", "vambx", *args]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may do everything here")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture
def locked():
    """Take rights away until the test is over."""
    before = {}

    def lock(path, mode):
        before[path] = path.stat().st_mode
        path.chmod(mode)

    yield lock
    for path, mode in before.items():
        path.chmod(mode)


def test_a_run_needs_not_write_where_its_input_lies(here, locked):
    locked(here / "bams", 0o555)
    ran = no_rights("bin", "--fasta", "contigs.fa", "--bams", "bams", *OPTIONS, "--outdir", "out")
    assert ran == (0, "", "")


@pytest.mark.parametrize(
    ("name", "mode", "said"),
    [
        ("contigs.fa", 0o000, r"\Acontigs\.fa: cannot be read \(.*Permission denied.*\); is "),
        ("bams/s.bam", 0o000, r"\Abams/s\.bam: .*Permission denied"),
        ("bams", 0o000, r"\Abams: the system refuses it \(Permission denied\); is it there, and may you use it\?\Z"),
        (
            "whole",
            0o555,
            r"\Awhole\S*: cannot be written \(Permission denied\); free space or choose another",
        ),
    ],
)
def test_what_may_not_be_read_or_written_is_told(here, locked, name, mode, said):
    arguments = ("bin", "--fasta", "contigs.fa", "--bams", "bams", *OPTIONS, "--outdir", "whole")
    done(*arguments)
    locked(here / name, mode)
    assert_refused(no_rights(*arguments, "--force"), 1, said)
