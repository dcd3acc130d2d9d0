"""--resume keeps what is still right and makes the rest anew; --force makes all anew."""

import json
import shutil

import pytest
from communities import ALL, FAST, REPORTS, RESULTS, done, inputs, run_cli, tree

from vambx.io.bam_files import find_bams


@pytest.fixture
def copied(binned, tmp_path):
    """A copy of a whole run, with its files' times."""
    return shutil.copytree(binned, tmp_path / "out")


def stamps(out):
    """When each result was written, a bin's file too; not what can be told without writing it."""
    paths = [path for path in out.rglob("*") if path.is_file()]
    return {path.relative_to(out).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino) for path in paths}


def resume(out, community, *args):
    """The steps whose results a resumed run wrote; each wrote all of its own."""
    before = stamps(out)
    done("bin", *inputs(community), "--outdir", out, *FAST, *args, "--resume")
    after = stamps(out)
    assert json.loads((out / "run.json").read_text())["steps"].keys() == RESULTS.keys()
    written = {name.split("/")[0] for name in after if after[name] != before.get(name)} & ALL - REPORTS
    steps = {step for step, names in RESULTS.items() if names & written}
    assert written == set().union(*(RESULTS[step] for step in steps))
    return steps


def test_with_nothing_changed_all_is_kept(binned, copied, community):
    assert resume(copied, community) == set()
    assert tree(copied) == tree(binned)


def append(name, text):
    def change(out):
        with open(out / name, "a") as handle:
            handle.write(text)

    return change


def drop_bin(out):
    next((out / "bins").iterdir()).unlink()


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda out: (out / "composition.npz").unlink(), "composition"),
        (lambda out: (out / "composition.npz").write_bytes(b"broken"), "composition"),
        (lambda out: (out / "abundance.npz").unlink(), "abundance"),
        (lambda out: (out / "latent.npz").unlink(), "latent"),
        (lambda out: (out / "model.pt").unlink(), "latent"),
        (append("clusters.tsv", "half a li"), "clusters"),
        (lambda out: (out / "chosen.tsv").unlink(), "chosen"),
        (append("chosen.tsv", "half a li"), "chosen"),
        (lambda out: shutil.rmtree(out / "bins"), "bins"),
        (drop_bin, "bins"),
        (append("bins/S1_1.fna", ">x\nA\n"), "bins"),
        (append("unbinned.tsv", "x\n"), "bins"),
    ],
)
def test_what_is_gone_or_changed_is_made_again_and_nothing_else(binned, copied, community, change, step):
    change(copied)
    assert resume(copied, community) == {step}
    assert tree(copied) == tree(binned)


@pytest.mark.parametrize("step", RESULTS)
def test_a_step_that_the_account_lacks_is_made_again(binned, copied, community, step):
    account = json.loads((copied / "run.json").read_text())
    del account["steps"][step]
    (copied / "run.json").write_text(json.dumps(account))
    assert resume(copied, community) == {step}
    assert tree(copied) == tree(binned)


@pytest.mark.parametrize(
    ("args", "first"),
    [
        (["--epochs", "3"], "latent"),
        (["--seed", "2"], "latent"),
        (["--min-bin-size", "130000"], "bins"),
        (["--separator", ""], "chosen"),
        (["--choice", "clusters"], "chosen"),
        (["--recruit-length", "2000"], "composition"),
        (["--min-identity", "0.5"], "abundance"),
        (["--min-length", "3000"], "composition"),
    ],
)
def test_a_changed_setting_redoes_what_depends_on_it_as_a_fresh_run_would(
    binned, copied, community, tmp_path, args, first
):
    steps = resume(copied, community, *args)
    done("bin", *inputs(community), "--outdir", tmp_path / "fresh", *FAST, *args)
    fresh, old = tree(tmp_path / "fresh"), tree(binned)
    assert tree(copied) == fresh
    order = list(RESULTS)
    must = {first} if first in ("bins", "abundance") else set(order[order.index(first) :])
    if fresh["clusters.tsv"] == old["clusters.tsv"]:
        must -= {"bins"} - {first}
    assert must <= steps <= set(order[order.index(first) :])


