"""Runs of the command line in this process, small inputs for them, and what they leave."""

import json
import logging
import os
import re
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import NamedTuple
from unittest import mock

import numpy as np
from builders import even_reads, random_sequence, write_bam, write_fasta

from vambx.bins.clusters_table import read_clusters
from vambx.cli import main
from vambx.encode import VAE
from vambx.features.abundance import Abundance
from vambx.features.composition import Composition
from vambx.io.npz import read_arrays
from vambx.layout import Layout
from vambx.markers import Markers

ENCODE = ("--epochs", "20", "--n-hidden", "64", "--device", "cpu")
BINS = ("--min-bin-size", "125000")  # of the bins, some are larger and some are not
FEATURES = ("--min-length", "1500")
THREADS = ("--threads", "1")  # training gives the same bytes only on the same number
FAST = (*FEATURES, *ENCODE, *BINS, *THREADS, "--no-markers", "--no-report")  # a demo's genomes have no genes
PLANTED = (*ENCODE, *THREADS, "--min-bin-size", "100000", "-q", "--no-report")  # for a community with planted markers
RESULTS = {
    "composition": {"composition.npz"},
    "abundance": {"abundance.npz"},
    "latent": {"model.pt", "history.tsv", "latent.npz"},
    "clusters": {"clusters.tsv"},
    "chosen": {"chosen.tsv"},
    "bins": {"bins", "bins.tsv", "contig2bin.tsv", "binning.cami.tsv", "unbinned.tsv"},
}
REPORTS = {"summary.json", "vambx_mqc.json", "vambx_stats_mqc.json"}
ALL = REPORTS | set().union(*RESULTS.values())
WITH_MARKERS = {"markers.npz", "quality.tsv"}
FEW = {f"S{i % 2 + 1}C{i}": 2500 + 100 * i for i in range(5)}


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def run_cli(*args, **env):
    """Run a command in this process; environment and logging are as before when it is done."""
    with (
        mock.patch.dict(os.environ, env),
        mock.patch.object(logging, "raiseExceptions", True),
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
    ):
        code = main([str(arg) for arg in args])
    return Ran(code, out.getvalue(), err.getvalue())


def done(*args, **env):
    """Run a command that must do its work."""
    ran = run_cli(*args, **env)
    assert ran.code == 0, ran.err
    return ran


def inputs(community):
    """The options that name the files of a demo community."""
    return ("--fasta", community.fasta, "--bams", community.bams)


def write_few(folder, lengths=FEW, gc=0.5):
    """contigs.fa and bams/s.bam of a few contigs, too few to train on; descriptions in the headers."""
    rng = np.random.default_rng(5)
    folder.mkdir(exist_ok=True)
    (folder / "bams").mkdir()
    write_fasta(folder / "contigs.fa", {f"{k} length={n} x": random_sequence(rng, n, gc) for k, n in lengths.items()})
    write_bam(folder / "bams" / "s.bam", lengths, even_reads(lengths, 5, rng=rng))
    return folder


def tree(folder, but=("run.json", "vambx.log", "report.html")):
    """Content of every file below a folder by its relative path, without those that may differ."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name not in but}


def assert_refused(ran, code, sentence):
    """A quiet command gave that exit code and said one line, `vambx: error:` and what matches `sentence`."""
    assert (ran.code, ran.out) == (code, ""), ran.err
    assert ran.err.startswith("vambx: error: ")
    assert ran.err.count("\n") == 1
    assert ran.err.endswith("\n")
    assert re.search(sentence, ran.err.removeprefix("vambx: error: ").removesuffix("\n")), ran.err


def assert_whole(outdir):
    """What lies in an output folder can be read, and nothing else lies there; returns the names of the results."""
    layout = Layout(outdir)
    names = {path.name for path in outdir.iterdir()} if outdir.exists() else set()
    assert not [path for path in outdir.rglob("*.partial")]
    assert names <= ALL | WITH_MARKERS | {
        "run.json",
        "vambx.log",
        "depths",
        "checkpoint.pt",
        "report.html",
        "encoders.tsv",
    }
    if "depths" in names:
        assert all(len(read_arrays(kept, ["depth"])["depth"]) for kept in layout.depths.iterdir())
    if "run.json" in names:
        assert json.loads(layout.run.read_text())["steps"]
    if "composition.npz" in names:
        composition = Composition.read(layout.composition)
        contigs, long = composition.contigs, composition.contigs.take(composition.long)
    if "abundance.npz" in names:
        Abundance.read(layout.abundance, contigs)
    if "markers.npz" in names:
        Markers.read(layout.markers, contigs)
    if "latent.npz" in names:
        assert len(read_arrays(layout.latent, ["latent"])["latent"]) == len(long)
    if "model.pt" in names:
        VAE.load(layout.model)
    for path in {layout.clusters, layout.chosen} & set(outdir.iterdir() if outdir.exists() else ()):
        read_clusters(path, long, contigs if path == layout.chosen else None)
    for table in names & {"bins.tsv", "unbinned.tsv", "binning.cami.tsv", "quality.tsv"}:
        assert (outdir / table).read_text().endswith("\n")
    return names & ALL
