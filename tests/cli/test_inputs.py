"""The inputs that people have give the depths of the BAM files that they were made of, byte by byte."""

from pathlib import Path

import numpy as np
import pysam
import pytest
from builders import sentence
from communities import FEATURES, assert_refused, done, run_cli

from vambx.features.composition import Composition
from vambx.features.depths import SampleDepths
from vambx.io.npz import read_arrays

OUT = ("--outdir", "out", "-q", *FEATURES)
QUIET = {"catch_stdout": False}


@pytest.fixture(scope="module")
def whole(community, tmp_path_factory):
    """Folder with the features that come of the BAMs."""
    outdir = tmp_path_factory.mktemp("whole") / "out"
    done("features", "--fasta", community.fasta, "--bams", community.bams, "--outdir", outdir, "-q", *FEATURES)
    return outdir


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_same(whole, community, *given):
    """These inputs give the same, and leave nothing else."""
    done("features", "--fasta", community.fasta, *given, *OUT)
    assert Path("out/abundance.npz").read_bytes() == (whole / "abundance.npz").read_bytes()
    assert {path.name for path in Path("out").iterdir()} == {path.name for path in whole.iterdir()}


def crams(community, kind):
    """The BAMs as CRAM, sorted as the options of samtools sort say."""
    plain = Path("plain.fa")
    plain.write_text("".join(f">{name}\n{bases}\n" for name, bases in sequences(community.fasta)))
    for bam in community.bams.glob("*.bam"):
        pysam.sort(*kind, "-O", "cram", "--reference", str(plain), "-o", f"{bam.stem}.cram", str(bam), **QUIET)
    plain.unlink()
    Path("plain.fa.fai").unlink()


def sequences(fasta):
    with pysam.FastxFile(str(fasta)) as records:
        yield from ((record.name, record.sequence) for record in records)


@pytest.mark.parametrize(("kind", "options"), [((), ()), (("-n",), ("--sort",))])
def test_cram_files_give_the_same(whole, community, here, kind, options):
    crams(community, kind)
    assert_same(whole, community, "--bams", ".", *options)


def test_files_sorted_by_name_are_sorted(whole, community, here):
    for bam in community.bams.glob("*.bam"):
        pysam.sort("-n", "-o", bam.name, str(bam), **QUIET)
    Path("bams.txt").write_text("S1.bam\n")
    assert_same(whole, community, "--bams", "bams.txt", "S2.bam", "--sort")


def test_depths_of_one_sample_may_be_read_of_any_of_them(whole, community, here):
    crams(community, ("-n",))
    common = ("--outdir", whole, "-q", "--sort")
    done("depth", "S1.cram", *common, "--reference", community.fasta, "--output", "d.npz")
    contigs = Composition.read(whole / "composition.npz").contigs
    found = SampleDepths.read("d.npz", contigs)
    assert found.sample == "S1"
    np.testing.assert_array_equal(found.depth, read_arrays(whole / "abundance.npz", ["depth"])["depth"][:, 0])
    Path("one.list").write_text("S1.cram\tgut\n")
    done("depth", "one.list", *common, "--reference", community.fasta, "--output", "d.npz")
    assert SampleDepths.read("d.npz", contigs).sample == "gut"
    ran = run_cli("depth", "S1.cram", *common, "--output", "e.npz")
    assert_refused(ran, 1, sentence("S1.cram", "are not in the CRAM file", "give --reference"))
    assert {path.name for path in here.iterdir()} == {"S1.cram", "S2.cram", "d.npz", "one.list"}


def test_depths_are_computed_of_one_file_at_a_time(whole, community):
    ran = run_cli("depth", community.bams, "--outdir", whole, "-q", "--output", "d.npz")
    assert_refused(ran, 2, r"\A\S+: is 2 BAM files; give one, depths are computed a sample at a time\Z")


@pytest.mark.parametrize("command", ["features", "depth"])
def test_a_reference_that_is_not_there_is_told(community, whole, here, command):
    given = ("--outdir", whole, "--output", "d.npz", community.bams / "S1.bam")
    if command == "features":
        given = ("--fasta", community.fasta, "--bams", community.bams, "--outdir", "out")
    ran = run_cli(command, *given, "-q", "--reference", "no.fa")
    assert_refused(ran, 1, sentence("no.fa", "the FASTA file does not exist", "give the file"))


def test_a_cram_of_another_assembly_is_told_before_it_is_read(community, here):
    crams(community, ())
    Path("other.fa").write_text("".join(f">{name}\n{bases[::-1]}\n" for name, bases in sequences(community.fasta)))
    ran = run_cli("features", "--fasta", "other.fa", "--bams", "S1.cram", *OUT)
    assert_refused(ran, 1, sentence("S1.cram", "sequences of the reference other.fa are not those that", "--reference"))
    assert {path.name for path in Path("out").iterdir()} == {"composition.npz", "run.json", "vambx.log"}


def test_names_in_a_list_name_the_samples(whole, community, here):
    lines = [f"{bam}\t{name}\n" for bam, name in zip(sorted(community.bams.glob("*.bam")), ("gut", "S1"), strict=True)]
    Path("bams.tsv").write_text("".join(lines))
    done("features", "--fasta", community.fasta, "--bams", "bams.tsv", *OUT)
    assert read_arrays("out/abundance.npz", ["samples"])["samples"].tobytes() == b"gut\nS1"


