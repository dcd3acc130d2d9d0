"""Signals that end a run: one line, the right exit code, nothing left at work; and --resume goes on."""

import os
import select
import signal
import subprocess
import sys
import time

import pytest
from communities import assert_refused, done, run_cli, tree, write_few

FEW = ("bin", "--fasta", "contigs.fa", "--bams", "bams", "--min-bin-size", "0", "-q", "--no-report", "--no-markers")
SLEEP = "import time; time.sleep(600)"
SLOW = f"""
import sys
from vambx.io import workers
workers.WORKER = (sys.executable, "-c", {SLEEP!r})
from vambx.cli import main
sys.exit(main())
"""
STOPPED = {
    signal.SIGINT: (130, "interrupted"),
    signal.SIGTERM: (143, "stopped by SIGTERM"),
    signal.SIGHUP: (129, "stopped by SIGHUP"),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path))
    return tmp_path


def python(code, *args, **options):
    """A process, and all that it starts, in a group of its own."""
    command = [sys.executable, "-c", code, *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options)


def wait_for(is_so):
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_asleep(process):
    """Whether depths are being computed, by a process that never ends."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [row.split(None, 1) for row in listed.splitlines()]
    return any(int(group) == process.pid and args.rstrip().split(" ", 2)[-1].startswith(SLEEP) for group, args in rows)


def is_gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", STOPPED, ids=str)
def test_a_signal_to_the_run_alone_ends_its_processes_too_and_resume_goes_on(here, number):
    run = python(SLOW, *FEW, "--outdir", "out")
    wait_for(lambda: is_asleep(run))
    run.send_signal(number)
    out, err = run.communicate(timeout=60)
    code, how = STOPPED[number]
    assert (run.returncode, out) == (code, b"")
    assert err.decode() == f"vambx: error: {how}; the same command with --resume goes on\n"
    wait_for(lambda: is_gone(run.pid))
    assert sorted(os.listdir("out")) == ["composition.npz", "run.json", "vambx.log"]
    assert ", interrupted at step 2 of 7, abundance" in done("status", "out").out
    done(*FEW, "--outdir", "out", "--resume")
    done(*FEW, "--outdir", "whole")
    assert tree(here / "out") == tree(here / "whole")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems let orphans work on")
def test_processes_do_not_outlive_a_run_that_is_killed():
    code = """
import sys, time
from vambx.io.workers import Workers
with Workers().start(["view", "-"], open(int(sys.argv[1]), "rb")):
    time.sleep(600)
"""
    read, write = os.pipe()  # which is held here, so that its end is not what ends the worker
    run = python(code, str(read), pass_fds=(read,))
    os.write(write, b"@HD\tVN:1.6\n")
    wait_for(lambda: not select.select([read], [], [], 0)[0])  # the worker has begun to read
    run.kill()
    run.communicate()
    wait_for(lambda: is_gone(run.pid))
    os.close(read)
    os.close(write)


def test_who_is_told_to_ignore_hangups_goes_on(here):
    code = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); {SLOW}"
    run = python(code, *FEW, "--outdir", "out")
    wait_for(lambda: is_asleep(run))
    run.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert run.poll() is None
    run.send_signal(signal.SIGTERM)
    assert b"stopped by SIGTERM" in run.communicate(timeout=60)[1]


STUBBORN = """
import time
from vambx.cli import process
process._PATIENCE = {patience}

def work():
    try:
        print("ready", flush=True)
        time.sleep(600)
    except KeyboardInterrupt:
        print("cleaning", flush=True)
        time.sleep({cleaning})
    return 7

raise SystemExit(process.in_own_process(work))
"""


@pytest.mark.parametrize(
    ("patience", "cleaning", "code", "said"),
    [(0, 600, 130, b"vambx: error: interrupted again; ended at once\n"), (600, 1, 7, b"")],
)
def test_a_second_signal_ends_it_at_once_unless_it_follows_at_once(patience, cleaning, code, said):
    run = python(STUBBORN.format(patience=patience, cleaning=cleaning))
    assert run.stdout.readline() == b"ready\n"
    run.send_signal(signal.SIGINT)
    assert run.stdout.readline() == b"cleaning\n"
    run.send_signal(signal.SIGINT)
    assert (run.communicate(timeout=60)[1], run.returncode) == (said, code)


def test_a_signal_before_any_work_is_told_too(monkeypatch):
    def broken(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("vambx.cli._parser", broken)
    assert_refused(run_cli("bin"), 130, r"\Ainterrupted; the same command begins anew\Z")
