"""Input that is odd but good: names, compression, few contigs, none; and what the command says."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from builders import even_reads, random_sequence, write_bam, write_fasta
from communities import ALL, FEATURES, assert_whole, done, tree, write_few

MARKED = ("bin", "--fasta", "contigs.fa", "--bams", "bams", "--outdir", "out", "--no-report", "--min-bin-size", "0")
BIN = (*MARKED, "--no-markers")
FEW_MADE = ALL - {"model.pt", "history.tsv"}
ODD = ["ERR1.2:c1", "ERR1.2:c2", "ERR1_2:c1", "err1_2:c3", "a/b\\c:c4", "a|b=c:c5", "..:c6", "-:c7"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path))
    return tmp_path


def again(here, lengths):
    shutil.rmtree(here / "bams")
    return write_few(here, lengths)


def text(name):
    return Path("out", name).read_text(encoding="utf-8")


def column(name, number):
    return [line.split("\t")[number] for line in text(name).splitlines()]


def test_samples_with_odd_names_get_bins_of_distinct_safe_names(here):
    again(here, dict.fromkeys(ODD, 2500))
    done(*BIN)
    header, *rows = text("clusters.tsv").splitlines()
    assert text("chosen.tsv") == text("clusters.tsv")  # a few contigs teach nothing
    one = ["\t".join(["1", row.split("\t")[1], ODD[0], "0.1", "normal"]) for row in rows]
    (here / "out" / "clusters.tsv").write_text("\n".join([header, *one, ""]), encoding="utf-8")
    done("bins", "--fasta", "contigs.fa", "--outdir", "out", "--min-bin-size", "0", "--force")
    samples = dict(zip(column("bins.tsv", 0)[1:], column("bins.tsv", 1)[1:], strict=True))
    assert sorted(samples.values()) == sorted({name.partition(":")[0] for name in ODD})
    assert len({name.casefold() for name in samples}) == len(samples)
    assert all(re.fullmatch("[A-Za-z0-9_]+", name) for name in samples)
    assert {path.name for path in (here / "out" / "bins").iterdir()} == {f"{name}.fna" for name in samples}
    for contig, name in (line.split("\t") for line in text("contig2bin.tsv").splitlines()):
        assert samples[name] == contig.partition(":")[0]
        assert f">{contig} " in (here / "out" / "bins" / f"{name}.fna").read_text(encoding="utf-8")
    assert [line[10:] for line in text("binning.cami.tsv").splitlines() if line.startswith("@SampleID:")] == sorted(
        samples.values()
    )


def test_too_few_contigs_to_train_on_are_singletons_with_a_warning(here):
    ran = done(*BIN)
    assert re.search(r"^warning: .*\b5\b.*too few to train on", ran.err, flags=re.MULTILINE)
    assert assert_whole(here / "out") == FEW_MADE
    assert sorted(column("clusters.tsv", 0)[1:]) == list("12345")
    assert set(column("clusters.tsv", 4)[1:]) == {"loner"}
    assert sorted(column("contig2bin.tsv", 0)) == ["S1C0", "S1C2", "S1C4", "S2C1", "S2C3"]
    assert len(set(column("contig2bin.tsv", 1))) == 5


def test_no_contig_long_enough_gives_valid_empty_tables(here):
    done(*BIN, "--min-length", "5000")
    assert assert_whole(here / "out") == FEW_MADE
    assert [len(text(name).splitlines()) for name in ("clusters.tsv", "bins.tsv", "contig2bin.tsv")] == [1, 1, 0]
    assert text("binning.cami.tsv") == "@Version:0.9.1\n@SampleID:s\n\n@@SEQUENCEID\tBINID\tLENGTH\n"
    assert list((here / "out" / "bins").iterdir()) == []
    assert set(column("unbinned.tsv", 2)) == {"reason", "short, and not clearly of any bin"}
    assert sorted(column("unbinned.tsv", 0)[1:]) == ["S1C0", "S1C2", "S1C4", "S2C1", "S2C3"]


def test_no_bin_large_enough_gives_valid_empty_tables(here):
    done(*BIN, "--min-bin-size", "1000000")
    assert assert_whole(here / "out") == FEW_MADE
    assert [len(text(name).splitlines()) for name in ("clusters.tsv", "bins.tsv", "contig2bin.tsv")] == [6, 1, 0]
    assert len(text("unbinned.tsv").splitlines()) == 6


def test_a_contig_of_nothing_but_n_is_set_aside_with_a_warning(here):
    lengths = {"S1C1": 2500, "S1C2": 2500, "S1C3": 2500}
    rng = np.random.default_rng(1)
    write_fasta(
        here / "contigs.fa", {name: random_sequence(rng, n) for name, n in lengths.items()} | {"S1C2": "N" * 2500}
    )
    write_bam(here / "bams" / "s.bam", lengths, even_reads(lengths, 5, rng=rng))
    ran = done(*BIN)
    assert re.search(r"^warning: contigs\.fa: .*4-mer.* set aside\b.*S1C2$", ran.err, flags=re.MULTILINE)
    assert text("unbinned.tsv") == "contig\tlength\treason\nS1C2\t2500\tnot one 4-mer of A, C, G and T\n"
    assert sorted(column("contig2bin.tsv", 0)) == ["S1C1", "S1C3"]


@pytest.mark.parametrize(
    ("suffix", "newline"), [(".gz", "\n"), (".bz2", "\n"), (".xz", "\n"), (".zst", "\n"), ("", "\r\n")]
)
def test_compressed_and_dos_files_give_the_same_bytes(here, suffix, newline):
    done(*BIN)
    entries = (entry.splitlines() for entry in (here / "contigs.fa").read_text().split(">")[1:])
    write_fasta(here / f"x.fa{suffix}", {header: "".join(lines) for header, *lines in entries}, 60, newline)
    done(*BIN, "--fasta", f"x.fa{suffix}", "--outdir", "other")
    assert tree(here / "out") == tree(here / "other")


def test_folder_glob_and_list_of_bams_give_the_same_bytes(community, tmp_path):
    first, second = sorted(community.bams.iterdir())
    ways = {"folder": [community.bams], "glob": [community.bams / "*.bam"], "list": [first, second]}
    for way, bams in ways.items():
        done("features", "--fasta", community.fasta, "--bams", *bams, "--outdir", tmp_path / way, *FEATURES)
    assert tree(tmp_path / "folder").keys() == {"composition.npz", "abundance.npz"}
    assert tree(tmp_path / "folder") == tree(tmp_path / "glob") == tree(tmp_path / "list")


def test_the_order_of_the_contigs_in_a_bam_does_not_matter(here):
    done(*BIN)
    lengths = {f"S{i % 2 + 1}C{i}": 2500 + 100 * i for i in range(5)}
    reads = list(even_reads(lengths, 5, rng=np.random.default_rng(3)))
    turned = dict(reversed(lengths.items()))
    for name, order in (("a", lengths), ("b", turned)):
        (here / name).mkdir()
        mine = [read for contig in order for read in reads if read[0] == contig]
        write_bam(here / name / "s.bam", order, mine)
        done(*BIN, "--bams", name, "--outdir", f"out_{name}")
    assert tree(here / "out_a") == tree(here / "out_b")


@pytest.mark.parametrize(
    ("names", "args", "said"),
    [
        (["S1C1", "S2C1", "S1C2"], [], "'C' (every name looks like S1C12); "),
        (["a:1", "a:2", "b:1"], [], "':' (every name looks like sample:contig); "),
        (["k1", "k2"], [], "none in the names; "),
        (["S1C1", "S2C1"], ["--separator", ""], "none, as asked; "),
        (["a_1", "b_1"], ["--separator", "_"], "'_' (as given); "),
    ],
)
def test_one_line_says_how_names_are_split(here, names, args, said):
    again(here, dict.fromkeys(names, 2500))
    err = done(*BIN, *args).err
    assert err.count("Separator: ") == 1
    assert f"Separator: {said}" in err


def test_a_pooled_assembly_is_not_split(here):
    again(here, dict.fromkeys(["k1", "k2"], 2500))
    done(*BIN)
    assert sorted(column("bins.tsv", 0)[1:]) == ["bin_1", "bin_2"]
    assert column("bins.tsv", 1)[1:] == ["", ""]
    assert "@SampleID:s\n" in text("binning.cami.tsv")


def test_quiet_says_nothing(here):
    assert done(*BIN, "-q") == (0, "", "")


def test_the_summary_is_ten_lines_that_say_what_was_found_and_where(here):
    out = done(*MARKED, COLUMNS="80").out
    assert len(out.splitlines()) <= 10
    assert max(map(len, out.splitlines())) <= 80
    assert re.search(r"contigs +5 \(0\.0 Mbp\)", out)
    assert re.search(r"groups +5 chosen$", out, flags=re.MULTILINE)
    assert re.search(r"bins +5; 0 near-complete by their marker genes$", out, flags=re.MULTILINE)
    assert re.search(r"genomes +out/bins/$", out, flags=re.MULTILINE)


def test_warnings_are_in_the_log_too(here):
    done(*BIN)
    assert re.search(r" WARNING .*\b5\b.*too few to train on", text("vambx.log"))


def test_verbose_says_the_losses_of_each_epoch(binned, tmp_path):
    shutil.copytree(binned, tmp_path / "out")
    args = ("encode", "--outdir", tmp_path / "out", "--force", "--epochs", "2", "--n-hidden", "8")
    assert "CE" not in done(*args).err
    losses = re.findall(
        r"^Epoch (\d).*2.* loss [\d.]+ CE [\d.]+ MSE [\d.]+ KLD [\d.]+ total [\d.]+$",
        done(*args, "-v").err,
        re.MULTILINE,
    )
    assert losses == ["1", "2"]
