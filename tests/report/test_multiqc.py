"""The files for MultiQC: shaped as MultiQC 1.35 and 1.21 were seen to show them, with the numbers of bins.tsv."""

import csv
import json
import re
import shutil

import numpy as np
import pytest
from communities import done, write_few

from vambx.features.composition import Composition
from vambx.layout import Layout
from vambx.report.multiqc import write_multiqc
from vambx.report.run_data import read_run

PLOT, STATS = "vambx_mqc.json", "vambx_stats_mqc.json"
FOUND_BY_MULTIQC = r".+_mqc\.(yaml|yml|json|txt|csv|tsv|log|out|png|jpg|jpeg|gif|webp|tiff|html|md)"
"""Its search pattern for custom content."""


@pytest.fixture
def made(binned, chosen, tmp_path):
    """The files of a run without markers and of one with them: {name: content} each."""
    return [made_of(shutil.copytree(out, tmp_path / name)) for out, name in ((binned, "1"), (chosen, "2"))]


def made_of(outdir):
    for path in Layout(outdir).reports:
        path.unlink(missing_ok=True)
    before = {path.name for path in outdir.iterdir()}
    write_multiqc(read_run(outdir))
    names = {path.name for path in outdir.iterdir()} - before
    return {name: json.loads((outdir / name).read_text(encoding="utf-8")) for name in names}


def bins_of(outdir):
    with open(outdir / "bins.tsv", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_multiqc_finds_the_files_and_takes_each_for_one_thing(made):
    for files in made:
        assert files.keys() == {PLOT, STATS}
        assert all(re.fullmatch(FOUND_BY_MULTIQC, name) for name in files)
        assert files[PLOT]["plot_type"] == "bargraph"
        assert files[STATS]["plot_type"] == "generalstats"
        assert files[PLOT]["id"] != files[STATS]["id"]


def test_all_but_the_data_is_the_same_in_every_run_so_that_they_can_be_shown_together(made):
    without, with_markers = made
    for name in (PLOT, STATS):
        first, second = ({key: value for key, value in files[name].items() if key != "data"} for files in made)
        assert first == second
        assert without[name]["data"] != with_markers[name]["data"]


def test_every_number_belongs_to_a_column_or_category_that_is_told_of(made):
    for files in made:
        for row in files[PLOT]["data"].values():
            assert list(row) == list(files[PLOT]["categories"])
        columns = [name for column in files[STATS]["pconfig"] for name in column]
        for row in files[STATS]["data"].values():
            assert row.keys() <= set(columns)
            assert all(isinstance(value, int | float) for value in row.values())
    assert all(re.fullmatch("#[0-9a-f]{6}", grade["color"]) for grade in files[PLOT]["categories"].values())


def test_each_sample_has_its_numbers(chosen, made):
    _, files = made
    contigs, rows = Composition.read(chosen / "composition.npz").contigs, bins_of(chosen)
    sample_of = np.array([name.partition("C")[0] for name in contigs.names])
    assert list(files[STATS]["data"]) == list(files[PLOT]["data"]) == ["S1", "S2"]
    for sample in ("S1", "S2"):
        mine = [row for row in rows if row["sample"] == sample]
        near = [row for row in mine if float(row["completeness"]) > 90 and float(row["contamination"]) < 5]
        stats, grades = files[STATS]["data"][sample], files[PLOT]["data"][sample]
        assert stats["bins"] == sum(grades.values()) == len(mine)
        assert stats["near_complete"] == grades["near_complete"] == len(near)
        assert stats["medium"] == grades["medium"]
        assert grades["unknown"] == 0
        bp = sum(int(row["bp"]) for row in mine)
        assert stats["mbp_binned"] == bp / 1e6
        assert stats["percent_binned"] == pytest.approx(100 * bp / contigs.lengths[sample_of == sample].sum(), abs=1e-3)
    assert sum(grades["near_complete"] for grades in files[PLOT]["data"].values()) > 0


def test_without_markers_no_grade_is_claimed(binned, made):
    files, _ = made
    rows = bins_of(binned)
    for sample, stats in files[STATS]["data"].items():
        n = sum(row["sample"] == sample for row in rows)
        assert stats.keys() == {"bins", "mbp_binned", "percent_binned"}
        assert files[PLOT]["data"][sample] == {"near_complete": 0, "medium": 0, "low": 0, "unknown": n}


@pytest.fixture
def few(tmp_path, monkeypatch):
    def run(lengths, *more):
        monkeypatch.chdir(write_few(tmp_path / "few", lengths))
        done("bin", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out", "--no-markers", *more, "-q")
        return made_of(tmp_path / "few" / "out")

    return run


def test_without_bins_all_samples_have_zeros(few):
    files = few({"S1C1": 2500, "S1C2": 2600, "S2C1": 2700}, "--min-bin-size", "1000000")
    zeros = {"bins": 0, "mbp_binned": 0.0, "percent_binned": 0.0}
    assert files[STATS]["data"] == {"S1": zeros, "S2": zeros}


def test_where_names_are_not_split_the_row_has_the_name_of_the_only_bam(few):
    files = few({"k1": 2500, "k2": 2600}, "--min-bin-size", "0")
    assert list(files[STATS]["data"]) == ["s"]
    assert files[STATS]["data"]["s"] == {"bins": 2, "mbp_binned": 0.0051, "percent_binned": 100.0}


def test_without_contigs_there_is_a_row_of_zeros(few):
    files = few({"k1": 2500, "k2": 2600}, "--min-length", "5000", "--recruit-length", "5000")
    assert files[PLOT]["data"] == {"s": {"near_complete": 0, "medium": 0, "low": 0, "unknown": 0}}


def test_of_an_unfinished_run_nothing_is_written(binned, tmp_path):
    out = shutil.copytree(binned, tmp_path / "out")
    account = json.loads((out / "run.json").read_text())
    del account["steps"]["bins"]
    (out / "run.json").write_text(json.dumps(account))
    assert made_of(out) == {}


def test_the_same_run_in_another_folder_gives_the_same_bytes(binned, tmp_path):
    for name in ("1", "other"):
        made_of(shutil.copytree(binned, tmp_path / name))
    for name in (PLOT, STATS):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
