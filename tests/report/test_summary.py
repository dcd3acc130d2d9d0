"""summary.json: of runs of every kind it fits its schema, and says what the tables say."""

import csv
import json
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from communities import ENCODE, THREADS, done, write_few

from vambx.features.composition import Composition
from vambx.layout import Layout
from vambx.markers import Markers
from vambx.report.run_data import read_run
from vambx.report.status import STEPS
from vambx.report.summary import summarise, write_summary

SCHEMA = json.loads(Path(__file__).parents[2].joinpath("docs", "summary.schema.json").read_text())
FEW = ("--outdir", "out", "--no-markers", "--min-bin-size")


def fits(summary):
    jsonschema.Draft202012Validator(SCHEMA).validate(summary)
    return summary


def summary_of(outdir):
    """The summary as a file holds it."""
    run = read_run(outdir)
    write_summary(run)
    text = (outdir / "summary.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert json.loads(text) == summarise(run)
    return fits(json.loads(text))


@pytest.fixture
def copied(binned, tmp_path):
    return shutil.copytree(binned, tmp_path / "out")


@pytest.fixture
def judged(chosen, tmp_path):
    return shutil.copytree(chosen, tmp_path / "out")


@pytest.fixture
def few(tmp_path, monkeypatch):
    """Bin a few contigs, too few to train on, with a minimum size of bins."""
    monkeypatch.chdir(write_few(tmp_path))

    def run(least, *more):
        done("bin", "--fasta", "contigs.fa", "--bams", "bams", *FEW, str(least), *more, "-q")
        return tmp_path / "out"

    return run


def table(path):
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def cut(outdir, n_steps):
    """Leave the first steps as if the run had ended after them."""
    account = json.loads((outdir / "run.json").read_text())
    kept = [name for name in STEPS if name in account["steps"]][:n_steps]
    account["steps"] = {name: account["steps"][name] for name in kept}
    (outdir / "run.json").write_text(json.dumps(account))
    return kept


def test_the_schema_is_one_and_describes_every_name():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def bare(node, path=()):
        for name, value in node.items() if isinstance(node, dict) else ():
            if name in ("properties", "$defs"):
                yield from (
                    "/".join((*path, key))
                    for key, each in value.items()
                    if name != "$defs" and not each.get("description")
                )
                for key, each in value.items():
                    yield from bare(each, (*path, key))
            elif name == "oneOf":
                for each in value:
                    yield from bare(each, path)
            elif name == "items":
                yield from bare(value, path)

    assert list(bare(SCHEMA)) == []


def test_of_a_run_with_marker_genes(judged):
    summary, rows, layout = summary_of(judged), table(judged / "bins.tsv"), Layout(judged)
    contigs = Composition.read(layout.composition).contigs
    found = Markers.read(layout.markers, contigs)
    assert summary["schema"] == 1
    assert summary["finished"] is True
    assert summary["markers"] == {"kinds": 12, "found": int(found.counts.sum())}
    assert [made["name"] for made in summary["bins"]["list"]] == [row["bin"] for row in rows]
    grades = {"near_complete": 0, "medium": 0, "low": 0, "unknown": 0}
    for row, made in zip(rows, summary["bins"]["list"], strict=True):
        complete, foreign = float(row["completeness"]), float(row["contamination"])
        near, medium = complete > 90 and foreign < 5, complete >= 50 and foreign < 10
        grade = "near_complete" if near else "medium" if medium else "low"
        grades[grade] += 1
        assert made == {
            "name": row["bin"],
            "sample": row["sample"],
            "contigs": int(row["contigs"]),
            "bp": int(row["bp"]),
            "n50": int(row["N50"]),
            "gc": float(row["GC"]),
            "completeness": complete,
            "contamination": foreign,
            "grade": grade,
        }
    assert summary["bins"]["grades"] == grades
    assert sum(grades.values()) == summary["bins"]["n"] == len(rows) > 0
    assert grades["near_complete"] > 0
    binned = sum(int(row["bp"]) for row in rows)
    assert summary["bins"]["bp"] == binned
    assert summary["bins"]["share"] == pytest.approx(binned / contigs.lengths.sum(), abs=1e-6)


def test_of_contigs_samples_and_training(copied):
    summary, composition = summary_of(copied), Composition.read(copied / "composition.npz")
    lengths = composition.contigs.lengths
    is_long, contigs = lengths >= 1500, summary["contigs"]
    assert (contigs["n"], contigs["bp"]) == (len(lengths), lengths.sum())
    assert contigs["long"] == {"n": is_long.sum(), "bp": lengths[is_long].sum()}
    assert contigs["recruits"] == {"n": (~is_long).sum(), "bp": lengths[~is_long].sum()}
    aside = [contig.length for contig in composition.set_aside]
    assert contigs["set_aside"] == {"n": len(aside), "bp": sum(aside)}
    assert summary["samples"] == ["S1", "S2"]
    assert summary["groups"] == len({row["cluster"] for row in table(copied / "chosen.tsv")})
    assert summary["markers"] is None
    assert summary["bins"]["grades"]["unknown"] == summary["bins"]["n"] > 0
    last = table(copied / "history.tsv")[-1]
    losses = {name: float(last[name]) for name in ("loss", "ce", "mse", "kld", "total", "contrast")}
    assert summary["training"] == {
        "encoder": "vae",
        "contigs": int(is_long.sum()),
        "dimensions": 32,
        "epochs": 20,
        "kept_epoch": 20,
        "losses": losses,
        "held_out": None,
    }
    assert list(summary["settings"]) == ["composition", "abundance", "latent", "clusters", "chosen", "bins"]
    assert summary["settings"]["bins"]["min_bin_size"] == 125000


def test_of_contigs_held_out(copied):
    done("encode", "--outdir", copied, *ENCODE, *THREADS, "--validation", "0.2", "--force", "-q")
    training, rows = summary_of(copied)["training"], table(copied / "history.tsv")
    assert training["kept_epoch"] == next(int(row["epoch"]) for row in rows if row["kept"] == "yes")
    assert training["held_out"]["share"] == 0.2
    assert training["held_out"]["losses"]["loss"] == float(rows[-1]["validation_loss"])


def test_of_an_encoder_without_epochs(copied):
    done("encode", "--outdir", copied, "--encoder", "pca", "--n-latent", "4", "--force", "-q")
    training = summary_of(copied)["training"]
    n_long = int((Composition.read(copied / "composition.npz").contigs.lengths >= 1500).sum())
    assert training == {
        "encoder": "pca",
        "contigs": n_long,
        "dimensions": 4,
        "epochs": 0,
        "kept_epoch": None,
        "losses": None,
        "held_out": None,
    }


def test_of_no_bins(few):
    summary = summary_of(few(10**6))
    assert summary["finished"] is True
    assert summary["bins"] == {
        "n": 0,
        "bp": 0,
        "share": 0.0,
        "grades": dict.fromkeys(("near_complete", "medium", "low", "unknown"), 0),
        "list": [],
    }
    assert summary["training"] is None


def test_of_one_bin(few):
    summary = summary_of(few(2900))
    (made,) = summary["bins"]["list"]
    assert (made["contigs"], made["bp"], made["n50"], made["grade"]) == (1, 2900, 2900, "unknown")
    assert summary["groups"] == 5


def test_of_no_contigs(few):
    summary = summary_of(few(0, "--min-length", "5000", "--recruit-length", "5000"))
    assert (summary["contigs"]["n"], summary["contigs"]["set_aside"]["n"]) == (0, 5)
    assert (summary["bins"]["n"], summary["bins"]["share"]) == (0, 0.0)


def test_where_names_are_not_split_the_sample_is_null(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path, {"k1": 2500, "k2": 2600}))
    done("bin", "--fasta", "contigs.fa", "--bams", "bams", *FEW, "0", "-q")
    assert [made["sample"] for made in summary_of(tmp_path / "out")["bins"]["list"]] == [None, None]


