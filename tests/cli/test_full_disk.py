"""A disk that is full, at any moment: one line, nothing half-written, and with more space --resume goes on."""

import errno
import gc
import os
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from communities import ALL, BINS, FAST, assert_refused, assert_whole, done, inputs, run_cli, tree, write_few
from genes import proteins, write_hmms

from vambx.layout import Layout

OPTIONS = ("--min-bin-size", "0", "--no-report")
FEW = ("bin", "--fasta", "contigs.fa", "--bams", "bams", "--hmms", "m.hmm", *OPTIONS, "-q")
PAGE = os.sysconf("SC_PAGE_SIZE")


@contextmanager
def largest_file(n_bytes):
    """No file may grow beyond that; the signal that comes with it is ignored by Python."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def copied(binned, tmp_path):
    """A copy of a whole run."""
    return shutil.copytree(binned, tmp_path / "out")


@pytest.mark.parametrize("n_bytes", [0, 100, 60_000])
def test_a_first_file_that_does_not_fit_is_named_and_the_folder_goes(community, tmp_path, n_bytes):
    out = tmp_path / "out"
    with largest_file(n_bytes):
        ran = run_cli("bin", *inputs(community), "--outdir", out, *FAST, "-q")
    assert_refused(
        ran, 1, rf"\A{out}/composition\.npz: cannot be written \(.*\); free space or choose another folder\Z"
    )
    assert not out.exists()


STEPS = [
    ("model.pt", 10_000, ["encode", "--n-hidden", "64", "--epochs", "1"]),
    ("latent.npz", 20_000, ["encode", "--n-hidden", "2", "--n-latent", "64", "--dropout", "0", "--epochs", "1"]),
    ("clusters.tsv", 2_000, ["cluster"]),
    ("chosen.tsv", 2_000, ["bins", "--fasta", "CONTIGS", *BINS]),
    ("bins", 80_000, ["bins", "--fasta", "CONTIGS", *BINS]),
    ("unbinned.tsv", 2_000, ["bins", "--fasta", "CONTIGS", "--min-bin-size", "100000000", "--resume"]),
]


@pytest.mark.parametrize(("name", "n_bytes", "command"), STEPS, ids=[step[0] for step in STEPS])
def test_a_later_file_that_does_not_fit_is_named_and_the_old_stays(community, copied, name, n_bytes, command):
    before = tree(copied)
    with largest_file(n_bytes):
        command = [community.fasta if word == "CONTIGS" else word for word in command]
        again = () if "--resume" in command else ("--force",)
        ran = run_cli(*command, "--outdir", copied, *again, "-q")
    assert_refused(ran, 1, rf"\A{copied}/{name}: cannot be written \(.*\); free space or choose another folder\Z")
    assert assert_whole(copied) == ALL
    assert {path: text for path, text in tree(copied).items() if path.startswith(name)} == {
        path: text for path, text in before.items() if path.startswith(name)
    }


def total_pages(outdir):
    return sum(-(-path.stat().st_size // PAGE) for path in outdir.rglob("*") if path.is_file())


@pytest.fixture
def small_disk(tmp_path):
    """Mounts a file system of a number of pages on tmp_path/disk, and makes it larger."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(n_pages, *, again=False):
        options = f"size={n_pages * PAGE}" + (",remount" if again else "")
        return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], capture_output=True, check=False)

    if shutil.which("mount") is None or mount(1).returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield lambda n_pages: mount(n_pages, again=True).check_returncode()
    gc.collect()  # a file that is still mapped keeps the disk busy
    subprocess.run(["umount", disk], check=True)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A few contigs, profiles of markers, and the output of a run that had the space."""
    folder = write_few(tmp_path_factory.mktemp("few"))
    write_hmms(folder / "m.hmm", proteins(2, length=60))
    done("bin", *given(folder), *OPTIONS, "--outdir", folder / "whole")
    return folder


def given(folder):
    return ("--fasta", folder / "contigs.fa", "--bams", folder / "bams", "--hmms", folder / "m.hmm")


def test_a_disk_may_be_full_at_any_moment(few, small_disk, tmp_path, monkeypatch):
    monkeypatch.chdir(few)
    out = tmp_path / "disk" / "out"
    failed = set()
    for n_pages in range(1, total_pages(few / "whole")):
        small_disk(n_pages)
        ran = run_cli(*FEW, "--outdir", out)
        if ran.code == 0:
            assert tree(out) == tree(few / "whole")
            break
        assert_refused(ran, 1, r"\A/\S+: cannot be written \(No space left on device\); free space or choose another")
        failed.add(Path(ran.err.split(": ")[2]).name)
        assert_whole(out)
        small_disk(10_000)
        assert run_cli(*FEW, "--outdir", out, "--resume") == (0, "", "")
        assert tree(out) == tree(few / "whole")
        shutil.rmtree(out)
    assert {"composition.npz", "run.json"} < failed


def test_a_log_that_cannot_be_written_is_not_the_error(few, tmp_path, monkeypatch):
    monkeypatch.chdir(few)
    out = tmp_path / "out"
    out.mkdir()
    Layout(out).log.symlink_to("/dev/full")
    assert run_cli(*FEW, "--outdir", out) == (0, "", "")
    assert {name: text for name, text in tree(out).items() if name != "vambx.log"} == tree(few / "whole")


def test_a_log_that_cannot_be_opened_is_told(few, tmp_path, monkeypatch):
    monkeypatch.chdir(few)
    out = tmp_path / "out"
    out.mkdir()
    Layout(out).log.symlink_to("nowhere/at/all")
    ran = run_cli(*FEW, "--outdir", out)
    assert_refused(ran, 1, rf"\A{out}/vambx\.log: cannot be written \({os.strerror(errno.ENOENT)}\); ")
    assert os.listdir(out) == ["vambx.log"]


def test_a_demo_on_a_full_disk_is_told(tmp_path):
    with largest_file(100_000):
        ran = run_cli("demo", "--outdir", tmp_path / "demo", "-q")
    assert_refused(ran, 1, rf"\A{tmp_path}/demo\S*: cannot be written \(")


def test_a_summary_that_cannot_be_written_is_no_bug(few, tmp_path):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "vambx", "bin", *given(few), *OPTIONS, "--outdir", tmp_path / "out"]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert "bug of vambx" not in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("vambx: error: ")
    assert tree(tmp_path / "out") == tree(few / "whole")
