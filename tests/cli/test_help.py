import re
import subprocess
import sys

import pytest
from communities import run_cli

import vambx
from vambx.cli import COMMANDS

BAM_OPTIONS = ["--reference", "--sort"]
INPUT, OUTPUT = ["--fasta", "--bams", "--depths", *BAM_OPTIONS], ["--outdir", "--resume", "--force"]
OTHER, SETTINGS, PARTS = ["--threads", "--quiet", "--verbose"], ["--config"], ["--part", "--output", "--parts"]
FEATURES = ["--min-length", "--recruit-length", "--min-identity"]
ENCODER = [
    *("--encoder", "--n-latent", "--n-hidden", "--capacity", "--mse-ratio", "--contrast", "--dropout"),
    *("--epochs", "--batch-size", "--learning-rate", "--schedule", "--optimizer", "--kld-warmup", "--noise"),
    *("--validation", "--patience", "--compare", "--seed", "--device", "--precision", "--block-memory"),
    *("--checkpoint-minutes", "--checkpoint-epochs"),
]
BINS = ["--separator", "--min-bin-size", "--choice", "--scope"]
MARKERS = ["--hmms", "--cutoffs"]
BIN = [
    *(*INPUT, *OUTPUT, *FEATURES, "--no-markers", *MARKERS, *ENCODER, *BINS, "--no-report"),
    *(*OTHER, *SETTINGS),
]
OPTIONS = {
    "bin": BIN,
    "check": BIN,
    "concatenate": ["--output", "--force", "--min-length", "--separator", "--quiet"],
    "features": [*INPUT, *OUTPUT, *FEATURES, *OTHER, *SETTINGS],
    "markers": ["--fasta", *OUTPUT, *MARKERS, *PARTS, *OTHER, *SETTINGS],
    "encode": [*OUTPUT, *ENCODER, *OTHER, *SETTINGS],
    "cluster": [*OUTPUT, "--separator", "--scope", *PARTS, *OTHER, *SETTINGS],
    "bins": ["--fasta", *OUTPUT, *BINS, *OTHER, *SETTINGS],
    "composition": ["--fasta", *OUTPUT, "--min-length", "--recruit-length", "--separator", *OTHER, *SETTINGS],
    "depth": ["--outdir", "--sample", *BAM_OPTIONS, "--output", "--min-identity", *OTHER, *SETTINGS],
    "choose": [*OUTPUT, "--separator", "--choice", "--scope", *PARTS, *OTHER, *SETTINGS],
    "quality": ["--fasta", "--out", "--force", *MARKERS, *OTHER],
    "plot": ["--out", "--force", "--colour", "--method", "--quiet"],
    "compare": ["--fasta", "--quality", "--out", "--tsv", "--force", "--quiet"],
    "status": [],
    "report": [],
    "demo": ["--outdir", *OTHER],
}
REQUIRED = {"--fasta", "--bams", "--outdir", "--out", "--depths", *PARTS}
FLAGS = {"--no-markers", "--sort", "--compare", "--no-report", "--resume", "--force", "--quiet", "--verbose", "--help"}


def in_new_process(code, *args):
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=True)
    return done.stdout


def blocks(text):
    """The help of every option by its long name, white space made single."""
    found = re.split(r"^  (?=-)", text, flags=re.MULTILINE)[1:]
    return {re.search(r"--[a-z-]+", block)[0]: " ".join(block.split()) for block in found}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option(command):
    ran = run_cli(command, "--help", COLUMNS="80")
    assert (ran.code, ran.err) == (0, "")
    assert list(blocks(ran.out)) == ["--help", *OPTIONS[command]]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_holds_when_an_option_is_not_given(command):
    helped = blocks(run_cli(command, "--help", COLUMNS="80").out)
    optional = set(OPTIONS[command]) - FLAGS - (REQUIRED if command != "demo" else set())
    silent = [name for name in optional if not re.search(r"\(default: \S+.*\)|unset: \S", helped[name])]
    assert silent == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_a_unit_or_choice_for_every_option_with_a_value(command):
    helped = blocks(run_cli(command, "--help", COLUMNS="80").out)
    valued = set(OPTIONS[command]) - FLAGS
    assert [name for name in valued if not re.search(rf"{name} ([A-Z]+\b|\{{)", helped[name])] == []


