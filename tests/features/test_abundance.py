import logging

import numpy as np
import pytest
from builders import even_reads, random_sequence, sentence, write_bam, write_fasta
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vambx.errors import InputError
from vambx.features.abundance import Abundance, read_abundance, read_headers, rpkm_of
from vambx.features.composition import read_composition
from vambx.features.contigs import Contigs
from vambx.io import bam_depth

LENGTHS = {"c0": 2000, "c1": 3000, "c2": 1500, "short": 300}
DEPTHS = {"c0": 3, "c1": 9, "c2": 27, "short": 5}
ASSEMBLY = "give the FASTA that the reads were mapped to"


@pytest.fixture(scope="module")
def composition(tmp_path_factory):
    rng = np.random.default_rng(1)
    path = tmp_path_factory.mktemp("fasta") / "x.fa"
    return read_composition(write_fasta(path, {name: random_sequence(rng, n) for name, n in LENGTHS.items()}), 500)


def sample(path, order=tuple(LENGTHS), seed=1, lengths=LENGTHS, depths=DEPTHS):
    """A BAM whose references stand in that order; a contig's reads depend on seed and contig alone."""
    reads = []
    for name in order:
        rng = np.random.default_rng([seed, *name.encode()])
        reads += even_reads({name: lengths[name]}, depths.get(name, 1), rng=rng)
    return write_bam(path, {name: lengths[name] for name in order}, reads)


def abundance_of(paths, composition, **kwargs):
    return read_abundance(read_headers(paths, composition), composition.contigs, 0.0, **kwargs)


def test_rows_are_contigs_and_columns_samples(tmp_path, composition):
    thrice = {name: 3 * depth for name, depth in DEPTHS.items()}
    paths = [sample(tmp_path / "y.bam"), sample(tmp_path / "x.bam", seed=2, depths=thrice)]
    abundance = abundance_of(paths, composition)
    assert abundance.samples == ("y", "x")
    assert (abundance.depth.dtype, abundance.rpkm.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(abundance.depth, [[3, 9], [9, 27], [27, 81]], rtol=0.1)
    np.testing.assert_array_equal(abundance.rpkm, rpkm_of(abundance.depth, composition.contigs.lengths))
    assert abundance.names_sha256 == composition.contigs.digest


@pytest.mark.parametrize("order", [("short", "c2", "c0", "c1"), ("other", "c1", "c0", "short", "c2", "more")])
def test_contigs_are_matched_by_name(tmp_path, composition, order, caplog):
    with caplog.at_level(logging.DEBUG, logger="vambx"):
        other = sample(tmp_path / "y.bam", order, lengths={**LENGTHS, "other": 900, "more": 9000})
        here, there = abundance_of([sample(tmp_path / "x.bam"), other], composition).depth.T
    np.testing.assert_array_equal(here, there)
    told = [text for text in caplog.messages if str(other) in text and "2 references" in text and "other, more" in text]
    assert len(told) == ("other" in order)


def test_contigs_are_matched_by_name_where_the_bam_has_whole_headers(tmp_path, composition):
    spaced = {f"{name} flag=1 len={length}": length for name, length in LENGTHS.items()}
    path = write_bam(tmp_path / "x.bam", spaced, even_reads(spaced, 5, rng=np.random.default_rng(1)))
    np.testing.assert_allclose(abundance_of([path], composition).depth, 5, rtol=0.1)


def test_missing_contigs_are_counted_and_named(tmp_path, composition):
    lengths = {f"k{i}": 500 for i in range(5)} | {"c1": 3000}
    path = sample(tmp_path / "x.bam", tuple(lengths), lengths=lengths)
    with pytest.raises(InputError) as caught:
        read_headers([path], composition)
    assert str(caught.value) == (
        f"{path}: reads were mapped to another assembly: 3 contigs of the FASTA are not in the BAM (c0, c2, short), "
        f"5 of the BAM not in the FASTA (k0, k1, k2, ...); {ASSEMBLY}"
    )


def test_a_missing_set_aside_contig_counts_as_missing(tmp_path, composition):
    path = sample(tmp_path / "x.bam", ("c0", "c1", "c2"))
    problem = sentence(path, "1 contigs of the FASTA are not in the BAM (short), 0 of the BAM", "(none)")
    with pytest.raises(InputError, match=problem):
        read_headers([path], composition)


def test_wrong_length_is_told(tmp_path, composition):
    path = sample(tmp_path / "x.bam", lengths={**LENGTHS, "c1": 3001, "short": 301})
    problem = "2 contigs have another length, such as c1 (3000 bp in the FASTA, 3001 in the BAM)"
    with pytest.raises(InputError, match=sentence(path, problem, ASSEMBLY)):
        read_headers([path], composition)


def test_unmapped_reads_alone_are_refused(tmp_path, composition):
    path = write_bam(tmp_path / "x.bam", LENGTHS, [(None, 0, 100, 0)] * 5)
    with pytest.raises(InputError, match=sentence(path, "no read is mapped to the contigs", "leave the file out")):
        abundance_of([path], composition)


@pytest.mark.parametrize(("read", "min_identity"), [(("c0", 500, 100, 30), 0.9), (("c0", 0, 60, 0), 0.0)])
def test_reads_that_do_not_count_are_told_of(tmp_path, composition, read, min_identity):
    path = write_bam(tmp_path / "x.bam", LENGTHS, [read])
    with pytest.raises(InputError, match=r"within 75 bp of their ends or under --min-identity do not count"):
        read_abundance(read_headers([path], composition), composition.contigs, min_identity)


def test_pycoverm_missing_is_told(tmp_path, composition, monkeypatch):
    monkeypatch.setattr(bam_depth, "find_spec", lambda name: None)
    with pytest.raises(InputError) as caught:
        read_headers([sample(tmp_path / "x.bam")], composition)
    assert str(caught.value) == "depth from BAM files needs pycoverm; install it: pip install 'vambx[bam]'"


def test_threads_do_not_matter(tmp_path, composition):
    paths = [sample(tmp_path / f"s{seed}.bam", seed=seed) for seed in range(3)]
    heard = []
    one, two = (abundance_of(paths, composition, threads=n, progress=heard.append) for n in (1, 2))
    np.testing.assert_array_equal(one.depth, two.depth, strict=True)
    np.testing.assert_array_equal(one.rpkm, two.rpkm, strict=True)
    assert len({column.tobytes() for column in one.depth.T}) == 3
    assert sorted(heard) == ["s0", "s0", "s1", "s1", "s2", "s2"]


def test_one_bad_bam_among_good_ones_is_named(tmp_path, composition):
    bad = write_bam(tmp_path / "bad.bam", LENGTHS, even_reads(LENGTHS, 2, rng=np.random.default_rng(1)), nm_type=None)
    with pytest.raises(InputError, match=sentence(bad, "a read has no NM tag", "samtools calmd")):
        abundance_of([sample(tmp_path / "x.bam"), bad, sample(tmp_path / "y.bam")], composition, threads=2)


depths = hnp.arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.floats(0, 1e6, width=32))


