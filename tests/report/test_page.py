"""The page without a browser: what is in it is what the folder tells, and it says what is not there."""

import csv
import json
import re
import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from communities import FEATURES, done, inputs, tree, write_few
from filelock import FileLock
from pages import HOSTILE, LONG, Page, made_hostile, page_at

from vambx.encode import VAE, Features
from vambx.encode.inputs import Scaling
from vambx.errors import InputError
from vambx.report import bins_part, page, shown
from vambx.report.embedding import embed
from vambx.report.page import embedded, report_of, write_report
from vambx.report.run_data import read_run


def rows(path):
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@pytest.fixture(scope="module")
def marked_page(marked):
    return page_at(marked / "report.html")


@pytest.fixture(scope="module")
def plain_page(plain):
    return page_at(plain / "report.html")


def test_the_page_is_one_file_that_asks_for_nothing_else(marked_page):
    assert not [found for tag, found in marked_page.elements if "src" in found or tag in ("link", "iframe", "img")]
    assert {found["href"].partition(":")[0] for found in marked_page.all("a") if ":" in found["href"]} == {"https"}
    (policy,) = [
        found["content"]
        for found in marked_page.all("meta")
        if "content" in found and "default-src" in found["content"]
    ]
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert len(marked_page.html.encode()) < 10e6


def test_nothing_else_in_the_folder_is_changed(binned_copy):
    before = tree(binned_copy, but=())
    assert write_report(binned_copy) == binned_copy / "report.html"
    after = tree(binned_copy, but=())
    assert after.keys() - before.keys() == {"report.html"}
    assert {name: after[name] for name in before} == before


def test_the_same_folder_gives_the_same_page(binned_copy):
    first = write_report(binned_copy).read_bytes()
    assert write_report(binned_copy).read_bytes() == first


def test_the_table_is_that_of_bins_tsv(marked, marked_page):
    table, told = rows(marked / "bins.tsv"), marked_page.data["bins"]
    names = {"name": "bin", "sample": "sample", "n_contigs": "contigs", "bp": "bp", "n50": "N50", "longest": "longest"}
    for key, column in names.items():
        assert list(map(str, told[key])) == [row[column] for row in table]
    for key, column in {"gc": "GC", "completeness": "completeness", "contamination": "contamination"}.items():
        assert told[key] == [float(row[column]) for row in table]
    samples = marked_page.data["samples"]
    assert told["depths"] == [[float(row[f"depth_{sample}"]) for sample in samples] for row in table]
    links = [found["href"] for found in marked_page.all("a") if found["href"].startswith("bins/")]
    assert links == [f"bins/{row['bin']}.fna" for row in table]
    assert all((marked / link).is_file() for link in links)
    assert len(marked_page.all("tr")) - 1 >= len(table)


def test_the_glance_counts_bins_by_their_quality(marked, marked_page):
    grades = Counter(made.grade for made in read_run(marked).bins)
    said = marked_page.said("glance")
    assert sum(grades.values()) > 2
    for grade in ("near-complete", "medium", "low"):
        assert f"{grade} {grades[grade]}" in said
    run = read_run(marked)
    share = sum(made.bp for made in run.bins) / run.contigs.lengths.sum()
    assert f"Bases binned {share:.1%}" in said
    assert f"Contigs {len(run.contigs):,} " in said
    assert f"Samples {len(run.samples)} " in said
    assert "Finding marker genes" in said


def test_without_markers_bins_are_counted_by_size_and_the_page_says_so(plain, plain_page):
    said = plain_page.said("glance")
    assert "Bins by size" in said
    assert f"under 0.5 Mbp {len(rows(plain / 'bins.tsv'))}" in said
    assert "There are no marker genes, so the quality of the bins is not known." in said
    assert "--resume without --no-markers" in said
    assert "Completeness" not in plain_page.said("bins")
    assert plain_page.data["bins"]["markers"] == []


