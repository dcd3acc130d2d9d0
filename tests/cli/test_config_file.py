"""Settings from a TOML file."""

import json

import pytest
from communities import assert_refused, done, run_cli, write_few

BIN = ("bin", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out", "-q", "--no-report", "--no-markers")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path))
    return tmp_path


def settings_of(here):
    steps = json.loads((here / "out" / "run.json").read_text())["steps"]
    return {name: step["settings"] for name, step in steps.items()}


def test_a_file_sets_and_an_option_counts_more(here):
    (here / "s.toml").write_text("""
        features = {min_length = 300}
        [encoder]
        n_hidden = [64, 32]
        seed = 7
        [bins]
        separator = ""
        min_bin_size = 5
        choice = "clusters"
        """)
    done(*BIN, "--config", "s.toml", "--seed", "9")
    made = settings_of(here)
    assert made["composition"] == {"min_length": 300, "recruit_length": 500}
    assert (made["latent"]["n_hidden"], made["latent"]["seed"], made["latent"]["n_latent"]) == ([64, 32], 9, 32)
    assert made["chosen"] == {"choice": "clusters", "scope": "all", "separator": ""}
    assert made["bins"] == {"separator": "", "min_bin_size": 5}


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (
            "[encode]\nseed = 1",
            2,
            r"\Asettings have no table \[encode\]; they have \[features\], \[markers\], \[encoder\], \[bins\]",
        ),
        ("[encoder]\nsede = 1", 2, r"\A\[encoder\] has no setting 'sede'; it has .*seed"),
        ("[encoder]\nseed = -1", 2, r"\A--seed must be from 0 to "),
        ("[bins]\nchoice = 'best'", 2, r"\A--choice must be auto or clusters, not best\Z"),
        ("[encoder]\nepochs = 'many'", 2, r"\A\[encoder\] epochs must be a whole number, not 'many'\Z"),
        ("[encoder]\nn_hidden = 64", 2, r"\A\[encoder\] n_hidden must be a list of whole numbers, not 64\Z"),
        ("[bins]\nseparator = 3", 2, r"\A\[bins\] separator must be a text in quotes, not 3\Z"),
        ("[bins]\nscope = 'each'", 2, r"\A--scope must be all or sample, not each\Z"),
        ("seed = 1", 1, r"\As\.toml: seed stands outside a table; write settings as: \[encoder\] epochs = 30"),
        ("[encoder", 1, r"\As\.toml: is no TOML file .*write settings as: "),
        ("\udcff", 1, r"\As\.toml: is no TOML file "),
        (None, 1, r"\As\.toml: cannot be read \(No such file or directory\); give a TOML file of settings"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_any_work(here, text, code, words):
    if text is not None:
        (here / "s.toml").write_text(text, errors="surrogateescape")
    assert_refused(run_cli(*BIN, "--config", "s.toml"), code, words)
    assert not (here / "out").exists()
