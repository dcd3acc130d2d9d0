"""The binners: each takes a data set and a seed, and leaves a table of contig and bin."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.accuracy.datasets import Dataset
from benchmarks.accuracy.depths import jgi_depths
from benchmarks.accuracy.score import called_near_complete
from benchmarks.speed.measure import MeasuringError, Word, measure
from benchmarks.speed.whole import swap_columns

_MIN_LENGTH = ("-m", "2000")  # of the contigs that a peer bins, where it is not told otherwise
_SAMPLE = re.compile(r"(S\d+)C.|([^:]+):.")


@dataclass(frozen=True)
class Binned:
    """What a binner made of a data set.

    Attributes:
        contig2bin: table of contig and bin, no header.
        seconds: from FASTA and BAMs to bins.
        called: the bins that call themselves near-complete; None where bins say nothing of themselves.
    """

    contig2bin: Path
    seconds: float
    called: list[str] | None = None


class Binner(Protocol):
    """One program."""

    def version(self) -> str:
        """What it is now."""
        ...

    def bin(self, dataset: Dataset, seed: int, options: Sequence[str], folder: Path) -> Binned:
        """Bin a data set.

        Args:
            dataset: to bin.
            seed: of its random numbers.
            options: further words of its command line.
            folder: empty; what it makes goes there.

        Raises:
            MeasuringError: it failed.
        """
        ...


@dataclass(frozen=True)
class Vambx:
    """`vambx bin` of a checkout.

    Attributes:
        tree: the checkout.
        threads: it may use.
        work: folder where what does not depend on the seed (composition, depths, markers) is kept from run to run of a
            version; the seconds are then those of each step when it was made. None: every run begins anew.
    """

    tree: Path
    threads: int
    work: Path | None = None

    def version(self) -> str:
        """The last commit that touched the package, and a digest of its sources where they differ from it."""
        commit = self._git("log", "-1", "--abbrev=7", "--format=%h", "--", "vambx")
        differs = not commit or self._git("status", "--porcelain", "--", "vambx")
        return f"{commit}+{self._digest()}" if differs else commit

    def bin(self, dataset: Dataset, seed: int, options: Sequence[str], folder: Path) -> Binned:
        """All of `vambx bin`; with `work`, what an earlier seed left is resumed."""
        outdir = folder / "out"
        if self.work:
            outdir = self.work / dataset.name / slug(self.version(), *options)
            outdir.mkdir(parents=True, exist_ok=True)
        command: list[Word] = [sys.executable, "-m", "vambx", "bin", "--fasta", dataset.fasta, "--bams", dataset.bams]
        command += ["--outdir", outdir, "--seed", seed, "--threads", self.threads, "--quiet", *options]
        command += ["--resume"] if self.work else []
        environment = environment_for(self.threads) | {"PYTHONPATH": str(self.tree), "PYTHONSAFEPATH": "1"}
        measured = measure(command, environment, cwd=folder)
        steps = json.loads((outdir / "run.json").read_text(encoding="utf-8"))["steps"].values()
        seconds = sum(step["wall_seconds"] for step in steps) if self.work else measured.wall
        tables = (outdir / "bins.tsv", outdir / "quality.tsv")
        called = next((found for found in map(called_near_complete, tables) if found is not None), None)
        return Binned(outdir / "contig2bin.tsv", seconds, called)

    def _git(self, *words: str) -> str:
        command = ["git", "-C", os.fspath(self.tree), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for path in sorted((self.tree / "vambx").rglob("*.py")):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:7]


@dataclass(frozen=True)
class _Program:
    """A peer in an environment of its own.

    Attributes:
        program: of that environment.
        threads: it may use.
    """

    program: Path
    threads: int

    def version(self) -> str:
        """As it says."""
        return measure([self.program, "--version"]).output.split()[-1]


class Vamb(_Program):
    """`vamb bin default`, split by sample where names tell the samples."""

    def bin(self, dataset: Dataset, seed: int, options: Sequence[str], folder: Path) -> Binned:
        """Its VAE's clusters."""
        outdir, table = folder / "out", folder / "contig2bin.tsv"
        command: list[Word] = [self.program, "bin", "default", "--outdir", outdir, "--fasta", dataset.fasta]
        command += ["--bamdir", dataset.bams, "--seed", seed, "-p", self.threads, *with_min_length(options)]
        seconds = measure(command, environment_for(self.threads), cwd=folder).wall
        split = outdir / "vae_clusters_split.tsv"
        swap_columns(split if split.exists() else outdir / "vae_clusters_unsplit.tsv", table)
        return Binned(table, seconds)


