import mmap

import numpy as np
import pytest
import torch

from vambx.encode import Features
from vambx.encode.features import ROWS_AT_ONCE
from vambx.features.kmers import KMERS


def random(n, n_samples=3, n_tnf=136, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((n, n_samples), dtype=np.float32), rng.random((n, n_tnf), dtype=np.float32)


def mapped(folder, mode="r", **matrices):
    for name, matrix in matrices.items():
        np.save(folder / f"{name}.npy", matrix)
    return [np.load(folder / f"{name}.npy", mmap_mode=mode) for name in matrices]


def test_rows_are_read_as_they_are():
    rpkms, tnfs = random(10)
    features = Features(rpkms, tnfs)
    got = features.read(slice(2, 5))
    np.testing.assert_array_equal(got[0].numpy(), rpkms[2:5])
    np.testing.assert_array_equal(got[1].numpy(), tnfs[2:5])
    assert (len(features), features.n_samples, features.n_tnf) == (10, 3, 136)
    assert {part.dtype for part in got} == {torch.float32}


def test_what_is_read_is_a_copy():
    rpkms, tnfs = random(4)
    Features(rpkms, tnfs).read(slice(None))[0][:] = 7
    assert rpkms.max() < 1


def test_some_rows_are_the_contigs():
    rpkms, tnfs = random(10)
    some = Features(rpkms, tnfs, rows=np.array([1, 4, 9]))
    assert len(some) == 3
    np.testing.assert_array_equal(some.read(np.array([2, 0]))[0].numpy(), rpkms[[9, 1]])
    np.testing.assert_array_equal(torch.cat([tnf for _, tnf in some.iter_parts()]).numpy(), tnfs[[1, 4, 9]])


def test_counts_become_frequencies():
    counts = np.array([[1, 3], [2, 2]], dtype=np.uint32)
    _, tnfs = Features(np.ones((2, 1), dtype=np.float32), counts).read(slice(None))
    np.testing.assert_array_equal(tnfs.numpy(), np.float32([[0.25, 0.75], [0.5, 0.5]]))


@pytest.mark.parametrize("n", [1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1])
def test_parts_are_the_whole(n):
    rpkms, tnfs = random(n, n_tnf=5)
    parts = list(Features(rpkms, tnfs).iter_parts())
    assert max(len(part) for part, _ in parts) <= ROWS_AT_ONCE
    np.testing.assert_array_equal(torch.cat([part for part, _ in parts]).numpy(), rpkms)


def test_what_is_memory_mapped_is_read_and_let_go(tmp_path, monkeypatch):
    rpkms, tnfs = random(1000)
    features = Features(*mapped(tmp_path, rpkms=rpkms, tnfs=tnfs))
    np.testing.assert_array_equal(features.read(slice(10, 20))[1].numpy(), tnfs[10:20])
    resident = sum(map(resident_kb, (features.rpkms, features.tnfs)))
    np.array(features.tnfs)
    assert resident == 0 < resident_kb(features.tnfs)
    features.read(slice(0, 1))
    assert resident_kb(features.tnfs) == 0


def resident_kb(matrix):
    """Memory that the pages of a memory-mapped matrix take in this process, in kB; Linux tells."""
    name, here = matrix.filename.name, False
    with open("/proc/self/smaps", encoding="utf-8") as maps:
        for line in maps:
            here = line.rstrip().endswith(name) if "-" in line.split(" ")[0] else here
            if here and line.startswith("Rss:"):
                return int(line.split()[1])
    return pytest.fail(f"{name} is not mapped")


def test_what_was_changed_in_a_private_mapping_stays(tmp_path):
    rpkms, tnfs = random(50)
    changed, tnfs = mapped(tmp_path, "c", rpkms=rpkms, tnfs=tnfs)
    changed[:] = 7
    features = Features(changed, tnfs)
    features.read(slice(None))
    assert (features.read(slice(None))[0] == 7).all()


def test_systems_that_cannot_be_advised_read_all_the_same(tmp_path, monkeypatch):
    rpkms, tnfs = random(50)
    features = Features(*mapped(tmp_path, rpkms=rpkms, tnfs=tnfs))
    monkeypatch.delattr(mmap, "MADV_DONTNEED")
    np.testing.assert_array_equal(features.read(slice(None))[0].numpy(), rpkms)


COUNTS = np.array([[6, 2], [4, 0], [1, 3]], dtype=np.uint32)
FRONTS = np.array([[3, 1], [4, 0], [0, 2]], dtype=np.uint32)
DEPTHS = np.ones((3, 1), dtype=np.float32)


def test_halves_are_shares_of_their_own_words():
    halves = Features(DEPTHS, COUNTS, fronts=FRONTS).read_halves(np.array([2, 0]))
    assert halves.dtype == torch.float32
    np.testing.assert_array_equal(halves.numpy(), [[[0, 1], [0.5, 0.5]], [[0.75, 0.25], [0.75, 0.25]]])


def test_a_half_without_a_word_is_as_the_whole():
    halves = Features(DEPTHS, COUNTS, fronts=FRONTS).read_halves(np.array([1]))
    np.testing.assert_array_equal(halves.numpy(), [[[1, 0], [1, 0]]])


def test_fronts_are_one_a_contig_and_not_one_a_row():
    some = Features(DEPTHS, COUNTS, rows=np.array([2, 0]), fronts=FRONTS[[2, 0]])
    np.testing.assert_array_equal(some.read_halves(np.array([0]))[0].numpy(), [[0, 1], [0.5, 0.5]])
    np.testing.assert_array_equal(some.take(np.array([1])).read_halves(np.array([0]))[0, 0].numpy(), [0.75, 0.25])


def test_halves_are_let_go_of_memory(tmp_path):
    counts = np.full((1000, 136), 4, dtype=np.uint32)
    rpkms, tnfs, fronts = mapped(tmp_path, rpkms=np.ones((1000, 1), np.float32), tnfs=counts, fronts=counts // 2)
    features = Features(rpkms, tnfs, fronts=fronts)
    assert (features.read_halves(np.arange(1000)) == np.float32(1 / 136)).all()
    assert resident_kb(fronts) == resident_kb(tnfs) == 0


def test_fronts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match=r"fronts are of shape \(2, 2\), and contigs and TNF of \(3, 2\)"):
        Features(DEPTHS, COUNTS, fronts=FRONTS[:2])
    for tnfs, fronts in ((COUNTS.astype(np.float32), FRONTS), (COUNTS, FRONTS.astype(np.float32))):
        with pytest.raises(ValueError, match="must be counts, not frequencies"):
            Features(DEPTHS, tnfs, fronts=fronts)
    with pytest.raises(ValueError, match="nothing is known of the contigs' halves"):
        Features(DEPTHS, COUNTS).read_halves(np.array([0]))
    for fronts in (COUNTS + np.uint32(1), -FRONTS.astype(np.int64)):
        with pytest.raises(ValueError, match="fronts must be counts of a part of each contig, from 0 to those in tnfs"):
            Features(DEPTHS, COUNTS, fronts=fronts).read_halves(np.array([0]))


def test_columns_without_names_get_them():
    named = Features(*random(2, n_samples=2))
    assert (named.sample_names, named.tnf_names) == (("sample 1", "sample 2"), KMERS)
    assert Features(*random(2, n_tnf=3)).tnf_names == ("TNF feature 1", "TNF feature 2", "TNF feature 3")
    assert Features(*random(2, n_samples=1), sample_names=("gut",)).sample_names == ("gut",)


def test_matrices_that_do_not_fit_are_refused():
    rpkms, tnfs = random(5)
    with pytest.raises(ValueError, match="same number of rows, not 4 and 5"):
        Features(rpkms[:4], tnfs)
    with pytest.raises(ValueError, match="sample_names are 2, and the matrix has 3 columns"):
        Features(rpkms, tnfs, sample_names=("a", "b"))


@pytest.mark.parametrize(
    ("rpkm", "tnf", "words"), [(np.nan, 0, "finite"), (-1, 0, "not negative"), (0, np.inf, "finite")]
)
def test_numbers_that_cannot_be_are_refused_when_they_are_read(rpkm, tnf, words):
    rpkms, tnfs = random(5)
    rpkms[3, 1] += rpkm
    tnfs[3, 1] += tnf
    features = Features(rpkms, tnfs)
    features.read(slice(0, 3))
    with pytest.raises(ValueError, match=words):
        features.read(slice(0, 4))