def test_the_contigs_are_those_of_the_run(marked, marked_page):
    run, told = read_run(marked), marked_page.data["contigs"]
    at = [run.contigs.row[name] for name in told["name"]]
    assert at == sorted(set(at))
    assert told["length"] == run.contigs.lengths[at].tolist()
    assert told["gc"] == pytest.approx(run.contigs.gc[at].tolist(), abs=1e-4)
    assert told["bin"] == run.bin_of[at].tolist()
    for column, depth in zip(told["depth"], run.abundance.depth[at].T, strict=True):
        assert column == pytest.approx(depth.tolist(), rel=1e-2)
    origins = [marked_page.data["origins"][sample] for sample in told["sample"]]
    assert origins == [name.partition("C")[0] for name in told["name"]]
    assert {bin for bin in told["bin"] if bin >= 0} == set(range(len(run.bins)))


def test_the_map_holds_long_contigs_and_some_of_every_bin(marked, marked_page):
    run, told = read_run(marked), marked_page.data["contigs"]
    in_map = [run.contigs.row[told["name"][i]] for i in told["in_map"]]
    assert set(in_map) <= set(run.composition.long.tolist())
    assert len(in_map) == min(len(run.composition.long), shown.LEAST_IN_MAP)
    assert set(run.bin_of[in_map]) >= set(range(len(run.bins)))
    assert told["map"].keys() == {"tsne", "pca"}
    for x, y in told["map"].values():
        assert len(x) == len(y) == len(in_map)
        assert len(set(x)) > len(x) / 2
    words = f"{len(in_map):,} of the {len(run.composition.long):,} contigs"
    all_of_them = f"All {len(in_map):,} contigs"
    assert (all_of_them if len(in_map) == len(run.composition.long) else words) in marked_page.said("map")


def test_what_lies_around_a_medoid_adds_up(marked, marked_page):
    run = read_run(marked)
    long = set(run.composition.long.tolist())
    for made, around in zip(run.bins, marked_page.data["bins"]["around"], strict=True):
        own = sum(run.contigs.lengths[row] for row in made.rows if int(row) in long)
        assert sum(around["own"]) * 1000 <= own * 1.001
        if made.radius < 0.49:
            assert sum(around["own"]) * 1000 == pytest.approx(own, rel=1e-2)
            reached = max(i for i, bases in enumerate(around["own"]) if bases)
            assert reached * bins_part.STEP <= made.radius + 1e-5


def test_the_valley_is_the_one_that_chose_the_cluster(plain, plain_page):
    run, told = read_run(plain), plain_page.data["bins"]
    normal = [i for i, kind in enumerate(told["kind"]) if kind == "normal"]
    assert len(normal) > 2
    for i in normal:
        assert told["around"][i]["valley"][0] == pytest.approx(run.bins[i].radius, abs=1e-6)


def test_contigs_that_had_left_are_not_around_a_cluster(plain, plain_page):
    run, told = read_run(plain), plain_page.data["bins"]
    contigs, long = run.contigs, run.composition.long
    number = {row.contig: row.cluster for row in run.clusters}
    found = np.array([number[contigs.names[row]] for row in long])
    unit = run.latent / np.linalg.norm(run.latent, axis=1, keepdims=True)
    n_had_left = 0
    for made, around in zip(run.bins, told["around"], strict=True):
        there = found >= number[made.medoid]
        distances = (1 - unit @ unit[np.searchsorted(long, contigs.row[made.medoid])]) / 2
        near = distances < 0.5
        bases = sum(sum(around[part]) for part in ("own", "other", "elsewhere")) * 1000
        assert bases == pytest.approx(contigs.lengths[long[there & near]].sum(), rel=1e-2)
        n_had_left += int((near & ~there).sum())
    assert n_had_left > 10


def test_markers_are_counted_bin_by_bin(marked, marked_page):
    run, data = read_run(marked), marked_page.data
    assert data["markers"] == list(run.markers.names)
    for made, digits in zip(run.bins, data["bins"]["markers"], strict=True):
        hits = Counter(run.markers.marker[np.isin(run.markers.contig, made.rows)].tolist())
        assert digits == "".join(str(min(hits[i], 9)) for i in range(len(run.markers.names)))


