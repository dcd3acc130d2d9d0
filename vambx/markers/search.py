"""Call genes on contigs and search them for markers, in several threads with bounded memory."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from vambx.errors import InputError
from vambx.markers.sets import MarkerSet

if TYPE_CHECKING:
    from pyhmmer.easel import DigitalSequenceBlock
    from pyrodigal import Gene

_LONGEST = 100_000  # residues that HMMER takes; no marker is near that
_CHUNK = 1_000_000  # bases that a thread takes at a time
_WAITING = 3  # chunks a thread: in work, or done and waiting for earlier ones

_SHORTEST, _SHORTEST_EDGE = (90, 210), (60, 120)
"""Bounds (bp) of the shortest gene that is called, whole or cut by the contig's end. The lower are Prodigal's own; the
upper take little more than half of the time and lose no marker: the shortest, S17, has 80 residues or more."""

_F1, _F2, _F3, _HIGH = 1e-7, 1e-8, 1e-9, 50.0
"""P-values of HMMER's three filters for cutoffs of that many bits, which have a P-value of 1e-15 themselves; lower
cutoffs get HMMER's own, which are looser."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A gene that is a marker.

    Attributes:
        key: of the contig, as it was given.
        marker: index into the set.
        score: bits.
        gene: a hash of the gene's DNA.
        cut: whether the gene is cut by an end of its contig.
    """

    key: int
    marker: int
    score: float
    gene: int
    cut: bool


@dataclass(frozen=True, slots=True)
class Searched:
    """A contig that is done: its key and the hits on it, in the order of its genes."""

    key: int
    hits: tuple[Hit, ...]


class _Found(NamedTuple):
    """A gene that fits a marker; the best come first."""

    minus_score: float
    gene: int
    marker: int


def search(contigs: Iterable[tuple[int, str]], markers: MarkerSet, threads: int = 1) -> Iterator[Searched]:
    """Find markers on contigs, which come back in their order; the result does not depend on `threads`.

    Genes are called by Prodigal's metagenomic mode and searched with HMMER's hmmsearch. A gene counts for one marker:
    the one with the best score, the first of equals, unless the genes of its contig together are more markers when it
    takes another that it hits. (Some profiles hold neighbours that are fused in some genomes: both COG0102 and COG0103
    hold L13 and S9.)

    Args:
        contigs: a key and the bases of each.
        markers: what to look for.
        threads: chunks of about 1 Mbp in work at a time; memory is about 200 MB for each, most of it HMMER's matrices.

    Source:
        Hyatt et al., BMC Bioinformatics 2010, doi 10.1186/1471-2105-11-119; Larralde, J Open Source Softw 2022,
        doi 10.21105/joss.04296; Eddy, PLoS Comput Biol 2011, doi 10.1371/journal.pcbi.1002195; Larralde and Zeller,
        Bioinformatics 2023, doi 10.1093/bioinformatics/btad214.
    """
    workers: SimpleQueue[_Worker] = SimpleQueue()
    for _ in range(threads):
        workers.put(_Worker(markers))

    def work(chunk: list[tuple[int, str]]) -> list[Searched]:
        worker = workers.get()
        try:
            return worker.search(chunk)
        finally:
            workers.put(worker)

    waiting: deque[Future[list[Searched]]] = deque()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            for chunk in _chunks(contigs):
                waiting.append(pool.submit(work, chunk))
                if len(waiting) >= _WAITING * threads:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


class _Worker:
    """What one thread holds: HMMER's pipeline changes its profiles while it works, so they are not shared."""

    def __init__(self, markers: MarkerSet) -> None:
        from pyhmmer.plan7 import Background, Pipeline
        from pyrodigal import GeneFinder

        self.names, self.alphabet = markers.names, markers.profiles[0].alphabet
        background = Background(self.alphabet)
        loose = Pipeline(self.alphabet, background=background, bit_cutoffs="gathering")
        tight = Pipeline(self.alphabet, background=background, bit_cutoffs="gathering", F1=_F1, F2=_F2, F3=_F3)
        self.searches = [
            (tight if (hmm.cutoffs.gathering1 or 0) >= _HIGH else loose, hmm.to_profile(background).to_optimized())
            for hmm in markers.profiles
        ]
        shortest = min(hmm.M for hmm in markers.profiles)
        self.finder = GeneFinder(
            meta=True,
            min_gene=_between(2 * shortest, _SHORTEST),  # bp: two thirds of the shortest marker
            min_edge_gene=_between(shortest, _SHORTEST_EDGE),
        )

    def search(self, chunk: list[tuple[int, str]]) -> list[Searched]:
        """The hits of each contig."""
        proteins, owner, genes = self._proteins(chunk)
        found: dict[int, list[_Found]] = {key: [] for key, _ in chunk}
        for marker, (pipeline, profile) in enumerate(self.searches):
            try:
                hits = pipeline.search_hmm(profile, proteins)
            except (SystemError, ValueError, RuntimeError) as error:  # of odd probabilities a score that is no number
                name = self.names[marker]
                raise InputError(f"marker {name} cannot be searched with ({error}); leave it out of --hmms") from error
            for hit in hits:
                if hit.included:
                    gene = int(hit.name)
                    found[owner[gene]].append(_Found(-hit.score, gene, marker))
            pipeline.clear()
        return [
            Searched(key, tuple(_hit(key, one, genes[one.gene]) for one in _settle(of_contig)))
            for key, of_contig in found.items()
        ]

    def _proteins(self, chunk: list[tuple[int, str]]) -> "tuple[DigitalSequenceBlock, list[int], list[Gene]]":
        """The translated genes, named by number, the key of each one's contig, and the genes."""
        from pyhmmer.easel import DigitalSequenceBlock, TextSequence

        owner: list[int] = []
        genes: list[Gene] = []
        proteins = DigitalSequenceBlock(self.alphabet)
        for key, bases in chunk:
            for gene in self.finder.find_genes(bases.encode()):
                protein = gene.translate(include_stop=False)
                if len(protein) <= _LONGEST:
                    proteins.append(TextSequence(name=b"%d" % len(owner), sequence=protein).digitize(self.alphabet))
                    owner.append(key)
                    genes.append(gene)
        return proteins, owner, genes


