"""The command: python -m benchmarks.encoders."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from benchmarks.accuracy.binners import Vambx, environment_for
from benchmarks.accuracy.datasets import Dataset
from benchmarks.accuracy.results import Results, Run
from benchmarks.accuracy.score import Score, score
from benchmarks.encoders.figures import figures_of
from benchmarks.speed.machine import ROOT, describe
from benchmarks.speed.measure import MeasuringError, Word, measure
from vambx.config import ENCODERS
from vambx.layout import Layout

VALIDATION = 0.05
"""Share of the contigs that are held out of training."""

_FROM_BINS = ("n_bins", "NC_ref", "NC_asm")


@dataclass(frozen=True)
class Bench:
    """One series of runs.

    Attributes:
        results: where they go.
        evaluate: the script that scores bins.
        vambx: called with the words of a command of vambx.
        version: of vambx.
        threads: it may use.
    """

    results: Results
    evaluate: Path
    vambx: Callable[..., object]
    version: str
    threads: int

    def run(self, dataset: Dataset, finished: Path, encoder: str, seed: int) -> None:
        """Train one encoder with one seed, bin with what it makes, and measure both, if that was not done.

        Args:
            dataset: what was binned.
            finished: output folder of that, with markers; it is copied.
            encoder: its name.
            seed: of the contigs held out and of the training.

        Raises:
            MeasuringError: a program failed.
        """
        options = ("--encoder", encoder, "--validation", str(VALIDATION))
        run = Run(dataset.name, "vambx", options, self.version, seed, self.threads, 0.0, {})
        if any(old.key == run.key for old in self.results.runs):
            return
        with tempfile.TemporaryDirectory(prefix="encoders-") as folder:
            layout = Layout(Path(folder) / "out")
            shutil.copytree(finished, layout.root, ignore=shutil.ignore_patterns(layout.bins.name))
            self.vambx("encode", "--outdir", layout.root, *options, "--seed", seed, "--force")
            self.vambx("cluster", "--outdir", layout.root, "--force")
            scored = self.bins(dataset, layout)
            figures = figures_of(layout.root, encoder)
            clusters = self.bins(dataset, layout, "--choice", "clusters")
            figures |= {name: scored.figures[name] for name in _FROM_BINS}
            figures |= {f"clusters_{name}": clusters.figures[name] for name in _FROM_BINS}
            step = json.loads(layout.run.read_text(encoding="utf-8"))["steps"]["latent"]
            figures["cpu_seconds"] = step["cpu_seconds"]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.results.add(replace(run, seconds=step["wall_seconds"], scores=figures, when=now), scored.reach)
        told = (f"{name} {figure:.3g}" for name, figure in figures.items())
        print(dataset.name, encoder, f"seed {seed}", *told, sep="\t", flush=True)

    def bins(self, dataset: Dataset, layout: Layout, *options: str) -> Score:
        """Make the bins of an output folder anew, and score them."""
        self.vambx("bins", "--outdir", layout.root, "--fasta", dataset.fasta, *options, "--force")
        return score(self.evaluate, dataset, layout.contig2bin)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.encoders",
        description="Train each encoder on data sets with known genomes, and measure what it lost and what is found.",
    )
    parser.add_argument(
        "--data", nargs="+", required=True, metavar="[NAME=]FOLDER", help="with contigs.fna.gz, bams/ and truth"
    )
    parser.add_argument(
        "--finished",
        type=Path,
        nargs="+",
        required=True,
        metavar="OUTDIR",
        help="what 'vambx bin' made of each, with markers; composition, depths and markers are taken from there",
    )
    parser.add_argument("--encoders", nargs="+", default=list(ENCODERS), choices=ENCODERS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], metavar="N")
    parser.add_argument("--score", type=Path, required=True, metavar="EVALUATE", help="--truth T --genomes G BINS")
    parser.add_argument("--out", type=Path, required=True, help="JSON file; runs that it holds are not done again")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of vambx (all cores)")
    args = parser.parse_args()
    if len(args.data) != len(args.finished):
        parser.error(f"--data are {len(args.data)} and --finished {len(args.finished)}; give one each")
    if bare := [outdir for outdir in args.finished if not Layout(outdir).markers.exists()]:
        parser.error(f"{bare[0]}: has no markers; run vambx bin with them")
    try:
        args.data = [Dataset.of(given) for given in args.data]
    except ValueError as error:
        parser.error(str(error))
    return args


def command(threads: int) -> Callable[..., object]:
    """Runs this checkout's vambx with the words it is given, in a process of its own."""
    environment = environment_for(threads) | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}

    def vambx(*words: Word) -> None:
        measure([sys.executable, "-m", "vambx", *words, "--threads", threads, "--quiet"], environment)

    return vambx


def main() -> int:
    """Make the runs that are not there; returns 1 if any of them failed."""
    args = parse()
    results = Results(args.out)
    about = describe(None, None)
    del about["versions"]["vambx commit"]  # every run has its own
    results.describe(about)
    version = Vambx(ROOT, args.threads).version()
    bench = Bench(results, args.score.resolve(), command(args.threads), version, args.threads)
    failed = 0
    pairs = zip(args.data, args.finished, strict=True)
    for (dataset, finished), seed, encoder in product(pairs, args.seeds, args.encoders):
        try:
            bench.run(dataset, finished, encoder, seed)
        except MeasuringError as error:
            failed = 1
            print(f"{dataset.name}, {encoder}, seed {seed}: {error}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
