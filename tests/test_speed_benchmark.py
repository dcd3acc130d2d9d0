import json
import sys
from pathlib import Path

import pytest
from dnaio.readers import FastaReader

from benchmarks.speed.bench import Bench, Task
from benchmarks.speed.entries import Entry, Results
from benchmarks.speed.inputs import iter_fastas
from benchmarks.speed.measure import Measured, MeasuringError, measure
from benchmarks.speed.ratios import Spread, exponent, medians_by_size, ratios
from benchmarks.speed.report import render
from benchmarks.speed.whole import steps_of_log, swap_columns


def entry(tool, case="1000 contigs", turn=0, seconds=1.0, size=1000.0, **figures):
    return Entry(tool, case, turn, size, seconds, seconds, seconds, 100.0, None, figures)


def lines_with(table, *words):
    return [line for line in table.splitlines() if all(word in line for word in words)]


def test_ratios_are_the_opponents_seconds_over_ours_round_by_round():
    entries = [entry("vambx", turn=turn, seconds=s) for turn, s in enumerate([1, 2, 4])]
    entries += [entry("vamb", turn=turn, seconds=s) for turn, s in enumerate([10, 30])]
    assert ratios(entries, "1000 contigs", "vamb") == [10, 15]
    assert ratios(entries, "1000 contigs", "previous") == []


def test_rounds_without_a_figure_count_for_nothing():
    entries = [entry("vambx", steps={"latent": 2.0}), entry("vamb", steps={})]
    assert ratios(entries, "1000 contigs", "vamb", lambda found: found.figures["steps"].get("latent")) == []


def test_spread_is_median_and_range():
    assert Spread.of([3.0, 1.0, 10.0]) == Spread(3.0, 1.0, 10.0)


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_the_exponent_of_a_power_is_found(power):
    assert exponent({n: 3e-5 * n**power for n in (100.0, 1000.0, 50000.0)}) == pytest.approx(power)


def test_one_size_has_no_exponent():
    assert exponent({1000.0: 1.0}) is None


def test_growth_is_of_medians_from_a_size_on():
    entries = [entry("vambx", size=size, seconds=s) for size, s in [(10, 9), (100, 1), (100, 2), (100, 9)]]
    assert medians_by_size(entries, "vambx", least=50) == {100: 2}


def test_each_measurement_is_kept_at_once(tmp_path):
    path = tmp_path / "speed.json"
    results = Results(path, {"machine": {"cores": 2}, "versions": {"vambx commit": "abc"}})
    for turn in range(2):
        results.add("cluster", entry("vambx", turn=turn))
        content = json.loads(path.read_text())
        assert [found["turn"] for found in content["stages"]["cluster"]] == list(range(turn + 1))
    assert content["machine"] == {"cores": 2}
    assert content["stages"]["cluster"][0]["commit"] == "abc"


def test_a_new_run_replaces_only_the_cases_it_measures(tmp_path):
    path = tmp_path / "speed.json"
    before = Results(path)
    before.add("cluster", entry("vambx", "10 contigs"))
    before.add("cluster", entry("vamb", "20 contigs"))
    before.add("tnf", entry("vambx", "gz x1"))
    Results(path).add("cluster", entry("vambx", "20 contigs", seconds=7.0))
    after = Results(path)
    assert [(found.tool, found.case) for found in after.entries("cluster")] == [
        ("vambx", "10 contigs"),
        ("vambx", "20 contigs"),
    ]
    assert len(after.entries("tnf")) == 1


def test_tools_take_turns_and_one_that_fails_is_left_out(tmp_path, capsys):
    order = []

    def runs(name, turns):
        def run(turn):
            order.append((turn, name))
            if name == "broken":
                raise MeasuringError("no sequences")
            return Measured(1.0, 1.0, 1.0, None, "", {"seconds": 0.5, "clusters": 3})

        return Task(name, run, turns)

    bench = Bench(Results(tmp_path / "speed.json"), {}, pairs=3, threads=1, scratch=tmp_path)
    bench.take_turns("cluster", "10 contigs", 10, [runs("vambx", 3), runs("broken", 3), runs("vamb", 2)])
    assert order == [(0, "vambx"), (0, "broken"), (0, "vamb"), (1, "vamb"), (1, "vambx"), (2, "vambx")]
    assert len(bench.failures) == 1
    assert "no sequences" in capsys.readouterr().err
    first = bench.results.entries("cluster")[0]
    assert (first.seconds, first.wall, first.figures) == (0.5, 1.0, {"clusters": 3})


def test_a_process_is_measured():
    told = measure([sys.executable, "-c", 'print("hello"); print(\'{"seconds": 0.25}\')'], whole_tree=True)
    assert told.told == {"seconds": 0.25}
    assert told.wall > 0
    assert told.peak_mb > 1


