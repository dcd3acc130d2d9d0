import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from communities import BINS, ENCODE, THREADS, done

import vambx.encode.pca
import vambx.encode.train
from benchmarks.accuracy.datasets import Dataset
from benchmarks.accuracy.results import Results, Run
from benchmarks.encoders import figures
from benchmarks.encoders.__main__ import Bench
from benchmarks.encoders.figures import figures_of, held_out_errors, silhouette
from benchmarks.encoders.report import render
from vambx.config import EncoderConfig
from vambx.encode import ENCODERS, Features, Reconstruction, split_contigs
from vambx.layout import Layout
from vambx.report.run_data import read_run

ERRORS = ("depths_error", "composition_error", "total_error")
REACH = {"2000": {"NC_asm": 5, "NC_ref": 4}}
PRINTED = """\
# contigs of >= 2000 bp: NC_asm within reach 5, NC_ref within reach 4
bins\tn_bins\tNC_asm\tNC_ref\tHQ90_ref\tMQ50_ref\tNC_species_asm\tbinned_Mbp
a/path\t{n_bins}\t4\t{n_bins}\t4\t4\t4\t1.0
"""


@pytest.fixture(scope="module")
def run(binned):
    return read_run(binned)


@pytest.fixture(scope="module")
def features(run):
    """What the encoders are trained on: a tiny community in 2 samples."""
    return Features(run.abundance.rpkm, run.composition.counts, run.composition.long, run.samples)


@pytest.fixture(scope="module")
def drawn(features):
    """By seed and encoder: the model, and the contigs that it drew to train on and to hold out."""
    found = {}
    for seed in (1, 2):
        for name, kind in ENCODERS.items():
            with pytest.MonkeyPatch.context() as patch:
                calls = []

                def spy(*words, calls=calls):
                    calls.append(split_contigs(*words))
                    return calls[-1]

                patch.setattr(vambx.encode.train, "split_contigs", spy)
                patch.setattr(vambx.encode.pca, "split_contigs", spy)
                config = EncoderConfig(n_hidden=(8,), n_latent=4, epochs=1, validation=0.05, seed=seed, device="cpu")
                model = kind.of(features, config).fit(features)
            (split,) = calls
            found[seed, name] = model, *split
    return found


@pytest.mark.parametrize("name", ENCODERS)
def test_contigs_held_out_are_the_same_for_all_encoders_of_a_seed(drawn, features, name):
    _, seen, held_out = drawn[1, name]
    np.testing.assert_array_equal(held_out, drawn[1, "vae"][2])
    assert not np.array_equal(held_out, drawn[2, name][2])
    assert len(held_out) == round(0.05 * len(features)) > 1
    np.testing.assert_array_equal(np.sort(np.concatenate([seen, held_out])), np.arange(len(features)))


@pytest.mark.parametrize("name", ENCODERS)
def test_all_encoders_scale_alike(drawn, name):
    ours, theirs = (drawn[1, each][0].scaling.state_dict() for each in (name, "vae"))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    assert ours["tnf_std"].std() > 0


class Fake:
    """Stands for a saved model: on the contigs held out it goes a share of the way from knowing nothing to the truth.

    Of all other contigs it says nonsense.
    """

    def __init__(self, model, held_out, share):
        self.about, self.scaling, self.held_out, self.share = model.about, model.scaling, held_out, share

    def load(self, path):
        assert path.name == "model.pt"
        return self

    def reconstruct(self, features):
        depths, tnf, total = (part.numpy() for part in self.scaling(*features.read(slice(None))))
        level, share = 1 / depths.shape[1], np.where(np.isin(features.rows, self.held_out), self.share, 50)[:, None]
        return Reconstruction(level + share * (depths - level), share * tnf, share * total)


@pytest.mark.parametrize(("share", "error"), [(0, 1), (0.5, 0.25), (1, 0)])
def test_errors_are_1_for_a_model_that_knows_nothing_and_0_for_a_perfect_one(
    run, features, drawn, monkeypatch, share, error
):
    model, _, held_out = drawn[2, "dae"]
    monkeypatch.setitem(figures.ENCODERS, "dae", Fake(model, features.rows[held_out], share))
    assert held_out_errors(run, "dae") == pytest.approx(dict.fromkeys(ERRORS, error), abs=1e-6)


def test_one_sample_has_no_relative_depths(run, features, drawn, monkeypatch):
    alone = replace(run.abundance, samples=run.samples[:1], rpkm=run.abundance.rpkm[:, :1])
    one = replace(features, rpkms=alone.rpkm, sample_names=alone.samples)
    model = ENCODERS["pca"].of(one, EncoderConfig(n_latent=4, validation=0.05, seed=2)).fit(one)
    monkeypatch.setitem(figures.ENCODERS, "pca", Fake(model, one.rows[drawn[2, "pca"][2]], 0))
    found = held_out_errors(replace(run, abundance=alone), "pca")
    assert found == pytest.approx({"composition_error": 1, "total_error": 1})


def test_a_model_that_has_seen_all_contigs_is_refused(run):
    with pytest.raises(ValueError, match=r"model\.pt: no contigs were held out"):
        held_out_errors(run, "vae")


def test_silhouettes_are_among_bins_of_one_sample():
    latent = np.repeat(np.eye(2, 3, dtype=np.float32), 4, axis=0)
    bins, samples = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 0, 1, 1, 0, 0, 1, 1])
    assert silhouette(latent, bins, samples) == pytest.approx(1)
    assert silhouette(latent, bins, np.zeros(8, dtype=int)) == pytest.approx(0)
    assert silhouette(latent, np.array([0, 2, 1, 1, 0, 2, 3, 3]), samples) < 0.6


