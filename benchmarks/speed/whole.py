"""Whole runs, from FASTA and BAM to bins: time and memory of each step, and what the bins are worth."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.speed.bench import Bench, Task, Tool
from benchmarks.speed.inputs import read_through
from benchmarks.speed.measure import Measured, Word, measure
from benchmarks.speed.stages import MIN_LENGTH

SEEDS = (1, 2, 3)
MIN_BIN_SIZE = 200_000
_LOGGED = {
    "composition": r"Processed TNF in ([\d.]+) seconds",
    "abundance": r"Processed abundance in ([\d.]+) seconds",
    "latent": r"Trained VAE and encoded in ([\d.]+) seconds",
    "clusters": r"Clustered contigs in ([\d.]+) seconds",
    "bins": r"Wrote \d+ bins with \d+ sequences in ([\d.]+) seconds",
}
"""How Vamb's log tells of what is a step of vambx."""


@dataclass(frozen=True)
class Dataset:
    """A data set with known genomes.

    Attributes:
        folder: of contigs.fna.gz, bams/, truth.tsv and genomes.tsv.
        vamb_runs: how often Vamb bins it.
    """

    folder: Path
    vamb_runs: int

    @property
    def fasta(self) -> Path:
        """The contigs."""
        return self.folder / "contigs.fna.gz"

    @property
    def bams(self) -> Path:
        """The folder of the samples' reads."""
        return self.folder / "bams"


def measure_whole(bench: Bench, dataset: Dataset, evaluate: Path | None) -> None:
    """Bin a data set with each tool, a seed a round; score the bins if there is a script for it."""

    def task(tool: Tool) -> Task:
        run = _run_vamb if tool.name == "vamb" else _run_vambx
        turns = min(dataset.vamb_runs, len(SEEDS)) if tool.name == "vamb" else len(SEEDS)
        return Task(tool.name, lambda turn: run(bench, tool, dataset, SEEDS[turn], evaluate), turns)

    tasks = [task(tool) for tool in bench.tools.values()]
    for tool in bench.tools.values():
        bench.warm(tool)
    read_through([dataset.fasta, *dataset.bams.glob("*.bam")])
    bench.take_turns("whole", dataset.folder.name, dataset.fasta.stat().st_size, [t for t in tasks if t.turns])


def _run_vambx(bench: Bench, tool: Tool, dataset: Dataset, seed: int, evaluate: Path | None) -> Measured:
    with _removed(bench.scratch / "out") as outdir:
        command: list[Word] = [tool.python, "-m", "vambx", "bin", "--fasta", dataset.fasta, "--bams", dataset.bams]
        command += ["--outdir", outdir, "--seed", seed, "--threads", bench.threads, "--quiet"]
        measured = bench.start(command, tool.tree, whole_tree=True)
        steps = json.loads((outdir / "run.json").read_text(encoding="utf-8"))["steps"]
        figures: dict[str, Any] = {
            "seed": seed,
            "steps": {name: step["wall_seconds"] for name, step in steps.items()},
            "scores": _score(evaluate, dataset, outdir / "contig2bin.tsv"),
        }
    return replace(measured, told=figures)


def _run_vamb(bench: Bench, tool: Tool, dataset: Dataset, seed: int, evaluate: Path | None) -> Measured:
    with _removed(bench.scratch / "out") as outdir:
        command: list[Word] = [tool.python, "-m", "vamb", "bin", "default", "--fasta", dataset.fasta]
        command += ["--bamdir", dataset.bams, "--outdir", outdir, "-p", bench.threads, "--seed", seed]
        command += ["-m", MIN_LENGTH, "--minfasta", MIN_BIN_SIZE]
        measured = bench.start(command, whole_tree=True)
        by_vamb, by_vambx = bench.scratch / "vamb.tsv", bench.scratch / "vamb_latent.tsv"
        split = outdir / "vae_clusters_split.tsv"
        swap_columns(split if split.exists() else outdir / "vae_clusters_unsplit.tsv", by_vamb)
        clustered = bench.drive(bench.tools["vambx"], "bins-of-vamb", outdir, by_vambx, bench.threads)
        figures = {
            "seed": seed,
            "steps": steps_of_log((outdir / "log.txt").read_text(encoding="utf-8")),
            "scores": _score(evaluate, dataset, by_vamb),
            "vamb_latent_vambx_clusters": {**clustered.told, "scores": _score(evaluate, dataset, by_vambx)},
        }
    return replace(measured, told=figures)


def steps_of_log(log: str) -> dict[str, float]:
    """Seconds of each step, by vambx's names of them, from Vamb's log."""
    found = {step: re.search(pattern, log) for step, pattern in _LOGGED.items()}
    return {step: float(match.group(1)) for step, match in found.items() if match}


def swap_columns(clusters: Path, bins: Path) -> None:
    """Write Vamb's table (header; cluster, contig) as contig and bin without a header."""
    _, *rows = clusters.read_text(encoding="utf-8").splitlines()
    swapped = ("\t".join(reversed(row.split("\t")[:2])) for row in rows)
    bins.write_text("".join(f"{row}\n" for row in swapped), encoding="utf-8")


def _score(evaluate: Path | None, dataset: Dataset, bins: Path) -> dict[str, float]:
    if evaluate is None:
        return {}
    truth: list[Word] = ["--truth", dataset.folder / "truth.tsv", "--genomes", dataset.folder / "genomes.tsv"]
    table = measure([sys.executable, evaluate, *truth, bins]).output
    header, figures = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {name: float(figure) for name, figure in zip(header[1:], figures[1:], strict=True)}  # the first is a path


@contextmanager
def _removed(path: Path) -> Iterator[Path]:
    """A path where nothing is, neither before nor afterwards."""
    shutil.rmtree(path, ignore_errors=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
