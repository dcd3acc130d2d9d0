import errno
import fcntl
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version

import pytest
from builders import sentence
from filelock import FileLock

import vambx
from vambx import provenance
from vambx.account import read_account
from vambx.errors import InputError, OutputError
from vambx.io.digests import digest_of, see_all
from vambx.layout import Layout
from vambx.outdir import open_run
from vambx.progress import Silent, SilentTask
from vambx.provenance import Existing, Run, Step


@pytest.fixture
def out(tmp_path):
    """Layout of a folder beside two inputs."""
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    (tmp_path / "out").mkdir()
    return Layout(tmp_path / "out")


def do(out, existing=Existing.RESUME, name="x", settings=None, inputs=("a.txt",), outputs=("x.tsv",), text="made"):
    """Run a step that writes `text`, in a run that begins with the account that is there; returns if it was made."""
    made = []

    def make():
        made.append(True)
        for output in outputs:
            (out.root / output).write_text(text)

    account = json.loads(out.run.read_text()) if out.run.exists() else {}
    paths = [out.root.parent / path for path in inputs]
    step = Step(name, settings or {}, paths, [out.root / output for output in outputs])
    Run(out, existing, account).step(step, lambda key: make())
    return bool(made)


def test_a_step_made_of_the_same_is_kept(out):
    assert do(out)
    stamp = (out.root / "x.tsv").stat().st_mtime_ns
    assert not do(out, text="other")
    assert (out.root / "x.tsv").stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"n": 2}},
        {"inputs": ("b.txt",)},
        {"inputs": ("a.txt", "b.txt")},
        {"name": "y"},
    ],
)
def test_a_step_made_of_something_else_is_made_anew(out, change):
    assert do(out, settings={"n": 1})
    assert do(out, **{"settings": {"n": 1}, **change})


def test_the_order_of_inputs_counts_and_the_order_of_settings_does_not_hide_a_change(out):
    assert do(out, inputs=("a.txt", "b.txt"))
    assert do(out, inputs=("b.txt", "a.txt"))


@pytest.mark.parametrize("change", ["input", "output", "output gone", "version"])
def test_a_step_is_made_anew_when_a_file_or_vambx_changed(out, monkeypatch, change):
    assert do(out)
    if change == "input":
        (out.root.parent / "a.txt").write_text("c")
    elif change == "output":
        (out.root / "x.tsv").write_text("touched")
    elif change == "output gone":
        (out.root / "x.tsv").unlink()
    else:
        monkeypatch.setattr(vambx, "__version__", "9")
    assert do(out)
    assert (out.root / "x.tsv").read_text() == "made"


def test_an_input_is_known_by_its_content(out):
    assert do(out)
    os.rename(out.root.parent / "a.txt", out.root.parent / "c.txt")
    assert not do(out, inputs=("c.txt",))


def test_what_is_there_is_not_made_again_unasked(out):
    assert do(out, Existing.REFUSE)
    with pytest.raises(OutputError, match=sentence(out.root / "x.tsv", "is there already", "--force to make it anew")):
        do(out, Existing.REFUSE, text="other")
    assert (out.root / "x.tsv").read_text() == "made"
    assert do(out, Existing.FORCE, text="other")
    assert (out.root / "x.tsv").read_text() == "other"


def test_an_input_that_is_not_there_is_told(out):
    path = out.root.parent / "no.txt"
    with pytest.raises(InputError, match=sentence(path, "does not exist", "run the step that makes it")):
        do(out, inputs=("no.txt",))
    assert not out.run.exists()


def test_a_step_that_fails_is_not_in_the_account(out):
    assert do(out, name="first")
    assert do(out)

    def broken(key):
        raise InputError("x")

    run = Run(out, Existing.RESUME, json.loads(out.run.read_text()))
    with pytest.raises(InputError):
        run.step(Step("x", {}, [out.root.parent / "b.txt"], [out.root / "x.tsv"]), broken)
    assert not do(out, name="first")
    assert do(out, inputs=("b.txt",))


def test_an_output_that_a_step_does_not_always_make_is_no_reason_to_make_it_anew(out):
    run = Run(out, Existing.RESUME)
    outputs = [out.root / "x.tsv", out.root / "model.pt"]
    run.step(Step("x", {}, [], outputs), lambda key: (out.root / "x.tsv").touch())
    run.step(Step("x", {}, [], outputs), lambda key: pytest.fail("made again"))
    assert list(run.account["steps"]["x"]["outputs"]) == ["x.tsv"]