def test_samples_of_one_name_are_refused(community, here):
    Path("bams.txt").write_text(f"{community.bams / 'S1.bam'}\tS2\n")
    ran = run_cli("features", "--fasta", community.fasta, "--bams", "bams.txt", community.bams / "S2.bam", *OUT)
    assert_refused(
        ran, 1, r"\A\S+S2\.bam: two samples would be named 'S2', the other is \S+S1\.bam; rename one of them\Z"
    )


def write_tables(whole, folder):
    """The depths of the BAMs as every tool would tell them, in another order, with a contig more."""
    composition = Composition.read(whole / "composition.npz")
    depth = read_arrays(whole / "abundance.npz", ["depth"])["depth"]
    names, lengths = composition.contigs.names, composition.contigs.lengths
    rows = [(names[i], lengths[i], *map(repr, depth[i].tolist())) for i in range(len(names))][::-1]
    rows.insert(2, ("more", 300, "7.0", "nan"))
    write = {
        "jgi": (
            "contigName\tcontigLen\ttotalAvgDepth\tS1.bam\tS1.bam-var\tS2.bam\tS2.bam-var",
            "{}\t{}\t0\t{}\t1\t{}\t1",
        ),
        "coverm": ("Contig\tS1 Mean\tS1 TPM\tS2 Mean\tS2 TPM", "{0}\t{2}\t1\t{3}\t1"),
        "plain": ("contigname\tS1\tS2", "{0}\t{2}\t{3}"),
    }
    for name, (header, line) in write.items():
        (folder / f"{name}.tsv").write_text("\n".join([header, *(line.format(*row) for row in rows)]) + "\n")
    for column, sample in enumerate(("S1", "S2"), start=2):
        (folder / f"{sample}.tsv").write_text("".join(f"{row[0]}\t{row[column].replace('nan', '1')}\n" for row in rows))


@pytest.mark.parametrize("tables", [["jgi.tsv"], ["coverm.tsv"], ["plain.tsv"], ["S1.tsv", "S2.tsv"]])
def test_tables_give_the_same(whole, community, here, tables):
    write_tables(whole, here)
    assert_same(whole, community, "--depths", *tables)


def test_it_is_said_what_tables_were_taken_for(whole, community, here):
    write_tables(whole, here)
    ran = done("features", "--fasta", community.fasta, "--depths", "S1.tsv", "S2.tsv", *(o for o in OUT if o != "-q"))
    assert "2 tables, such as S1.tsv: contig and depth, as of strobealign --aemb; 2 samples: S1, S2\n" in ran.err
    ran = done("features", "--fasta", community.fasta, "--depths", "jgi.tsv", *(o for o in OUT if o != "-q"), "--force")
    assert "jgi.tsv: jgi_summarize_bam_contig_depths, or coverm contig -m metabat; 2 samples: S1, S2\n" in ran.err


def test_tables_and_bams_go_together(whole, community, here):
    composition = Composition.read(whole / "composition.npz").contigs.names
    Path("S2.tsv").write_text("contigname\tS2\tgut\n" + "".join(f"{name}\t1\t2\n" for name in composition))
    done("features", "--fasta", community.fasta, "--bams", community.bams / "S1.bam", "--depths", "S2.tsv", *OUT)
    found = read_arrays("out/abundance.npz", ["depth", "samples"])
    assert found["samples"].tobytes() == b"S1\nS2\ngut"
    np.testing.assert_array_equal(found["depth"][:, 0], read_arrays(whole / "abundance.npz", ["depth"])["depth"][:, 0])
    assert found["depth"][:, 1:].mean(axis=0).tolist() == [1, 2]


def test_a_sample_of_a_table_and_one_of_a_bam_have_names_of_their_own(whole, community, here):
    write_tables(whole, here)
    given = ("--bams", community.bams / "S1.bam", "--depths", "jgi.tsv")
    ran = run_cli("features", "--fasta", community.fasta, *given, *OUT)
    assert_refused(
        ran, 1, r"\Ajgi\.tsv: two samples would be named 'S1', the other is \S+S1\.bam; rename one of them\Z"
    )
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("given", "problem", "remedy"),
    [
        (["no.tsv"], "the file of depths does not exist", "give those of vambx depth, or tables"),
        (["s.tsv", "./s.tsv"], "the file of depths is given twice", "give every sample once"),
    ],
)
def test_files_of_depths_are_there_once(community, here, given, problem, remedy):
    Path("s.tsv").write_text("c0\t1\n")
    ran = run_cli("features", "--fasta", community.fasta, "--depths", *given, *OUT)
    assert_refused(ran, 1, sentence(Path(given[-1]), problem, remedy))
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("change", "problem", "remedy"),
    [
        (lambda text: text.replace("contigname", "contig", 1), "the first line (contig S1 S2) is", "give one of strob"),
        (lambda text: text.replace(".", ","), "which is no number", "write decimals with a point"),
        (lambda text: text[: len(text) // 2] + "\n", "", ""),
    ],
)
def test_a_table_that_does_not_fit_is_told(whole, community, here, change, problem, remedy):
    write_tables(whole, here)
    path = Path("plain.tsv")
    path.write_text(change(path.read_text()))
    ran = run_cli("features", "--fasta", community.fasta, "--depths", "plain.tsv", *OUT)
    assert_refused(ran, 1, sentence("plain.tsv", problem, remedy))
    assert not Path("out/abundance.npz").exists()
