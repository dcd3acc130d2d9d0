# ruff: noqa: F821  (snakemake is put in by Snakemake)
"""Snakemake wrapper for vambx bin."""

__author__ = "the vambx authors"
__copyright__ = "Copyright 2026, the vambx authors"
__license__ = "MIT"

import shlex
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from snakemake.shell import shell

MADE = {
    "bins": "bins",
    "bins_tsv": "bins.tsv",
    "contig2bin": "contig2bin.tsv",
    "quality": "quality.tsv",
    "cami": "binning.cami.tsv",
    "unbinned": "unbinned.tsv",
    "clusters": "clusters.tsv",
    "composition": "composition.npz",
    "abundance": "abundance.npz",
    "markers": "markers.npz",
    "latent": "latent.npz",
    "model": "model.pt",
    "history": "history.tsv",
    "summary": "summary.json",
    "multiqc": "vambx_mqc.json",
    "multiqc_stats": "vambx_stats_mqc.json",
    "report": "report.html",
    "run": "run.json",
}

wanted = dict(snakemake.output.items())
if len(wanted) < len(snakemake.output) or not wanted.keys() <= MADE.keys():
    raise ValueError(f"the outputs of vambx bin are named: {', '.join(MADE)}")

given = ""
for name in ("bams", "depths", "config"):
    paths = snakemake.input.get(name, [])
    if paths:
        paths = [paths] if isinstance(paths, str) else paths
        given += f" --{name} {shlex.join(paths)}"
extra = snakemake.params.get("extra", "")
log = snakemake.log_fmt_shell(stdout=True, stderr=True)

with TemporaryDirectory() as scratch:
    outdir = Path(scratch) / "vambx"
    shell(
        "vambx bin"
        " --fasta {snakemake.input.fasta:q}"
        " --outdir {outdir:q}"
        " --threads {snakemake.threads}"
        " {given}"
        " {extra}"
        " {log}"
    )
    for name, path in wanted.items():
        # Snakemake says which are missing: some are not made with every setting.
        if (outdir / MADE[name]).exists():
            shutil.move(outdir / MADE[name], path)
