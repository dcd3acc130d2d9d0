"""The rows of the table: what was compared with what, and how it came out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from benchmarks.speed.entries import Entry, Results
from benchmarks.speed.ratios import Spread, exponent, figures_of, medians_by_size, ratios

NAMES = {
    "vambx": "vambx",
    "previous": "previous version",
    "vamb": "Vamb",
    "jgi": "jgi_summarize_bam_contig_depths",
}
"""Of the tools, as people read them; others go by their own."""

_LARGE = 100_000  # contigs from which growth is what counts

Value = Callable[[Entry], float | None]


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        what: was measured.
        ours, theirs: figures with their units; an opponent that is not there has none.
        opponent: who.
        ratio: theirs / ours in seconds or bytes, over the rounds.
    """

    what: str
    ours: str
    opponent: str = ""
    theirs: str = ""
    ratio: Spread | None = None


def rows_of(results: Results) -> list[Row]:
    """All rows, by stage."""
    return [
        *_tnf_rows(results.entries("tnf")),
        *_depth_rows(results.entries("depth")),
        *_cluster_rows(results.entries("cluster")),
        *_whole_rows(results.entries("whole")),
    ]


def limits_of(entries: Sequence[Entry]) -> Iterator[str]:
    """What the machine can do, in a few words each."""
    by_case: dict[str, list[Entry]] = {}
    for entry in entries:
        by_case.setdefault(entry.case, []).append(entry)
    for case, turns in by_case.items():
        if products := turns[0].figures.get("gflops"):
            for kind in dict.fromkeys(name.split()[0] for name in products):
                rates = [mean(v for n, v in turn.figures["gflops"].items() if n.startswith(kind)) for turn in turns]
                yield f"{kind} {case} {median(rates):.0f} GFLOP/s"
        elif "gb_per_second" in turns[0].figures:
            yield f"{case} {median(turn.figures['gb_per_second'] for turn in turns):.1f} GB/s"
        else:
            yield f"{case} {median(turn.size / turn.seconds for turn in turns) / 1e6:.0f} MB/s"


def _tnf_rows(entries: Sequence[Entry]) -> Iterator[Row]:
    for case in _largest(entries, lambda entry: entry.case.split()[0]):
        bases = next(entry.size for entry in entries if entry.case == case)

        def rate(entry: Entry, bases: float = bases) -> str:
            return f"{bases / entry.seconds / 1e6:.0f} Mbp/s"

        what = f"4-mers, {case.split()[0]} FASTA of {bases / 1e6:.0f} Mbp"
        yield from _against_all(entries, case, what, tell=rate)


def _depth_rows(entries: Sequence[Entry]) -> Iterator[Row]:
    for case in _largest(entries, lambda entry: ""):
        yield from _against_all(entries, case, f"depth, {case}")


def _cluster_rows(entries: Sequence[Entry]) -> Iterator[Row]:
    for size in sorted({entry.size for entry in entries if entry.size >= _LARGE}):
        case = f"{size:.0f} contigs"
        yield from _against_all(entries, case, f"clustering, {size:,.0f} contigs")
    for what, least in (("from 100,000 contigs", _LARGE), ("over all sizes", 0)):
        ours = _power(entries, "vambx", least)
        for opponent in _opponents(entries):
            theirs = _power(entries, opponent, least)
            if ours and theirs:
                yield Row(f"clustering, growth of time {what}", ours, _name(opponent), theirs)
        if ours and not _opponents(entries):
            yield Row(f"clustering, growth of time {what}", ours)


def _power(entries: Sequence[Entry], tool: str, least: float) -> str:
    power = exponent(medians_by_size(entries, tool, least))
    return "" if power is None else f"contigs^{power:.2f}"


_WHOLE: dict[str, Value] = {
    "FASTA and BAMs to bins": lambda entry: entry.wall,
    "training": lambda entry: entry.figures["steps"].get("latent"),
    "clustering": lambda entry: entry.figures["steps"].get("clusters"),
}


def _whole_rows(entries: Sequence[Entry]) -> Iterator[Row]:
    for case in dict.fromkeys(entry.case for entry in entries):
        for what, value in _WHOLE.items():
            yield from _against_all(entries, case, f"`{case}`: {what}", value)
        yield from _against_all(entries, case, f"`{case}`: peak memory", lambda entry: entry.tree_mb, unit="MB")
        yield from _score_rows(entries, case)


def _score_rows(entries: Sequence[Entry], case: str) -> Iterator[Row]:
    """Near-complete genomes; of Vamb's latent too, as vambx clusters it."""

    def score(entry: Entry) -> float | None:
        found: float | None = entry.figures["scores"].get("NC_ref")
        return found

    def of_vambs_latent(entry: Entry) -> float | None:
        found: float | None = entry.figures.get("vamb_latent_vambx_clusters", {}).get("scores", {}).get("NC_ref")
        return found

    ours = figures_of(entries, "vambx", case, score)
    for tool in _opponents(entries):
        for value, by in ((score, _name(tool)), (of_vambs_latent, "Vamb's latent, clustered by vambx")):
            theirs = figures_of(entries, tool, case, value)
            if ours and theirs:
                yield Row(f"`{case}`: NC_ref, mean", _mean(ours), by, _mean(theirs))


def _mean(figures: dict[int, float]) -> str:
    return f"{mean(figures.values()):.1f} ({len(figures)} run{'s' * (len(figures) > 1)})"


def _against_all(
    entries: Sequence[Entry],
    case: str,
    what: str,
    value: Value = lambda entry: entry.seconds,
    unit: str = "s",
    tell: Callable[[Entry], str] | None = None,
) -> Iterator[Row]:
    """A row for each opponent in a case; one row where vambx is alone."""

    def typical(tool: str) -> str:
        chosen = [entry for entry in entries if (entry.tool, entry.case) == (tool, case) and value(entry) is not None]
        if not chosen:
            return ""
        chosen.sort(key=lambda entry: value(entry) or 0)
        if tell:
            return tell(chosen[len(chosen) // 2])
        return f"{rounded(median(value(entry) or 0 for entry in chosen))} {unit}"

    alone = True
    for opponent in _opponents(entries):
        if found := ratios(entries, case, opponent, value):
            alone = False
            yield Row(what, typical("vambx"), _name(opponent), typical(opponent), Spread.of(found))
    if alone and typical("vambx"):
        yield Row(what, typical("vambx"))


def rounded(figure: float) -> str:
    """To three digits or so."""
    return f"{figure:.2f}" if figure < 10 else f"{figure:.1f}" if figure < 100 else f"{figure:,.0f}"


def _opponents(entries: Sequence[Entry]) -> list[str]:
    tools = {entry.tool for entry in entries} - {"vambx"}
    return sorted(tools, key=lambda tool: (list(NAMES).index(tool) if tool in NAMES else len(NAMES), tool))


def _name(tool: str) -> str:
    return NAMES.get(tool, tool)


def _largest(entries: Sequence[Entry], kind: Callable[[Entry], str]) -> list[str]:
    """The case of the most input, of each kind."""
    largest: dict[str, Entry] = {}
    for entry in entries:
        if kind(entry) not in largest or entry.size > largest[kind(entry)].size:
            largest[kind(entry)] = entry
    return [entry.case for entry in largest.values()]
