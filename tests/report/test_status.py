"""Where a run stands: told from run.json, the log and the lock, of runs at work, dead and done."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from filelock import FileLock

from vambx.errors import InputError
from vambx.layout import Layout
from vambx.outdir import is_held
from vambx.report.log import last_command, read_log
from vambx.report.status import STEPS, read_status
from vambx.report.status_text import lines_of
from vambx.report.words import duration

NOW = datetime(2026, 3, 1, 12, 0, 0)


def line(seconds_ago, text, level="DEBUG"):
    return f"{NOW - timedelta(seconds=seconds_ago)},123 {level} {text}\n"


def folder(path, steps=(), log=(), **entry):
    """A folder with these steps done and that log."""
    path.mkdir(exist_ok=True)
    made = {"key": "k", "settings": {}, "inputs": {}, "outputs": {}, "wall_seconds": 75.2, "peak_memory_mb": 1234}
    if steps:
        (path / "run.json").write_text(json.dumps({"steps": {name: made | entry for name in steps}}))
    (path / "vambx.log").write_text("".join(log))
    return path


def said(path, now=NOW):
    """The headline, and the rest by its first word or two."""
    head, *rest = lines_of(read_status(path), now)
    assert head.startswith(f"{path}: ")
    return head.removeprefix(f"{path}: "), {each[2:14].strip(): " ".join(each[15:].split()) for each in rest}


@pytest.fixture
def held():
    """Hold the lock of a folder, as a run does."""
    locks = []

    def hold(path):
        lock = FileLock(Layout(path).lock, blocking=False)
        lock.acquire()
        locks.append(lock)

    yield hold
    for lock in locks:
        lock.release()


BIN = line(3725, "Command: /x/vambx bin --fasta a.fa --outdir out")
TRAINING = [BIN, line(3000, "Step latent: begins"), line(61, "Epoch 12/30 loss .92 CE .4 MSE .3 KLD 1 total .1")]


def test_of_a_run_that_is_done(tmp_path):
    head, rows = said(folder(tmp_path / "out", STEPS, [BIN, line(65, "Step bins: done")]))
    assert head == "done"
    assert all(rows[name] == "done 1 min 15 s 1,234 MB at most" for name in STEPS)
    assert rows["last word"] == "1 min 5 s ago; the command began 1 h 2 min ago"
    assert rows["next"] == "look at bins.tsv and bins/"


def test_of_a_training_at_work(tmp_path, held):
    out = folder(tmp_path / "out", STEPS[:3], TRAINING)
    held(out)
    head, rows = said(out)
    assert head == "running, step 4 of 7, latent"
    assert rows["latent"] == "at work epoch 12 of 30, loss .92; not kept yet"
    assert [rows[name] for name in STEPS[4:]] == ["to do"] * 3
    assert rows["next"].startswith("wait")
    kept = datetime(2026, 3, 1, 11, 58, 7).timestamp()
    (out / "checkpoint.pt").touch()
    os.utime(out / "checkpoint.pt", (kept, kept))
    assert said(out)[1]["latent"] == "at work epoch 12 of 30, loss .92; kept at 11:58:07"


@pytest.mark.parametrize(
    ("command", "step"), [("composition", "composition"), ("choose", "chosen"), ("bins", "chosen")]
)
def test_every_command_that_makes_a_step_is_known_for_it(tmp_path, held, command, step):
    log = [line(9, f"Command: vambx {command} --outdir out"), line(8, f"Step {step}: begins")]
    out = folder(tmp_path / "out", STEPS, log)
    held(out)
    assert said(out)[1][step] == "at work"


def test_a_lock_that_a_dead_run_left_is_not_a_run(tmp_path):
    out = folder(tmp_path / "out", STEPS[:3], TRAINING)
    Layout(out).lock.touch()
    head, rows = said(out)
    assert head == "not running, ended at step 4 of 7, latent"
    assert rows["latent"].startswith("not done epoch 12 of 30")
    assert rows["next"] == "the same command with --resume goes on"


def test_of_depths_of_some_bams(tmp_path, held):
    log = [BIN, line(9, "Step abundance: begins"), line(8, "Computing depths: 1,200 BAM files")]
    out = folder(tmp_path / "out", STEPS[:1], log)
    held(out)
    assert said(out)[1]["abundance"] == "at work depths of 0 of 1,200 BAM files done"
    (out / "depths").mkdir()
    for name in ("a.npz", "b.npz", "c.npz.partial"):
        (out / "depths" / name).touch()
    assert said(out)[1]["abundance"] == "at work depths of 2 of 1,200 BAM files done"


def test_other_steps_say_how_far_they_have_come(tmp_path, held):
    log = [BIN, line(9, "Step clusters: begins"), line(8, "Clustering: 25% of 900 contigs, about 3 min left", "INFO")]
    out = folder(tmp_path / "out", STEPS[:4], log)
    held(out)
    assert said(out)[1]["clusters"] == "at work Clustering: 25% of 900 contigs, about 3 min left"


def test_what_one_step_said_is_not_told_of_the_next(tmp_path, held):
    log = [*TRAINING, line(9, "Clustering: 25% of 9 contigs"), line(8, "Step clusters: done")]
    out = folder(tmp_path / "out", STEPS[:5], [*log, line(7, "Step chosen: begins")])
    held(out)
    assert said(out)[1]["chosen"] == "at work"


def test_markers_are_left_out_once_a_later_step_is_at_work(tmp_path, held):
    out = folder(tmp_path / "out", ["composition", "abundance"], TRAINING)
    held(out)
    assert said(out)[1]["markers"] == "left out"
    folder(out, ["composition"], [BIN])
    assert said(out)[1]["markers"] == "to do"
    folder(out, [name for name in STEPS if name != "markers"], [BIN])
    assert said(out)[1]["markers"] == "left out"


def test_what_is_made_anew_is_not_called_done(tmp_path, held):
    log = [
        BIN,
        line(9, "Step composition: begins"),
        line(8, "Step composition: done"),
        line(7, "Step abundance: begins"),
    ]
    out = folder(tmp_path / "out", STEPS, log)
    held(out)
    head, rows = said(out)
    assert head == "running, step 2 of 7, abundance"
    assert [rows[name].split()[0] for name in STEPS] == ["done", "at"] + ["earlier"] * 5


def test_a_run_that_goes_on_and_keeps_steps(tmp_path, held):
    kept = [
        line(9 - i, f"Step {name}: made before of the same input and settings, kept")
        for i, name in enumerate(STEPS[:3])
    ]
    out = folder(tmp_path / "out", STEPS[:3], [BIN, *kept, line(3, "Step latent: begins")])
    held(out)
    head, rows = said(out)
    assert head == "running, step 4 of 7, latent"
    assert [rows[name].split()[0] for name in STEPS[:3]] == ["done"] * 3


def test_of_commands_one_by_one_the_next_is_named(tmp_path):
    log = [
        line(9, "Command: /x/vambx encode --outdir out"),
        line(8, "Step latent: begins"),
        line(7, "Step latent: done"),
    ]
    head, rows = said(folder(tmp_path / "out", STEPS[:4], log))
    assert head == "not running, next is step 5 of 7, clusters"
    assert rows["clusters"] == "next"
    assert rows["next"] == "vambx cluster goes on in this folder"


@pytest.mark.parametrize(
    ("log", "name", "text"),
    [
        ([line(5, "x.bam: has no reads", "WARNING"), line(4, "more", "INFO")], "warning", "x.bam: has no reads"),
        (
            [line(5, "a", "WARNING"), line(4, "Error: out: cannot be written (disk full)")],
            "error",
            "out: cannot be written (disk full)",
        ),
        (
            [
                line(4, "Traceback (most recent call last):"),
                '  File "x.py", line 1\n',
                "    raise\n",
                "KeyError: 'x'\n",
            ],
            "error",
            "KeyError: 'x'",
        ),
    ],
)
def test_the_last_trouble_is_told(tmp_path, log, name, text):
    _, rows = said(folder(tmp_path / "out", STEPS[:1], [BIN, *log]))
    assert rows[name] == text
    assert rows.keys() & {"warning", "error"} == {name}
    assert rows["next"].startswith("mend what the error says; then the same" if name == "error" else "the same")


@pytest.mark.parametrize("how", ["interrupted", "stopped by SIGTERM"])
def test_an_interrupted_run_has_nothing_to_mend(tmp_path, how):
    head, rows = said(folder(tmp_path / "out", STEPS[:3], [*TRAINING, line(4, f"Error: {how}")]))
    assert head == "not running, interrupted at step 4 of 7, latent"
    assert "error" not in rows
    assert rows["next"] == "the same command with --resume goes on"


def test_a_run_that_ends_while_it_is_looked_at_is_not_taken_for_dead(tmp_path, held, monkeypatch):
    out = folder(tmp_path / "out", STEPS[:6], [BIN, line(3, "Step bins: begins")])
    held(out)

    def read_late(path):
        folder(out, STEPS, [BIN, *(line(1, f"Step {name}: done") for name in STEPS)])
        Layout(out).lock.unlink(missing_ok=True)
        return read_log(path)

    monkeypatch.setattr("vambx.report.status.read_log", read_late)
    assert said(out)[0] == "running; all steps are done"
    assert said(out)[0] == "done"


def test_trouble_of_an_earlier_command_is_over(tmp_path):
    _, rows = said(folder(tmp_path / "out", STEPS, [BIN, line(9, "Error: x"), BIN]))
    assert rows.keys().isdisjoint({"error", "warning"})


def test_a_log_of_nothing_or_of_something_else_is_no_error(tmp_path):
    assert last_command([]).name == ""
    assert last_command(["\x00\xff\n", "no log\n", "2026-13-45 no date\n"]).spoke is None
    out = folder(tmp_path / "out", STEPS[:2])
    (out / "vambx.log").unlink()
    assert said(out)[0] == "not running, next is step 3 of 7, markers"


def test_a_run_that_died_before_its_first_result(tmp_path):
    head, rows = said(folder(tmp_path / "out", (), [BIN, line(3, "Step composition: begins")]))
    assert head == "not running, ended at step 1 of 7, composition"
    assert rows["next"] == "the same command with --resume goes on"


def test_a_folder_that_is_no_run_is_an_error(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match=re.escape(f"{path}: holds no run of vambx; give the --outdir of one")):
            read_status(path)


def test_a_broken_account_is_an_error_that_names_it(tmp_path):
    out = folder(tmp_path / "out", STEPS)
    (out / "run.json").write_text('{"steps"')
    with pytest.raises(InputError, match=r"run\.json: is no account of a run"):
        read_status(out)


def test_an_account_that_is_being_replaced_is_read_as_it_was(tmp_path, held):
    out = folder(tmp_path / "out", STEPS[:2], [BIN])
    (out / "run.json.partial").write_text('{"steps": {"com')
    held(out)
    assert said(out)[0] == "running, step 3 of 7, markers"


def test_all_fits_80_columns(tmp_path, held):
    log = [
        *TRAINING[:2],
        line(90061, "Epoch 1000/1000 loss .649|.641 CE .239|.241 MSE .247|.199 KLD .9|.8 total .03|.02"),
    ]
    out = folder(tmp_path / "out", STEPS[:3], log, wall_seconds=360_000, peak_memory_mb=1_999_999)
    (out / "checkpoint.pt").touch()
    held(out)
    head, *rest = lines_of(read_status(out), NOW + timedelta(days=99))
    assert len(head.removeprefix(str(out))) < 50
    assert max(map(len, rest)) <= 80


def test_nothing_is_written_and_the_folder_may_be_read_only(tmp_path):
    out = folder(tmp_path / "out", STEPS, [BIN])
    Layout(out).lock.touch()
    for path in (*out.iterdir(), out):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path.name: path.stat() for path in (*out.iterdir(), out)}
    try:
        assert said(out)[0] == "done"
        after = {path.name: path.stat() for path in (*out.iterdir(), out)}
        assert {name: stat.st_mtime_ns for name, stat in after.items()} == {n: s.st_mtime_ns for n, s in before.items()}
    finally:
        out.chmod(0o755)


def test_a_run_is_seen_and_not_disturbed(tmp_path):
    lock = tmp_path / ".vambx.lock"
    assert not is_held(lock)
    assert not lock.exists()
    hold = f"from filelock import FileLock; x = FileLock({str(lock)!r}); x.acquire(); print(); input()"
    with subprocess.Popen([sys.executable, "-uc", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert is_held(lock)
        assert is_held(lock)
        process.kill()
    assert lock.exists()
    assert not is_held(lock)
    with FileLock(lock, blocking=False):  # asking has left nothing behind
        assert is_held(lock)


def test_it_loads_nothing_heavy():
    heavy = "('torch', 'numba', 'numpy', 'rich', 'pysam', 'sklearn')"
    code = f"import sys, vambx.report.status_text; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_of_a_real_run(binned, tmp_path):
    out = shutil.copytree(binned, tmp_path / "out")
    head, rows = said(out, datetime.now())
    assert head == "done"
    assert rows["markers"] == "left out"
    assert all(rows[name].startswith("done ") for name in STEPS if name != "markers")
    account = json.loads((out / "run.json").read_text())
    for name in ("clusters", "chosen", "bins"):
        del account["steps"][name]
    (out / "run.json").write_text(json.dumps(account))
    assert said(out, datetime.now())[0].endswith("step 5 of 7, clusters")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (-3, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (432000, "5 d"),
        (99 * 86400 + 7201, "99 d 2 h"),
    ],
)
def test_a_time_has_the_two_units_that_matter(seconds, text):
    assert duration(seconds) == text
