"""vambx status: says where a run stands, and changes nothing."""

import errno
import shutil
import signal
import subprocess
import sys
import time

from builders import sentence
from communities import FAST, assert_refused, done, inputs, run_cli

from vambx.layout import Layout


def status(out):
    ran = done("status", out)
    assert ran.err == ""
    return ran.out.splitlines()


def test_a_folder_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("vambx.report.status.is_held", refuse)
    (tmp_path / "vambx.log").touch()
    remedy = "ask its owner to let you"
    assert_refused(run_cli("status", tmp_path), 1, sentence(tmp_path, "cannot be read (Permission denied)", remedy))


def test_of_a_run_that_is_done(binned, tmp_path):
    out = shutil.copytree(binned, tmp_path / "out")
    before = {path.name: path.stat().st_mtime_ns for path in (out, *out.iterdir())}
    head, *rest = status(out)
    assert head == f"{out}: done"
    assert [row.split()[0] for row in rest] == [
        *("composition", "abundance", "markers", "latent", "clusters", "chosen", "bins", "last", "next")
    ]
    assert {path.name: path.stat().st_mtime_ns for path in (out, *out.iterdir())} == before


def test_of_no_run(tmp_path):
    assert_refused(run_cli("status", tmp_path), 1, "holds no run of vambx; give the --outdir of one$")
    assert list(tmp_path.iterdir()) == []


def test_of_a_run_at_work_and_then_killed_and_then_gone_on(community, tmp_path):
    out, seen = tmp_path / "out", set()
    args = ["bin", *map(str, inputs(community)), "--outdir", str(out), *FAST, "--checkpoint-epochs", "1", "-q"]
    args[args.index("--epochs") + 1] = "3000"  # more than there is time for
    process = subprocess.Popen([sys.executable, "-m", "vambx", *args])
    deadline = time.monotonic() + 120
    while not (out / "checkpoint.pt").exists() and process.poll() is None and time.monotonic() < deadline:
        if Layout(out).lock.exists() and (out / "vambx.log").exists():
            seen.add(status(out)[0].removeprefix(f"{out}: "))
        time.sleep(0.05)
    head, *rest = status(out)
    assert process.poll() is None
    assert head == f"{out}: running, step 4 of 7, latent"
    assert any(row.startswith("  latent       at work") for row in rest)
    assert all(one.startswith("running, step ") for one in seen)
    process.send_signal(signal.SIGKILL)
    process.wait()
    head, *rest = status(out)
    assert head == f"{out}: not running, ended at step 4 of 7, latent"
    (row,) = (row for row in rest if row.startswith("  latent "))
    assert " not done  epoch " in row
    assert " of 3000, loss " in row
    assert "; kept at " in row
    assert rest[-1] == "  next         the same command with --resume goes on"
    done("bin", *inputs(community), "--outdir", out, *FAST, "--resume", "-q")
    assert status(out)[0] == f"{out}: done"


def test_of_a_run_that_failed(community, tmp_path):
    out = tmp_path / "out"
    done("features", *inputs(community), "--outdir", out, "-q")
    assert run_cli("bins", "--fasta", community.fasta, "--outdir", out, "-q").code == 1
    head, *rest = status(out)
    assert head == f"{out}: not running, ended at step 3 of 7, markers"
    assert any(
        row.startswith("  error        ") and "does not exist; run the step that makes it" in row for row in rest
    )


def test_it_loads_nothing_heavy(binned):
    heavy = "{'torch', 'numba', 'numpy', 'rich'}"
    code = f"import sys; from vambx.cli import main; main(sys.argv[1:]); print({heavy} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code, "status", binned], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "set()"