def test_an_output_that_a_step_did_not_make_is_a_reason_to_make_it_anew(out):
    run, made = Run(out, Existing.RESUME), []
    outputs = [out.root / "x.tsv", out.root / "quality.tsv"]

    def make(key):
        made.append(key)
        outputs[0].touch()
        outputs[1].unlink(missing_ok=True)

    run.step(Step("x", {}, [], outputs), make)
    outputs[1].write_text("of an earlier run")
    run.step(Step("x", {}, [], outputs), make)
    assert len(made) == 2
    assert not outputs[1].exists()


@pytest.mark.parametrize(
    ("now", "version", "tamper", "said"),
    [
        ({}, None, None, "made before of the same input and settings, kept; it was made with device cpu, threads 3"),
        ({"settings": {"n": 2, "m": 1}}, None, None, r"made anew, as its settings are others \(n\)"),
        ({"settings": {"n": 1}}, None, None, r"made anew, as its settings are others \(m\)"),
        ({"inputs": ["b.txt"]}, None, None, "made anew, as its input is another"),
        ({}, None, "other", "made anew, as its results are not as they were left"),
        ({}, "0.0.9", None, "made anew, as vambx 0.0.9 made it before"),
    ],
)
def test_it_is_said_what_is_kept_and_why_something_is_not(out, monkeypatch, caplog, now, version, tamper, said):
    def run(settings=None, inputs=("a.txt",)):
        paths = [out.root.parent / path for path in inputs]
        step = Step("x", settings or {"n": 1, "m": 1}, paths, [out.root / "x.tsv"])
        made_on = {"device": "cpu", "threads": 3}
        Run(out, Existing.RESUME, read_account(out.run)).step(step, lambda key: step.outputs[0].touch() or made_on)

    with monkeypatch.context() as patched:
        if version is not None:
            patched.setattr(vambx, "__version__", version)
        run()
    if tamper is not None:
        (out.root / "x.tsv").write_text(tamper)
    caplog.clear()
    with caplog.at_level("INFO", "vambx"):
        run(**now)
    assert [message for message in caplog.messages if re.fullmatch(f"Step x: {said}", message)] == caplog.messages
    assert len(caplog.messages) == 1


def test_the_account_says_with_which_versions_each_step_was_made(out, monkeypatch):
    assert do(out, name="x")
    monkeypatch.setattr(provenance, "_version_of", lambda library: "9.9")
    assert do(out, name="y", outputs=("y.tsv",))
    assert not do(out, name="x")  # whatever the libraries
    account = json.loads(out.run.read_text())
    assert account["libraries"]["torch"] == account["steps"]["y"]["versions"]["torch"] == "9.9"
    assert account["steps"]["x"]["versions"]["torch"] == version("torch")
    assert account["steps"]["x"]["versions"]["vambx"] == vambx.__version__


def test_the_account_says_what_was_made_of_what(out):
    assert do(out, settings={"n": 1, "names": ["a"]}, inputs=("a.txt", "b.txt"))
    account = json.loads(out.run.read_text())
    step = account["steps"]["x"]
    assert step["settings"] == {"n": 1, "names": ["a"]}
    assert next(iter(step["inputs"].values())) == {"size": 1, "sha256": digest_of(out.root.parent / "a.txt")}
    assert step["outputs"] == {"x.tsv": digest_of(out.root / "x.tsv")}
    assert account["vambx"] == vambx.__version__
    assert account["libraries"]["numpy"]


def test_the_digest_of_a_folder_tells_names_and_contents(tmp_path):
    def digest(**files):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        return digest_of(folder)

    assert digest(a="1", b="2") == digest(b="2", a="1")
    different = [digest(), digest(a="1", b="2"), digest(a="2", b="1"), digest(a="12"), digest(a="1"), digest(ab="12")]
    assert len(set(different)) == len(different)


def hold(out, existing=Existing.REFUSE, begins=True, error=None, first=False, stranger=None):
    """Open a run, and perhaps make a result and fail."""
    with open_run(out.root, existing, begins) as run:
        assert out.lock.exists()
        if stranger:
            (out.root / stranger).touch()
        if first:
            run.step(Step("x", {}, [], [out.clusters]), lambda key: out.clusters.touch())
        if error:
            raise error


@pytest.mark.parametrize(("first", "left"), [(False, False), (True, True)])
def test_a_folder_that_a_failed_run_made_goes_unless_it_holds_a_result(tmp_path, first, left):
    out = Layout(tmp_path / "new")
    with pytest.raises(InputError):
        hold(out, error=InputError("x"), first=first)
    assert out.root.exists() == left
    if left:
        assert {path.name for path in out.root.iterdir()} == {"run.json", "clusters.tsv"}


def test_a_folder_that_was_there_and_what_others_put_into_it_stays(tmp_path):
    out = Layout(tmp_path / "new")
    with pytest.raises(InputError):
        hold(out, error=InputError("x"), stranger="notes.txt")
    assert [path.name for path in out.root.iterdir()] == ["notes.txt"]
    (tmp_path / "old").mkdir()
    with pytest.raises(InputError):
        hold(Layout(tmp_path / "old"), error=InputError("x"))
    assert list((tmp_path / "old").iterdir()) == []