def test_the_training_is_that_of_history_tsv(marked, marked_page):
    told, history = marked_page.data["training"], rows(marked / "history.tsv")
    for name in ("epoch", "learning_rate", "loss", "ce", "mse", "kld", "total", "contrast"):
        assert told[name] == pytest.approx([float(row[name]) for row in history], rel=1e-4)
    assert set(told["validation_loss"]) == {None}
    assert told["kept"] == len(history)
    assert "No contigs were held out" in marked_page.said("training")
    assert f"trained for {len(history)} epochs" in marked_page.said("training")


def test_contigs_held_out_and_the_epoch_that_was_kept_are_told(marked):
    run = read_run(marked)
    steps = run.account["steps"] | {"latent": {"settings": {"n_latent": 7, "validation": 0.25}}}
    history = [row | {"validation_loss": 0.5, "kept": row["epoch"] == 3} for row in run.history]
    judged = replace(run, account=run.account | {"steps": run.account["steps"]}, history=history)
    judged.account["steps"]["latent"]["settings"] |= steps["latent"]["settings"]
    told = Page(report_of(judged))
    assert "25% of the contigs were held out to judge it, and the weights of epoch 3 were kept" in told.text
    assert told.data["training"]["kept"] == 3
    assert told.data["training"]["validation_loss"] == [0.5] * len(history)


def test_contigs_come_back_as_the_model_gives_them(marked, marked_page):
    run, told = read_run(marked), marked_page.data["reconstruction"]
    at = np.array([run.contigs.row[name] for name in told["contigs"]])
    model = VAE.load(run.layout.model)
    features = Features(run.abundance.rpkm, run.composition.counts, at, run.samples)
    out = model.reconstruct(features)
    rpkm = run.abundance.rpkm[at]
    assert np.allclose(told["depths"][0], rpkm / rpkm.sum(axis=1, keepdims=True), atol=1e-3)
    assert np.allclose(told["depths"][1], out.depths, atol=1e-3)
    assert np.allclose(told["tnf"][0], 100 * run.composition.frequencies[at], atol=2e-3)
    scaling = model.encoder.scaling
    assert np.allclose(told["tnf"][1], 100 * (out.tnf * scaling.tnf_std.numpy() + scaling.tnf_mean.numpy()), atol=5e-3)
    assert [f"medoid of {made.name}" for made in run.bins] == told["labels"][: len(run.bins)]
    assert [made.medoid for made in run.bins] == told["contigs"][: len(run.bins)]
    for name in ("depths", "tnf", "total"):
        assert sum(told["errors"][name]["counts"]) == told["n_judged"]
    everything = Features(run.abundance.rpkm, run.composition.counts, run.composition.long, run.samples)
    fitted = Scaling(everything.n_samples, everything.n_tnf)
    fitted.fit(everything.iter_parts())
    wrong = np.square(fitted(*features.read(slice(None))).tnf.numpy() - out.tnf).mean(axis=1)
    assert told["error_of"]["tnf"] == pytest.approx(wrong.tolist(), rel=1e-2)


def test_how_it_was_made_is_told(marked, planted, marked_page):
    said, account = marked_page.said("made"), json.loads((marked / "run.json").read_text())
    assert f"vambx {account['vambx']}" in said
    assert f"torch {account['libraries']['torch']}" in said
    assert "Seed of all random numbers: 1" in said
    assert "min_bin_size 100000" in said
    given = [planted.fasta, *sorted(planted.bams.iterdir())]
    told = [(path, digest) for path, digest in re.findall(r"(/\S+) [\d.]+ k?M?B sha256 ([0-9a-f]{64})", said)]
    inputs_of_steps = {
        path: file["sha256"] for step in account["steps"].values() for path, file in step["inputs"].items()
    }
    assert told == [(str(path), inputs_of_steps[str(path)]) for path in given]
    assert "Nissen et al." in said
    assert "Pyrodigal" in said


