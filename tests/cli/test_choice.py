"""What is chosen of each sample, with markers and without, or as clustered."""

import json
import shutil

import pytest
from communities import ALL, ENCODE, PLANTED, THREADS, WITH_MARKERS, assert_whole, done, run_cli, tree
from communities import inputs as files_of

from vambx.bins.clusters_table import ClusteredContig
from vambx.demo import Truth
from vambx.features.composition import Composition
from vambx.io.tables import read_rows
from vambx.layout import Layout

BINS = ("--min-bin-size", "100000", "-q")


@pytest.fixture
def copied(chosen, tmp_path):
    """A copy of a whole run with markers."""
    return shutil.copytree(chosen, tmp_path / "out")


def rows(out, name):
    return list(read_rows(out / name, ClusteredContig))


def kinds(out):
    return {row.kind for row in rows(out, "chosen.tsv")}


def members(table):
    """Contigs of each cluster."""
    found = {}
    for row in table:
        found.setdefault(row.cluster, set()).add(row.contig)
    return found


def sample_of(contig):
    return contig.partition("C")[0]


def test_with_markers_each_group_is_of_one_sample_and_has_its_medoid(chosen):
    assert assert_whole(chosen) == ALL
    assert {path.name for path in chosen.iterdir()} == ALL | WITH_MARKERS | {"run.json", "vambx.log"}
    table = rows(chosen, "chosen.tsv")
    assert kinds(chosen) <= {"markers", "stable"}
    assert "markers" in kinds(chosen)
    for number, contigs in members(table).items():
        assert len({sample_of(contig) for contig in contigs}) == 1
        known = {(row.medoid, row.radius, row.kind) for row in table if row.cluster == number}
        assert len(known) == 1
        assert known.pop()[0] in contigs
    assert sorted(members(table)) == list(range(1, len(members(table)) + 1))


def test_short_contigs_join_a_bin_of_their_genome_and_sample(planted, chosen):
    genome = {row.contig: row.genome for row in read_rows(planted.truth, Truth)}
    composition = Composition.read(Layout(chosen).composition)
    short = set(composition.contigs.names) - set(composition.contigs.take(composition.long).names)
    joined = [row for row in rows(chosen, "chosen.tsv") if row.contig in short]
    assert len(joined) >= 3
    assert all(sample_of(row.contig) == sample_of(row.medoid) for row in joined)
    assert sum(genome[row.contig] == genome[row.medoid] for row in joined) > 0.8 * len(joined)
    assert not {row.medoid for row in joined} & short


def test_without_markers_the_stable_are_chosen(planted, copied):
    done("bin", *files_of(planted), "--outdir", copied, *PLANTED, "--no-markers", "--resume")
    assert kinds(copied) == {"stable"}
    assert not WITH_MARKERS & {path.name for path in copied.iterdir()}


def test_as_clustered_bins_are_the_clusters_split_by_sample(planted, copied):
    done("bins", "--fasta", planted.fasta, "--outdir", copied, *BINS, "--choice", "clusters", "--force")
    clusters, table = rows(copied, "clusters.tsv"), rows(copied, "chosen.tsv")
    assert table[: len(clusters)] == clusters
    assert {row.cluster for row in table} == {row.cluster for row in clusters}
    lengths = dict(line.split("\t")[::3] for line in planted.truth.read_text().splitlines()[1:])
    assert all(500 <= int(lengths[row.contig]) < 2000 for row in table[len(clusters) :])
    groups = {(sample_of(row.contig), row.cluster): set() for row in table}
    for row in table:
        groups[sample_of(row.contig), row.cluster].add(row.contig)
    large = [group for group in groups.values() if sum(int(lengths[contig]) for contig in group) >= 100_000]
    bins = {}
    for contig, name in (line.split("\t") for line in (copied / "contig2bin.tsv").read_text().splitlines()):
        bins.setdefault(name, set()).add(contig)
    assert sorted(map(sorted, large)) == sorted(map(sorted, bins.values()))


@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_the_steps_give_the_bytes_of_bin_on_any_number_of_threads(planted, chosen, tmp_path, threads):
    out, many = ("--outdir", tmp_path / "out", "-q"), ("--threads", threads)
    done("features", *files_of(planted), *out, *many)
    done("markers", "--fasta", planted.fasta, "--hmms", planted.root / "m.hmm", *out, *many)
    done("encode", *ENCODE, *THREADS, *out)
    done("cluster", *out, *many)
    done("bins", "--fasta", planted.fasta, *BINS, *out[:2], *many)
    assert tree(tmp_path / "out") == tree(chosen)
    steps = [json.loads((folder / "run.json").read_text())["steps"] for folder in (chosen, tmp_path / "out")]
    assert {name: step["key"] for name, step in steps[0].items()} == {
        name: step["key"] for name, step in steps[1].items()
    }


def test_resume_keeps_what_was_chosen_and_another_choice_is_made_anew(planted, copied, chosen):
    before = (copied / "chosen.tsv").stat().st_mtime_ns
    again = ("bins", "--fasta", planted.fasta, "--outdir", copied, *BINS, "--resume")
    done(*again)
    assert (copied / "chosen.tsv").stat().st_mtime_ns == before
    done(*again, "--choice", "clusters")
    assert not {"markers", "stable"} & kinds(copied)
    done(*again)
    assert tree(copied) == tree(chosen)


def test_a_choice_that_is_none_is_wrong_usage(planted, copied):
    ran = run_cli("bins", "--fasta", planted.fasta, "--outdir", copied, "--choice", "best", "--force")
    assert ran.code == 2
    assert "argument --choice: invalid choice: 'best'" in ran.err
