"""The command: python -m benchmarks.speed."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.speed.bench import Bench, tools_of
from benchmarks.speed.entries import STAGES, Results
from benchmarks.speed.machine import describe
from benchmarks.speed.stages import (
    CLUSTER_CONTIGS,
    DEPTH_BAMS,
    TNF_SHARES,
    measure_cluster,
    measure_depth,
    measure_limits,
    measure_tnf,
)
from benchmarks.speed.whole import Dataset, measure_whole


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description="Measure how fast vambx is.")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"of {', '.join(STAGES)}; default: all")
    parser.add_argument("--data", type=Path, required=True, help="folder of data sets, as benchmarks.accuracy has them")
    parser.add_argument("--out", type=Path, required=True, help="JSON file; what it holds of other cases stays")
    parser.add_argument("--vamb", type=Path, metavar="PYTHON", help="interpreter of an environment with Vamb")
    parser.add_argument("--previous", type=Path, metavar="TREE", help="checkout of vambx's previous version")
    parser.add_argument("--pairs", type=int, default=3, help="rounds of each case (3)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of every tool (all cores)")
    parser.add_argument("--tnf-set", default="small", help="data set whose contigs are counted (small)")
    parser.add_argument("--tnf-shares", type=float, nargs="+", default=TNF_SHARES, help="of its bases, that are taken")
    parser.add_argument("--depth-set", default="multi", help="data set whose BAMs are read (multi)")
    parser.add_argument("--depth-bams", type=int, nargs="+", default=DEPTH_BAMS, help="how many of them at a time")
    parser.add_argument("--latents", type=Path, metavar="SCRIPT", help="called with --contigs N --out F --seed 1")
    parser.add_argument("--contigs", type=int, nargs="+", default=CLUSTER_CONTIGS, help="of the latents")
    parser.add_argument("--vamb-contigs", type=int, default=300_000, help="most that Vamb clusters (300000)")
    parser.add_argument("--previous-contigs", type=int, default=100_000, help="most that TREE clusters (100000)")
    parser.add_argument("--whole", nargs="+", default=["small=2", "multi=1"], metavar="DATASET[=N]")
    parser.add_argument("--score", type=Path, metavar="EVALUATE", help="called with --truth T --genomes G BINS")
    args = parser.parse_args()
    if unknown := set(args.stages) - set(STAGES):
        parser.error(f"no such stage: {', '.join(unknown)}")
    args.stages = [stage for stage in STAGES if stage in args.stages or not args.stages]
    if "cluster" in args.stages and not args.latents:
        parser.error("cluster needs --latents")
    return args


def main() -> int:
    """Measure the stages that were asked for; returns 1 if any tool failed."""
    args = parse()
    results = Results(args.out, describe(args.vamb, args.previous))
    data = args.data.resolve()
    with tempfile.TemporaryDirectory(prefix="speed-") as scratch:
        bench = Bench(results, tools_of(args.vamb, args.previous), args.pairs, args.threads, Path(scratch))
        depth_set = data / args.depth_set
        bams = sorted((depth_set / "bams").glob("*.bam"))
        if "limits" in args.stages:
            measure_limits(bench, data / args.tnf_set / "contigs.fna.gz", bams[0])
        if "tnf" in args.stages:
            measure_tnf(bench, data / args.tnf_set / "contigs.fna.gz", args.tnf_shares)
        if "depth" in args.stages:
            measure_depth(bench, depth_set / "contigs.fna.gz", bams, args.depth_bams)
        if "cluster" in args.stages:
            most = {"vamb": args.vamb_contigs, "previous": args.previous_contigs}
            measure_cluster(bench, args.latents.resolve(), most, args.contigs)
        if "whole" in args.stages:
            score = args.score and args.score.resolve()
            for given in args.whole:
                name, _, vamb_runs = given.partition("=")
                measure_whole(bench, Dataset(data / name, int(vamb_runs or 1)), score)
        return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
