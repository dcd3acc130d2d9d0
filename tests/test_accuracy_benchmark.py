import json
from dataclasses import replace
from pathlib import Path

import pysam
import pytest

from benchmarks.accuracy.__main__ import Bench, tool_of
from benchmarks.accuracy.binners import (
    Binned,
    SemiBin2,
    Vambx,
    sample_of,
    slug,
    split_by_sample,
    with_min_length,
    without_unbinned,
)
from benchmarks.accuracy.datasets import Dataset
from benchmarks.accuracy.depths import fill_sequences
from benchmarks.accuracy.report import in_order, render
from benchmarks.accuracy.results import Results, Run
from benchmarks.accuracy.score import Score, called_near_complete, judge, purities
from benchmarks.speed.measure import MeasuringError

PRINTED = """\
# 9 targets, 8 of >= 200 kb assembled, 7 with >= 90% of their genome assembled
# contigs of >= 1000 bp: NC_asm within reach 54, NC_ref within reach 28
# contigs of >= 2000 bp: NC_asm within reach 36, NC_ref within reach 27
bins\tn_bins\tNC_asm\tNC_ref\tHQ90_ref\tMQ50_ref\tNC_species_asm\tbinned_Mbp
a/path\t50\t22\t17\t18\t30\t21\t101.7
"""
REACH = {"1000": {"NC_asm": 54, "NC_ref": 28}, "2000": {"NC_asm": 36, "NC_ref": 27}}


def run_of(tool="vamb", seed=1, found=17, data="small", options=(), version="5", called=None, when="2026-01-01"):
    scores = {"NC_ref": found, "NC_asm": found + 5, "HQ90_ref": found + 1, "MQ50_ref": 30, "NC_species_asm": 20}
    return Run(data, tool, options, version, seed, 1, 9.0, scores, called, when)


def lines_with(table, *words):
    return [line for line in table.splitlines() if all(word in line for word in words)]


def test_what_the_score_prints_is_read():
    scored = Score.parse(PRINTED)
    assert scored.reach == REACH
    assert scored.figures["NC_ref"] == 17
    assert scored.figures["binned_Mbp"] == 101.7
    assert "bins" not in scored.figures


@pytest.mark.parametrize(
    ("contig", "sample"), [("S1C12", "S1"), ("S12C1", "S12"), ("gut:C7", "gut"), ("k141_5", ""), ("S1C", "")]
)
def test_a_contigs_sample_is_in_its_name(contig, sample):
    assert sample_of(contig) == sample


def test_metabats_bins_are_split_by_sample(tmp_path):
    (tmp_path / "members").write_text("S1C1\t7\nS2C1\t7\nS1C2\t0\n")
    split_by_sample(tmp_path / "members", tmp_path / "bins.tsv")
    assert (tmp_path / "bins.tsv").read_text() == "S1C1\tS1C7\nS2C1\tS2C7\n"


def test_semibins_table_loses_its_header_and_what_is_in_no_bin(tmp_path):
    (tmp_path / "members").write_text("contig\tbin\nS1C1\t7\nS1C2\t-1\nS1C3\t12\n")
    without_unbinned(tmp_path / "members", tmp_path / "bins.tsv")
    assert (tmp_path / "bins.tsv").read_text() == "S1C1\t7\nS1C3\t12\n"


def test_semibins_trained_model_is_for_one_sample(tmp_path):
    (tmp_path / "bams").mkdir()
    for name in ("S1", "S2"):
        (tmp_path / "bams" / f"{name}.bam").touch()
    with pytest.raises(MeasuringError, match="SemiBin2's trained model is for one sample, not 2"):
        SemiBin2(Path("SemiBin2"), 1).bin(Dataset("two", tmp_path), 1, [], tmp_path)


def test_peers_bin_contigs_of_2_kb_if_not_told_otherwise():
    assert with_min_length(["--noAdd"]) == ["-m", "2000", "--noAdd"]
    assert with_min_length(["-m", "1500"]) == ["-m", "1500"]