def _settle(found: list[_Found]) -> list[_Found]:
    """One marker a gene, as many different ones as can be (augmenting paths); who finds none free is a further copy."""
    options: dict[int, list[_Found]] = {}
    for one in sorted(found):
        options.setdefault(one.gene, []).append(one)
    holder: dict[int, _Found] = {}

    def place(gene: int, tried: set[int]) -> bool:
        for one in options[gene]:
            if one.marker not in tried:
                tried.add(one.marker)
                if one.marker not in holder or place(holder[one.marker].gene, tried):
                    holder[one.marker] = one
                    return True
        return False

    copies = [options[gene][0] for gene in options if not place(gene, set())]
    return sorted([*holder.values(), *copies], key=lambda one: one.gene)


def _hit(key: int, found: _Found, gene: "Gene") -> Hit:
    digest = hashlib.blake2b(gene.sequence().encode(), digest_size=8).digest()
    is_cut = bool(gene.partial_begin or gene.partial_end)
    return Hit(key, found.marker, -found.minus_score, int.from_bytes(digest, "little", signed=True), is_cut)


def _between(value: int, bounds: tuple[int, int]) -> int:
    return min(max(value, bounds[0]), bounds[1])


def _chunks(contigs: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    chunk: list[tuple[int, str]] = []
    bases = 0
    for key, sequence in contigs:
        chunk.append((key, sequence))
        bases += len(sequence)
        if bases >= _CHUNK:
            yield chunk
            chunk, bases = [], 0
    if chunk:
        yield chunk
