"""vambx check: what vambx bin would do, all that would stop it, and nothing done."""

import os
import re
import shutil

import numpy as np
import pysam
import pytest
from builders import even_reads, random_sequence, write_bam, write_fasta
from communities import FAST, FEW, inputs, run_cli, tree, write_few
from filelock import FileLock

import vambx.check
from vambx import machine
from vambx.io.fasta import iter_fasta

STEPS = ("composition", "abundance", "latent", "clusters", "chosen", "bins")


def rows(out):
    """What stands beside each topic; a value that goes on below is joined again."""
    assert out.startswith("vambx check: nothing was done\n")
    joined = re.sub(r"\n {16}", " ", out).splitlines()[1:]
    return {line[2:16].strip(): line[16:] for line in joined}


def check(files, out, *args):
    ran = run_cli("check", *inputs(files), "--outdir", out, *FAST, *args)
    assert ran.code == 0, ran.err
    return rows(ran.out)


def test_all_is_said_and_nothing_is_written(community, tmp_path):
    ran = run_cli("check", *inputs(community), "--outdir", tmp_path / "new" / "out", *FAST)
    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 80
    assert not list(tmp_path.iterdir())
    said = rows(ran.out)
    n = sum(len(record.sequence) >= 1500 for record in iter_fasta(community.fasta))
    n_shorter = sum(500 <= len(record.sequence) < 1500 for record in iter_fasta(community.fasta))
    assert said["contigs"].startswith(f"{n} of at least 1,500 bp, ")
    assert said["recruits"].startswith(f"{n_shorter} shorter contigs, ")
    assert said["left out"].startswith("0, ")
    assert said["reads"].startswith("2 BAM or CRAM files, ")
    assert said["samples"] == "S1, S2"
    assert said["mode"] == "contigs of 2 samples, each assembled and binned by itself; depths in 2"
    assert said["separator"].startswith("'C' (every name looks like S1C12)")
    assert said["markers"] == "none"
    assert said["training"] == f"vae of {n} contigs; device: cpu"
    assert re.fullmatch(r"about \d+\.\d MB; \d.* are free", said["memory"])
    assert re.fullmatch(r"up to \d+\.\d [kM]B; \d.* are free", said["disk"])
    assert (said["kept"], said["to do"]) == ("nothing", ", ".join(STEPS))


@pytest.mark.parametrize(
    ("option", "first"),
    [
        ((), None),
        (("--min-length", "1600"), "composition"),
        (("--min-identity", "0.5"), "abundance"),
        (("--n-latent", "8"), "latent"),
        (("--scope", "sample"), "clusters"),
        (("--choice", "clusters"), "chosen"),
        (("--min-bin-size", "1"), "bins"),
    ],
)
def test_what_would_be_kept_is_what_bin_keeps(binned, community, tmp_path, option, first):
    out = shutil.copytree(binned, tmp_path / "out")
    before = tree(out, but=())
    said = check(community, out, *option, "--resume")
    assert tree(out, but=()) == before
    n_kept = len(STEPS) if first is None else STEPS.index(first)
    assert said["kept"] == (", ".join(STEPS[:n_kept]) or "nothing")
    assert said["to do"] == (", ".join(STEPS[n_kept:]) or "nothing")
    ran = run_cli("bin", *inputs(community), "--outdir", out, *FAST, *option, "--resume")
    kept = re.findall(r"Step (\w+): made before", ran.err)
    assert kept[:n_kept] == list(STEPS[:n_kept])
    assert first not in kept


def test_with_force_all_would_be_done(binned, community):
    assert check(community, binned, "--force")["kept"] == "nothing"


def test_reads_that_became_larger_would_be_read_again(binned, community, tmp_path):
    bams = shutil.copytree(community.bams, tmp_path / "bams")
    out = shutil.copytree(binned, tmp_path / "out")
    ran = run_cli("check", "--fasta", community.fasta, "--bams", bams, "--outdir", out, *FAST, "--resume")
    assert rows(ran.out)["kept"] == "composition"  # files of another path are not known


def test_every_problem_is_said_and_the_exit_code_is_1(community, tmp_path):
    held = tmp_path / "held"
    held.mkdir()
    (held / "vambx.log").touch()
    cut = tmp_path / "S3.bam"
    cut.write_bytes((community.bams / "S1.bam").read_bytes()[:-100])
    lengths = {"S1C9": 2000}
    write_bam(tmp_path / "S4.bam", lengths, even_reads(lengths, 3, rng=np.random.default_rng(3)))
    (tmp_path / "S5.tsv").write_text("S1C1\tmany\n")
    missing = tmp_path / "S6.bam"
    with FileLock(held / ".vambx.lock"):
        ran = run_cli(
            *("check", "--fasta", community.fasta, "--bams", community.bams, cut, tmp_path / "S4.bam", missing),
            *("--depths", tmp_path / "S5.tsv", "--hmms", tmp_path / "no.hmm", "--separator", "@", "--outdir", held),
        )
    assert ran.code == 1
    *said, last = ran.err.splitlines()
    assert last == f"vambx: error: {len(said)} problems would stop this run; mend what is said above"
    for number, words in enumerate(
        [
            f"{held}: another run is at work in this folder",
            f"{community.fasta}: --separator '@' does not split",
            f"{missing}: the BAM file does not exist",
            f"{cut}: the BAM file is truncated or damaged",
            f"{tmp_path}/S4.bam: reads were mapped to another assembly",
            f"{tmp_path}/S5.tsv: ",
            f"{tmp_path}/no.hmm: cannot be read",
        ]
    ):
        assert said[number].startswith(f"error: {words}"), said[number]
    assert len(said) == 7
    assert "to do" not in rows(ran.out)