def test_reads_without_sequences_get_some(tmp_path):
    bare, filled = tmp_path / "bare.bam", tmp_path / "filled.bam"
    with pysam.AlignmentFile(str(bare), "wb", reference_names=["c"], reference_lengths=[1000]) as out:
        for name, sequence in (("none", None), ("some", "ACGTA")):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.cigarstring, read.query_sequence, read.reference_id = name, "2S3M", sequence, 0
            read.reference_start = 5
            out.write(read)
    fill_sequences(bare, filled)
    with pysam.AlignmentFile(str(filled)) as reads:
        assert [read.query_sequence for read in reads.fetch(until_eof=True)] == ["NNNNN", "ACGTA"]


@pytest.fixture
def truth(tmp_path):
    path = tmp_path / "truth.tsv"
    rows = [("c1", "a", "S1", 900), ("c2", "b", "S1", 100), ("c3", "a", "S2", 300), ("c4", "a", "S1", 100)]
    lines = ("\t".join(map(str, row)) for row in [("contig", "genome", "sample", "length"), *rows])
    path.write_text("\n".join(lines) + "\n")
    return path


def test_purity_is_of_one_genome_in_one_sample(tmp_path, truth):
    table = tmp_path / "bins.tsv"
    table.write_text("c1\tx\nc2\tx\nc3\ty\nc4\ty\nunknown\ty\nunknown2\tz\n")
    assert purities(table, truth) == {"x": pytest.approx(0.9), "y": pytest.approx(0.75)}
    assert judge(["x", "y", "z"], table, truth) == {"near_complete": 3, "impure": 2}


def test_bins_may_say_what_they_think_of_themselves(tmp_path):
    table = tmp_path / "bins.tsv"
    assert called_near_complete(table) is None
    table.write_text("bin\tbp\nx\t5\n")
    assert called_near_complete(table) is None
    table.write_text("bin\tcompleteness\tcontamination\nx\t\t\n")
    assert called_near_complete(table) is None
    table.write_text("Name\tCompleteness\tContamination\nx\t90.1\t4.9\ny\t90.0\t0\nz\t99\t5.0\nempty\t\t\n")
    assert called_near_complete(table) == ["x"]


def test_a_data_set_is_called_as_its_folder_or_as_told(tmp_path):
    folder = tmp_path / "small"
    (folder / "bams").mkdir(parents=True)
    for name in ("contigs.fna.gz", "truth.tsv"):
        (folder / name).touch()
    with pytest.raises(ValueError, match=r"genomes\.tsv: not there"):
        Dataset.of(str(folder))
    (folder / "genomes.tsv").touch()
    assert Dataset.of(str(folder)).name == "small"
    assert Dataset.of(f"small100={folder}") == Dataset("small100", folder.resolve())


def test_a_tool_is_given_with_its_options():
    assert tool_of("metabat2 -m 1500") == ("metabat2", ("-m", "1500"))
    assert tool_of("vambx-no-markers --epochs 3") == ("vambx", ("--no-markers", "--epochs", "3"))


def test_each_run_is_kept_at_once_and_in_place_of_the_same_one(tmp_path):
    path = tmp_path / "accuracy.json"
    ours, others = Results(path), Results(path)
    ours.describe({"machine": {"cores": 2}})
    ours.add(run_of(), REACH)
    others.add(run_of(seed=2), REACH)
    ours.add(run_of(found=18, options=("-m", "1500")), REACH)
    ours.add(run_of(found=19), REACH)
    assert [(run.seed, run.options, run.scores["NC_ref"]) for run in ours.runs] == [
        (2, (), 17),
        (1, ("-m", "1500"), 18),
        (1, (), 19),
    ]
    assert json.loads(path.read_text())["machine"] == {"cores": 2}
    assert [found.name for found in tmp_path.iterdir()] == ["accuracy.json"]


class Pretender:
    """A binner of one bin, that counts how often it is called."""

    def __init__(self):
        self.made, self.is_version = [], "1"

    def version(self):
        return self.is_version

    def bin(self, dataset, seed, options, folder):
        self.made.append(seed)
        table = folder / "contig2bin.tsv"
        table.write_text("c1\tx\n")
        return Binned(table, 1.0, ["x"])


