"""What `vambx bin` writes: every file is there, and they agree with each other and with the input."""

import json
import re

import numpy as np
import pysam
import pytest
from communities import ALL, BINS, FEATURES, RESULTS, assert_whole

from vambx.layout import Layout

RECRUITS, SHORTEST, SMALLEST = 500, int(FEATURES[1]), int(BINS[1])


def fasta(path):
    """Sequences of a FASTA file by their whole header."""
    entries = path.read_text().split(">")[1:]
    return {header: "".join(lines) for header, *lines in (entry.splitlines() for entry in entries)}


def table(path):
    """Rows of a table with a header, as dicts."""
    header, *rows = (line.split("\t") for line in path.read_text().splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def out(binned):
    return Layout(binned)


@pytest.fixture(scope="module")
def contigs(community):
    """Sequence of every contig of the FASTA by name."""
    return {header.split()[0]: sequence for header, sequence in fasta(community.fasta).items()}


@pytest.fixture(scope="module")
def long(contigs):
    """Those that are long enough, in the FASTA's order."""
    return {name: sequence for name, sequence in contigs.items() if len(sequence) >= SHORTEST}


@pytest.fixture(scope="module")
def taken(contigs):
    """Those that are long enough to join a bin, in the FASTA's order."""
    return {name: sequence for name, sequence in contigs.items() if len(sequence) >= RECRUITS}


@pytest.fixture(scope="module")
def pairs(out):
    return [tuple(line.split("\t")) for line in out.contig2bin.read_text().splitlines()]


@pytest.fixture(scope="module")
def rows(out):
    return table(out.bins_table)


def test_every_file_is_there_and_nothing_else(out):
    assert assert_whole(out.root) == ALL
    assert {path.name for path in out.root.iterdir()} == ALL | {"run.json", "vambx.log"}


def test_bin_ids_are_the_same_everywhere(out, rows, pairs):
    ids = [row["bin"] for row in rows]
    assert len(ids) >= 2
    assert len({name.casefold() for name in ids}) == len(ids)
    assert {path.name for path in out.bins.iterdir()} == {f"{name}.fna" for name in ids}
    assert {name for _, name in pairs} == set(ids)
    assert all(re.fullmatch("[A-Za-z0-9_]+", name) for name in ids)


def test_contig2bin_has_two_columns_and_no_header(pairs, contigs):
    assert {len(pair) for pair in pairs} == {2}
    assert pairs[0][0] in contigs


def test_bins_hold_the_original_headers_and_sequences(out, pairs, community, rows):
    original = fasta(community.fasta)
    found = {name: fasta(out.bins / f"{name}.fna") for _, name in pairs}
    assert all(records.items() <= original.items() for records in found.values())
    in_bins = sorted((header.split()[0], name) for name, records in found.items() for header in records)
    assert in_bins == sorted(pairs)
    for records in found.values():
        assert list(records) == [header for header in original if header in records]  # in the FASTA's order


def test_every_contig_is_in_one_bin_or_told_to_be_in_none(out, pairs, contigs):
    unbinned = table(out.unbinned)
    assert list(unbinned[0]) == ["contig", "length", "reason"]
    assert sorted([contig for contig, _ in pairs] + [row["contig"] for row in unbinned]) == sorted(contigs)
    assert all(int(row["length"]) == len(contigs[row["contig"]]) for row in unbinned)
    short, small = "shorter than the minimum length", "its bin is smaller than the minimum size"
    loose = "short, and not clearly of any bin"
    assert {small, loose} <= {row["reason"] for row in unbinned} <= {short, small, loose}
    for row in unbinned:
        length, reason = int(row["length"]), row["reason"]
        assert (reason == short) == (length < RECRUITS)
        assert reason != loose or RECRUITS <= length < SHORTEST


def test_every_long_contig_is_in_one_cluster_and_chosen_once(out, long, taken):
    assert sorted(row["contig"] for row in table(out.clusters)) == sorted(long)
    chosen = [row["contig"] for row in table(out.chosen)]
    assert len(set(chosen)) == len(chosen)
    assert set(long) <= set(chosen) <= set(taken)


def test_bins_are_what_was_chosen_split_by_sample(out, pairs, rows, taken):
    clustered = {row["contig"]: row for row in table(out.chosen)}
    groups = {}
    for contig, row in clustered.items():
        groups.setdefault((contig.partition("C")[0], row["cluster"]), set()).add(contig)
    large = [group for group in groups.values() if sum(len(taken[contig]) for contig in group) >= SMALLEST]
    in_bins = [{contig for contig, name in pairs if name == row["bin"]} for row in rows]
    assert sorted(map(sorted, large)) == sorted(map(sorted, in_bins))
    for row, members in zip(rows, in_bins, strict=True):
        assert {(row["medoid"], float(row["radius"]), row["kind"])} == {
            (clustered[member]["medoid"], float(clustered[member]["radius"]), clustered[member]["kind"])
            for member in members
        }
        assert {member.partition("C")[0] for member in members} == {row["sample"]}


def test_the_numbers_of_every_bin_are_those_of_its_contigs(rows, pairs, taken, out):
    columns = ["bin", "sample", "contigs", "bp", "N50", "longest", "GC"]
    markers = ["completeness", "contamination"]
    assert list(rows[0]) == [*columns, *markers, "depth_S1", "depth_S2", "medoid", "radius", "kind"]
    assert {row[column] for row in rows for column in markers} == {""}
    with np.load(out.abundance) as archive:
        depth = dict(zip(taken, archive["depth"], strict=True))
    for row in rows:
        members = [contig for contig, name in pairs if name == row["bin"]]
        lengths = sorted((len(taken[member]) for member in members), reverse=True)
        text = "".join(taken[member] for member in members)
        half = next(n for i, n in enumerate(lengths) if 2 * sum(lengths[: i + 1]) >= sum(lengths))
        got = [int(row[column]) for column in ("contigs", "bp", "N50", "longest")]
        assert got == [len(members), len(text), half, lengths[0]]
        assert float(row["GC"]) == pytest.approx((text.count("G") + text.count("C")) / len(text), abs=1e-4)
        want = sum(depth[member] * len(taken[member]) for member in members) / len(text)
        assert [float(row["depth_S1"]), float(row["depth_S2"])] == pytest.approx(want, abs=1e-3)


def test_depths_are_those_of_the_reads(rows, pairs, community, contigs):
    for sample in ("S1", "S2"):
        with pysam.AlignmentFile(community.bams / f"{sample}.bam") as bam:
            bases = dict.fromkeys(contigs, 0)
            for read in bam.fetch(until_eof=True):
                bases[read.reference_name] += read.query_alignment_length or 150
        for row in rows:
            members = [contig for contig, name in pairs if name == row["bin"]]
            want = sum(bases[member] for member in members) / int(row["bp"])
            assert float(row[f"depth_{sample}"]) == pytest.approx(want, rel=0.05, abs=0.01)


def test_the_largest_bin_comes_first(rows):
    sizes = [int(row["bp"]) for row in rows]
    assert sizes == sorted(sizes, reverse=True)


def test_the_cami_file_has_a_section_a_sample_and_the_same_bins(out, pairs, contigs):
    sections = out.cami.read_text().split("@Version:0.9.1\n")
    assert sections[0] == ""
    found, samples = [], []
    for section in sections[1:]:
        sample, empty, header, *lines = section.splitlines()
        assert (empty, header) == ("", "@@SEQUENCEID\tBINID\tLENGTH")
        samples.append(sample)
        for contig, name, length in (line.split("\t") for line in lines):
            assert int(length) == len(contigs[contig])
            assert sample == f"@SampleID:{contig.partition('C')[0]}"
            found.append((contig, name))
    assert samples == ["@SampleID:S1", "@SampleID:S2"]
    assert sorted(found) == sorted(pairs)


def test_matrices_have_a_row_a_contig_in_the_order_of_the_fasta(out, long, taken):
    with np.load(out.composition) as archive:
        assert archive["names"].tobytes().decode().split("\n") == list(taken)
        assert archive["lengths"].tolist() == [len(sequence) for sequence in taken.values()]
        assert archive["min_length"] == SHORTEST
    with np.load(out.abundance) as archive:
        assert archive["samples"].tobytes() == b"S1\nS2"
        assert archive["depth"].shape == archive["rpkm"].shape == (len(taken), 2)
    with np.load(out.latent) as archive:
        assert archive["latent"].shape == (len(long), 32)


def test_the_account_names_versions_settings_inputs_and_what_each_step_took(out, community):
    account = json.loads(out.run.read_text())
    assert {"vambx", "python", "libraries", "command", "steps"} <= account.keys()
    assert list(account["steps"]) == list(RESULTS)
    for name, step in account["steps"].items():
        assert set(step["outputs"]) == RESULTS[name]
        assert min(step["wall_seconds"], step["cpu_seconds"]) >= 0
        assert step["peak_memory_mb"] > 0
    steps = account["steps"]
    assert steps["latent"]["settings"]["epochs"] == 20
    assert steps["latent"]["settings"]["seed"] == 1
    assert steps["composition"]["settings"]["min_length"] == SHORTEST
    assert str(community.fasta) in steps["composition"]["inputs"]
    assert {str(community.bams / "S1.bam"), str(community.bams / "S2.bam")} < steps["abundance"]["inputs"].keys()


def test_the_log_is_plain_and_dated(out):
    lines = out.log.read_text().splitlines()
    assert len(lines) >= 20  # an epoch a line
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING) \S", line) for line in lines)
    assert "\x1b" not in out.log.read_text()
