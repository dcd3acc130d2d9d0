"""CRAM files, and files that are not sorted, read through a pipe."""

import logging
import os
import socket
import sys
from threading import Thread

import numpy as np
import pysam
import pytest
from builders import random_sequence, sentence, write_bam, write_fasta
from pysam.utils import SamtoolsError

from vambx.errors import InputError, OutputError, ResourceError
from vambx.features.abundance import mapped_depth, read_abundance, read_headers
from vambx.features.composition import read_composition
from vambx.io import bam, bam_streams
from vambx.io.bam import BamHeader, NotSortedError, read_header
from vambx.io.bam_depth import TagTypeError, mean_depth
from vambx.io.bam_streams import open_streams

LENGTHS = {"b": 2000, "a": 3000, "c": 5000}
GIVE = "give --reference the FASTA that the reads were mapped to"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with contigs.fa, and reads of it in sorted.bam, named.bam, mixed.bam and sorted.cram, named.cram."""
    folder, rng = tmp_path_factory.mktemp("made"), np.random.default_rng(1)
    contigs = {name: random_sequence(rng, n) for name, n in LENGTHS.items()}
    write_fasta(folder / "contigs.fa", {f"{name} more": bases for name, bases in contigs.items()}, width=60)
    header = {"HD": {"VN": "1.6", "SO": "queryname"}, "SQ": [{"SN": n, "LN": LENGTHS[n]} for n in LENGTHS]}
    with pysam.AlignmentFile(str(folder / "named.bam"), "wb", header=header) as bam:
        for i in range(900):
            name = rng.choice(list(LENGTHS))
            start = int(rng.integers(0, LENGTHS[name] - 100))
            bases = list(contigs[name][start : start + 100])
            wrong = rng.choice(100, size=int(rng.integers(0, 12)), replace=False)
            for at in wrong:
                bases[at] = "ACGT"[("ACGT".index(bases[at]) + 1) % 4]
            read = f"r{i:04}\t0\t{name}\t{start + 1}\t60\t100M\t*\t0\t0\t{''.join(bases)}\t*\tNM:i:{len(wrong)}"
            bam.write(pysam.AlignedSegment.fromstring(read, bam.header))
    run = {"catch_stdout": False}
    pysam.sort("-o", str(folder / "sorted.bam"), str(folder / "named.bam"), **run)
    for kind in ("sorted", "named"):
        output = str(folder / f"{kind}.cram")
        pysam.view("-C", "-T", str(folder / "contigs.fa"), "-o", output, str(folder / f"{kind}.bam"), **run)
    return folder


@pytest.fixture(scope="module")
def tight(tmp_path_factory):
    """tight.cram, of records that take hundreds of times their place in the file, and the BAM that it was made of."""
    folder = tmp_path_factory.mktemp("tight")
    reads = write_bam(folder / "tight.bam", {"a": 100_000}, [("a", 4 * i, 100, 0) for i in range(20_000)])
    options = ("no_ref=1", "archive", "level=9", "version=3.1")
    packed = [word for option in options for word in ("--output-fmt-option", option)]
    pysam.view("-C", *packed, "-o", str(folder / "tight.cram"), str(reads), catch_stdout=False)
    assert (folder / "tight.cram").stat().st_size < 10_000
    return folder


@pytest.fixture
def away(made, tmp_path, monkeypatch):
    """CRAM files whose headers name a reference that is not there; and its folder, which is the working one."""
    monkeypatch.chdir(tmp_path)
    rename(made / "sorted.cram", tmp_path / "sorted.cram", "/nowhere/contigs.fa")
    return tmp_path


def rename(cram, to, source):
    """Let a CRAM file's header name another source of its reference."""
    text = "\n".join(
        "\t".join(f"UR:{source}" if field.startswith("UR:") else field for field in line.split("\t"))
        for line in pysam.view("-H", "--no-PG", str(cram)).splitlines()
    )
    (to.parent / "header.sam").write_text(text + "\n")
    to.write_bytes(cram.read_bytes())
    pysam.reheader("-P", "-i", str(to.parent / "header.sam"), str(to))