@pytest.mark.parametrize("n_steps", range(7))
def test_of_an_unfinished_run_what_is_not_there_is_null(judged, n_steps):
    whole, kept = summary_of(judged), cut(judged, n_steps)
    summary = summary_of(judged)
    told = {"contigs": "composition", "samples": "abundance", "markers": "markers", "training": "latent"}
    told |= {"groups": "chosen", "bins": "bins"}
    for name, step in told.items():
        assert summary[name] == (whole[name] if step in kept else None), name
    assert list(summary["settings"]) == kept
    assert summary["finished"] is False


def test_of_a_run_that_is_nothing_but_a_log(tmp_path):
    (tmp_path / "vambx.log").write_text("")
    summary = summary_of(tmp_path)
    assert summary["vambx"] is None
    assert summary["settings"] == {}


def test_the_same_run_gives_the_same_bytes_whatever_the_order_and_time_of_its_steps(copied, tmp_path):
    other = shutil.copytree(copied, tmp_path / "elsewhere" / "x")
    account = json.loads((other / "run.json").read_text())
    account["steps"] = {
        name: {**account["steps"][name], "wall_seconds": 99, "peak_memory_mb": 7} for name in reversed(account["steps"])
    }
    (other / "run.json").write_text(json.dumps(account))
    summary_of(copied)
    summary_of(other)
    ours = (copied / "summary.json").read_bytes()
    assert ours == (other / "summary.json").read_bytes()
    assert str(tmp_path).encode() not in ours


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("schema", 2), ("vambx", 1), ("samples", "S1"), ("groups", -1), ("bins", {"n": 1}), ("more", 1), ("training", {})],
)
def test_the_schema_refuses_what_is_wrong(few, name, wrong):
    summary = summary_of(few(10**6))
    with pytest.raises(jsonschema.ValidationError):
        fits(summary | {name: wrong})


def test_numbers_are_json_s_own(judged):
    def kinds(value):
        if isinstance(value, dict):
            return set().union(*map(kinds, value.values())) if value else set()
        if isinstance(value, list):
            return set().union(*map(kinds, value)) if value else set()
        return {type(value)}

    assert kinds(summarise(read_run(judged))) <= {int, float, str, bool, type(None)}
    assert np.float64 not in kinds(summarise(read_run(judged)))
