"""--resume after a file that is read or was written is another: what depends on it is made anew, as by a fresh run."""

import shutil
from pathlib import Path

import pytest
from communities import PLANTED, RESULTS, done, inputs, run_cli, tree
from genes import proteins, write_hmms

STEP_OF = {name: step for step, names in RESULTS.items() for name in names} | {
    "markers.npz": "markers",
    "quality.tsv": "bins",
}


@pytest.fixture
def copied(chosen, tmp_path):
    """A copy of a whole run with markers."""
    return shutil.copytree(chosen, tmp_path / "out")


def go_on(out, community, *more, hmms="m.hmm"):
    """Resume; the steps that were made anew, as it says itself."""
    args = [*inputs(community), "--hmms", community.root / hmms, *more]
    loud = [word for word in PLANTED if word != "-q"]
    said = done("bin", *args, "--outdir", out, *loud, "--resume").err
    steps = {*RESULTS, "markers"}
    kept = {step for step in steps if f"Step {step}: made before of the same" in said}
    anew = {step for step in steps if f"Step {step}: made anew, as " in said}
    assert not kept & anew
    return steps - kept


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def age(path):
    path.write_bytes(path.read_bytes().replace(b"S1", b"S2"))  # as of an earlier run, still readable


def a_file(out, name):
    return next((out / name).iterdir()) if name == "bins" else out / name


def test_all_results_are_in_the_table(chosen):
    reports = {"run.json", "vambx.log", "summary.json", "vambx_mqc.json", "vambx_stats_mqc.json"}
    assert {path.name for path in chosen.iterdir()} - reports == STEP_OF.keys()


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((name, flip) for name in sorted(STEP_OF)),
        *((name, damage) for name in ("bins", "bins.tsv", "quality.tsv") for damage in (cut, Path.unlink)),
        *((name, damage) for name in ("chosen.tsv", "clusters.tsv") for damage in (age, cut, Path.unlink)),
    ],
)
def test_a_result_that_was_tampered_with_is_made_again_and_nothing_else(chosen, copied, planted, name, damage):
    damage(a_file(copied, name))
    assert tree(copied) != tree(chosen)
    assert go_on(copied, planted) == {STEP_OF[name]}
    assert tree(copied) == tree(chosen)


def test_results_and_inputs_that_were_touched_alone_are_kept(chosen, copied, planted, tmp_path):
    moved = type(planted)(shutil.copytree(planted.root, tmp_path / "moved", copy_function=shutil.copyfile))
    for path in [*copied.rglob("*"), *moved.root.rglob("*")]:
        path.touch()
    assert go_on(copied, moved) == set()
    assert tree(copied) == tree(chosen)


def other_base(community):
    text = community.fasta.read_text()
    at = text.index("\n") + 1
    community.fasta.write_text(text[:at] + ("A" if text[at] != "A" else "C") + text[at + 1 :])


def another_bam(community):
    shutil.copy(community.bams / "S1.bam", community.bams / "S2.bam")


def added_bam(community):
    shutil.copy(community.bams / "S1.bam", community.bams / "S0.bam")


def removed_bam(community):
    (community.bams / "S2.bam").unlink()


def renamed_bam(community):
    (community.bams / "S2.bam").rename(community.bams / "T.bam")


def other_markers(community):
    write_hmms(community.root / "m.hmm", proteins(12, length=120), bits=300)


OF_READS = {"abundance", "latent", "clusters", "chosen", "bins"}


@pytest.mark.parametrize(
    ("change", "at_most", "at_least"),
    [
        pytest.param(other_base, {*RESULTS, "markers"}, {"composition", "markers"}, marks=pytest.mark.slow),
        (other_markers, {"markers", "chosen", "bins"}, {"markers"}),
        pytest.param(another_bam, OF_READS, {"abundance", "latent"}, marks=pytest.mark.slow),
        pytest.param(added_bam, OF_READS, {"abundance", "latent"}, marks=pytest.mark.slow),
        pytest.param(removed_bam, OF_READS, {"abundance", "latent"}, marks=pytest.mark.slow),
        pytest.param(renamed_bam, OF_READS, {"abundance", "latent"}, marks=pytest.mark.slow),
    ],
)
def test_an_input_that_is_another_makes_anew_what_depends_on_it(copied, planted, tmp_path, change, at_most, at_least):
    moved = type(planted)(shutil.copytree(planted.root, tmp_path / "moved"))
    change(moved)
    assert at_least <= go_on(copied, moved) <= at_most
    done("bin", *inputs(moved), "--hmms", moved.root / "m.hmm", "--outdir", tmp_path / "fresh", *PLANTED)
    assert tree(copied) == tree(tmp_path / "fresh")


def test_bams_in_another_order_are_columns_in_that_order(copied, planted, tmp_path):
    bams = ("--bams", planted.bams / "S2.bam", planted.bams / "S1.bam")
    assert {"abundance", "latent"} <= go_on(copied, planted, *bams)
    assert "\tdepth_S2\tdepth_S1\t" in (copied / "bins.tsv").read_text()


def test_on_a_machine_that_multiplies_otherwise_a_training_is_kept_and_said(chosen, copied, planted, monkeypatch):
    from vambx.encode import device

    was = device.resolve_precision("auto", device.resolve_device("cpu"))
    monkeypatch.setattr(device, "multiplies_bfloat16", lambda device: was == "float32")
    args = [*inputs(planted), "--hmms", planted.root / "m.hmm", *(word for word in PLANTED if word != "-q")]
    said = done("bin", *args, "--outdir", copied, "--resume").err
    assert "Step latent: made before of the same input and settings, kept; it was made with device cpu, " in said
    assert f"precision {was}, threads 1" in said
    assert tree(copied) == tree(chosen)
    assert run_cli("bin", *args, "--outdir", copied, "--resume", "--precision", "float32").code == 0
    assert "its settings are others (precision)" in (copied / "vambx.log").read_text()
