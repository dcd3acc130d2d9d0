"""vambx encode: other encoders, contigs held out, and trainings that are killed."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from communities import ENCODE, FAST, THREADS, done, inputs, run_cli, tree

from vambx.encode import ENCODERS
from vambx.io.npz import read_arrays
from vambx.layout import Layout

LONG = ("--epochs", "150", "--n-hidden", "64", "--device", "cpu", "--validation", "0.1", *THREADS)


@pytest.fixture
def copied(binned, tmp_path):
    return shutil.copytree(binned, tmp_path / "out")


def history(outdir):
    with open(Layout(outdir).history, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@pytest.mark.parametrize("encoder", ["dae", "pca"])
def test_other_encoders_go_all_the_way_to_bins(community, tmp_path, encoder):
    out = tmp_path / "out"
    done("bin", *inputs(community), "--outdir", out, *FAST, "--encoder", encoder)
    layout = Layout(out)
    model = ENCODERS[encoder].load(layout.model)
    assert model.about.sample_names == ("S1", "S2")
    latent = read_arrays(layout.latent, ["latent"])["latent"]
    assert latent.shape[1] == 32
    assert np.ptp(latent, axis=0).max() > 0
    assert layout.history.exists() == (encoder == "dae")
    assert list(layout.bins.iterdir())
    assert json.loads(layout.run.read_text())["steps"]["latent"]["settings"]["encoder"] == encoder


def test_another_encoder_takes_away_what_the_one_before_left(copied):
    assert Layout(copied).history.exists()
    done("encode", "--outdir", copied, *ENCODE, *THREADS, "--encoder", "pca", "--force")
    assert not Layout(copied).history.exists()
    assert not Layout(copied).clusters.exists()


def test_the_history_has_contigs_held_out_when_asked(binned, copied):
    assert {row["validation_loss"] for row in history(binned)} == {""}
    err = done("encode", "--outdir", copied, *ENCODE, *THREADS, "--validation", "0.2", "--force", "-v").err
    rows = history(copied)
    assert [row["epoch"] for row in rows] == [str(i) for i in range(1, 21)]
    assert all(float(row["validation_loss"]) > 0 for row in rows)
    assert [row["kept"] for row in rows].count("yes") == 1
    assert re.findall(r"^Epoch (\d+)/20 loss [\d.]+\|[\d.]+ CE", err, re.MULTILINE) == [str(i) for i in range(1, 21)]


def test_patience_without_validation_is_wrong_usage(copied):
    ran = run_cli("encode", "--outdir", copied, "--patience", "3", "--force")
    assert (ran.code, ran.err) == (
        2,
        "vambx: error: --patience needs contigs held out to judge by; give --validation 0.05, say\n",
    )


@pytest.fixture(scope="module")
def undisturbed(binned, tmp_path_factory):
    out = shutil.copytree(binned, tmp_path_factory.mktemp("undisturbed") / "out")
    done("encode", "--outdir", out, *LONG, "--force")
    return out


def kill_while_training(out, epochs):
    """Start `vambx encode`, and kill it (-9) once it has kept its state at least so many times."""
    command = [sys.executable, "-m", "vambx", "encode", "--outdir", str(out), *LONG, "--checkpoint-epochs", "1"]
    process = subprocess.Popen([*command, "--resume", "-q"], env={**os.environ, "PYTHONWARNINGS": "error"})
    checkpoint, seen, deadline = Layout(out).checkpoint, set(), time.monotonic() + 60
    while len(seen) < epochs and process.poll() is None and time.monotonic() < deadline:
        if checkpoint.exists():
            seen.add(checkpoint.stat().st_mtime_ns)
        time.sleep(0.002)
    assert process.poll() is None, "the training was over too soon"
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_twice_in_training_it_goes_on_to_the_same_bytes(copied, undisturbed):
    layout = Layout(copied)
    for path in (layout.latent, layout.model, layout.history):
        path.unlink()
    for epochs in (2, 4):
        kill_while_training(copied, epochs)
        assert layout.checkpoint.exists()
        assert not layout.latent.exists()
    err = done("encode", "--outdir", copied, *LONG, "--resume").err
    assert "Training goes on after epoch" in err
    assert not layout.checkpoint.exists()
    ours, theirs = tree(copied), tree(undisturbed)
    for name in ("latent.npz", "model.pt", "history.tsv"):
        assert ours[name] == theirs[name], name


def test_force_begins_anew(copied):
    layout = Layout(copied)
    layout.checkpoint.write_bytes(b"of another time")
    assert "checkpoint" not in done("encode", "--outdir", copied, *ENCODE, *THREADS, "--force").err
    assert not layout.checkpoint.exists()


def test_another_interval_of_checkpoints_makes_nothing_anew(copied, binned):
    done("encode", "--outdir", copied, *ENCODE, *THREADS, "--checkpoint-epochs", "7", "--resume")
    assert tree(copied) == tree(binned)


def test_encoders_are_compared_on_the_contigs_held_out(copied):
    layout = Layout(copied)
    compare = ("--validation", "0.1", "--compare", "--force")
    done("encode", "--outdir", copied, *ENCODE, *THREADS, *compare)
    with open(layout.encoders, encoding="utf-8", newline="") as handle:
        rows = {row["encoder"]: row for row in csv.DictReader(handle, delimiter="\t")}
    assert list(rows) == ["vae", "dae", "pca"]
    assert {row["held_out"] for row in rows.values()} == {str(round(0.1 * len(read_latent(layout))))}
    errors = {name: float(row["composition_error"]) for name, row in rows.items()}
    assert 0 < errors["pca"] < errors["vae"] < 1.2
    assert float(rows["pca"]["depths_error"]) < float(rows["vae"]["depths_error"])
    latent = layout.latent.read_bytes()
    done("encode", "--outdir", copied, *ENCODE, *THREADS, *compare, "--encoder", "pca")
    with open(layout.encoders, encoding="utf-8", newline="") as handle:
        assert {row["encoder"]: row for row in csv.DictReader(handle, delimiter="\t")} == rows
    done("encode", "--outdir", copied, *ENCODE, *THREADS, "--validation", "0.1", "--force")
    assert layout.latent.read_bytes() == latent
    assert not layout.encoders.exists()


def read_latent(layout):
    return read_arrays(layout.latent, ["latent"])["latent"]
