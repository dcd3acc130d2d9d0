"""The workflow makes the bins of one `vambx bin`, byte for byte, whatever ends it on the way."""

import json
import os
import random
import shutil
import signal
import subprocess
import time

import pytest
from communities import done, inputs, tree, write_few
from projects import command, environment, snakemake, write_project

RULES = ("composition", "depth", "features", "markers_part", "encode", "cluster", "markers", "choose", "bins", "page")
WITH_PARTS = (*RULES[:5], "cluster_part", *RULES[5:7], "choose_part", *RULES[7:])
# What of the workflow is vambx's, and the training on as many threads as in `communities`: its bytes depend on it.
WITHOUT_PAGE = ("results/vambx/bins.tsv", "--set-threads", "encode=1")
TARGETS = ("results/vambx/report.html", *WITHOUT_PAGE)


def settings(planted, scope):
    """What `communities.PLANTED` says, as a file."""
    tables = {
        "markers": {"hmms": str(planted.root / "m.hmm")},
        "encoder": {"epochs": 20, "n_hidden": [64], "device": "cpu"},
        "bins": {"min_bin_size": 100_000, "scope": scope},
    }
    lines = []
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join([*lines, ""])


def project(folder, planted, scope="all"):
    """A project that has contigs and BAMs already."""
    rows = [{"sample": sample, "bam": str(planted.bams / f"{sample}.bam")} for sample in ("S1", "S2")]
    (folder / "settings.toml").write_text(settings(planted, scope))
    return write_project(folder, rows, catalogue=str(planted.fasta), settings="settings.toml", parts={"markers": 2})


@pytest.fixture(scope="module")
def by_sample(planted, tmp_path_factory):
    """Output folder of one `vambx bin`, each sample's contigs clustered by themselves."""
    folder = tmp_path_factory.mktemp("by_sample")
    (folder / "settings.toml").write_text(settings(planted, "sample"))
    options = ("--config", folder / "settings.toml", "-t", "1", "-q", "--no-report")
    done("bin", *inputs(planted), "--outdir", folder / "out", *options)
    return folder / "out"


def results(outdir):
    """Every file that may not differ."""
    return tree(outdir, ("run.json", "vambx.log", "report.html", "bins/.snakemake_timestamp"))


def finish(folder, *targets):
    """Run to the end; the folder of vambx's results."""
    ran = snakemake(folder, *(targets or TARGETS))
    assert ran.returncode == 0, ran.stdout
    return folder / "results" / "vambx"


def start_and_kill(folder, rule, *targets):
    """Run until a job of the rule has begun, and a moment longer; then kill all of it at once."""
    running = subprocess.Popen(
        command(folder, *(targets or TARGETS)),
        env=environment(folder),
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log = folder / "logs" / f"{rule}.log"
    try:
        while not (log.exists() or (folder / "logs" / rule).exists()):
            assert running.poll() is None, running.communicate()[0]
            time.sleep(0.01)
        time.sleep(random.Random(rule).uniform(0, 1.5))
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    unlocked = snakemake(folder, "--unlock")
    assert unlocked.returncode == 0, unlocked.stdout


@pytest.fixture(scope="module")
def finished(planted, tmp_path_factory):
    """A project that has run to the end; not to be changed, copy it."""
    folder = project(tmp_path_factory.mktemp("finished"), planted)
    finish(folder)
    return folder


def test_contigs_and_bams_become_the_bins_of_one_command(finished, chosen):
    out = finished / "results" / "vambx"
    assert results(out) == results(chosen)
    assert (out / "report.html").stat().st_size > 1_000_000
    for rule in RULES:
        assert list((finished / "logs").glob(f"{rule}*")), rule
        assert list((finished / "benchmarks").glob(f"{rule}*")), rule
    assert "Nothing to be done" in snakemake(finished, *TARGETS).stdout


def test_killed_in_training_and_choosing_and_started_again_it_makes_the_same_bins(
    finished, planted, by_sample, tmp_path
):
    """What comes before is there already, of a run that was not killed."""
    folder = shutil.copytree(finished, tmp_path / "project", ignore=shutil.ignore_patterns("logs", "latent.npz"))
    (folder / "settings.toml").write_text(settings(planted, "sample"))
    for rule in ("encode", "choose_part"):
        start_and_kill(folder, rule, *WITHOUT_PAGE)
    assert results(finish(folder, *WITHOUT_PAGE)) == results(by_sample)


@pytest.mark.slow
def test_killed_in_every_rule_and_started_again_it_makes_the_same_bins(planted, by_sample, tmp_path):
    folder = project(tmp_path, planted, "sample")
    for rule in WITH_PARTS:
        start_and_kill(folder, rule)
    assert results(finish(folder)) == results(by_sample)


def test_too_few_contigs_to_train_on_and_no_bins_are_no_error(tmp_path):
    few = write_few(tmp_path / "few")
    (tmp_path / "settings.toml").write_text("[markers]\nskip = true\n")
    rows = [{"sample": "S1", "bam": str(few / "bams" / "s.bam")}]
    config = {"catalogue": str(few / "contigs.fa"), "settings": "settings.toml"}
    out = finish(write_project(tmp_path, rows, **config))
    assert (out / "bins.tsv").read_text().count("\n") == 1
    assert {"report.html", "summary.json", "contig2bin.tsv"} <= {path.name for path in out.iterdir()}


@pytest.mark.slow
def test_a_setting_that_changes_makes_anew_what_depends_on_it_alone(planted, tmp_path):
    out = finish(project(tmp_path, planted))
    made = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    (tmp_path / "settings.toml").write_text(settings(planted, "all").replace("100000", "150000"))
    finish(tmp_path)
    same = {path.name for path, when in made.items() if path.exists() and path.stat().st_mtime_ns == when}
    assert {"composition.npz", "abundance.npz", "latent.npz", "markers.npz"} <= same
    assert not {"clusters.tsv", "chosen.tsv", "bins.tsv", "report.html"} & same
