import numpy as np
import pytest
from builders import random_sequence, sentence, write_fasta
from genes import contig, proteins, relative, write_hmms

from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.markers import find_markers, read_marker_set, search
from vambx.markers.search import search as search_contigs

FAMILY = proteins(6)
M1, M2, M3, M4, M5, _ = FAMILY.values()
RNG = np.random.default_rng(3)
SEQUENCES = {
    "two": contig(RNG, [M1, M2]),
    "reverse": contig(RNG, [M3], reverse=True),
    "none": random_sequence(RNG, 3000),
    "copies": contig(RNG, [M5, relative(M4, 0.3), M1, M1]),
    "cut": contig(RNG, [M3])[:700],
    "short": "ACGTN",
    "all N": "N" * 500,
    "lower": contig(RNG, [M2]).lower(),
}
FOUND = {
    "two": ["M1", "M2"],
    "reverse": ["M3"],
    "copies": ["M5", "M4", "M1", "M1"],
    "cut": ["M3"],
    "lower": ["M2"],
}


GAP = "N" * 310_000  # of a scaffold; a gene is called over it that is longer than HMMER takes


@pytest.fixture(scope="module")
def markers(tmp_path_factory):
    return read_marker_set(write_hmms(tmp_path_factory.mktemp("hmms") / "m.hmm", FAMILY))


@pytest.fixture(scope="module")
def fasta(tmp_path_factory):
    return write_fasta(tmp_path_factory.mktemp("fasta") / "c.fna", {f"{n} x=1": s for n, s in SEQUENCES.items()})


def contigs_of(names):
    lengths = np.array([len(SEQUENCES[name]) for name in names])
    return Contigs(tuple(names), lengths, np.zeros(len(names), dtype=np.float32))


def found_of(markers, threads=1, sequences=None):
    sequences = list(SEQUENCES.values()) if sequences is None else sequences
    searched = list(search_contigs(enumerate(sequences), markers, threads))
    assert [contig.key for contig in searched] == list(range(len(sequences)))
    assert all(hit.key == contig.key for contig in searched for hit in contig.hits)
    return searched


def test_a_long_gap_does_no_harm(markers):
    [searched] = found_of(markers, sequences=[contig(RNG, [M1]) + GAP + contig(RNG, [M2])])
    assert [markers.names[hit.marker] for hit in searched.hits] == ["M1", "M2"]


def test_planted_genes_are_found_in_their_order_and_no_others(markers):
    names = [[markers.names[hit.marker] for hit in contig.hits] for contig in found_of(markers)]
    assert dict(zip(SEQUENCES, names, strict=True)) == {name: FOUND.get(name, []) for name in SEQUENCES}


def test_a_better_copy_has_a_better_score(markers):
    _, hits = found_of(markers, sequences=[contig(RNG, []), contig(RNG, [M4, relative(M4, 0.3)])])
    whole, changed = (hit.score for hit in hits.hits)
    assert whole > 1.5 * changed > 100


def test_genes_of_one_dna_are_told_on_either_strand_and_those_that_end_with_the_contig(markers):
    one, other = contig(RNG, [M4, relative(M4, 0.3)]), contig(RNG, [M4], reverse=True)
    first, second, third = found_of(markers, sequences=[one, other, one[:700]])
    (whole, changed), (turned,), (half,) = first.hits, second.hits, third.hits
    assert whole.gene == turned.gene
    assert len({whole.gene, changed.gene, half.gene}) == 3
    assert [hit.cut for hit in (whole, changed, turned, half)] == [False, False, False, True]


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("chunk", [1, 3000, 10**9])
def test_threads_and_chunks_change_nothing(markers, threads, chunk, monkeypatch):
    want = found_of(markers)
    monkeypatch.setattr(search, "_CHUNK", chunk)
    assert found_of(markers, threads) == want


def test_a_cutoff_above_the_score_finds_nothing(tmp_path):
    high = read_marker_set(write_hmms(tmp_path / "m.hmm", FAMILY, bits=5000.0))
    assert not any(contig.hits for contig in found_of(high))