@pytest.mark.parametrize("args", [(), *((command,) for command in COMMANDS)])
def test_help_fits_80_columns(args):
    ran = run_cli(*args, "--help", COLUMNS="80")
    assert len(ran.out) > 200
    assert max(map(len, ran.out.splitlines())) <= 80


def test_help_names_every_command():
    ran = run_cli("--help", COLUMNS="80")
    assert (ran.code, ran.err) == (0, "")
    assert re.findall(r"^    ([a-z]+)\b", ran.out, flags=re.MULTILINE) == list(OPTIONS)


def test_help_tells_what_is_required():
    usage = " ".join(run_cli("bin", "--help", COLUMNS="80").out.split("\n\n")[0].split())
    assert "[-h] --fasta FILE [--bams BAM [BAM ...]] [--depths FILE [FILE ...]] [--reference FILE] [" in usage
    assert " [--sort] --outdir DIR [" in usage


def test_version_is_on_stdout():
    assert run_cli("--version") == (0, f"vambx {vambx.__version__}\n", "")


GIVEN = ("--fasta", "x.fa", "--bams", "x.bam", "--outdir", "out")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "COMMAND"),
        (("bin",), "--fasta"),
        (("bin", *GIVEN[:4]), "--outdir"),
        (("bin", *GIVEN[2:]), "--fasta"),
        (("features", *GIVEN[:4]), "--outdir"),
        (("encode",), "--outdir"),
        (("bins", "--outdir", "out"), "--fasta"),
        (("assemble", *GIVEN), "'assemble'"),
        (("bin", *GIVEN, "--outfile", "x"), "--outfile"),
        (("bin", *GIVEN, "--min-len", "500"), "--min-len"),
        (("encode", "--outdir", "out", "--fasta", "x.fa"), "--fasta"),
        (("bin", *GIVEN, "more"), "more"),
        (("bin", *GIVEN, "--epochs", "many"), "--epochs"),
        (("bin", *GIVEN, "--min-length", "2.5"), "--min-length"),
        (("bin", *GIVEN, "--threads"), "--threads"),
        (("bin", *GIVEN, "--device", "tpu"), "--device"),
        (("bin", *GIVEN, "--resume", "--force"), "--force"),
        (("bin", *GIVEN, "-q", "-v"), "-v"),
    ],
)
def test_wrong_usage_is_exit_2_and_names_what_is_wrong(args, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run_cli(*args)
    assert (ran.code, ran.out) == (2, "")
    *usage, last = ran.err.splitlines()
    assert usage[0].startswith("usage: vambx")
    assert re.match(r"vambx( [a-z]+)?: error: ", last)
    assert words in last
    assert list(tmp_path.iterdir()) == []


HEAVY = ("torch", "numba", "rich", "pysam", "numpy", "pyhmmer", "pyrodigal")
LOADED = f"import sys; print('LOADED', *(name for name in {HEAVY!r} if name in sys.modules))"


def test_help_and_wrong_usage_load_nothing_heavy():
    asked = [["--help"], ["--version"], *([command, "--help"] for command in COMMANDS), ["bin"]]
    code = f"from vambx.cli import main\nfor args in {asked}: main(args); {LOADED}"
    loaded = [line for line in in_new_process(code).splitlines() if line.startswith("LOADED")]
    assert list(zip(asked, loaded, strict=True)) == [(args, "LOADED") for args in asked]


def test_import_loads_nothing_heavy_and_few_modules():
    count = "; n = len(sys.modules); import vambx; print(len(sys.modules) - n)"
    n_modules, loaded = in_new_process(f"import sys, typing{count}; {LOADED}").splitlines()
    assert loaded == "LOADED"
    assert int(n_modules) < 10


def test_only_what_is_used_is_loaded():
    out = in_new_process(f"import vambx; vambx.BinConfig(); vambx.find_bams; {LOADED}")
    assert "torch" not in out
    assert "numba" not in out


@pytest.mark.parametrize("name", vambx.__all__)
def test_every_public_name_is_there(name):
    assert getattr(vambx, name) is not None
    assert name in dir(vambx)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"module 'vambx' has no attribute 'vamb'"):
        vambx.vamb  # noqa: B018


def test_the_package_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "vambx", "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"vambx {vambx.__version__}\n")
