"""Marker genes through the command line: found once, kept, left out, and what they tell of the bins."""

import csv
import json
import shutil

import numpy as np
import pytest
from builders import even_reads, sentence, write_bam, write_fasta
from communities import REPORTS, assert_refused, assert_whole, done, run_cli, tree
from genes import contig, proteins, write_hmms

from vambx.features.composition import Composition
from vambx.layout import Layout
from vambx.markers import Markers, sets

FAMILY = proteins(4)
CONTENT = {"S1C1": "1234", "S1C2": "12", "S2C3": "", "S2C4": "1134", "S2C5": "3"}  # which markers each contig has
BIN = ("bin", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out", "-q", "--min-bin-size", "0", "--no-report")
HMMS = ("--hmms", "m.hmm")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with contigs that carry marker genes, their reads, and the profiles."""
    root, rng = tmp_path_factory.mktemp("marked"), np.random.default_rng(7)
    contigs = {name: contig(rng, [FAMILY[f"M{n}"] for n in has], spacer=2500) for name, has in CONTENT.items()}
    write_fasta(root / "contigs.fa", contigs)
    (root / "bams").mkdir()
    lengths = {name: len(bases) for name, bases in contigs.items()}
    write_bam(root / "bams" / "s.bam", lengths, even_reads(lengths, 5, rng=rng))
    write_hmms(root / "m.hmm", FAMILY)
    return root


@pytest.fixture(scope="module")
def marked(made):
    """The output folder of a run with markers; not to be changed."""
    out = made / "out"
    paths = ("--fasta", made / "contigs.fa", "--bams", made / "bams", "--outdir", out, "--hmms", made / "m.hmm")
    done("bin", *paths, "-q", "--min-bin-size", "0", "--no-report")
    return out


@pytest.fixture
def here(made, marked, tmp_path, monkeypatch):
    """A copy of that folder, with the run in it, to work in."""
    shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def rows(path):
    with open(path, newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def step_keys(out):
    return {name: step["key"] for name, step in json.loads((out / "run.json").read_text())["steps"].items()}


def test_the_markers_of_each_contig_are_found(marked):
    contigs = Composition.read(Layout(marked).composition).contigs
    found = Markers.read(Layout(marked).markers, contigs)
    want = [[has.count(name[1:]) for name in FAMILY] for has in CONTENT.values()]
    assert contigs.names == tuple(CONTENT)
    assert found.names == tuple(FAMILY)
    assert found.counts.tolist() == want
    assert assert_whole(marked) >= {"bins.tsv"}
    assert {"markers.npz", "quality.tsv"} < {path.name for path in marked.iterdir()}


def test_bins_are_judged_by_their_markers_in_both_tables(marked):
    bins, table = rows(marked / "bins.tsv"), rows(marked / "quality.tsv")
    assert list(table[0]) == ["Name", "Completeness", "Contamination", "Genome_Size", "GC_Content", "Contig_N50"]
    pairs = (("bin", "Name"), ("completeness", "Completeness"), ("contamination", "Contamination"))
    pairs += (("bp", "Genome_Size"), ("GC", "GC_Content"), ("N50", "Contig_N50"))
    assert [[row[mine] for mine, _ in pairs] for row in bins] == [[row[theirs] for _, theirs in pairs] for row in table]
    # Each contig's markers share its vote; a marker's weight is the mean over its contigs.
    votes = {"1": (1 / 4 + 1 / 2 + 1 / 3) / 3, "2": (1 / 4 + 1 / 2) / 2, "3": (1 / 4 + 1 / 3 + 1) / 3, "4": 7 / 24}
    contig_of = {name: contig for contig, name in map(str.split, (marked / "contig2bin.tsv").read_text().splitlines())}
    for row in table:
        has = CONTENT[contig_of[row["Name"]]]
        complete = 100 * sum(votes[n] for n in set(has)) / sum(votes.values())
        assert float(row["Completeness"]) == pytest.approx(complete, abs=0.006)
        assert float(row["Contamination"]) == 100 * (len(has) - len(set(has))) / 4


def test_the_account_knows_the_set_by_content_and_the_programs(marked):
    account = json.loads((marked / "run.json").read_text())
    assert list(account["steps"]) == ["composition", "abundance", "markers", "latent", "clusters", "chosen", "bins"]
    assert account["steps"]["markers"]["settings"].keys() == {"n_markers", "sha256"}
    assert account["libraries"].keys() > {"pyrodigal", "pyhmmer", "fetchmgs"}


@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_the_steps_give_the_bytes_of_bin_on_any_number_of_threads(here, threads):
    out = ("--outdir", "steps", "-q", "--threads", threads)
    done("features", "--fasta", "contigs.fa", "--bams", "bams", *out)
    done("markers", "--fasta", "contigs.fa", *HMMS, *out)
    for command in (("encode",), ("cluster",), ("bins", "--fasta", "contigs.fa", "--min-bin-size", "0")):
        done(*command, *out)
    assert tree(here / "steps") == tree(here / "out")
    assert step_keys(here / "steps") == step_keys(here / "out")


def test_the_summary_says_how_many_are_near_complete(here):
    ran = done(*(word for word in BIN if word != "-q"), *HMMS, "--force")
    assert "  bins          5; 1 near-complete by their marker genes\n" in ran.out
    ran = done(*(word for word in BIN if word != "-q"), "--no-markers", "--force")
    assert "  bins          5\n" in ran.out


def stamps(out):
    return {path.name: path.stat().st_mtime_ns for path in out.iterdir() if path.name not in ("run.json", "vambx.log")}


def test_resume_keeps_markers_of_the_same_profiles_wherever_they_lie(here):
    before = stamps(here / "out")
    (here / "m.hmm").rename(here / "n.hmm")
    done(*BIN, "--hmms", "n.hmm", "--resume")
    assert stamps(here / "out") == before


def test_resume_with_other_cutoffs_makes_markers_and_bins_anew_and_keeps_the_rest(here):
    before = stamps(here / "out")
    (here / "bits.tsv").write_text("M1 9000\nM2 100\nM3 100\nM4 100\n")
    done(*BIN, *HMMS, "--cutoffs", "bits.tsv", "--resume")
    after = stamps(here / "out")
    made = {"markers.npz", "chosen.tsv", "bins", "bins.tsv", "quality.tsv"}
    made |= {"contig2bin.tsv", "binning.cami.tsv", "unbinned.tsv", *REPORTS}
    assert {name for name in after if after[name] != before[name]} == made
    done(*(word if word != "out" else "fresh" for word in BIN), *HMMS, "--cutoffs", "bits.tsv")
    assert tree(here / "out") == tree(here / "fresh")


@pytest.mark.parametrize("again", ["--resume", "--force"])
def test_going_without_takes_away_what_markers_told(here, again):
    done(*BIN, "--no-markers", again)
    done(*(word if word != "out" else "fresh" for word in BIN), "--no-markers")
    assert tree(here / "out") == tree(here / "fresh")
    assert not {"markers.npz", "quality.tsv"} & {path.name for path in (here / "out").iterdir()}
    assert step_keys(here / "out") == step_keys(here / "fresh")


def test_a_file_of_settings_can_go_without(here):
    (here / "s.toml").write_text("[markers]\nskip = true\n")
    done(*BIN, "--config", "s.toml", "--force")
    assert "markers" not in step_keys(here / "out")


def test_markers_that_no_step_of_this_run_found_are_not_used(here):
    done(*(word if word != "out" else "fresh" for word in BIN), "--no-markers")
    shutil.copy(here / "out" / "markers.npz", here / "fresh")
    done("bins", "--fasta", "contigs.fa", "--min-bin-size", "0", "--outdir", "fresh", "-q", "--force")
    assert not (here / "fresh" / "quality.tsv").exists()


@pytest.mark.parametrize("content", [b"", b"hello", None])
def test_broken_markers_are_refused_by_name(here, content):
    path = here / "out" / "markers.npz"
    path.unlink() if content is None else path.write_bytes(content)
    ran = run_cli("bins", "--fasta", "contigs.fa", "--outdir", "out", "--force", "-q")
    assert_refused(ran, 1, r"\Aout/markers\.npz: .*(make it anew|run the step)")


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("names", lambda old: old | 0x80, "its names are no text"),
        ("contig", lambda old: old + 10**6, "the hits do not fit its contigs and markers"),
        ("score", lambda old: old[:-1], "the hits do not fit its contigs and markers"),
        ("score", lambda old: old.astype(np.float64), "its arrays do not fit each other"),
    ],
)
def test_markers_that_do_not_fit_are_refused(here, name, change, problem):
    path = here / "out" / "markers.npz"
    with np.load(path) as old:
        new = {**old, name: change(old[name])}
    np.savez(path, **new)
    ran = run_cli("bins", "--fasta", "contigs.fa", "--outdir", "out", "--force", "-q")
    assert_refused(ran, 1, sentence("out/markers.npz", problem, "make it anew"))


def test_markers_come_after_features(here):
    ran = run_cli("markers", "--fasta", "contigs.fa", "--outdir", "new", "-q")
    assert_refused(ran, 1, sentence("new", "holds no run of vambx", "begin with: vambx features --outdir new"))


def test_markers_found_before_are_not_found_again_unasked(here):
    ran = run_cli("markers", "--fasta", "contigs.fa", "--outdir", "out", "-q", *HMMS)
    assert_refused(ran, 1, sentence("out/markers.npz", "is there already", "--resume"))


def test_profiles_that_cannot_be_used_are_refused_before_any_work(here):
    (here / "bad.hmm").write_text("hello")
    ran = run_cli(*(word if word != "out" else "new" for word in BIN), "--hmms", "bad.hmm")
    assert_refused(ran, 1, sentence("bad.hmm", "'hello' is not how a profile of HMMER3 begins", "hmmbuild"))
    assert not (here / "new").exists()


@pytest.fixture
def not_installed(monkeypatch):
    real = sets.find_spec
    monkeypatch.setattr(sets, "find_spec", lambda name: None if name == "pyhmmer" else real(name))


def test_without_the_extra_bin_warns_and_goes_on(here, not_installed):
    ran = done(*(word for word in BIN if word != "-q"), "--force")
    (line,) = (line for line in ran.err.splitlines() if line.startswith("warning: Going on without marker genes"))
    assert line.endswith("marker genes need pyhmmer; install it: pip install 'vambx[markers]'")
    assert "markers" not in step_keys(here / "out")


@pytest.mark.parametrize("command", [(*BIN, *HMMS), ("markers", "--fasta", "contigs.fa", "--outdir", "out", "-q")])
def test_without_the_extra_markers_that_were_asked_for_are_an_error(here, not_installed, command):
    ran = run_cli(*command, "--force")
    assert_refused(ran, 1, r"\Amarker genes need pyhmmer; install it: pip install 'vambx\[markers\]'\Z")


@pytest.mark.parametrize("more", [(), HMMS])
def test_without_the_extra_a_run_that_goes_on_does_not_lose_its_markers(here, not_installed, more):
    before = tree(here / "out")
    ran = run_cli(*BIN, *more, "--resume")
    said = r"\Amarker genes need pyhmmer; install it: [^;]*; or give --no-markers, which takes away those that this run"
    assert_refused(ran, 1, said)
    assert tree(here / "out") == before
    assert "markers.npz" in before
    done(*BIN, "--no-markers", "--resume")
    assert not (here / "out" / "markers.npz").exists()


def test_without_profiles_of_ones_own_those_of_fetchmgs_are_searched(here):
    done(*BIN, "--force")
    assert json.loads((here / "out" / "run.json").read_text())["steps"]["markers"]["settings"]["n_markers"] == 41
    assert {row["Completeness"] for row in rows(here / "out" / "quality.tsv")} == {"0.00"}