def test_without_markers_their_tools_are_not_cited(plain_page):
    assert "Nissen et al." in plain_page.said("made")
    assert "yrodigal:" not in plain_page.said("made")


# Names


@pytest.mark.parametrize("of", ["marked", "plain"])
def test_hostile_names_are_text(of, request):
    run = made_hostile(read_run(request.getfixturevalue(of)))
    told = Page(report_of(run))
    assert Counter(tag for tag, _ in told.elements)["script"] == 3
    assert not told.all("img")
    assert not [found for _, found in told.elements if any(name.startswith("on") for name in found)]
    assert told.data["samples"] == list(run.samples)
    assert told.data["bins"]["name"] == [made.name for made in run.bins]
    assert set(told.data["contigs"]["name"]) <= set(run.contigs.names)
    assert told.data["origins"] == sorted({name.partition(":")[0] for name in run.contigs.names})
    texts = "".join(told.texts)
    assert f"{HOSTILE} is wrong" in texts
    assert LONG in texts
    assert f"{HOSTILE}.fna" in texts
    assert all(made.name in texts and made.sample in texts for made in run.bins)
    assert HOSTILE not in told.html
    told.html.encode("utf-8", "replace")


def test_a_path_that_is_no_text_is_written(binned_copy):
    account = json.loads((binned_copy / "run.json").read_text())
    (binned_copy / "run.json").write_text(json.dumps(account | {"command": ["vambx", "bin", "\udcff"]}))
    assert "vambx bin '?'" in page_at(write_report(binned_copy)).said("made")


@pytest.mark.parametrize("sign", ["<", ">", "&", "\u2028", "\u2029"])
def test_embedded_json_holds_no_sign_that_ends_a_script(sign):
    text = embedded({sign: [sign * 2, 1.5, None]})
    assert sign not in text
    assert json.loads(text) == {sign: [sign * 2, 1.5, None]}


def test_embedded_json_is_no_python():
    with pytest.raises(ValueError, match="not JSON compliant"):
        embedded({"x": float("nan")})


# More than fits


def test_more_contigs_than_fit_are_drawn_from_and_the_page_says_so(marked, monkeypatch):
    run = read_run(marked)
    monkeypatch.setattr(shown, "MOST_BYTES", 8000)
    told = Page(report_of(run)).data["contigs"]
    assert len(told["name"]) <= 8000 / 40
    assert {bin for bin in told["bin"] if bin >= 0} == set(range(len(run.bins)))
    everything = len(run.composition.long)
    assert len(told["in_map"]) < everything
    assert f"{len(told['in_map']):,} of the {everything:,} contigs" in Page(report_of(run)).said("map")
    lengths, in_bins = run.contigs.lengths, shown.choose_shown(run, shown.origins_of(run)).in_bins
    for made in run.bins:
        taken = np.intersect1d(made.rows, in_bins)
        left_out = np.setdiff1d(made.rows, in_bins)
        assert 0 < len(taken) < len(made.rows)
        assert lengths[taken].min() >= lengths[left_out].max()


def test_more_bins_than_fit_are_left_to_bins_tsv(marked, monkeypatch):
    run = read_run(marked)
    monkeypatch.setattr(bins_part, "MOST_BYTES", 3000)
    told = Page(report_of(run))
    assert told.data["bins"]["name"] == [made.name for made in run.bins[:2]]
    assert f"The largest 2 are here; bins.tsv has {len(run.bins) - 2} more." in told.text


