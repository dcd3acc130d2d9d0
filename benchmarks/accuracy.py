"""Bin data sets with known genomes, with several seeds, and score the bins.

    python benchmarks/accuracy.py DATASET [DATASET ...] --score evaluate.py --out results.tsv --seeds 1 2 3 [-- OPTIONS]

A DATASET is a folder of contigs.fna.gz, bams/, truth.tsv and genomes.tsv. `evaluate.py` is called as
`evaluate.py --truth T --genomes G BINS` and prints a header line, then a line of figures. What stands behind `--` goes
to `vambx bin`.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean

SCORES = ("NC_asm", "NC_ref", "HQ90_ref", "MQ50_ref", "NC_species_asm")


def score_run(dataset: Path, seed: int, evaluate: Path, options: list[str]) -> dict[str, float]:
    """Bin one data set with one seed; returns its scores and the seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = [sys.executable, "-m", "vambx", "bin", "--fasta", str(dataset / "contigs.fna.gz")]
        command += ["--bams", str(dataset / "bams"), "--outdir", str(out), "--seed", str(seed), "--quiet", *options]
        started = time.monotonic()
        subprocess.run(command, check=True)
        seconds = time.monotonic() - started
        truth = ["--truth", str(dataset / "truth.tsv"), "--genomes", str(dataset / "genomes.tsv")]
        done = subprocess.run(
            [sys.executable, str(evaluate), *truth, str(out / "contig2bin.tsv")],
            check=True,
            capture_output=True,
            text=True,
        )
    header, figures = (line.split("\t") for line in done.stdout.splitlines() if not line.startswith("#"))
    found = dict(zip(header, figures, strict=True))
    return {**{name: float(found[name]) for name in SCORES}, "seconds": round(seconds, 1)}


def main() -> None:
    """Score all data sets with all seeds; one row each, and the means."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--score", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("datasets", type=Path, nargs="+")
    cut = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    args, options = parser.parse_args(sys.argv[1:cut]), sys.argv[cut + 1 :]
    with open(args.out, "w", newline="") as handle:
        table = csv.writer(handle, delimiter="\t", lineterminator="\n")
        table.writerow(["data set", "seed", *SCORES, "seconds"])
        for dataset in args.datasets:
            rows = [score_run(dataset, seed, args.score, options) for seed in args.seeds]
            for seed, row in zip(args.seeds, rows, strict=True):
                table.writerow([dataset, seed, *row.values()])
            means = [round(mean(row[name] for row in rows), 2) for name in rows[0]]
            table.writerow([dataset, "mean", *means])
            handle.flush()
            print(dataset, *means, sep="\t", flush=True)


if __name__ == "__main__":
    main()
