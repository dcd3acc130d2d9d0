"""Steps in parts, as a cluster of machines makes them, give the bytes of one `vambx bin`."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from builders import sentence
from communities import FAST, FEATURES, PLANTED, THREADS, assert_refused, done, inputs, run_cli, tree
from filelock import FileLock

from vambx.features.composition import Composition
from vambx.features.depths import SampleDepths
from vambx.io.npz import read_arrays
from vambx.layout import Layout

SCOPES = ("all", "sample")


def step_keys(out, but=("abundance",)):
    """The key of each step; that of the abundance tells which files the depths were read from."""
    steps = json.loads((out / "run.json").read_text())["steps"]
    return {name: step["key"] for name, step in steps.items() if name not in but}


@pytest.fixture(scope="module")
def each_alone(planted, tmp_path_factory):
    """Output folder of one `vambx bin` with markers, each sample's genomes told apart by themselves."""
    outdir = tmp_path_factory.mktemp("alone") / "out"
    done("bin", *inputs(planted), "--outdir", outdir, *PLANTED, "--hmms", planted.root / "m.hmm", "--scope", "sample")
    return outdir


@pytest.fixture
def settings(planted, tmp_path):
    """One file of settings for all steps."""

    def write(scope):
        path = tmp_path / "settings.toml"
        path.write_text(
            f"markers = {{hmms = '{planted.root / 'm.hmm'}'}}\n"
            "encoder = {epochs = 20, n_hidden = [64], device = 'cpu'}\n"
            f"bins = {{min_bin_size = 100000, scope = '{scope}'}}\n"
        )
        return ("--config", path, "-q")

    return write


def in_parts(command, n_parts, folder, common, fasta=()):
    """Do a step in parts, the last part first, and join them."""
    paths = [folder / f"{command}_{i}" for i in range(1, n_parts + 1)]
    for number in range(n_parts, 0, -1):
        done(command, *fasta, "--part", f"{number}/{n_parts}", "--output", paths[number - 1], *common)
    done(command, *fasta, "--parts", *paths, *common)


@pytest.mark.parametrize(("scope", "n_parts"), [("all", 3), ("sample", 1), ("sample", 3)])
def test_steps_in_parts_give_the_bytes_of_bin(planted, chosen, each_alone, settings, tmp_path, scope, n_parts):
    given, out = settings(scope), ("--outdir", tmp_path / "out")
    fasta, common = ("--fasta", planted.fasta), (*out, *given, *THREADS)
    done("composition", *fasta, *common)
    bams = sorted(planted.bams.glob("*.bam"))
    for bam in bams:
        done("depth", bam, "--output", tmp_path / f"{bam.stem}.npz", *common)
    depths = [tmp_path / f"{bam.stem}.npz" for bam in bams]
    done("features", *fasta, "--depths", *depths, *common, "--resume")
    in_parts("markers", n_parts, tmp_path, common, fasta)
    done("encode", *common)
    if scope == "sample":
        in_parts("cluster", n_parts, tmp_path, common)
        in_parts("choose", n_parts, tmp_path, common)
    else:
        done("cluster", *common)
        done("choose", *common)
    done("bins", *fasta, *common, "--resume")
    whole = chosen if scope == "all" else each_alone
    assert tree(tmp_path / "out") == tree(whole)
    assert step_keys(tmp_path / "out") == step_keys(whole)
    done("bin", *inputs(planted), *common, "--no-report", "--resume")  # which finds that all is done
    assert tree(tmp_path / "out") == tree(whole)


def test_each_sample_alone_finds_the_genomes_too(planted, chosen, each_alone):
    found = [len((out / "bins.tsv").read_text().splitlines()) for out in (chosen, each_alone)]
    assert found[1] >= found[0] > 2
    assert tree(each_alone)["clusters.tsv"] != tree(chosen)["clusters.tsv"]


def test_clusters_of_each_sample_alone_do_not_mix_samples(each_alone):
    for name in ("clusters.tsv", "chosen.tsv"):
        rows = [line.split("\t") for line in (each_alone / name).read_text().splitlines()[1:]]
        samples = {}
        for cluster, contig, *_ in rows:
            samples.setdefault(cluster, set()).add(contig.partition("C")[0])
        assert all(len(of) == 1 for of in samples.values())
        assert len({next(iter(of)) for of in samples.values()}) == 2