def depth_of(path, reference=None, sort=False, folder=None, min_identity=0.0):
    header = read_header(path, sort)
    with open_streams([header], reference, sort, folder) as streams:
        return mapped_depth(header, min_identity, streams)


@pytest.mark.parametrize("min_identity", [0.0, 0.95])
@pytest.mark.parametrize(
    ("name", "sort"), [("sorted.cram", False), ("sorted.cram", True), ("named.cram", True), ("named.bam", True)]
)
def test_depths_are_those_of_the_sorted_bam(made, tmp_path, name, sort, min_identity):
    want = mean_depth(made / "sorted.bam", min_identity)
    assert len(set(want)) == 3
    got = depth_of(made / name, made / "contigs.fa", sort, tmp_path, min_identity)
    np.testing.assert_array_equal(got, want)
    assert list(tmp_path.iterdir()) == []


def test_a_cram_whose_records_are_packed_tightly_is_within_its_memory(tight):
    np.testing.assert_array_equal(depth_of(tight / "tight.cram"), mean_depth(tight / "tight.bam", 0.0))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit what a process holds")
@pytest.mark.parametrize("reader", [bam, bam_streams])
def test_a_cram_that_asks_for_more_memory_than_it_can_need_is_damaged(tight, monkeypatch, reader):
    monkeypatch.setattr(reader, "memory_for", lambda path, lengths: 1 << 20)
    problem = "the CRAM file is truncated or damaged"
    with pytest.raises(InputError, match=sentence(tight / "tight.cram", problem, "copy it again")):
        depth_of(tight / "tight.cram")


def test_without_memory_of_its_own_the_machine_is_to_blame(tight, monkeypatch):
    monkeypatch.setattr(bam_streams, "memory_for", lambda path, lengths: 1 << 20)
    monkeypatch.setattr(bam_streams, "is_limited", lambda: True)
    problem = "the process that read it ran out of memory"
    with pytest.raises(ResourceError, match=sentence(tight / "tight.cram", problem, "give more memory")):
        depth_of(tight / "tight.cram")


def test_headers_tell_what_is_to_be_done(made):
    assert read_header(made / "sorted.cram") == BamHeader(
        made / "sorted.cram", tuple(LENGTHS), tuple(LENGTHS.values()), is_cram=True
    )
    assert not read_header(made / "named.bam", sort=True).is_sorted
    assert read_header(made / "sorted.bam", sort=True).is_sorted


def test_files_that_pycoverm_reads_are_not_streamed(made, tmp_path):
    headers = [read_header(made / "sorted.bam")]
    with open_streams(headers, None, False, tmp_path) as streams:
        assert streams is None
    with open_streams(headers, None, True, tmp_path) as streams:
        assert streams.of(headers[0]) is None
    assert list(tmp_path.iterdir()) == []


def test_a_cram_is_read_with_the_reference_that_its_header_names(made):
    np.testing.assert_array_equal(depth_of(made / "sorted.cram"), mean_depth(made / "sorted.bam", 0.0))


@pytest.mark.parametrize("prefix", ["", "file:", "file://"])
def test_a_reference_may_be_named_as_a_file(made, tmp_path, prefix):
    rename(made / "sorted.cram", tmp_path / "x.cram", f"{prefix}{made / 'contigs.fa'}")
    assert depth_of(tmp_path / "x.cram").sum() > 0


@pytest.mark.parametrize("version", ["2.1", "3.0", "3.1"])
def test_crams_of_all_versions_are_read(made, tmp_path, version):
    path = tmp_path / "x.cram"
    line = ("-C", "-T", str(made / "contigs.fa"), "--output-fmt-option", f"version={version}", "-o", str(path))
    pysam.view(*line, str(made / "sorted.bam"), catch_stdout=False)
    assert path.read_bytes()[:6] == b"CRAM" + bytes(map(int, version.split(".")))
    np.testing.assert_array_equal(depth_of(path, made / "contigs.fa"), mean_depth(made / "sorted.bam", 0.0))


