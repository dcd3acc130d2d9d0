"""Inputs that change, or go, while a run works on them: never a silent mixture, one line, and --resume goes on."""

import os
import shutil

import numpy as np
import pytest
from builders import even_reads, random_sequence, sentence, write_bam, write_fasta
from communities import FEW, assert_refused, done, run_cli, tree, write_few

from vambx.features import abundance
from vambx.steps import abundance as step
from vambx.steps import bins, clusters, composition

RUN = ("bin", "--fasta", "contigs.fa", "--bams", "bams", "--min-bin-size", "0", "-q", "--no-report", "--no-markers")
LEAVE = "leave it as it is until the work is done"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(write_few(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a run makes of files that nobody changes."""
    folder = write_few(tmp_path_factory.mktemp("whole"))
    done(RUN[0], "--fasta", folder / "contigs.fa", "--bams", folder / "bams", *RUN[5:], "--outdir", folder / "out")
    return tree(folder / "out")


def other_reads(path):
    write_bam(path, FEW, even_reads(FEW, 7, rng=np.random.default_rng(6)))


def other_contigs(path):
    more = {"S1C9": 3000} | FEW
    write_bam(path, more, even_reads(more, 5, rng=np.random.default_rng(6)))


def replaced(path):
    other_reads(path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def replaced_in_secret(path):
    """With the size and the time of change that it had."""
    at, content = path.stat(), bytearray(path.read_bytes())
    content[4] ^= 1  # the time in the header of gzip, which nobody looks at
    path.write_bytes(content)
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))


def truncated(path):
    os.truncate(path, path.stat().st_size // 2)


def touched(path):
    os.utime(path, (1, 1))


def in_the_middle(monkeypatch, module, name, before=lambda: None, after=lambda: None):
    """Let something happen before or after a function is called."""
    function = getattr(module, name)

    def called(*args, **kwargs):
        before()
        try:
            return function(*args, **kwargs)
        finally:
            after()

    monkeypatch.setattr(module, name, called)


CHANGES = [
    *((change, "before") for change in (other_reads, other_contigs, truncated, os.unlink)),
    *((change, "after") for change in (other_contigs, replaced, replaced_in_secret, truncated)),
]


@pytest.mark.parametrize(("change", "when"), CHANGES)
def test_a_bam_that_changes_while_its_depth_is_computed(here, whole, monkeypatch, change, when):
    bam = here / "bams" / "s.bam"
    shutil.copy2(bam, "kept.bam")
    with monkeypatch.context() as patched:
        in_the_middle(patched, abundance, "mean_depth", **{when: lambda: change(bam)})
        ran = run_cli(*RUN, "--outdir", "out")
    if change is os.unlink:
        problem, remedy = "is gone, though it was there when the work began", "put it back"
    else:
        problem, remedy = "was changed while it was worked on", LEAVE
    assert_refused(ran, 1, sentence("bams/s.bam", problem, remedy))
    assert sorted(os.listdir("out")) == ["composition.npz", "run.json", "vambx.log"]
    shutil.copy2("kept.bam", bam)
    done(*RUN, "--outdir", "out", "--resume")
    assert tree(here / "out") == whole


@pytest.mark.parametrize("change", [other_reads, truncated])
def test_a_bam_that_changes_under_vambx_depth(here, monkeypatch, change):
    done("composition", "--fasta", "contigs.fa", "--outdir", "out", "-q")
    in_the_middle(monkeypatch, abundance, "mean_depth", after=lambda: change(here / "bams" / "s.bam"))
    ran = run_cli("depth", "bams/s.bam", "--output", "s.npz", "--outdir", "out", "-q")
    assert_refused(ran, 1, sentence("bams/s.bam", "was changed while it was worked on", LEAVE))
    assert not (here / "s.npz").exists()


def test_a_bam_that_is_only_touched_is_the_same(here, monkeypatch):
    in_the_middle(monkeypatch, abundance, "mean_depth", after=lambda: touched(here / "bams" / "s.bam"))
    done(*RUN, "--outdir", "out")


@pytest.mark.parametrize(
    ("module", "name"),
    [(composition, "read_composition"), (clusters, "iter_clusters"), (bins, "write_sequences")],
)
def test_a_fasta_that_changes_at_any_time(here, monkeypatch, module, name):
    def polish():
        rng = np.random.default_rng(7)
        write_fasta(here / "contigs.fa", {k: random_sequence(rng, n, 0.4) for k, n in FEW.items()})

    with monkeypatch.context() as patched:
        in_the_middle(patched, module, name, after=polish)
        ran = run_cli(*RUN, "--outdir", "out")
    assert_refused(ran, 1, sentence("contigs.fa", "was changed while it was worked on", LEAVE))
    done(*RUN, "--outdir", "out", "--resume")
    done(*RUN, "--outdir", "whole")
    assert tree(here / "out") == tree(here / "whole")


def test_a_table_of_depths_that_changes(here, monkeypatch):
    rows = "".join(f"{name}\t{i + 1}.5\n" for i, name in enumerate(FEW))
    (here / "t.tsv").write_text(f"contigname\ts1\n{rows}")
    args = [*RUN[:3], "--depths", "t.tsv", *RUN[5:], "--outdir", "out"]
    with monkeypatch.context() as patched:
        in_the_middle(patched, step, "write_joined", before=lambda: (here / "t.tsv").write_text("contigname\ts1\n"))
        assert_refused(run_cli(*args), 1, sentence("t.tsv", "was changed while it was worked on", LEAVE))