def test_a_large_run_stays_under_ten_megabytes(marked, monkeypatch):
    monkeypatch.setattr(shown, "embed", lambda latent, method, most: embed(latent, "pca", most))  # in no time
    run = read_run(marked)
    n, rng = 100_000, np.random.default_rng(1)
    at = rng.integers(len(run.contigs), size=n)
    names = tuple(f"S{i % 9}C{i}_length_12345_cov_1.234567" for i in range(n))
    samples = tuple(f"sample_{i}" for i in range(40))
    contigs = replace(run.contigs, names=names, lengths=run.contigs.lengths[at], gc=run.contigs.gc[at])
    depth = rng.lognormal(size=(n, len(samples))).astype(np.float32)
    bins = [
        replace(
            run.bins[0], name=f"S1_{i}", depths=tuple(depth[i].tolist()), medoid=names[i], rows=np.arange(i, n, 900)
        )
        for i in range(900)
    ]
    large = replace(
        run,
        composition=replace(run.composition, contigs=contigs, counts=run.composition.counts[at], min_length=1),
        abundance=replace(run.abundance, depth=depth, rpkm=depth, samples=samples),
        latent=rng.normal(size=(n, 4)).astype(np.float32),
        markers=None,
        clusters=None,
        bins=bins,
        layout=replace(run.layout, root=run.layout.root / "no model here"),
    )
    html = report_of(large)
    assert len(html.encode()) < 10e6
    told = Page(html).data["contigs"]
    assert {bin for bin in told["bin"] if bin >= 0} == set(range(900))
    assert len(told["in_map"]) == shown.MOST_IN_MAP


def test_more_bins_than_contigs_fit_leave_room_for_others(marked):
    run = read_run(marked)
    n = len(run.contigs)
    bins = [replace(run.bins[0], name=f"b{i}", rows=np.array([i])) for i in range(n)]
    told = shown.choose_shown(replace(run, bins=bins), shown.origins_of(run))
    assert len(told.in_map) == min(len(run.composition.long), shown.LEAST_IN_MAP)
    assert len(told.in_bins) == n


# Odd runs


def test_no_bins(rebin):
    told = page_at(write_report(rebin("--min-bin-size", "100000000")))
    assert "There is no bin: no group of contigs was large enough." in told.said("bins")
    assert "No bin is as large as --min-bin-size (100.0 Mbp)" in told.said("glance")
    assert "Bins 0" in told.said("glance")
    assert "Bases binned 0.0%" in told.said("glance")
    assert told.data["bins"]["name"] == []
    assert len(told.data["contigs"]["map"]["tsne"][0]) > 10


def test_one_bin(rebin, binned_copy):
    sizes = sorted(int(row["bp"]) for row in rows(binned_copy / "bins.tsv"))
    told = page_at(write_report(rebin("--min-bin-size", str(sizes[-1]))))
    assert len(told.data["bins"]["name"]) == 1
    assert "Bins 1 " in told.said("glance")


def test_too_few_contigs_one_sample_no_training_no_markers(tmp_path):
    write_few(tmp_path)
    options = ("--min-bin-size", "0", "--no-markers", "-q")
    done("bin", "--fasta", tmp_path / "contigs.fa", "--bams", tmp_path / "bams", "--outdir", tmp_path / "out", *options)
    told = page_at(write_report(tmp_path / "out"))
    assert "too few to train on" in told.said("glance")
    assert "Lower --min-length, or give a larger assembly." in told.said("glance")
    assert "Depths are known in one sample only" in told.said("glance")
    assert "Nothing was trained" in told.said("training")
    assert "There are no latent vectors" in told.said("map")
    assert "There is no trained model" in told.said("reconstruction")
    assert len(told.data["bins"]["name"]) == 5
    assert told.data["bins"]["around"] == [None] * 5
    assert told.data["contigs"]["map"] == {}


def test_what_a_former_command_warned_of_is_still_noticed(tmp_path):
    write_few(tmp_path)
    out = ("--outdir", tmp_path / "out", "-q")
    done("bin", "--fasta", tmp_path / "contigs.fa", "--bams", tmp_path / "bams", *out, "--no-markers", "--no-report")
    done("cluster", *out, "--force")
    glance = page_at(write_report(tmp_path / "out")).said("glance")
    assert "Too few contigs to train on; each was left to itself." in glance
    assert "Lower --min-length." in glance


