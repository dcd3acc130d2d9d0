"""The stages that are measured one by one; `benchmarks.speed.whole` measures all of them together."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.speed.bench import Bench, Task, Tool
from benchmarks.speed.inputs import Fasta, iter_fastas, make_latent, read_through
from benchmarks.speed.measure import Measured, Word

MIN_LENGTH = 2000
TNF_SHARES = (0.1, 0.3, 1, 2, 3)
DEPTH_BAMS = (1, 2, 4, 8)
CLUSTER_CONTIGS = (10_000, 30_000, 100_000, 300_000, 1_000_000)
_LONG = 300_000  # contigs from which a quadratic clusterer is run once only
JGI = "jgi_summarize_bam_contig_depths"


def measure_limits(bench: Bench, fasta: Path, bam: Path) -> None:
    """What the machine can do: products, copies, decompression, parsing, reading a BAM."""
    plain = bench.scratch / "plain.fna"
    read_through([bam])
    unpacked = f'gzip -dc "{fasta}" > "{plain}"'
    bench.start(["sh", "-c", unpacked])
    size = plain.stat().st_size
    through_pipe = ["sh", "-c", f'gzip -dc "{fasta}" | cat > /dev/null']

    def limit(case: str, size: float, *words: Word) -> None:
        bench.take_turns("limits", case, size, [Task("limit", lambda turn: bench.bare(*words), bench.pairs)])

    def program(case: str, size: float, command: Sequence[Word]) -> None:
        bench.take_turns("limits", case, size, [Task("limit", lambda turn: bench.start(command), bench.pairs)])

    limit("matrix products", 0, "matmul", bench.threads)
    limit("memory copy", 0, "copy")
    limit("decompress gz in process", size, "decompress", fasta)
    program("gzip -dc", size, through_pipe)
    limit("parse FASTA", size, "parse", plain)
    limit("parse FASTA gz", size, "parse", fasta)
    if shutil.which("samtools"):
        program("samtools view -c", bam.stat().st_size, ["samtools", "view", "-c", bam])
    plain.unlink()


def measure_tnf(bench: Bench, source: Path, shares: Sequence[float] = TNF_SHARES) -> None:
    """4-mers of more and more bases, plain and compressed, beside decompressing and parsing alone.

    Args:
        bench: to measure on.
        source: contigs.fna.gz.
        shares: how much of it; above 1, all of it so many times.
    """
    for fasta in iter_fastas(source, shares, bench.scratch):
        for kind in ("plain", "gz"):
            _measure_tnf_of(bench, fasta, kind)


def _measure_tnf_of(bench: Bench, fasta: Fasta, kind: str) -> None:
    path = fasta.plain if kind == "plain" else fasta.gz

    def count(tool: Tool) -> Task:
        return Task(tool.name, lambda turn: bench.drive(tool, "tnf", path, MIN_LENGTH), bench.pairs)

    tasks = [count(tool) for tool in bench.tools.values()]
    tasks.append(Task("parse alone", lambda turn: bench.bare("parse", path), bench.pairs))
    bench.take_turns("tnf", f"{kind} x{fasta.share:g}", fasta.bases, tasks)


def measure_depth(bench: Bench, fasta: Path, bams: Sequence[Path], counts: Sequence[int] = DEPTH_BAMS) -> None:
    """Depths from more and more BAMs.

    Args:
        bench: to measure on.
        fasta: the contigs.
        bams: reads of each sample.
        counts: how many of them, from the first.
    """
    compositions = {name: bench.scratch / f"composition_{name}.npz" for name in bench.tools}
    for name, composition in compositions.items():
        bench.drive(bench.tools[name], "compose", fasta, composition, MIN_LENGTH)
    read_through(bams)
    for n_bams in sorted({min(n, len(bams)) for n in counts}):
        some = bams[:n_bams]

        def compute(tool: Tool, some: Sequence[Path] = some) -> Task:
            words: tuple[Word, ...] = ("depth", compositions[tool.name], bench.threads, *some)
            return Task(tool.name, lambda turn: bench.drive(tool, *words), bench.pairs)

        def pycoverm(turn: int, some: Sequence[Path] = some) -> Measured:
            return bench.bare("depth", bench.threads, *some)

        def jgi(turn: int, some: Sequence[Path] = some) -> Measured:
            return bench.start([JGI, "--outputDepth", bench.scratch / "jgi.tsv", *some])

        tasks = [compute(tool) for tool in bench.tools.values()]
        tasks.append(Task("pycoverm alone", pycoverm, bench.pairs))
        if shutil.which(JGI):
            tasks.append(Task("jgi", jgi, bench.pairs))
        bench.take_turns("depth", f"{n_bams} BAM files", n_bams, tasks)


def measure_cluster(
    bench: Bench, latents: Path, most: Mapping[str, int], sizes: Sequence[int] = CLUSTER_CONTIGS
) -> None:
    """Clusters of more and more contigs.

    Args:
        bench: to measure on.
        latents: script that makes latents.
        most: contigs that a tool is given at most; those that are not named are given any number.
        sizes: contigs.
    """
    for contigs in sizes:
        latent = make_latent(latents, contigs, bench.scratch)

        def cluster(tool: Tool, contigs: int = contigs, latent: Path = latent) -> Task:
            once = tool.name in most and contigs >= _LONG
            run = Task(tool.name, lambda turn: bench.drive(tool, "cluster", latent, bench.threads), bench.pairs)
            return Task(run.tool, run.run, 1) if once else run

        tools = [tool for tool in bench.tools.values() if contigs <= most.get(tool.name, contigs)]
        bench.take_turns("cluster", f"{contigs} contigs", contigs, [cluster(tool) for tool in tools])
        latent.unlink()
