"""Steps out of order, and results of earlier steps that are broken or belong to others."""

import io
import json
import shutil

import numpy as np
import pytest
from builders import sentence
from communities import BINS, ENCODE, FEATURES, assert_refused, assert_whole, done, inputs, run_cli, tree, write_few

from vambx.io.npz import pack_text, unpack_text
from vambx.layout import Layout

STEPS = {
    "encode": ("encode", *ENCODE),
    "cluster": ("cluster",),
    "bins": ("bins", "--fasta", "contigs.fa", *BINS),
}
REMEDY = "run the step that makes it"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path))
    return tmp_path


@pytest.fixture
def copied(binned, community, tmp_path, monkeypatch):
    """Layout of a copy of a whole run, its FASTA beside it."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(binned, tmp_path / "out")
    (tmp_path / "contigs.fa").symlink_to(community.fasta)
    return Layout(tmp_path / "out")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("make", [lambda out: None, lambda out: out.mkdir()])
def test_a_step_in_a_folder_without_a_run_says_how_to_begin(here, step, make):
    make(here / "out")
    before = sorted(here.rglob("*"))
    ran = run_cli(*STEPS[step], "--outdir", "out", "-q")
    assert_refused(ran, 1, sentence("out", "holds no run of vambx", "begin with: vambx features --outdir out"))
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize("args", [(), ("--force",), ("--resume",)])
@pytest.mark.parametrize(
    ("before", "step", "missing"),
    [
        ([], "cluster", "latent.npz"),
        ([], "bins", "latent.npz"),
        (["encode"], "bins", "clusters.tsv"),
    ],
)
def test_a_step_before_its_time_names_what_it_lacks(here, before, step, missing, args):
    done("features", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out")
    for earlier in before:
        done(*STEPS[earlier], "--outdir", "out")
    results = assert_whole(here / "out")
    ran = run_cli(*STEPS[step], "--outdir", "out", "-q", *args)
    assert_refused(ran, 1, sentence(f"out/{missing}", "does not exist", REMEDY))
    assert assert_whole(here / "out") == results


@pytest.mark.parametrize("gone", ["composition.npz", "abundance.npz"])
def test_features_that_are_gone_are_named(here, gone):
    done("features", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out")
    (here / "out" / gone).unlink()
    assert_refused(run_cli("encode", "--outdir", "out", "-q"), 1, sentence(f"out/{gone}", "does not exist", REMEDY))


@pytest.mark.parametrize("step", STEPS)
def test_a_step_done_before_is_not_done_again_unasked(copied, step):
    before = tree(copied.root)
    ran = run_cli(*STEPS[step], "--outdir", "out", "-q")
    assert_refused(ran, 1, r"\Aout/\S+: is there already; give --resume to go on, or --force to make it anew\Z")
    assert tree(copied.root) == before


@pytest.mark.parametrize("step", ["features", "bin"])
def test_a_first_step_done_before_is_not_done_again_unasked(copied, community, step):
    before = tree(copied.root)
    ran = run_cli(step, *inputs(community), "--outdir", "out", "-q", *FEATURES)
    assert_refused(ran, 1, sentence("out", "holds a run already", "--resume"))
    assert tree(copied.root) == before


def arrays(path, **change):
    """Write an npz again, each array named changed as its function says, to None to leave it out."""
    with np.load(path) as old:
        new = {name: change.get(name, lambda array: array)(old[name]) for name in old}
    np.savez(path, **{name: array for name, array in new.items() if array is not None})


def gone(array):
    return None


def fewer(array):
    return array[:9]


def nan(array):
    return np.full_like(array, np.nan)


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def pickled(path):
    out = io.BytesIO()
    np.savez(out, counts=np.array([{}], dtype=object))
    path.write_bytes(out.getvalue())


BROKEN = {
    "empty": lambda p: p.write_bytes(b""),
    "text": lambda p: p.write_text("hello\n" * 99),
    "not UTF-8": lambda p: p.write_bytes(b"\xff\xfe\x00" * 99),
    "cut in half": lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]),
    "a bit flipped": flip,
    "pickled": pickled,
}
COMPOSITION = {
    "an array missing": lambda p: arrays(p, counts=gone),
    "other names": lambda p: arrays(p, names=lambda old: pack_text(["a", *unpack_text(old)[1:]])),
    "names that are no text": lambda p: arrays(p, names=lambda old: old | 0x80),
    "other lengths": lambda p: arrays(p, lengths=fewer),
    "other counts": lambda p: arrays(p, counts=fewer),
}
ABUNDANCE = {
    "an array missing": lambda p: arrays(p, rpkm=gone),
    "other contigs": lambda p: arrays(p, names_sha256=lambda old: old[::-1]),
    "other samples": lambda p: arrays(p, samples=lambda old: old[:2]),
    "other shape": lambda p: arrays(p, depth=fewer),
}
NUMBERS = {
    "a depth that is no number": lambda p: arrays(p, depth=nan),
    "a depth below 0": lambda p: arrays(p, depth=lambda old: old - 1000),
    "an infinite rpkm": lambda p: arrays(p, rpkm=lambda old: old + np.inf),
    "depths in words": lambda p: arrays(p, depth=lambda old: old.astype(str)),
}
LATENT = {
    "an array missing": lambda p: arrays(p, latent=gone),
    "fewer contigs": lambda p: arrays(p, latent=fewer),
    "no matrix": lambda p: arrays(p, latent=np.ravel),
    "not finite": lambda p: arrays(p, latent=nan),
}


def lines(change):
    def make(path):
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")

    return make


CLUSTERS = {
    "empty": BROKEN["empty"],
    "text": BROKEN["text"],
    "not UTF-8": BROKEN["not UTF-8"],
    "a contig missing": lines(lambda rows: rows[:-1]),
    "a contig twice": lines(lambda rows: [*rows[:-1], rows[-2]]),
    "a contig too many": lines(lambda rows: [*rows, rows[-1].replace("S", "T")]),
    "a column missing": lines(lambda rows: [row.rpartition("\t")[0] for row in rows]),
    "a value missing": lines(lambda rows: [*rows[:-1], rows[-1].rpartition("\t")[0]]),
    "a value no number": lines(lambda rows: [*rows[:-1], "x" + rows[-1]]),
    "cut in half": BROKEN["cut in half"],
}
CASES = [
    ("encode", "composition.npz", BROKEN | COMPOSITION),
    ("bins", "composition.npz", COMPOSITION),
    ("encode", "abundance.npz", BROKEN | ABUNDANCE | NUMBERS),
    ("bins", "abundance.npz", NUMBERS),
    ("cluster", "latent.npz", BROKEN | LATENT),
    ("bins", "clusters.tsv", CLUSTERS),
    ("bins", "latent.npz", BROKEN | LATENT),
]


@pytest.mark.parametrize(
    ("step", "name", "breaker"),
    [
        pytest.param(step, name, how, id=f"{step}-{name}-{what}")
        for step, name, hows in CASES
        for what, how in hows.items()
    ],
)
def test_a_broken_result_of_an_earlier_step_is_refused_by_name(copied, step, name, breaker):
    breaker(copied.root / name)
    before = tree(copied.root)
    ran = run_cli(*STEPS[step], "--outdir", "out", "--force", "-q")
    assert_refused(ran, 1, rf"{name}\b.*(make (it|both) anew|run the step|made by this step|train)")
    assert tree(copied.root) == before


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe", b"[]", b"{}", b'{"steps": []}', b'{"steps": null}'])
@pytest.mark.parametrize("command", ["bin", "encode"])
def test_an_account_that_is_none_is_refused(copied, community, content, command):
    copied.run.write_bytes(content)
    before = tree(copied.root, but=("vambx.log",))
    given = inputs(community) if command == "bin" else ()
    ran = run_cli(command, *given, "--outdir", "out", "--resume", "-q")
    assert_refused(ran, 1, sentence("out/run.json", "is no account of a run", "begin anew in another --outdir"))
    assert tree(copied.root, but=("vambx.log",)) == before


@pytest.mark.parametrize("entry", [{}, {"key": None}])
@pytest.mark.parametrize("again", ["--resume", "--force"])
def test_an_account_with_a_broken_step_is_refused_or_made_anew(copied, community, entry, again):
    account = json.loads(copied.run.read_text())
    if "key" in entry:
        entry = entry | {"key": account["steps"]["composition"]["key"]}
    copied.run.write_text(json.dumps({"steps": {"composition": entry}}))
    ran = run_cli("features", *inputs(community), "--outdir", "out", *FEATURES, again, "-q")
    if ran.code:
        assert_refused(ran, 1, sentence("out/run.json", "is no account of a run", "begin anew in another --outdir"))
    else:
        assert json.loads(copied.run.read_text())["steps"]["composition"]["outputs"].keys() == {"composition.npz"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: text.replace(">S1C1 ", ">S1X1 "), "contig S1C1 is not there"),
        (lambda text: text.replace("\n", "\nA", 1), "contig S1C1 is not as it was"),
        (lambda text: "", "is empty"),
    ],
)
def test_bins_of_another_fasta_are_refused(copied, change, problem):
    text = (copied.root.parent / "contigs.fa").read_text()
    (copied.root.parent / "other.fa").write_text(change(text))
    before = tree(copied.root)
    ran = run_cli("bins", "--fasta", "other.fa", "--outdir", "out", "--force", "-q", "--min-bin-size", "0")
    assert_refused(ran, 1, sentence("other.fa", problem, "give the F" if text and "contig" in problem else "give"))
    assert tree(copied.root) == before


def test_a_training_that_runs_away_is_told_and_leaves_the_old(copied):
    before = tree(copied.root)
    ran = run_cli(*STEPS["encode"], "--outdir", "out", "--force", "-q", "--learning-rate", "1e30")
    assert_refused(ran, 1, r"\Athe loss is no longer finite in epoch \d+; lower --learning-rate \(1e\+30\)\Z")
    assert tree(copied.root) == before
