"""The command: python -m benchmarks.accuracy."""

import argparse
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from benchmarks.accuracy.binners import Binner, MetaBat2, SemiBin2, Vamb, Vambx, slug
from benchmarks.accuracy.datasets import Dataset
from benchmarks.accuracy.results import Results, Run
from benchmarks.accuracy.score import judge, score
from benchmarks.speed.machine import ROOT, describe
from benchmarks.speed.measure import MeasuringError

_ALIASES = {"vambx-no-markers": "vambx --no-markers"}


@dataclass(frozen=True)
class Bench:
    """One series of runs.

    Attributes:
        results: where they go.
        binners: by name.
        evaluate: the script that scores bins.
        threads: of every tool.
        keep: folder for each run's table of contig and bin, or None.
        again: do what was done already too.
    """

    results: Results
    binners: dict[str, Binner]
    evaluate: Path
    threads: int
    keep: Path | None
    again: bool

    def run(self, dataset: Dataset, tool: str, options: tuple[str, ...], seed: int) -> None:
        """Bin and score one data set with one seed, if that was not done.

        Raises:
            MeasuringError: a program failed.
        """
        binner = self.binners[tool]
        version = binner.version()
        key = Run(dataset.name, tool, options, version, seed, self.threads, 0.0, {}).key
        if not self.again and any(old.key == key for old in self.results.runs):
            return
        with tempfile.TemporaryDirectory(prefix="accuracy-") as folder:
            binned = binner.bin(dataset, seed, options, Path(folder))
            scored = score(self.evaluate, dataset, binned.contig2bin)
            called = None if binned.called is None else judge(binned.called, binned.contig2bin, dataset.truth)
            if self.keep:
                self.keep.mkdir(parents=True, exist_ok=True)
                name = slug(dataset.name, tool, version, *options, f"seed{seed}") + ".tsv"
                shutil.copyfile(binned.contig2bin, self.keep / name)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        seconds = round(binned.seconds, 1)
        made = Run(dataset.name, tool, options, version, seed, self.threads, seconds, scored.figures, called, now)
        self.results.add(made, scored.reach)
        figures = (f"{name} {figure:g}" for name, figure in scored.figures.items())
        told = (f"{name} {count}" for name, count in (called or {}).items())
        print(dataset.name, " ".join((tool, *options)), f"seed {seed}", *figures, *told, f"{seconds:.0f} s", sep="\t")


def tool_of(given: str) -> tuple[str, tuple[str, ...]]:
    """Name and options of a tool, from the words it is given with."""
    name, *options = given.split()
    alias, *first = _ALIASES.get(name, name).split()
    return alias, (*first, *options)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description="Bin data sets with known genomes with several tools and seeds, and score the bins.",
    )
    parser.add_argument(
        "--data", nargs="+", required=True, metavar="[NAME=]FOLDER", help="with contigs.fna.gz, bams/ and truth"
    )
    parser.add_argument(
        "--tools",
        nargs="+",
        default=["vambx", "vambx-no-markers"],
        metavar="TOOL",
        help="vambx, vambx-no-markers, vamb, metabat2, semibin2; options go with the name: 'vambx --min-length 1500'",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], metavar="N")
    parser.add_argument("--score", type=Path, required=True, metavar="EVALUATE", help="--truth T --genomes G BINS")
    parser.add_argument("--out", type=Path, required=True, help="JSON file; runs that it holds are not done again")
    parser.add_argument("--again", action="store_true", help="do those too")
    parser.add_argument("--vamb", type=Path, metavar="PROGRAM", help="the vamb of an environment that has it")
    parser.add_argument("--semibin2", type=Path, metavar="PROGRAM", help="the SemiBin2 of an environment that has it")
    parser.add_argument("--tree", type=Path, default=ROOT, help="checkout of vambx (this one)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of every tool (all cores)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="for each run's table of contig and bin")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="for what vambx need not make anew for each seed")
    args = parser.parse_args()
    args.tools = [tool_of(given) for given in args.tools]
    named = {name for name, _ in args.tools}
    if unknown := named - {"vambx", "vamb", "metabat2", "semibin2"}:
        parser.error(f"no such tool: {', '.join(sorted(unknown))}")
    for peer in named & {"vamb", "semibin2"}:
        if getattr(args, peer) is None:
            parser.error(f"{peer} needs --{peer}")
    try:
        args.data = [Dataset.of(given) for given in args.data]
    except ValueError as error:
        parser.error(str(error))
    return args


def main() -> int:
    """Make the runs that are not there; returns 1 if any of them failed."""
    args = parse()
    results = Results(args.out)
    about = describe(None, None)
    del about["versions"]["vambx commit"]  # every run has its own
    results.describe(about)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="accuracy-") as scratch:
        binners: dict[str, Binner] = {
            "vambx": Vambx(args.tree.resolve(), args.threads, args.work and args.work.resolve()),
            "metabat2": MetaBat2(args.threads, Path(scratch)),
        }
        if args.vamb:
            binners["vamb"] = Vamb(args.vamb.absolute(), args.threads)  # a link is what makes it an environment
        if args.semibin2:
            binners["semibin2"] = SemiBin2(args.semibin2.absolute(), args.threads)
        bench = Bench(results, binners, args.score.resolve(), args.threads, args.keep, args.again)
        for seed, dataset, (tool, options) in product(args.seeds, args.data, args.tools):
            try:
                bench.run(dataset, tool, options, seed)
            except MeasuringError as error:
                failed = 1
                print(f"{dataset.name}, {tool}, seed {seed}: {error}", file=sys.stderr)
            sys.stdout.flush()
    return failed


if __name__ == "__main__":
    sys.exit(main())
