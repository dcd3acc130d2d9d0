"""The same input gives the same bytes: again, in steps, on two threads, by the Python API."""

import json
import os
import random
import shutil
import subprocess
import sys

import numpy as np
import pytest
from communities import ALL, BINS, ENCODE, FAST, FEATURES, THREADS, done, inputs, tree

import vambx
from vambx.config import BinConfig, EncoderConfig, FeatureConfig, MarkerConfig, RunConfig


@pytest.fixture
def copied(binned, tmp_path):
    """A copy of a whole run."""
    return shutil.copytree(binned, tmp_path / "out")


def test_the_same_command_in_another_process_gives_the_same_bytes(binned, community, tmp_path):
    args = [str(arg) for arg in ("bin", *inputs(community), "--outdir", tmp_path / "out", *FAST)]
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONWARNINGS": "error", "TZ": "Asia/Tokyo"}
    ran = subprocess.run([sys.executable, "-m", "vambx", *args], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert tree(tmp_path / "out") == tree(binned)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["command"][1:] == args
    assert " ".join(args) in (tmp_path / "out" / "vambx.log").read_text()


def test_another_seed_gives_another_latent(binned, copied):
    done("encode", "--outdir", copied, *ENCODE, *THREADS, "--seed", "2", "--force")
    assert tree(copied)["latent.npz"] != tree(binned)["latent.npz"]


def test_the_steps_give_the_bytes_of_bin(binned, community, tmp_path):
    out = ("--outdir", tmp_path / "out", *THREADS)
    made = []
    for command in [
        ("features", *inputs(community), *FEATURES),
        ("encode", *ENCODE),
        ("cluster",),
        ("bins", "--fasta", community.fasta, *BINS),
    ]:
        assert done(*command, *out).code == 0
        made.append({path.name for path in (tmp_path / "out").iterdir()} & ALL)
    assert [len(names) for names in made] == [2, 5, 6, 15]
    assert tree(tmp_path / "out") == tree(binned)
    steps = [json.loads((folder / "run.json").read_text())["steps"] for folder in (binned, tmp_path / "out")]
    assert [step["key"] for step in steps[0].values()] == [step["key"] for step in steps[1].values()]


@pytest.mark.parametrize("threads", ["2", "4"])
def test_features_are_the_same_on_more_threads(binned, community, tmp_path, threads):
    done("features", *inputs(community), "--outdir", tmp_path / "out", *FEATURES, "--threads", threads)
    whole = tree(binned)
    assert tree(tmp_path / "out") == {name: whole[name] for name in ("composition.npz", "abundance.npz")}


@pytest.mark.parametrize("threads", ["2", "4"])
def test_clusters_and_bins_are_the_same_on_more_threads(binned, copied, community, threads):
    for name in ("clusters.tsv", "chosen.tsv", "contig2bin.tsv"):
        (copied / name).write_text("")
    done("cluster", "--outdir", copied, "--threads", threads, "--force")
    done("bins", "--fasta", community.fasta, "--outdir", copied, *BINS, "--threads", threads, "--force")
    assert tree(copied) == tree(binned)


def test_the_python_api_gives_the_bytes_of_the_command_line_and_is_silent(binned, community, tmp_path, capfd):
    config = RunConfig(
        features=FeatureConfig(min_length=int(FEATURES[1])),
        markers=MarkerConfig(skip=True),
        encoder=EncoderConfig(epochs=20, n_hidden=(64,), device="cpu"),
        bins=BinConfig(min_bin_size=int(BINS[1])),
    )
    import sklearn  # noqa: F401  # which sets variables when it is first loaded

    before = dict(os.environ)
    summary = vambx.bin_contigs(str(community.fasta), [str(community.bams)], str(tmp_path / "out"), config)
    assert tree(tmp_path / "out") == tree(binned)
    assert not (tmp_path / "out" / "vambx.log").exists()
    assert capfd.readouterr() == ("", "")
    assert dict(os.environ) == before
    sizes = [int(line.split("\t")[3]) for line in (binned / "bins.tsv").read_text().splitlines()[1:]]
    assert (list(summary.bin_sizes), summary.samples) == (sizes, ("S1", "S2"))
    n_clustered = len((binned / "clusters.tsv").read_text().splitlines()) - 1
    n_contigs = len(community.truth.read_text().splitlines()) - 1
    assert summary.n_contigs >= n_clustered
    assert summary.n_contigs + summary.n_set_aside == n_contigs


def test_what_openmp_was_told_before_does_not_change_the_training(binned, copied):
    args = ["encode", "--outdir", str(copied), *ENCODE, "--threads", "2", "--force", "-q"]  # of which one is to be had
    env = {**os.environ, "OMP_THREAD_LIMIT": "1", "OMP_DYNAMIC": "TRUE", "MKL_DYNAMIC": "FALSE", "OMP_NUM_THREADS": "3"}
    ran = subprocess.run([sys.executable, "-m", "vambx", *args], env=env, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert tree(copied) == tree(binned)
    assert json.loads((copied / "run.json").read_text())["steps"]["latent"]["made_on"]["threads"] == 1


def random_states():
    import torch

    return random.getstate(), np.random.get_state(), torch.get_rng_state().numpy()


def test_training_leaves_the_global_random_state_as_it_was(copied):
    import torch

    random.random(), np.random.random(), torch.rand(1)  # no state that an earlier training may have left
    before = random_states()
    done("encode", "--outdir", copied, *ENCODE, *THREADS, "--force")
    np.testing.assert_equal(random_states(), before)


def test_the_global_random_state_does_not_change_the_training(binned, copied):
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(99)
        done("encode", "--outdir", copied, *ENCODE, *THREADS, "--force")
    assert tree(copied) == tree(binned)
