"""Output folders that cannot be used, and runs that end before their time."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from builders import sentence
from communities import ALL, Ran, assert_refused, assert_whole, done, run_cli, tree, write_few
from filelock import FileLock

from vambx.demo import Files
from vambx.errors import InputError, OutputError, TrainingError, UsageError

BIN = (
    *("bin", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out", "--min-bin-size", "0"),
    *("-q", "--no-report", "--no-markers"),
)
MADE = ALL - {"model.pt", "history.tsv"}  # what a few contigs, too few to train on, come to


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path))
    return tmp_path


def strangers(out):
    out.mkdir()
    (out / "thesis.doc").write_text("mine")


def ours(out):
    done(*BIN)


@pytest.mark.parametrize(
    ("make", "args", "problem", "remedy"),
    [
        (lambda out: out.write_text("mine"), [], "is a file, not a folder", "choose another --outdir"),
        (lambda out: out.write_text("mine"), ["--force"], "is a file, not a folder", "choose another --outdir"),
        (strangers, [], "holds files that are not vambx's", "choose another --outdir"),
        (strangers, ["--force"], "holds files that are not vambx's", "choose another --outdir"),
        (strangers, ["--resume"], "holds files that are not vambx's", "choose another --outdir"),
        (ours, [], "holds a run already", "--resume to go on, --force to begin anew, or another --outdir"),
        (lambda out: out.symlink_to("nowhere/at/all"), [], "cannot be written", "choose another folder"),
    ],
)
def test_a_folder_that_holds_other_things_is_left_alone(here, make, args, problem, remedy):
    make(here / "out")
    before = tree(here, but=())
    assert_refused(run_cli(*BIN, *args), 1, sentence("out", problem, remedy))
    assert tree(here, but=()) == before


@pytest.mark.parametrize("where", ["contigs.fa/out", "/proc/vambx/out", "x" * 300])
@pytest.mark.parametrize("command", ["bin", "features"])
def test_a_folder_that_cannot_be_made_is_told(here, command, where):
    if where.startswith("/proc") and not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    ran = run_cli(command, *BIN[1:5], "--outdir", where, "-q")
    assert_refused(ran, 1, sentence(where, "cannot be written", "choose another folder"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write anywhere")
def test_a_folder_without_permission_is_told(here):
    (here / "locked").mkdir(mode=0o555)
    ran = run_cli(*BIN, "--outdir", "locked/out")
    assert_refused(ran, 1, sentence("locked/out", "cannot be written", "choose another folder"))


@pytest.mark.parametrize("command", [BIN, (*BIN, "--resume"), (*BIN, "--force"), ("cluster", "--outdir", "out", "-q")])
def test_a_folder_in_use_is_left_alone(here, command):
    done(*BIN)
    before = tree(here, but=())
    code = "lock = FileLock(sys.argv[1]); lock.acquire(); print(flush=True); input()"
    holder = f"import sys; from filelock import FileLock; {code}"
    arguments = [sys.executable, "-c", holder, "out/.vambx.lock"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        ran = run_cli(*command)
        assert (here / "out" / ".vambx.lock").exists()
        other.communicate(b"\n")
    if command == BIN:  # it holds a run too, and that is said first
        assert_refused(ran, 1, r"\Aout: ")
    else:
        problem = "another run is at work in this folder"
        assert_refused(ran, 1, sentence("out", problem, "choose another --outdir, or wait"))
    assert tree(here, but=("out/.vambx.lock",)) == before


def test_a_folder_whose_first_run_is_at_work_is_told(here):
    (here / "out").mkdir()
    with FileLock("out/.vambx.lock"):
        assert_refused(run_cli(*BIN), 1, sentence("out", "another run is at work in this folder", "wait"))
        assert os.listdir("out") == [".vambx.lock"]


def test_an_empty_folder_is_used_and_after_an_error_still_there(here):
    (here / "out").mkdir()
    assert run_cli(*BIN, "--fasta", "no.fa").code == 1
    assert set(os.listdir("out")) <= {"vambx.log"}
    done(*BIN)
    assert assert_whole(here / "out") == MADE


def test_folders_above_are_made(here):
    done(*BIN, "--outdir", "a/b/out")
    assert assert_whole(here / "a" / "b" / "out") == MADE


AT_WORK = {
    "composition": "composition.read_composition",
    "abundance": "abundance.iter_depths",
    "latent": "latent.encode",
    "clusters": "clusters.iter_clusters",
}


def fail_at(monkeypatch, step, error):
    def broken(*args):
        raise error

    monkeypatch.setattr(f"vambx.steps.{AT_WORK[step]}", broken)


@pytest.mark.parametrize(("step", "n_left"), [("composition", 0), ("abundance", 1), ("latent", 2), ("clusters", 3)])
def test_ctrl_c_is_exit_130_and_resume_goes_on(here, monkeypatch, step, n_left):
    with monkeypatch.context() as patched:
        fail_at(patched, step, KeyboardInterrupt())
        assert_refused(run_cli(*BIN), 130, r"\Ainterrupted; the same command with --resume goes on\Z")
    assert len(assert_whole(here / "out")) == n_left
    assert (here / "out").exists() == bool(n_left)
    done(*BIN, "--resume")
    assert assert_whole(here / "out") == MADE


def test_ctrl_c_outside_the_steps_is_exit_130_too(here, monkeypatch):
    def broken(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("vambx.cli.session.open_run", broken)
    assert_refused(run_cli(*BIN), 130, r"\Ainterrupted; ")


@pytest.mark.parametrize(("kind", "code"), [(UsageError, 2), (InputError, 1), (OutputError, 1), (TrainingError, 1)])
def test_the_kind_of_an_error_is_its_exit_code(here, monkeypatch, kind, code):
    fail_at(monkeypatch, "composition", kind("contigs.fa: is odd; mend it"))
    assert_refused(run_cli(*BIN), code, r"\Acontigs\.fa: is odd; mend it\Z")


def caused(by):
    error = InputError("x.npz: is no whole npz file (of which this is not the reason)")
    error.__cause__ = by
    return error


MEMORY = r"\Aout of memory; give more, or raise --min-length\Z"
THREADS = r"\Athe system gives no more threads or processes; give fewer --threads, or raise the limit: ulimit -u\Z"
FILES = r"\Atoo many files would be open; raise the limit, such as: ulimit -n 4096\Z"
RAN_OUT = [
    (MemoryError(), MEMORY),
    (np.linalg.LinAlgError("odd"), r"\Aa bug of vambx "),
    (caused(MemoryError()), MEMORY),
    (caused(caused(OSError(errno.ENOMEM, "Cannot allocate memory"))), MEMORY),
    (ImportError("libtorch_cpu.so: failed to map segment from shared object"), MEMORY),
    (
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory"),
        MEMORY,
    ),
    (RuntimeError("can't start new thread"), THREADS),
    (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), THREADS),
    (caused(OSError(errno.EMFILE, "Too many open files")), FILES),
]


@pytest.mark.parametrize(("error", "said"), RAN_OUT, ids=lambda each: type(each).__name__)
def test_what_the_machine_has_no_more_of_is_told(here, monkeypatch, error, said):
    fail_at(monkeypatch, "abundance", error)
    assert_refused(run_cli(*BIN), 70 if "bug" in said else 1, said)
    assert assert_whole(here / "out") == {"composition.npz"}


@pytest.mark.parametrize("command", ["bin", "encode", "report"])
def test_a_limit_that_libraries_would_not_load_under_is_told(here, command):
    args = {"bin": BIN, "encode": ("encode", "--outdir", "out", "-q"), "report": ("report", "out")}[command]
    script = 'ulimit -v 600000 && exec "$0" -m vambx "$@"'
    ran = subprocess.run(["bash", "-c", script, sys.executable, *args], capture_output=True, text=True, check=False)
    said = r"\Amemory is limited to 614 MB, and libraries alone may take 1000 MB; raise the limit: ulimit -v\Z"
    assert_refused(Ran(ran.returncode, ran.stdout, ran.stderr), 1, said)


@pytest.mark.parametrize("step", ["composition", "clusters"])
def test_a_bug_says_where_to_report_it_and_the_log_has_the_traceback(here, monkeypatch, step):
    fail_at(monkeypatch, step, RuntimeError("odd\nand odder"))
    ran = run_cli(*BIN)
    assert_refused(
        ran, 70, r"\Aa bug of vambx \(RuntimeError: odd and odder\); please report it in vambx's issue tracker, with"
    )
    log = Path(ran.err.split()[-1])
    assert "Traceback" in log.read_text()
    assert assert_whole(here / "out") <= MADE


def test_a_bug_in_the_demo_names_its_log(here, monkeypatch):
    def few(root, community):
        write_few(root)
        (root / "contigs.fa").rename(root / "contigs.fna")
        return Files(root)

    monkeypatch.setattr("vambx.demo.write_community", few)
    fail_at(monkeypatch, "composition", RuntimeError("odd"))
    ran = run_cli("demo", "--outdir", "demo", "-q")
    assert_refused(ran, 70, r"\Aa bug of vambx \(RuntimeError: odd\); ")
    assert "Traceback" in Path(ran.err.split()[-1]).read_text()


def test_a_demo_in_a_file_is_told(here):
    ran = run_cli("demo", "--outdir", "contigs.fa", "-q")
    assert_refused(ran, 1, r"\Acontigs\.fa: .*choose another folder")


def test_a_demo_does_not_overwrite_what_is_not_its_own(here, monkeypatch):
    monkeypatch.setattr("vambx.cli.bin_command.main", lambda args: None)
    (here / "demo").mkdir()
    (here / "demo" / "contigs.fna").write_text("mine")
    ran = run_cli("demo", "--outdir", "demo", "-q")
    assert_refused(ran, 1, sentence("demo", "holds files that are not the demo's", "choose another --outdir"))
    assert (here / "demo" / "contigs.fna").read_text() == "mine"


def test_a_demo_with_a_wrong_option_makes_nothing(here):
    ran = run_cli("demo", "--outdir", "demo", "--threads", "0", "-q")
    assert_refused(ran, 2, r"\A--threads must be at least 1, not 0\Z")
    assert not (here / "demo").exists()


KILLED = {
    "while it began": [".vambx.lock", "vambx.log"],
    "while it wrote the first result": [".vambx.lock", "vambx.log", "composition.npz.partial"],
    "before it wrote the account": [".vambx.lock", "vambx.log", "composition.npz"],
    "while it wrote the first account": [".vambx.lock", "vambx.log", "composition.npz", "run.json.partial"],
}


@pytest.mark.parametrize("left", KILLED.values(), ids=KILLED)
def test_resume_goes_on_after_a_run_that_was_killed_before_its_first_account(here, left):
    (here / "out").mkdir()
    for name in left:
        (here / "out" / name).write_text("left")
    assert run_cli(*BIN, "--resume") == (0, "", "")
    assert assert_whole(here / "out") == MADE


@pytest.mark.parametrize("again", ["--resume", "--force"])
def test_what_a_killed_run_left_half_written_goes(here, again):
    done(*BIN)
    before = tree(here / "out")
    out = here / "out"
    for name in [".vambx.lock", "clusters.tsv.partial", "run.json.partial"]:
        (out / name).write_text("left")
    (out / "bins.partial").mkdir()
    (out / "bins.partial" / "S1_1.fna").write_text(">half")
    (out / "clusters.tsv").unlink()
    (out / "bins.tsv").unlink()
    done(*BIN, again)
    assert tree(out) == before


def test_results_of_an_earlier_run_outlive_a_mistyped_input(here):
    done(*BIN)
    before = tree(here / "out")
    ran = run_cli(*BIN, "--force", "--fasta", "no.fa")
    assert re.match("vambx: error: no.fa: ", ran.err)
    assert tree(here / "out") == before