def test_a_quiet_check_says_problems_alone(community, tmp_path):
    quiet = run_cli("check", *inputs(community), "--outdir", tmp_path / "out", "-q")
    assert quiet == (0, "", "")
    ran = run_cli("check", "--fasta", tmp_path / "no.fa", "--bams", community.bams, "--outdir", tmp_path / "out", "-q")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"error: {tmp_path}/no.fa: the FASTA file does not exist; give the file of the assembled contigs\n"
        "vambx: error: 1 problem would stop this run; mend what is said above\n"
    )


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda out: out.write_text(""), "is a file, not a folder; choose another --outdir"),
        (
            lambda out: (out.mkdir(), (out / "mine").touch()),
            "holds files that are not vambx's; choose another --outdir",
        ),
        (lambda out: (out.mkdir(), (out / "run.json").write_text("{}")), "holds a run already; give --resume to go on"),
    ],
)
def test_a_folder_that_cannot_be_used_is_a_problem(community, tmp_path, make, sentence):
    make(tmp_path / "out")
    ran = run_cli("check", *inputs(community), "--outdir", tmp_path / "out", *FAST)
    assert ran.code == 1
    assert f"error: {tmp_path}/out: {sentence}" in ran.err


def test_a_folder_below_a_file_is_a_problem(community):
    out = community.fasta / "out"
    ran = run_cli("check", *inputs(community), "--outdir", out, *FAST)
    assert ran.code == 1
    assert f"error: {out}: cannot be written (Not a directory); free space or choose another folder" in ran.err


def test_a_folder_that_may_not_be_written_is_a_problem(community, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)  # tests may be run by root, who may
    ran = run_cli("check", *inputs(community), "--outdir", tmp_path / "a" / "b", *FAST)
    assert ran.code == 1
    assert f"error: {tmp_path}/a/b: cannot be written (Permission denied); free space" in ran.err


def test_no_reads_at_all_are_a_problem(community, tmp_path):
    ran = run_cli("check", "--fasta", community.fasta, "--outdir", tmp_path / "out", *FAST)
    assert ran.code == 1
    assert "error: reads are needed: give --bams, or --depths, or both\n" in ran.err


def test_a_wrong_option_is_wrong_usage(community, tmp_path):
    ran = run_cli("check", *inputs(community), "--outdir", tmp_path / "out", "--epochs", "0")
    assert (ran.code, ran.err) == (2, "vambx: error: --epochs must be at least 1, not 0\n")


def test_a_cram_of_another_reference_is_a_problem(tmp_path):
    few = write_few(tmp_path / "few")
    cram, named = str(tmp_path / "s.cram"), str(few / "contigs.fa")
    pysam.view("-C", "-T", named, "-o", cram, str(few / "bams" / "s.bam"), catch_stdout=False)
    files = ("check", "--fasta", named, "--bams", cram, "--outdir", tmp_path / "out", "--no-markers")
    assert run_cli(*files).code == 0
    rng = np.random.default_rng(8)
    write_fasta(tmp_path / "other.fa", {name: random_sequence(rng, n) for name, n in FEW.items()})
    ran = run_cli(*files, "--reference", tmp_path / "other.fa")
    assert ran.code == 1
    assert "sequences of the reference" in ran.err
    assert "are not those that the reads were mapped to" in ran.err


def test_too_few_contigs_to_train_on_are_told(tmp_path):
    few = write_few(tmp_path / "few")
    files = ("--fasta", few / "contigs.fa", "--bams", few / "bams", "--outdir", tmp_path / "out", "--no-markers")
    assert rows(run_cli("check", *files).out)["training"] == "none, with fewer than 32 contigs to train on"


def test_too_little_memory_or_disk_is_a_warning(community, tmp_path, monkeypatch):
    monkeypatch.setattr(vambx.check, "free_memory", lambda: 10_000_000)
    monkeypatch.setattr(vambx.check, "free_disk", lambda path: 10_000)
    out = tmp_path / "out"
    ran = run_cli("check", *inputs(community), "--outdir", out, *FAST)
    assert ran.code == 0
    memory, disk = ran.err.splitlines()
    assert re.fullmatch(
        r"warning: The run may take 50\d\.\d MB of memory, and 10\.0 MB are free; raise --min-length and "
        r"--recruit-length, give fewer --threads, or take a larger machine",
        memory,
    )
    assert re.fullmatch(
        rf"warning: {out}: the results may take \d.* of disk, and 10\.0 kB are free; free space or choose another "
        r"--outdir",
        disk,
    )


def test_what_is_free_is_told_where_the_machine_tells_it(tmp_path, monkeypatch):
    total = shutil.disk_usage(tmp_path).total
    assert 0 < machine.free_disk(tmp_path / "not" / "there") <= total
    limit = tmp_path / "memory.max"
    limit.write_text("12345678\n")
    monkeypatch.setattr(machine, "_CGROUPS", (tmp_path / "not there", limit))
    assert machine.free_memory() == 12345678
    limit.write_text("max\n")
    assert machine.free_memory() != 12345678
