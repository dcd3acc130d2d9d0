import pytest
from communities import run_cli, tree

from vambx.demo import Community, Files, Truth, count_recovered, truth_samples, write_community
from vambx.io.tables import read_rows, write_rows

TINY = Community(n_genomes=2, n_samples=2, genome_length=20_000, contig_length=4000, depth=3)


def made(folder, community):
    folder.mkdir()
    write_community(folder, community)
    return tree(folder)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    first = made(tmp_path / "1", TINY)
    assert first.keys() == {"contigs.fna", "truth.tsv", "bams/S1.bam", "bams/S2.bam"}
    assert made(tmp_path / "2", TINY) == first
    other = made(tmp_path / "3", Community(**{**vars(TINY), "seed": 2}))
    assert all(other[name] != first[name] for name in first)


def test_the_truth_is_of_the_contigs(tmp_path):
    files = write_community(tmp_path, TINY)
    truth = list(read_rows(files.truth, Truth))
    names, sequences = files.fasta.read_text().split()[0::2], files.fasta.read_text().split()[1::2]
    assert [f">{row.contig}" for row in truth] == names
    assert [row.length for row in truth] == [len(sequence) for sequence in sequences]
    assert all(row.contig.startswith(f"{row.sample}C") for row in truth)
    assert {row.genome for row in truth} == {"genome1", "genome2"}


# Genome a has 1000 bp in S1 and 400 in S2; b has 1000 in S1.
TRUTH = [
    Truth("a1", "a", "S1", 900),
    Truth("a2", "a", "S1", 100),
    Truth("a3", "a", "S2", 400),
    Truth("b1", "b", "S1", 950),
    Truth("b2", "b", "S1", 50),
]


@pytest.mark.parametrize(
    ("bins", "recovered"),
    [
        ({}, 0),
        ({"x": "a1 a2", "y": "b1 b2"}, 2),
        ({"x": "a1"}, 1),  # recall 0.9
        ({"x": "b1"}, 1),
        ({"x": "a2", "y": "a1"}, 1),
        ({"x": "a2"}, 0),
        ({"x": "a3"}, 1),  # in another sample
        ({"x": "a1 a2 a3"}, 0),  # two samples in one bin: 1000 of 1400 are of the target
        ({"x": "a1 a2", "y": "a3"}, 1),  # a genome counts once
        ({"x": "b1 b2 a2"}, 0),  # precision 1000 / 1100
        ({"x": "b1 a1"}, 0),
        ({"x": "a1 b2"}, 0),  # precision 900 / 950 is just below 0.95
        ({"x": "a1 a2 b2"}, 1),  # 1000 / 1050 is just above
    ],
)
def test_genomes_are_counted_that_came_back_whole_and_pure(tmp_path, bins, recovered):
    files = Files(tmp_path)
    write_rows(files.truth, Truth, TRUTH)
    lines = [f"{contig}\t{name}\n" for name, contigs in bins.items() for contig in contigs.split()]
    (tmp_path / "contig2bin.tsv").write_text("".join(lines))
    assert count_recovered(files, tmp_path / "contig2bin.tsv") == (recovered, 2)


def test_a_genome_is_counted_once_a_sample():
    assert [(row.genome, row.sample) for row in truth_samples(TRUTH)] == [("a", "S1"), ("a", "S2"), ("b", "S1")]


def test_the_demo_brings_all_its_genomes_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run_cli("demo", "--threads", "2", COLUMNS="80")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("vambx bin --fasta vambx_demo/contigs.fna --bams vambx_demo/bams --outdir ")
    assert lines[-1] == "8 of 8 genomes came back near-complete"
    assert (tmp_path / "vambx_demo" / "results" / "bins.tsv").exists()