@pytest.fixture
def copied(chosen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Layout(shutil.copytree(chosen, tmp_path / "out"))


OUT = ("--outdir", "out", "-q")
PART = ("--part", "1/2", "--output", "part")


@pytest.mark.parametrize("command", ["cluster", "choose"])
def test_parts_of_all_samples_together_there_are_none(copied, command):
    before = tree(copied.root)
    ran = run_cli(command, *OUT, *PART)
    assert_refused(ran, 2, r"\A--part needs --scope sample; without it the contigs of all samples are looked at togeth")
    assert tree(copied.root) == before


@pytest.mark.parametrize("options", [("--part", "1/2"), ("--output", "x")])
@pytest.mark.parametrize("command", ["cluster", "choose"])
def test_a_part_and_where_to_write_it_go_together(copied, command, options):
    assert_refused(run_cli(command, *OUT, *options), 2, r"\A--part and --output go together")


@pytest.mark.parametrize("command", ["cluster", "choose", "depth"])
def test_a_part_needs_a_folder_before_any_work(copied, planted, command):
    given = (next(planted.bams.glob("*.bam")),) if command == "depth" else ("--part", "1/2", "--scope", "sample")
    ran = run_cli(command, *given, *OUT, "--output", "no/part")
    assert_refused(ran, 1, r"\Ano/part: cannot be written, as there is no folder no; make it, or choose another\Z")


def test_a_part_and_parts_do_not_go_together(copied):
    assert_refused(run_cli("cluster", *OUT, *PART, "--parts", "x"), 2, r"\A--part does a part, --parts joins all")


@pytest.mark.parametrize("part", ["0/2", "x"])
def test_a_part_that_is_none_is_refused(copied, part):
    assert_refused(run_cli("cluster", *OUT, "--part", part, "--output", "x"), 2, r"\A--part must be ")


def test_parts_of_another_latent_are_not_joined(copied, each_alone, planted):
    alone = Layout(shutil.copytree(each_alone, copied.root.parent / "alone"))
    scope = ("--scope", "sample")
    done("cluster", "--outdir", alone.root, *scope, "--part", "1/1", "--output", "part")
    done("encode", "--outdir", alone.root, "--seed", "9", "--epochs", "2", "--force", *THREADS)
    ran = run_cli("cluster", "--outdir", alone.root, *scope, "--parts", "part", "-q")
    assert_refused(ran, 1, sentence("part", "was made of other input, other settings or by another version", "anew"))


@pytest.mark.parametrize(
    ("given", "pattern"),
    [
        (["1_2", "1_2"], sentence("1_2", "is part 1/2, which is given twice", "give every part once")),
        (["1_2", "1_3"], sentence("1_3", "is one of 3 parts, those before it of 2", "give the parts of one cut")),
        (["1_2"], r"\Apart 2/2 is not among the parts given; give all of them to --parts\Z"),
        (["odd"], sentence("odd", "does not tell which part it is", "make it anew")),
    ],
)
def test_parts_that_are_no_whole_are_not_joined(each_alone, tmp_path, monkeypatch, given, pattern):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(each_alone, "out")
    for part in ("1/2", "1/3"):
        done("cluster", *OUT, "--scope", "sample", "--part", part, "--output", part.replace("/", "_"))
    with np.load("1_2") as arrays, open("odd", "wb") as odd:
        np.savez(odd, **{**arrays, "part": np.array([3, 2])})
    before = tree(tmp_path / "out")
    assert_refused(run_cli("cluster", *OUT, "--scope", "sample", "--force", "--parts", *given), 1, pattern)
    assert tree(tmp_path / "out") == before


def test_a_part_can_be_made_while_another_step_works_in_the_folder(copied, planted):
    with FileLock(copied.lock):
        done(
            "markers",
            "--fasta",
            planted.fasta,
            "--hmms",
            planted.root / "m.hmm",
            *OUT,
            "--part",
            "1/9",
            "--output",
            "p",
        )
        done("depth", planted.bams / "S1.bam", *OUT, "--output", "d.npz")


def test_a_folder_without_a_run_has_no_parts(tmp_path, planted, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run_cli("depth", planted.bams / "S1.bam", *OUT, "--output", "d.npz")
    assert_refused(ran, 1, sentence("out", "holds no run of vambx", "begin with"))


def test_depths_may_have_a_name_of_their_own(copied, planted):
    done("depth", planted.bams / "S1.bam", *OUT, "--output", "d.npz", "--sample", "gut")
    assert read_arrays("d.npz", ["sample"])["sample"].tobytes() == b"gut"


@pytest.mark.parametrize("name", ["", "a\tb"])
def test_depths_of_a_sample_without_a_name_are_not_made(copied, planted, name):
    ran = run_cli("depth", planted.bams / "S1.bam", *OUT, "--output", "d.npz", "--sample", name)
    assert_refused(ran, 2, rf"\A--sample {re.escape(repr(name))} cannot name a sample; give another, or leave it out\Z")
    assert not (copied.root.parent / "d.npz").exists()


def test_depths_of_a_sample_without_a_name_are_refused(copied, planted):
    contigs = Composition.read(copied.composition).contigs
    SampleDepths("", np.ones(len(contigs), np.float32), "", 0.0, contigs.digest).write(Path("d.npz"))
    ran = run_cli("features", "--fasta", planted.fasta, "--depths", "d.npz", *OUT, "--resume")
    assert_refused(ran, 1, sentence("d.npz", "'' cannot name a sample", "make it anew with another --sample"))


def test_depths_with_another_identity_are_refused(copied, planted):
    done("depth", planted.bams / "S1.bam", *OUT, "--output", "d.npz", "--min-identity", "0.5")
    ran = run_cli("features", "--fasta", planted.fasta, "--depths", "d.npz", *OUT, "--resume")
    assert_refused(
        ran, 1, sentence("d.npz", "was made with --min-identity 0.5, not 0.0", "make it anew, or give the same")
    )


def test_bams_and_tables_are_joined_in_that_order(community, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = ("--outdir", "out", "-q", *FEATURES)
    done("features", "--fasta", community.fasta, "--bams", community.bams, *out)
    whole = read_arrays("out/abundance.npz", ["depth", "samples"])
    contigs = Composition.read("out/composition.npz").contigs
    rows = zip(contigs.names, whole["depth"][:, 1].tolist(), strict=True)
    (tmp_path / "S2.tsv").write_text("".join(f"{name}\t{depth!r}\n" for name, depth in rows))
    given = ("--bams", community.bams / "S1.bam", "--depths", "S2.tsv")
    done("features", "--fasta", community.fasta, *given, *out, "--force")
    joined = read_arrays("out/abundance.npz", ["depth", "samples"])
    np.testing.assert_equal(joined, whole)
    done("bin", "--fasta", community.fasta, *given, "--outdir", "out", *FAST, "--resume")


def test_samples_of_one_name_are_refused(community, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "S1.tsv").write_text("S1C1\t1\n")
    given = ("--bams", community.bams / "S1.bam", "--depths", "S1.tsv")
    ran = run_cli("features", "--fasta", community.fasta, *given, *OUT, *FEATURES)
    assert_refused(ran, 1, r"\AS1\.tsv: two samples would be named 'S1', the other is \S*S1\.bam; rename one of them\Z")
    assert not (tmp_path / "out").exists()


def test_a_table_named_after_no_sample_is_refused(community, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".tsv").write_text("S1C1\t1\n")
    ran = run_cli("features", "--fasta", community.fasta, "--depths", ".tsv", *OUT, *FEATURES)
    assert_refused(ran, 1, r"\A'\.tsv': '' cannot name a sample; rename the column, or the file\Z")


@pytest.mark.parametrize("command", ["bin", "features"])
def test_without_reads_there_is_nothing_to_do(community, tmp_path, command):
    ran = run_cli(command, "--fasta", community.fasta, "--outdir", tmp_path / "out", "-q")
    assert_refused(ran, 2, r"\Areads are needed: give --bams, or --depths, or both\Z")
    assert not (tmp_path / "out").exists()


def test_depths_kept_by_a_run_and_those_of_vambx_depth_are_one_thing(community, binned, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(binned, tmp_path / "out")
    done("depth", community.bams / "S1.bam", *OUT, "--output", "d.npz")
    contigs = Composition.read("out/composition.npz").contigs
    depth = SampleDepths.read("d.npz", contigs).depth
    np.testing.assert_array_equal(depth, read_arrays("out/abundance.npz", ["depth"])["depth"][:, 0])


NEEDED = {
    "cluster": ("composition.npz", "latent.npz"),
    "choose": ("composition.npz", "abundance.npz", "latent.npz", "clusters.tsv", "markers.npz"),
    "bins": ("composition.npz", "abundance.npz", "latent.npz", "clusters.tsv", "markers.npz", "chosen.tsv"),
}
MADE = {"cluster": ["clusters.tsv"], "choose": ["chosen.tsv"], "bins": ["bins.tsv", "quality.tsv", "vambx_mqc.json"]}


@pytest.mark.parametrize("command", NEEDED)
def test_a_step_does_with_the_files_that_it_works_on_alone(chosen, planted, tmp_path, command):
    out = tmp_path / "out"
    out.mkdir()
    for name in NEEDED[command]:
        shutil.copy(chosen / name, out)
    more = ("--fasta", planted.fasta, "--min-bin-size", "100000") if command == "bins" else ()
    done(command, *more, "--outdir", out, "-q", "--resume")
    assert {name: (out / name).read_bytes() for name in MADE[command]} == {
        name: (chosen / name).read_bytes() for name in MADE[command]
    }


def test_of_a_run_whose_account_others_keep_the_page_says_what_its_files_tell(chosen, planted, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in NEEDED["bins"]:
        shutil.copy(chosen / name, out)
    done("bins", "--fasta", planted.fasta, "--min-bin-size", "100000", "--outdir", out, "-q", "--resume")
    done("report", out)
    found, whole = (json.loads((folder / "summary.json").read_text()) for folder in (out, chosen))
    assert found.pop("training") is None
    assert found.pop("settings").keys() == {"chosen", "bins"}
    assert found == {name: value for name, value in whole.items() if name in found}
    assert (out / "report.html").stat().st_size > 1_000_000


def test_parts_need_no_more_than_the_files_that_they_are_made_of(each_alone, planted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    for name in NEEDED["choose"]:
        shutil.copy(each_alone / name, tmp_path / "out")
    whole = shutil.copytree(each_alone, tmp_path / "whole")
    done("choose", *OUT, "--scope", "sample", *PART)
    done("choose", *OUT, "--scope", "sample", "--part", "2/2", "--output", "part2")
    done("choose", "--outdir", whole, "-q", "--scope", "sample", "--parts", "part", "part2", "--force")
    assert (whole / "chosen.tsv").read_bytes() == (each_alone / "chosen.tsv").read_bytes()


def test_contigs_of_which_only_some_tell_their_sample_are_refused_before_any_other_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.fa").write_text(">S1C1\n" + "ACGT" * 600 + "\n>other\n" + "AACT" * 600 + "\n")
    ran = run_cli("composition", "--fasta", "c.fa", *OUT)
    assert_refused(ran, 1, sentence("c.fa", "1 of 2 contig names look like S1C12", "--separator"))
    done("composition", "--fasta", "c.fa", *OUT, "--separator", "")


def test_clusters_of_each_sample_depend_on_how_names_are_split(each_alone, tmp_path):
    out = shutil.copytree(each_alone, tmp_path / "out")
    before = (out / "clusters.tsv").read_bytes()
    done("cluster", "--outdir", out, "--scope", "sample", "--resume", "-q")
    assert (out / "clusters.tsv").read_bytes() == before
    done("cluster", "--outdir", out, "--scope", "sample", "--separator", "", "--resume", "-q")
    assert (out / "clusters.tsv").read_bytes() != before


def test_each_sample_alone_reads_the_latent_once(planted, each_alone, tmp_path, monkeypatch):
    from vambx.features import latent

    read = []
    monkeypatch.setattr(latent, "read_arrays", lambda path, *args: read.append(path) or read_arrays(path, *args))
    out = shutil.copytree(each_alone, tmp_path / "out")
    for command in ("cluster", "choose"):
        done(command, "--outdir", out, "--scope", "sample", "--force", "-q")
        assert read == [out / "latent.npz"]
        read.clear()
