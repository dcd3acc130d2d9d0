"""The run in one glance, in words: what was put in, what came out, how long it took, and what to see to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vambx.report.bins_part import GRADES
from vambx.report.numbers import said_bases, said_count, said_seconds
from vambx.report.run_data import RunData
from vambx.report.status import STEPS

STEP_TITLES = {
    "composition": "Counting 4-mers",
    "abundance": "Computing depths",
    "markers": "Finding marker genes",
    "latent": "Training, encoding",
    "clusters": "Clustering",
    "chosen": "Choosing genomes",
    "bins": "Writing bins",
}
_SIZES = ((2e6, "2 Mbp or more"), (1e6, "1 to 2 Mbp"), (5e5, "0.5 to 1 Mbp"), (0, "under 0.5 Mbp"))
_ADVICE = (
    (
        r"Going on without marker genes",
        "Install the extra that it names; vambx bin --resume then adds the marker genes.",
    ),
    (r"have no 4-mer", "Nothing to do, unless there are many: then look at how the assembly was made."),
    (r"too few to train on", "Lower --min-length, or give a larger assembly."),
    (r"is no checkpoint", "Nothing to do: the training was begun anew."),
)


@dataclass(frozen=True)
class Fact:
    """One number of the glance.

    Attributes:
        title: what it is.
        value: as it is said.
        note: what belongs to it, in smaller letters.
    """

    title: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a whole, to be drawn as a bar.

    Attributes:
        title: of what.
        value: as it is said.
        share: of the whole, or of the largest, 0 to 1.
        style: a name for its colour.
        note: what belongs to it.
    """

    title: str
    value: str
    share: float
    style: str = ""
    note: str = ""


@dataclass(frozen=True)
class Warned:
    """Something to see to, and what to do about it; with no advice, that stands in the text."""

    text: str
    advice: str = ""


def state_of(run: RunData) -> str:
    """What is to be said of the run before anything else; nothing if it is finished and still."""
    steps = run.account.get("steps", {})
    last = next((name for name in reversed(STEPS) if name in steps), None)
    done = f"The last step that is done: {STEP_TITLES[last].lower()}." if last else "No step is done yet."
    if run.is_running:
        return f"A run is at work in this folder. {done} Make the page anew later: vambx report."
    if "bins" not in steps:
        return f"This run is not finished. {done} The same command with --resume goes on."
    return ""


def facts_of(run: RunData) -> list[Fact]:
    """The numbers of the run."""
    facts: list[Fact] = []
    if run.composition is not None:
        contigs, long = run.composition.contigs, run.composition.long
        aside = run.composition.set_aside
        n_bases = int(contigs.lengths.sum())
        short = len(contigs) - len(long)
        note = f"{len(long):,} of {run.composition.min_length:,} bp or more, {short:,} shorter ones that may join them"
        facts.append(Fact("Contigs", f"{len(contigs):,}", note))
        left_out = said_bases(sum(contig.length for contig in aside))
        facts.append(Fact("Bases", said_bases(n_bases), f"and {left_out} in {len(aside):,} contigs set aside"))
    if run.abundance is not None:
        facts.append(Fact("Samples", f"{len(run.samples):,}", "with a BAM of reads each"))
    if run.bins is not None and run.contigs is not None:
        binned = sum(made.bp for made in run.bins)
        n_bases = max(int(run.contigs.lengths.sum()), 1)
        facts.append(Fact("Bins", f"{len(run.bins):,}", _largest(run)))
        facts.append(Fact("Bases binned", f"{binned / n_bases:.1%}", f"{said_bases(binned)} of {said_bases(n_bases)}"))
    seconds = sum(step["wall_seconds"] for step in run.account.get("steps", {}).values())
    memory = max((step["peak_memory_mb"] for step in run.account.get("steps", {}).values()), default=0)
    if seconds:
        facts.append(Fact("Time", said_seconds(seconds), f"{memory / 1000:.1f} GB of memory at most"))
    return facts


def qualities_of(run: RunData) -> list[Part]:
    """How many bins there are of each quality, by their marker genes; without these, of each size."""
    bins = run.bins or ()
    if not bins:
        return []
    grades = [made.grade for made in bins]
    if "unknown" not in grades:
        counts = {grade: grades.count(grade) for grade in GRADES}
    else:
        classes = [next(title for least, title in _SIZES if made.bp >= least) for made in bins]
        counts = {title: classes.count(title) for _, title in _SIZES}
    return [
        Part(title, f"{n:,}", n / len(bins), f"rank{rank}")
        for rank, (title, n) in enumerate(counts.items())
        if n or rank < 3
    ]


def times_of(run: RunData) -> list[Part]:
    """The time and the memory of each step, the longest as the whole."""
    done = run.account.get("steps", {})
    steps = [(name, done[name]) for name in STEPS if name in done]
    longest = max((step["wall_seconds"] for _, step in steps), default=0) or 1
    return [
        Part(
            STEP_TITLES[name],
            said_seconds(step["wall_seconds"]),
            step["wall_seconds"] / longest,
            note=f"{step['peak_memory_mb']:,} MB",
        )
        for name, step in steps
    ]


def warnings_of(run: RunData) -> list[Warned]:
    """The warnings of the last command, and what else should be known."""
    told = [Warned(text, next((a for sign, a in _ADVICE if re.search(sign, text)), "")) for text in run.warnings]
    return [*told, *_noticed(run)]


def _noticed(run: RunData) -> Iterator[Warned]:
    """What the results themselves tell."""
    steps = run.account.get("steps", {})
    if run.bins is not None and not run.bins:
        least = steps["bins"]["settings"].get("min_bin_size", 0)
        yield Warned(
            f"No bin is as large as --min-bin-size ({said_bases(least)}).",
            "Lower it, or look in unbinned.tsv for what became of the contigs.",
        )
    if "bins" in steps and run.markers is None and not any("without marker genes" in text for text in run.warnings):
        yield Warned(
            "There are no marker genes, so the quality of the bins is not known.",
            "vambx bin --resume without --no-markers finds them, and chooses bins by them.",
        )
    if run.latent is None and "latent" in steps and not any("too few to train" in text for text in run.warnings):
        yield Warned("Too few contigs to train on; each was left to itself.", "Lower --min-length.")
    if len(run.samples) == 1:
        yield Warned(
            "Depths are known in one sample only, and tell little.",
            "Reads of further samples of such a community, mapped to the same contigs, tell genomes apart better.",
        )


def _largest(run: RunData) -> str:
    sizes = [made.bp for made in run.bins or ()]
    return f"{said_bases(min(sizes))} to {said_bases(max(sizes))}" if sizes else said_count(0, "bin")