def test_a_base_that_is_another_makes_anew_what_depends_on_it(copied, community, tmp_path):
    text = community.fasta.read_text()
    at = text.index("\n") + 1
    (tmp_path / "contigs.fna").write_text(text[:at] + ("A" if text[at] != "A" else "C") + text[at + 1 :])
    args = ("--fasta", tmp_path / "contigs.fna")
    assert {"composition", "abundance", "latent", "bins"} <= resume(copied, community, *args)
    done("bin", *inputs(community), *args, "--outdir", tmp_path / "fresh", *FAST)
    assert tree(copied) == tree(tmp_path / "fresh")


def test_a_changed_bam_redoes_the_abundance_and_keeps_the_composition(binned, copied, community, tmp_path):
    shutil.copytree(community.bams, tmp_path / "bams")
    shutil.copy(tmp_path / "bams" / "S1.bam", tmp_path / "bams" / "S2.bam")
    args = ("--bams", tmp_path / "bams")
    steps = resume(copied, community, *args)
    assert {"abundance", "latent"} <= steps
    assert "composition" not in steps
    assert tree(copied)["abundance.npz"] != tree(binned)["abundance.npz"]
    done("bin", *inputs(community), "--outdir", tmp_path / "fresh", *FAST, *args)
    assert tree(copied) == tree(tmp_path / "fresh")


def test_a_renamed_bam_renames_its_sample_in_the_tables(copied, community, tmp_path):
    shutil.copytree(community.bams, tmp_path / "bams")
    (tmp_path / "bams" / "S2.bam").rename(tmp_path / "bams" / "T.bam")
    assert {"abundance", "bins"} <= resume(copied, community, "--bams", tmp_path / "bams")
    assert "\tdepth_S1\tdepth_T\t" in (copied / "bins.tsv").read_text()


def test_inputs_are_known_by_content_not_by_place(copied, community, tmp_path):
    shutil.copytree(community.root, tmp_path / "moved")
    args = ("--fasta", tmp_path / "moved" / "contigs.fna", "--bams", *find_bams([tmp_path / "moved" / "bams"]))
    assert resume(copied, community, *args) == set()


def test_resume_where_nothing_is_begins(binned, community, tmp_path):
    done("bin", *inputs(community), "--outdir", tmp_path / "out", *FAST, "--resume")
    assert tree(tmp_path / "out") == tree(binned)


def test_resume_with_another_separator_that_does_not_fit_changes_nothing(binned, copied, community):
    ran = run_cli("bin", *inputs(community), "--outdir", copied, *FAST, "--resume", "--separator", "_")
    assert ran.code == 1
    assert "--separator '_'" in ran.err
    assert tree(copied) == tree(binned)


def test_force_makes_all_anew_and_takes_away_the_bins_of_the_earlier_run(copied, community, tmp_path):
    n_bins = len(list((copied / "bins").iterdir()))
    before = stamps(copied)
    (copied / "notes.txt").write_text("mine")
    args = ("--min-bin-size", "135000")
    done("bin", *inputs(community), "--outdir", copied, *FAST, *args, "--force")
    done("bin", *inputs(community), "--outdir", tmp_path / "fresh", *FAST, *args)
    assert 0 < len(list((copied / "bins").iterdir())) < n_bins
    assert tree(copied) == tree(tmp_path / "fresh") | {"notes.txt": b"mine"}
    kept = {name for name, stamp in stamps(copied).items() if stamp == before.get(name)}
    assert not kept & ALL
    assert not [name for name in kept if name.startswith("bins/")]


def test_force_with_too_few_contigs_leaves_no_model_of_the_earlier_run(copied, community):
    done("bin", *inputs(community), "--outdir", copied, *FAST, "--min-length", "15000", "--force")
    assert not (copied / "model.pt").exists()


def test_resume_with_too_few_contigs_leaves_no_model_of_the_earlier_run(copied, community):
    done("bin", *inputs(community), "--outdir", copied, *FAST, "--min-length", "15000", "--resume")
    assert not (copied / "model.pt").exists()