def test_bins_of_one_contig_and_samples_of_one_bin_do_not_count():
    latent = np.eye(4, dtype=np.float32)[[0, 0, 1, 1, 2, 3]]
    bins, samples = np.array([0, 0, 1, 1, 2, 3]), np.array([0, 0, 0, 0, 0, 1])
    assert silhouette(latent, bins, samples) == pytest.approx(1)
    assert silhouette(latent[:2], bins[:2], samples[:2]) is None
    assert silhouette(latent[:0], bins[:0], samples[:0]) is None
    assert silhouette(latent, bins, samples, most=2) is None


@pytest.fixture
def series(tmp_path):
    """A series of quick runs, and the commands of vambx that it gave."""
    (tmp_path / "evaluate.py").write_text(
        "import sys\n"
        "bins = {line.split()[1] for line in open(sys.argv[-1])}\n"
        f"print({PRINTED!r}.format(n_bins=len(bins)), end='')\n"
    )
    given = []

    def vambx(command, *words):
        given.append((command, *map(str, words)))
        done(command, *words, *{"encode": ENCODE, "bins": BINS}.get(command, ()), *THREADS, "-q")

    return Bench(Results(tmp_path / "encoders.json"), tmp_path / "evaluate.py", vambx, "abc", 1), given


def test_a_run_is_made_once_and_leaves_what_it_copied_alone(series, binned, community, tmp_path, monkeypatch):
    bench, given = series
    dataset = Dataset("tiny", tmp_path)
    monkeypatch.setattr(Dataset, "fasta", community.fasta)
    before = {path.name: path.stat().st_mtime_ns for path in binned.iterdir()}
    for encoder in ("pca", "dae", "pca"):
        bench.run(dataset, binned, encoder, 3)
    assert [words[0] for words in given] == ["encode", "cluster", "bins", "bins"] * 2
    assert [("clusters" in words) for words in given] == [False, False, False, True] * 2
    assert before == {path.name: path.stat().st_mtime_ns for path in binned.iterdir()}
    pca, dae = bench.results.runs
    assert (pca.options, pca.seed) == (("--encoder", "pca", "--validation", "0.05"), 3)
    assert dae.options[1] == "dae"
    for made in (pca, dae):
        assert {"n_bins", "NC_asm", "clusters_n_bins", "clusters_NC_ref", "clusters_NC_asm"} < set(made.scores)
        assert made.scores["NC_asm"] == 4
        assert made.scores["NC_ref"] == made.scores["n_bins"] > 0
        assert made.scores["silhouette"] > 0
        assert made.scores["total_error"] < 0.5
        assert made.scores["cpu_seconds"] > 0
        assert made.seconds > 0
    assert pca.scores["composition_error"] < 0.5
    assert pca.scores["composition_error"] != dae.scores["composition_error"]
    replace(bench, version="def").run(dataset, binned, "pca", 3)
    assert len(given) == 12


def test_recruits_do_not_count_and_contigs_of_bins_do(binned, tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "held_out_errors", lambda run, encoder: {"total_error": 0.5})
    layout, run = Layout(shutil.copytree(binned, tmp_path / "out")), read_run(binned)
    whole = figures_of(layout.root, "vae")
    assert whole["total_error"] == 0.5
    lines = layout.contig2bin.read_text().splitlines(keepends=True)
    short = np.setdiff1d(np.arange(len(run.contigs)), run.composition.long)
    recruits = [f"{run.contigs.names[row]}\t{lines[0].split()[1]}\n" for row in short]
    assert recruits
    layout.contig2bin.write_text("".join([*lines, *recruits]))
    assert figures_of(layout.root, "vae") == whole
    layout.contig2bin.write_text("".join(lines[1:]))
    assert figures_of(layout.root, "vae") != whole


def run_of(encoder, seed, found, data="small", version="abc", when="2026-01-02", depths=True):
    scores = {"composition_error": 0.2 * seed, "total_error": 0.0, "silhouette": 0.5, "cpu_seconds": 10.0 * seed}
    scores |= {"NC_ref": found, "clusters_NC_ref": found - 3} | ({"depths_error": 0.125} if depths else {})
    options = ("--encoder", encoder, "--validation", "0.05")
    return Run(data, "vambx", options, version, seed, 2, 99.0, scores, when=when)


def test_the_table_has_a_row_for_each_encoder_on_each_data_set(tmp_path):
    results = Results(tmp_path / "encoders.json")
    results.describe({"machine": {"cpu": "a CPU"}})
    for seed in (2, 1):
        results.add(run_of("pca", seed, 16 + seed), REACH)
        results.add(run_of("vae", seed, 26), REACH)
    results.add(run_of("dae", 1, 9, version="older", when="2026-01-01"), REACH)
    results.add(run_of("dae", 1, 20), REACH)
    results.add(run_of("pca", 1, 5, data="single", depths=False), REACH)
    assert render(results).splitlines() == [
        "| data set | encoder | composition | depths | total | silhouette "
        "| NC_ref (each seed) | NC_ref, clusters alone | CPU seconds |",
        "| --- | --- | --: | --: | --: | --: | --: | --: | --: |",
        "| **`small`** | VAE | 0.300 | 0.125 | 0.000 | 0.500 | 26.0 (26, 26) | 23.0 (23, 23) | 15.0 |",
        "|  | DAE | 0.200 | 0.125 | 0.000 | 0.500 | 20.0 (20) | 17.0 (17) | 10.0 |",
        "|  | PCA | 0.300 | 0.125 | 0.000 | 0.500 | 17.5 (17, 18) | 14.5 (14, 15) | 15.0 |",
        "| **`single`** | PCA | 0.200 |  | 0.000 | 0.500 | 5.0 (5) | 2.0 (2) | 10.0 |",
        "",
        "a CPU; vambx at abc; 2026-01-02.",
    ]
