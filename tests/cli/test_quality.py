"""vambx quality: any binner's bins, as folder or table."""

import gzip

import numpy as np
import pytest
from builders import sentence, write_fasta
from communities import assert_refused, done, run_cli
from genes import contig, proteins, write_hmms

import vambx
from vambx import quality
from vambx.cli import quality_command

FAMILY = proteins(4)
CONTENT = {"whole": ["123", "4"], "half": ["12"], "two": ["1234", "134", ""], "none": [""]}
HEADER = "Name\tCompleteness\tContamination\tGenome_Size\tGC_Content\tContig_N50"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """bins/, contigs.fa, bins.tsv and m.hmm; names of contigs repeat from bin to bin in the folder."""
    root, rng = tmp_path_factory.mktemp("quality"), np.random.default_rng(11)
    (root / "bins").mkdir()
    pooled, pairs = {}, []
    for name, contents in CONTENT.items():
        contigs = {f"k{i}": contig(rng, [FAMILY[f"M{n}"] for n in has]) for i, has in enumerate(contents)}
        write_fasta(root / "bins" / f"{name}.fa.gz", contigs)
        pooled |= {f"{name}_{contig}": bases for contig, bases in contigs.items()}
        pairs += [f"{name}_{contig}\t{name}" for contig in contigs]
    write_fasta(root / "contigs.fa", pooled | {"unbinned": "ACGT" * 999})
    (root / "bins.tsv").write_text("\n".join(pairs) + "\n")
    write_hmms(root / "m.hmm", FAMILY)
    return root


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    for path in made.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judge(*args, out="q.tsv", threads=1):
    return run_cli("quality", *args, "--out", out, "--hmms", "m.hmm", "--threads", threads)


def test_cutoffs_that_cannot_be_read_are_named(here):
    remedy = "write a name and a number of bits a line"
    assert_refused(judge("bins", "--cutoffs", "no.txt"), 1, sentence("no.txt", "cannot be read (No such file", remedy))


def test_a_folder_is_judged(here, made):
    ran = judge("bins")
    assert (ran.code, ran.err) == (0, "")
    header, *lines = (here / "q.tsv").read_text().splitlines()
    assert header == HEADER
    found = {line.split("\t")[0]: line.split("\t")[1:] for line in lines}
    assert list(found) == sorted(CONTENT)
    assert {name: float(row[1]) for name, row in found.items()} == {"whole": 0, "half": 0, "none": 0, "two": 75}
    assert {name for name, row in found.items() if row[0] == "100.00"} == {"whole", "two"}
    assert found["none"][0] == "0.00"
    assert 0 < float(found["half"][0]) < 100
    for name, (_, _, size, gc, n50) in found.items():
        contigs = gzip.decompress((made / "bins" / f"{name}.fa.gz").read_bytes()).decode().split()[1::2]
        bases = "".join(contigs)
        assert int(size) == len(bases)
        assert float(gc) == pytest.approx((bases.count("G") + bases.count("C")) / len(bases), abs=1e-4)
        assert int(n50) == max(map(len, contigs))


def test_the_summary_counts_the_good_ones(here):
    assert judge("bins").out.splitlines() == [
        "vambx quality is done",
        "  bins          4",
        "  near-complete 1 (completeness over 90%, contamination under 5%)",
        "  medium        0 more (at least 50%, under 10%)",
        "  table         q.tsv",
    ]


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_table_tells_the_same_in_either_order_on_any_number_of_threads(here, swapped, threads):
    judge("bins")
    pairs = [line.split("\t") for line in (here / "bins.tsv").read_text().splitlines()]
    (here / "t.tsv").write_text("".join("\t".join(pair[::-1] if swapped else pair) + "\n" for pair in pairs))
    assert judge("t.tsv", "--fasta", "contigs.fa", out="t.out", threads=threads).code == 0
    assert sorted((here / "t.out").read_text().splitlines()) == sorted((here / "q.tsv").read_text().splitlines())


def test_quiet_is_quiet(here):
    assert judge("bins", "-q") == (0, "", "")


def test_a_table_that_is_there_is_written_over_only_when_asked(here):
    (here / "q.tsv").write_text("mine")
    assert_refused(judge("bins"), 1, sentence("q.tsv", "is there already", "--force"))
    assert (here / "q.tsv").read_text() == "mine"
    assert judge("bins", "--force").code == 0
    assert (here / "q.tsv").read_text().startswith(HEADER)


@pytest.mark.parametrize(
    ("args", "code", "path", "problem", "remedy"),
    [
        (("none",), 1, "none", "does not exist", "give a folder of bins, or a table"),
        (("bins.tsv",), 2, "bins.tsv", "their contigs are needed", "--fasta"),
        (("bins.tsv", "--fasta", "none.fa"), 1, "none.fa", "does not exist", "give the file"),
        (("bins.tsv", "--fasta", "bins/half.fa.gz"), 1, "bins.tsv", "are not in bins/half.fa.gz", "give the FASTA"),
        (("m.hmm", "--fasta", "contigs.fa"), 1, "m.hmm", "line 1 is not contig and bin", "two columns"),
    ],
)
def test_bins_that_cannot_be_judged_are_refused_and_nothing_is_written(here, args, code, path, problem, remedy):
    assert_refused(judge(*args), code, sentence(path, problem, remedy))
    assert not (here / "q.tsv").exists()


def test_threads_below_one_are_refused(here):
    assert_refused(judge("bins", threads=0), 2, r"\A--threads must be at least 1, not 0\Z")


def test_a_table_that_cannot_be_written_is_told_before_any_work(here, monkeypatch):
    monkeypatch.setattr(quality, "estimate_quality", None)
    assert_refused(judge("bins", out="no/q.tsv"), 1, sentence("no/q.tsv", "there is no folder no", "make it, or"))


def test_ctrl_c_leaves_nothing(here, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(quality, "estimate_quality", interrupted)
    assert quality_command
    assert_refused(judge("bins"), 130, r"\Ainterrupted; the same command begins anew\Z")
    assert not (here / "q.tsv").exists()


def test_the_python_api_tells_the_same_and_how_far_it_is(here):
    told = []

    class Watched:
        def task(self, title, total, unit):
            told.append((title, total, unit))
            return self

        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda self, *args: None  # noqa: E731

        def advance_to(self, done, note=""):
            told.append(done)

    done("quality", "bins", "--out", "q.tsv", "--hmms", "m.hmm", "-q")
    qualities = vambx.estimate_quality("bins", markers=vambx.read_marker_set("m.hmm"), progress=Watched())
    lines = [line.split("\t") for line in (here / "q.tsv").read_text().splitlines()[1:]]
    assert [[q.name, f"{q.completeness:.2f}", f"{q.contamination:.2f}"] for q in qualities] == [
        row[:3] for row in lines
    ]
    assert [q.name for q in qualities if q.near_complete] == ["whole"]
    (title, total, unit), *steps = told
    assert (title, unit, total) == (
        "Finding marker genes",
        "bytes",
        sum(f.stat().st_size for f in (here / "bins").iterdir()),
    )
    assert steps == sorted(steps)
    assert steps[-1] == total