def test_a_run_that_has_only_begun(community, tmp_path):
    done("features", *inputs(community), "--outdir", tmp_path / "out", *FEATURES, "-q")
    told = page_at(write_report(tmp_path / "out"))
    assert "This run is not finished. The last step that is done: computing depths." in told.text
    assert "--resume goes on" in told.text
    assert "There are no bins yet." in told.said("bins")
    assert "The encoder is not trained yet." in told.said("training")


def test_a_run_that_is_at_work(binned_copy):
    lock = binned_copy / ".vambx.lock"
    with FileLock(lock):
        told = page_at(write_report(binned_copy))
        assert lock.exists()
    assert "A run is at work in this folder. The last step that is done: writing bins." in told.text


def test_a_log_and_nothing_else_yet(tmp_path):
    (tmp_path / "vambx.log").write_text("2026-01-01 00:00:00,000 DEBUG Command: vambx bin\n")
    told = page_at(write_report(tmp_path))
    assert "No step is done yet." in told.text
    assert told.data["contigs"] == {"name": [], "map": {}}


def test_a_model_that_cannot_be_read_is_told_and_the_rest_is_there(binned_copy):
    (binned_copy / "model.pt").write_bytes(b"of an older version")
    (binned_copy / "history.tsv").unlink()
    told = page_at(write_report(binned_copy))
    assert f"The model cannot be read ({binned_copy / 'model.pt'}: " in told.said("reconstruction")
    assert "it may be of an older version of vambx." in told.said("reconstruction")
    assert "the folder does not tell how" in told.said("training")
    assert told.data["bins"]["name"]


def test_a_model_for_other_samples_is_told(marked):
    run = read_run(marked)
    told = Page(report_of(replace(run, abundance=replace(run.abundance, samples=("other", "names")))))
    assert "The model does not fit (" in told.said("reconstruction")
    assert "other" in told.said("reconstruction")


def test_a_folder_that_is_no_run_is_refused_and_left_alone(tmp_path):
    with pytest.raises(InputError, match="holds no run of vambx"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("warning", "advice"),
    [
        ("Going on without marker genes, which choose bins: install x", "Install the extra"),
        ("c.fa: 3 contigs have no 4-mer of A, C, G and T", "look at how the assembly was made"),
        ("checkpoint.pt: is no checkpoint (EOFError); begun anew", "Nothing to do"),
    ],
)
def test_warnings_come_with_what_to_do(binned_copy, warning, advice):
    run = replace(read_run(binned_copy), warnings=[warning])
    said = Page(report_of(run)).said("glance")
    assert warning in said
    assert advice in said.partition(warning)[2]


def test_pca_in_place_of_a_network(binned_copy):
    done("encode", "--outdir", binned_copy, "--encoder", "pca", "--force", "-q")
    told = page_at(write_report(binned_copy))
    assert "Principal components stand in place of a network" in told.said("training")
    assert told.data["training"]["epoch"] == []
    assert len(told.data["reconstruction"]["contigs"]) > 10


def test_a_page_is_whole_or_not_there(binned_copy, monkeypatch):
    monkeypatch.setattr(page, "read_run", lambda outdir: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(binned_copy)
    assert not [path for path in binned_copy.iterdir() if path.name.startswith("report.html")]
    shutil.rmtree(binned_copy)


def test_encoders_that_were_compared_stand_beside_each_other(binned_copy, plain_page):
    options = ("--epochs", "2", "--n-hidden", "16", "--device", "cpu", "--threads", "1")
    done("encode", "--outdir", binned_copy, *options, "--validation", "0.1", "--compare", "--force", "-q")
    text = page_at(write_report(binned_copy)).text
    assert "Beside other encoders" in text
    for row in rows(binned_copy / "encoders.tsv"):
        assert f"{100 * float(row['composition_error']):.3g}%" in text
    assert re.search(r"Variational autoencoder.*Denoising autoencoder.*Principal components", text, re.DOTALL)
    assert "Beside other encoders" not in plain_page.text