def test_the_lock_goes_with_the_run_and_is_anothers_while_it_holds_it(out):
    hold(out)
    assert list(out.root.iterdir()) == []
    in_use = sentence(out.root, "another run is at work in this folder", "choose another --outdir, or wait")
    with FileLock(out.lock), pytest.raises(OutputError, match=in_use):
        hold(out)
    with open_run(out.root, Existing.REFUSE, begins=True), pytest.raises(OutputError, match=in_use):
        hold(out)


DIES = """
import errno, fcntl, os, sys
from pathlib import Path
from vambx.outdir import open_run
from vambx.provenance import Existing
def flock(handle, operation):
    raise OSError(int(sys.argv[2]), "no locks")
fcntl.flock = flock
with open_run(Path(sys.argv[1]), Existing.RESUME, begins=True):
    os._exit(9)
"""


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_where_the_file_system_has_no_locks_a_folder_is_held_all_the_same(out, monkeypatch, number):
    def flock(handle, operation):
        raise OSError(number, "no locks")

    assert subprocess.run([sys.executable, "-c", DIES, out.root, str(number)], check=False).returncode == 9
    assert out.lock.exists()
    monkeypatch.setattr(fcntl, "flock", flock)
    in_use = sentence(out.root, "another run is at work in this folder", "choose another --outdir, or wait")
    with open_run(out.root, Existing.REFUSE, begins=True):  # the one before is dead
        with pytest.raises(OutputError, match=in_use):
            hold(out)
        assert out.lock.exists()
    assert list(out.root.iterdir()) == []


def test_what_was_made_of_a_file_that_changed_goes_with_it_and_nothing_else(out):
    (out.root / "notes.txt").touch()
    chain = [("x", "a.txt", "x.tsv"), ("y", "out/x.tsv", "y.tsv"), ("z", "out/y.tsv", "z.tsv"), ("w", "a.txt", "w.tsv")]
    for name, source, result in chain:
        assert do(out, name=name, inputs=(source,), outputs=(result,))
    assert do(out, Existing.FORCE)
    assert {path.name for path in out.root.iterdir()} >= {"x.tsv", "y.tsv", "z.tsv", "w.tsv"}
    assert do(out, Existing.FORCE, text="other")
    assert {path.name for path in out.root.iterdir()} == {"x.tsv", "w.tsv", "notes.txt", "run.json"}
    assert list(json.loads(out.run.read_text())["steps"]) == ["w", "x"]


STEP = {"key": "", "settings": {}, "inputs": {}, "outputs": {}, "wall_seconds": 1.5, "peak_memory_mb": 1}


@pytest.mark.parametrize("name", ["..", "../a.txt", "/etc/passwd", "bins/../../a.txt"])
def test_an_account_that_names_files_outside_the_folder_is_refused(out, name):
    out.run.write_text(json.dumps({"steps": {"x": STEP | {"outputs": {name: ""}}}}))
    with pytest.raises(InputError, match=sentence(out.run, "is no account of a run", "begin anew")):
        read_account(out.run)
    assert (out.root.parent / "a.txt").exists()


@pytest.mark.parametrize(
    "account",
    [
        {"steps": {}, "reports": ["report.html"]},
        {"steps": {"x": STEP | {"settings": 3}}},
        {"steps": {"x": STEP | {"versions": "0.1"}}},
        {"steps": {"x": STEP | {"made_on": ["cpu"]}}},
    ],
)
def test_an_account_of_another_shape_is_refused(out, account):
    out.run.write_text(json.dumps({"steps": {"x": STEP}}))
    assert read_account(out.run)["steps"]["x"] == STEP
    out.run.write_text(json.dumps(account))
    with pytest.raises(InputError, match=sentence(out.run, "is no account of a run", "begin anew")):
        read_account(out.run)


def test_digests_of_many_files_are_those_of_each(tmp_path):
    paths = [tmp_path / f"{i}.bam" for i in range(5)]
    for i, path in enumerate(paths):
        path.write_bytes(b"x" * i)
    told = []

    class Told(SilentTask):
        def advance_to(self, done, note=""):
            told.append((done, note))

    class Watched(Silent):
        def task(self, title, total, unit):
            assert (total, unit) == (10, "bytes")
            return Told()

    found = see_all(paths, 3, Watched())
    assert {path: seen.sha256 for path, seen in found.items()} == {path: digest_of(path) for path in paths}
    assert told == [(0, "0.bam"), (1, "1.bam"), (3, "2.bam"), (6, "3.bam"), (10, "4.bam")]