def test_what_was_done_is_not_done_again(tmp_path, truth):
    evaluate = tmp_path / "evaluate.py"
    evaluate.write_text(f"print({PRINTED!r}, end='')")
    (tmp_path / "genomes.tsv").touch()
    pretender, results = Pretender(), Results(tmp_path / "out" / "accuracy.json")
    bench = Bench(results, {"vambx": pretender}, evaluate, 1, tmp_path / "kept", again=False)
    dataset = Dataset("small", tmp_path)
    for seed in (1, 2, 1):
        bench.run(dataset, "vambx", (), seed)
    assert pretender.made == [1, 2]
    bench.run(dataset, "vambx", ("--epochs", "3"), 1)
    pretender.is_version = "2"
    bench.run(dataset, "vambx", (), 1)
    assert pretender.made == [1, 2, 1, 1]
    replace(bench, again=True).run(dataset, "vambx", (), 1)
    assert pretender.made == [1, 2, 1, 1, 1]
    assert len(results.runs) == 4
    assert results.runs[0].called == {"near_complete": 1, "impure": 0}
    assert results.content["reach"] == {"small": REACH}
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        "small_vambx_1_epochs_3_seed1.tsv",
        "small_vambx_1_seed1.tsv",
        "small_vambx_1_seed2.tsv",
        "small_vambx_2_seed1.tsv",
    ]


def test_a_word_for_a_file_name_has_no_separators():
    assert slug("small", "a/b", "--min-length", "5.0+1") == "small_a-b_min-length_5.0+1"


def test_vambx_is_known_by_its_sources(tmp_path):
    (tmp_path / "vambx").mkdir()
    source = tmp_path / "vambx" / "a.py"
    source.write_text("one")
    first = Vambx(tmp_path, 1).version()
    source.write_text("two")
    assert first != Vambx(tmp_path, 1).version()
    assert Vambx(Path(__file__).parents[1], 1).version()


@pytest.fixture
def results(tmp_path):
    found = Results(tmp_path / "accuracy.json")
    found.describe({"machine": {"cpu": "a CPU"}})
    for seed, ours, theirs in [(2, 26, 18), (1, 28, 16), (3, 27, 17)]:
        called = {"near_complete": 20, "impure": 1}
        found.add(run_of("vambx", seed, ours, version="abc", called=called, when="2026-01-02"), REACH)
        found.add(run_of("vambx", seed, 20, options=("--no-markers",), version="abc"), REACH)
        found.add(run_of("vamb", seed, theirs, version="5.0.4"), REACH)
    found.add(run_of("vambx", 1, 5, version="older"), REACH)
    found.add(run_of("metabat2", 1, 0, data="real", version="2.15"), REACH)
    return found


def test_the_table_has_a_row_for_each_tool(results):
    table = render(results)
    assert lines_with(table, "**`small`**") == [
        "| **`small`** | *within reach at 2 kb (1 kb)* | 27 (28) |  | 36 (54) |  |  |  |  |"
    ]
    assert lines_with(table, "| vambx |") == [
        "|  | vambx | 27.0 (28, 26, 27) | 1.59 | 32.0 (33, 31, 32) | 1.45 | 28.0 | 30.0 | 20.0 |"
    ]
    assert lines_with(table, "| vambx `--no-markers` | 20.0 (20, 20, 20) | 1.18 |")
    assert lines_with(table, "| Vamb 5.0.4 | 17.0 (16, 18, 17) |  |")
    assert lines_with(table, "| MetaBAT2 2.15 | 0.0 (0) |  |")
    assert lines_with(table, "Of 60 bins that vambx calls near-complete", "3 (5.0%) are under 90% pure")
    assert lines_with(table, "a CPU; vambx at abc; 2026-01-02.")
    widths = {line.count("|") for line in table.splitlines() if line.startswith("|")}
    assert widths == {10}


def test_tools_are_in_order_vambx_first(results):
    small = [line for line in render(results).splitlines() if line.startswith("|  |")][:3]
    assert [line.split(" | ")[1] for line in small] == ["vambx", "vambx `--no-markers`", "Vamb 5.0.4"]


def test_no_runs_make_an_empty_table(tmp_path):
    assert render(Results(tmp_path / "none.json")).startswith("| data set ")


def test_further_draws_stand_with_their_kind():
    assert in_order(["real", "small100", "single", "small", "single200"]) == [
        "real",
        "small",
        "small100",
        "single",
        "single200",
    ]