class SemiBin2(_Program):
    """`SemiBin2 single_easy_bin` with the trained model that comes with it for any environment.

    That model is for one sample; with more, SemiBin2 trains one of its own, which takes hours without a GPU.
    bedtools and hmmsearch must be on the PATH.
    """

    def bin(self, dataset: Dataset, seed: int, options: Sequence[str], folder: Path) -> Binned:
        """Bins of contigs of the length that it finds right.

        Raises:
            MeasuringError: it failed, or there is not one sample alone.
        """
        bams = sorted(dataset.bams.glob("*.bam"))
        if len(bams) != 1:
            raise MeasuringError(f"SemiBin2's trained model is for one sample, not {len(bams)}")
        outdir, table = folder / "out", folder / "contig2bin.tsv"
        command: list[Word] = [self.program, "single_easy_bin", "-i", dataset.fasta, "-b", *bams, "-o", outdir]
        command += ["--environment", "global", "--engine", "cpu", "--compression", "none", "-t", self.threads]
        command += ["--random-seed", seed, *options]
        seconds = measure(command, environment_for(self.threads), cwd=folder).wall
        without_unbinned(outdir / "contig_bins.tsv", table)
        return Binned(table, seconds)


def without_unbinned(members: Path, contig2bin: Path) -> None:
    """Write SemiBin2's table (contig, number of the bin; -1 is none) without its header and what is in no bin."""
    _, *rows = members.read_text(encoding="utf-8").splitlines()
    binned = (row for row in rows if row.split("\t")[1] != "-1")
    contig2bin.write_text("".join(f"{row}\n" for row in binned), encoding="utf-8")


@dataclass(frozen=True)
class MetaBat2:
    """`metabat2` with the depths of `jgi_summarize_bam_contig_depths`, its bins split by sample as Vamb's are.

    Attributes:
        threads: it may use.
        scratch: folder that lasts as long as this object; depths do not depend on the seed, and are made once.
    """

    threads: int
    scratch: Path
    _depths: dict[str, tuple[Path, float]] = field(default_factory=dict)

    def version(self) -> str:
        """As it says; Debian's build does not know its own, and the package does."""
        said = subprocess.run(["metabat2", "--help"], capture_output=True, text=True, check=False)
        if found := re.search(r"version [^\d;]*(\d+\.[\d.]+)", said.stdout + said.stderr):
            return found[1]
        asked = ["dpkg-query", "--show", "--showformat=${Version}", "metabat"]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.partition("-")[0] or "2"

    def bin(self, dataset: Dataset, seed: int, options: Sequence[str], folder: Path) -> Binned:
        """Depths, the first time, and bins."""
        if dataset.name not in self._depths:
            self._depths[dataset.name] = jgi_depths(dataset, self.scratch, environment_for(self.threads))
        depths, seconds = self._depths[dataset.name]
        found, table = folder / "bins", folder / "contig2bin.tsv"
        command: list[Word] = ["metabat2", "-i", dataset.fasta, "-a", depths, "-o", found, "-t", self.threads]
        command += ["--seed", seed, "--saveCls", "--noBinOut", *with_min_length(options)]
        seconds += measure(command, environment_for(self.threads), cwd=folder).wall
        split_by_sample(found, table)
        return Binned(table, seconds)


def split_by_sample(members: Path, contig2bin: Path) -> None:
    """Write MetaBAT2's table (contig, number of the bin; 0 is none) with each bin split into one a sample."""
    rows = (line.split("\t") for line in members.read_text(encoding="utf-8").splitlines())
    lines = (f"{contig}\t{sample_of(contig)}C{number}\n" for contig, number in rows if number != "0")
    contig2bin.write_text("".join(lines), encoding="utf-8")


def sample_of(contig: str) -> str:
    """The sample that a contig named `S1C12` or `sample:contig` was assembled from; empty for other names."""
    found = _SAMPLE.match(contig)
    return (found[1] or found[2]) if found else ""


def with_min_length(options: Sequence[str]) -> list[str]:
    """The options, and the peers' minimum length if they do not have it."""
    return [*options] if _MIN_LENGTH[0] in options else [*_MIN_LENGTH, *options]


def environment_for(threads: int) -> dict[str, str]:
    """That of a process that may use so many threads; nothing of another checkout is imported."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | {"OMP_NUM_THREADS": str(threads)}


def slug(*parts: str) -> str:
    """Words as part of a file's name."""
    return "_".join(re.sub(r"[^\w.+=-]+", "-", part).strip("-") for part in parts)