@pytest.mark.parametrize("options", ["embed_ref=2", "no_ref=1"])
def test_a_cram_that_needs_no_reference_is_read_without(made, tmp_path, options):
    path = tmp_path / "x.cram"
    line = ("-C", "-T", str(made / "contigs.fa"), "--output-fmt-option", options, "-o", str(path))
    pysam.view(*line, str(made / "sorted.bam"), catch_stdout=False)
    rename(path, tmp_path / "y.cram", "/nowhere/contigs.fa")
    np.testing.assert_array_equal(depth_of(tmp_path / "y.cram"), mean_depth(made / "sorted.bam", 0.0))


def test_references_may_lie_in_a_folder_by_their_checksums(made, away, monkeypatch):
    for line in pysam.view("-H", str(made / "sorted.cram")).splitlines():
        if line.startswith("@SQ"):
            fields = dict(field.split(":", 1) for field in line.split("\t")[1:])
            bases = pysam.FastaFile(str(made / "contigs.fa")).fetch(fields["SN"])
            (away / fields["M5"]).write_text(bases)
    monkeypatch.setenv("REF_PATH", f"{away}/%s")
    np.testing.assert_array_equal(depth_of(away / "sorted.cram"), mean_depth(made / "sorted.bam", 0.0))


@pytest.mark.parametrize("ending", ["fa", "fa.gz", "fa.xz"])
def test_the_reference_may_be_packed_and_lie_where_nothing_can_be_written(made, away, ending):
    read_only = away / "read_only"
    read_only.mkdir()
    path = write_fasta(read_only / f"x.{ending}", {r.name: r.sequence for r in records(made)})
    before = [entry.name for entry in read_only.iterdir()]
    read_only.chmod(0o500)
    assert depth_of(away / "sorted.cram", path).sum() > 0
    assert [entry.name for entry in read_only.iterdir()] == before


def records(made):
    from vambx.io.fasta import iter_fasta

    return list(iter_fasta(made / "contigs.fa"))


def test_without_a_reference_a_cram_cannot_be_read(away):
    problem = "the bases that the reads were mapped to are not in the CRAM file"
    with pytest.raises(InputError, match=sentence(away / "sorted.cram", problem, GIVE)):
        depth_of(away / "sorted.cram")


def test_another_reference_is_refused(made, away):
    other = {r.name: r.sequence for r in records(made)}
    write_fasta(away / "other.fa", other | {"a": other["a"][:-1] + "N"})
    problem = f"1 sequences of the reference {away / 'other.fa'} are not those that the reads were mapped to, such as a"
    with pytest.raises(InputError, match=sentence(away / "sorted.cram", problem, GIVE)):
        depth_of(away / "sorted.cram", away / "other.fa")


def test_a_reference_that_lacks_sequences_is_refused(made, away):
    write_fasta(away / "part.fa", {"a": records(made)[1].sequence})
    problem = f"the reference {away / 'part.fa'} lacks 2 of the CRAM file's sequences, such as b"
    with pytest.raises(InputError, match=sentence(away / "sorted.cram", problem, GIVE)):
        depth_of(away / "sorted.cram", away / "part.fa")


def test_a_reference_in_lower_case_is_the_same(made, away):
    path = write_fasta(away / "lower.fa", {r.name: r.sequence.lower() for r in records(made)})
    np.testing.assert_array_equal(depth_of(away / "sorted.cram", path), mean_depth(made / "sorted.bam", 0.0))