@given(depths, st.data())
@settings(deadline=None)
def test_rpkm_of_a_sample_add_up_to_its_reads(depth, data):
    lengths = data.draw(hnp.arrays(np.int64, len(depth), elements=st.integers(1, 10**8)))
    rpkm = rpkm_of(depth, lengths)
    want = np.where(depth.any(axis=0), 1e9, 0)
    np.testing.assert_allclose((rpkm.astype(float) * lengths[:, None]).sum(axis=0), want, rtol=1e-5)
    assert ((rpkm > 0) <= (depth > 0)).all()


@given(depths, st.sampled_from([2.0**-9, 0.5, 2.0, 1024.0]))
@settings(deadline=None)
def test_rpkm_do_not_depend_on_sequencing_effort(depth, factor):
    lengths = np.arange(1, len(depth) + 1) * 1000
    normal = np.where(depth < 1e-30, np.float32(0), depth)
    np.testing.assert_allclose(rpkm_of(normal * np.float32(factor), lengths), rpkm_of(normal, lengths), rtol=1e-6)


@pytest.fixture
def written(tmp_path, composition):
    depth = np.random.default_rng(1).random((3, 2)).astype(np.float32)
    rpkm = rpkm_of(depth, composition.contigs.lengths)
    abundance = Abundance(depth, rpkm, ("s 1", "s2"), composition.contigs.digest)
    abundance.write(tmp_path / "1.npz")
    return abundance


def test_it_comes_back_and_is_the_same_bytes(tmp_path, written, composition):
    back = Abundance.read(tmp_path / "1.npz", composition.contigs)
    np.testing.assert_array_equal(back.depth, written.depth, strict=True)
    np.testing.assert_array_equal(back.rpkm, written.rpkm, strict=True)
    assert (back.samples, back.names_sha256) == (written.samples, written.names_sha256)
    back.write(tmp_path / "2.npz")
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()


@pytest.mark.parametrize("rows", [[0, 1], [1, 0, 2]])
def test_abundance_of_other_contigs_is_refused(tmp_path, written, composition, rows):
    problem = sentence(tmp_path / "1.npz", "was made for other contigs than the composition", "make both anew")
    c = composition.contigs
    other = Contigs(tuple(c.names[i] for i in rows), c.lengths[rows], c.gc[rows])
    with pytest.raises(InputError, match=problem):
        Abundance.read(tmp_path / "1.npz", other)


@pytest.mark.parametrize("change", [{"samples": ("s",)}, {"depth": np.zeros((2, 2))}, {"rpkm": np.zeros((3, 3))}])
def test_matrices_that_do_not_fit_are_refused(tmp_path, written, composition, change):
    Abundance(**{**vars(written), **change}).write(tmp_path / "1.npz")
    problem = sentence(tmp_path / "1.npz", "the matrix does not fit its contigs and samples", "make it anew")
    with pytest.raises(InputError, match=problem):
        Abundance.read(tmp_path / "1.npz", composition.contigs)