def test_low_cutoffs_are_heeded_too(tmp_path):
    low = read_marker_set(write_hmms(tmp_path / "m.hmm", FAMILY, bits=25.0))
    (searched,) = found_of(low, sequences=[contig(RNG, [relative(M4, 0.7)])])
    assert [low.names[hit.marker] for hit in searched.hits] == ["M4"]
    assert 25 < searched.hits[0].score < 100


def test_a_gene_that_hits_several_markers_is_the_best_of_them(tmp_path):
    family = {"far": relative(M1, 0.4), "near": relative(M1, 0.1), "twin": relative(M1, 0.1)}
    twins = read_marker_set(write_hmms(tmp_path / "m.hmm", family))
    (searched,) = found_of(twins, sequences=[contig(RNG, [M1])])
    assert [twins.names[hit.marker] for hit in searched.hits] == ["near"]


def test_two_genes_of_a_contig_that_hit_the_same_two_profiles_are_one_each(tmp_path):
    family = {"both": M1 + M2[1:], "own": relative(M2, 0.3)}  # as profiles of genes that are fused in some genomes
    fused = read_marker_set(write_hmms(tmp_path / "m.hmm", family))
    together, copies = found_of(fused, sequences=[contig(RNG, [relative(M1, 0.2), M2]), contig(RNG, [M1, M1])])
    assert [fused.names[hit.marker] for hit in together.hits] in (["both", "own"], ["own", "both"])
    assert [fused.names[hit.marker] for hit in copies.hits] == ["both", "both"]


def test_few_contigs_wait_in_memory(markers, monkeypatch):
    monkeypatch.setattr(search, "_CHUNK", 1)
    taken = []

    def contigs():
        for key in range(50):
            taken.append(key)
            yield key, "ACGT" * 20

    for contig_ in search_contigs(contigs(), markers, 2):
        assert len(taken) - contig_.key <= 3 * 2 + 1


def test_an_error_of_the_reader_comes_through(markers):
    def contigs():
        yield 0, "ACGT" * 100
        raise InputError("x")

    with pytest.raises(InputError, match="x"):
        list(search_contigs(contigs(), markers, 2))


def test_markers_are_told_by_the_rows_of_the_contigs(markers, fasta):
    rows = contigs_of(["lower", "none", "copies", "two"])  # not all, in another order
    told = []
    found = find_markers(fasta, rows, markers, 2, told.append)
    assert (found.contig.dtype, found.marker.dtype, found.score.dtype) == (np.int64, np.int64, np.float32)
    assert (found.names, found.names_sha256) == (tuple(FAMILY), rows.digest)
    names = [(rows.names[c], found.names[m]) for c, m in zip(found.contig, found.marker, strict=True)]
    assert names == [(name, marker) for name in rows.names for marker in FOUND.get(name, [])]
    assert found.score.min() > 100
    assert told == [1, 2, 3, 4]


def test_without_a_hit_there_are_no_rows(markers, fasta):
    found = find_markers(fasta, contigs_of(["none"]), markers)
    assert (len(found.contig), found.counts.shape, found.counts.sum()) == (0, (1, 6), 0)


def test_a_contig_that_the_fasta_lacks_is_named(markers, fasta, monkeypatch):
    monkeypatch.setitem(SEQUENCES, "gone", "ACGT")
    with pytest.raises(InputError, match=sentence(fasta, "contig gone is not there", "give the FASTA of this run")):
        find_markers(fasta, contigs_of(["two", "gone"]), markers)


def test_a_contig_of_another_length_is_named(markers, fasta, monkeypatch):
    monkeypatch.setitem(SEQUENCES, "two", "ACGT")
    with pytest.raises(InputError, match=sentence(fasta, "contig two is not as it was", "give the FASTA of this run")):
        find_markers(fasta, contigs_of(["two"]), markers)


def test_the_markers_of_fetchmgs_are_not_in_random_bases():
    assert not any(contig.hits for contig in found_of(read_marker_set(), sequences=[random_sequence(RNG, 20_000)]))