def test_a_process_that_fails_says_why():
    with pytest.raises(MeasuringError, match="no such luck"):
        measure([sys.executable, "-c", "raise SystemExit('no such luck')"])


def test_fastas_grow_and_their_names_are_unique(tmp_path):
    source = tmp_path / "contigs.fna"
    source.write_text("".join(f">c{i} of ten\n{'ACGTA' * 20}\n" for i in range(10)))
    seen = []
    for fasta in iter_fastas(source, (0.3, 2), tmp_path):
        with FastaReader(str(fasta.plain)) as reader:
            names = [record.name for record in reader]
        assert len(set(names)) == len(names)
        seen.append((len(names), fasta.bases, fasta.gz.exists()))
    assert seen == [(3, 300, True), (20, 2000, True)]
    assert [path.name for path in tmp_path.iterdir()] == ["contigs.fna"]


def test_vambs_log_and_clusters_are_read(tmp_path):
    told = ["Processed TNF in 1.5 seconds.", "Trained VAE and encoded in 20 seconds."]
    log = "\n".join([*told, "Wrote cluster file(s) in 9 seconds.", "Wrote 3 bins with 9 sequences in 0.4 seconds."])
    assert steps_of_log(log) == {"composition": 1.5, "latent": 20.0, "bins": 0.4}
    (tmp_path / "in.tsv").write_text("clustername\tcontigname\nS1C1\tS1C7\n")
    swap_columns(tmp_path / "in.tsv", tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_text() == "S1C7\tS1C1\n"


@pytest.fixture
def results(tmp_path):
    found = Results(tmp_path / "speed.json", {"machine": {"cores": 2, "cpu": "a CPU", "memory_gb": 8.0}})
    for turn, (ours, theirs) in enumerate([(1.0, 10.0), (2.0, 30.0), (1.0, 12.0)]):
        for kind in ("plain", "gz"):
            found.add("tnf", entry("vambx", f"{kind} x1", turn, ours, 1e8))
            found.add("tnf", entry("vamb", f"{kind} x1", turn, theirs, 1e8))
        found.add("limits", entry("limit", "gzip -dc", turn, 2.0, 1e9))
    for size, ours, theirs in [(100_000, 1.0, 100.0), (300_000, 3.0, 900.0), (1_000_000, 10.0, None)]:
        found.add("cluster", entry("vambx", f"{size} contigs", 0, ours, size))
        if theirs:
            found.add("cluster", entry("vamb", f"{size} contigs", 0, theirs, size))
    steps, scores = {"latent": 20.0, "clusters": 2.0}, {"NC_ref": 18.0}
    latent = {"seconds": 1.0, "scores": {"NC_ref": 21.0}}
    found.add("whole", entry("vambx", "small", 0, 40.0, steps=steps, scores=scores))
    slower = {"latent": 500.0, "clusters": 20.0}
    clustered = {"vamb_latent_vambx_clusters": latent}
    found.add("whole", entry("vamb", "small", 0, 600.0, steps=slower, scores={"NC_ref": 17.0}, **clustered))
    return found


def test_the_table_has_a_row_for_each_comparison(results):
    table = render(results)
    assert lines_with(table, "gz FASTA of 100 Mbp") == [
        "| 4-mers, gz FASTA of 100 Mbp | 100 Mbp/s | Vamb | 8 Mbp/s | 12.0 (10.0 to 15.0) |"
    ]
    assert lines_with(table, "300,000 contigs") == ["| clustering, 300,000 contigs | 3.00 s | Vamb | 900 s | 300 |"]
    assert lines_with(table, "1,000,000 contigs") == ["| clustering, 1,000,000 contigs | 10.0 s |  |  |  |"]
    assert lines_with(table, "growth", "from 100,000", "contigs^1.00", "contigs^2.00")
    assert lines_with(table, "`small`: training") == ["| `small`: training | 20.0 s | Vamb | 500 s | 25.0 |"]
    assert lines_with(table, "NC_ref", "clustered by vambx", "21.0 (1 run)")
    assert "gzip -dc 500 MB/s" in table
    assert "2 cores (a CPU), 8.0 GB" in table


def test_a_file_without_measurements_makes_an_empty_table(tmp_path):
    assert render(Results(tmp_path / "none.json")).startswith("| what ")


def test_the_report_does_not_need_matplotlib():
    code = "import sys, benchmarks.speed.report; sys.exit('matplotlib' in sys.modules)"
    root = Path(__file__).parents[1]
    assert measure([sys.executable, "-c", code], cwd=root).wall > 0