def test_nothing_is_looked_up_on_the_network(made, away, monkeypatch):
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        address = f"http://127.0.0.1:{server.getsockname()[1]}"

        def listen():
            while open_for:
                try:
                    asked.append(server.accept())
                except TimeoutError:
                    continue

        open_for = [True]
        listener = Thread(target=listen)
        listener.start()
        monkeypatch.setenv("REF_PATH", f"{address}/%s")
        rename(made / "sorted.cram", away / "far.cram", f"{address}/contigs.fa")
        problem = f"its reference lies on the network ({address}/contigs.fa), not here"
        with pytest.raises(InputError, match=sentence(away / "far.cram", problem, GIVE)):
            depth_of(away / "far.cram")
        with pytest.raises(InputError, match=sentence(away / "sorted.cram", "are not in the CRAM file", GIVE)):
            depth_of(away / "sorted.cram")
        assert depth_of(away / "far.cram", made / "contigs.fa").sum() > 0
        open_for.clear()
        listener.join()
    assert asked == []


@pytest.mark.parametrize(("name", "sort"), [("sorted.cram", False), ("named.cram", True), ("named.bam", True)])
def test_a_damaged_file_is_told(made, tmp_path, name, sort):
    content = bytearray((made / name).read_bytes())
    middle = len(content) * 3 // 4
    content[middle : middle + 60] = bytes(60)
    path = tmp_path / name
    path.write_bytes(content)
    kind = path.suffix[1:].upper()
    with pytest.raises(InputError, match=sentence(path, f"the {kind} file is truncated or damaged", "copy it again")):
        depth_of(path, made / "contigs.fa", sort, tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_cram_that_is_cut_is_told(made, tmp_path):
    path = tmp_path / "x.cram"
    path.write_bytes((made / "sorted.cram").read_bytes()[:-100])
    with pytest.raises(InputError, match=sentence(path, "the CRAM file is truncated or damaged", "copy it again")):
        depth_of(path, made / "contigs.fa")


def test_not_sorted_is_refused_unless_it_shall_be(made):
    remedy = f"sort it: samtools sort -o sorted.bam {made / 'named.bam'}, or give --sort"
    with pytest.raises(NotSortedError, match=sentence(made / "named.bam", "is sorted by read name", remedy)):
        read_header(made / "named.bam")


@pytest.mark.parametrize("declared", ["coordinate", None])
def test_a_file_that_looks_sorted_but_is_not_is_sorted_too(tmp_path, monkeypatch, declared):
    monkeypatch.setattr("vambx.io.bam._PEEK", 2)
    reads, lengths = [(name, 500, 100, 0) for name in "aabba"], {"a": 1500, "b": 2000}
    path = write_bam(tmp_path / "x.bam", lengths, reads, declared)
    want = mean_depth(write_bam(tmp_path / "y.bam", lengths, sorted(reads)), 0.0)
    with pytest.raises(NotSortedError):
        depth_of(path)
    np.testing.assert_array_equal(depth_of(path, sort=True), want)


@pytest.mark.parametrize(
    ("name", "nm_type", "sort"),
    [("x.bam", "c", False), ("x.bam", "i", False), ("named.bam", "s", True), ("kept.cram", "i", False)],
)
def test_signed_tags_are_read_as_unsigned_ones(made, tmp_path, nm_type, name, sort):
    reads = [(name, i * 10, 100, 3 * (i % 3)) for name in LENGTHS for i in range(40)]
    want = mean_depth(write_bam(tmp_path / "want.bam", LENGTHS, reads), 0.95)
    path = write_bam(tmp_path / "x.bam", LENGTHS, reads, nm_type=nm_type)
    with pytest.raises(TagTypeError):
        mean_depth(path, 0.95)
    pysam.sort("-n", "-o", str(tmp_path / "named.bam"), str(path), catch_stdout=False)
    line = (
        "-C",
        "-T",
        str(made / "contigs.fa"),
        "--output-fmt-option",
        "store_nm=1",
        "-o",
        str(tmp_path / "kept.cram"),
    )
    pysam.view(*line, str(path), catch_stdout=False)
    got = depth_of(tmp_path / name, made / "contigs.fa", sort, tmp_path, 0.95)
    np.testing.assert_array_equal(got, want)
    assert 0 < want.max() < mean_depth(tmp_path / "want.bam", 0.0).max()


def test_a_tag_that_is_no_count_is_told(tmp_path):
    path = write_bam(tmp_path / "x.bam", LENGTHS, [("a", 100, 100, 0)], nm_type="f")
    problem = "an NM tag is no count of mismatches"
    with pytest.raises(InputError, match=sentence(path, problem, f"samtools calmd -b {path} contigs.fa > with_nm.bam")):
        depth_of(path)


def test_what_pycoverm_cannot_use_is_told_of_a_stream_too(tmp_path):
    path = write_bam(tmp_path / "x.bam", {"a": 150_000}, [("a", i, 100, 0) for i in range(99_000)], "queryname", None)
    with pytest.raises(InputError, match=sentence(path, "no NM tag", "samtools calmd")):
        depth_of(path, sort=True, folder=tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_reference_that_cannot_be_indexed_is_told(made, tmp_path, monkeypatch):
    def fail(path):
        raise SamtoolsError("[faidx] odd\nand odder")

    monkeypatch.setattr(bam_streams.pysam, "faidx", fail)
    problem = "cannot be indexed ([faidx] odd and odder)"
    with pytest.raises(InputError, match=sentence(made / "contigs.fa", problem, GIVE)):
        open_streams([read_header(made / "sorted.cram")], made / "contigs.fa", False, tmp_path).__enter__()


@pytest.mark.parametrize(
    ("said", "kind", "problem", "remedy"),
    [
        ("[E::bgzf_flush] x\nsamtools sort: No space left on device", OutputError, "cannot be written", "free space"),
        ("samtools sort: something odd\n", InputError, "cannot be read (samtools sort: something odd)", "whole?"),
        ("", InputError, "cannot be read (it crashed)", "is the file whole?"),
    ],
)
def test_what_a_stream_says_is_explained(made, tmp_path, said, kind, problem, remedy):
    stream = bam_streams.Streams(tmp_path, None, True, 1, 1).sorted(read_header(made / "sorted.bam"))
    error = stream.explain(1, said)
    assert type(error) is kind
    assert problem in str(error)
    assert remedy in str(error)


def test_memory_and_disk_are_shared_and_told(made, tmp_path, caplog):
    header = read_header(made / "named.bam", sort=True)
    with (
        caplog.at_level(logging.INFO, logger="vambx"),
        open_streams([header] * 3, None, True, tmp_path, threads=8) as streams,
    ):
        line = streams.of(header).command
    memory, threads = (line[line.index(option) + 1] for option in ("-m", "-@"))
    assert (int(memory), int(threads)) == (2**31 // 3 // 2, 2)
    size = 3 * os.path.getsize(made / "named.bam") / 1e6
    assert f"Sorting 3 BAM files, 3 at a time, which takes up to {size:.1f} MB of disk in {tmp_path}" in caplog.text


def test_a_folder_that_cannot_be_written_is_told(made, tmp_path):
    with pytest.raises(OutputError, match=sentence(tmp_path / "no", "cannot be written", "choose another folder")):
        depth_of(made / "named.bam", sort=True, folder=tmp_path / "no")


def test_one_call_reads_them_all(made, tmp_path):
    composition = read_composition(made / "contigs.fa", 500)
    paths = [tmp_path / "a.bam", tmp_path / "b.bam", tmp_path / "c.cram"]
    for path, name in zip(paths, ("sorted.bam", "named.bam", "sorted.cram"), strict=True):
        path.symlink_to(made / name)
    headers = read_headers(paths, composition, sort=True)
    assert headers[0].references is headers[2].references
    abundance = read_abundance(headers, composition.contigs, 0.0, threads=2, reference=made / "contigs.fa")
    assert abundance.samples == ("a", "b", "c")
    np.testing.assert_array_equal(abundance.depth[:, 0], abundance.depth[:, 1])
    np.testing.assert_array_equal(abundance.depth[:, 0], abundance.depth[:, 2])
