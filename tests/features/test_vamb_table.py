"""Vamb's own abundance.npz and composition.npz."""

import hashlib

import numpy as np
import pytest
from builders import sentence

from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.features.depths import table_in

CONTIGS = Contigs(("c0", "c1", "c2"), np.array([2000, 3000, 4000]), np.full(3, 0.5, dtype=np.float32))
NAMES = ("c2", "x", "c0", "c1")
MATRIX = np.array([[4, 5], [0, 0], [1, 0], [2, 3]], dtype=np.float32)


def write_vamb(folder, samples=("A", "B"), names=NAMES, matrix=MATRIX, hashed=None):
    """As Vamb 5.0.4 writes them."""
    digest = hashlib.md5("".join(hashed or names).encode()).digest()
    samples, names = (np.array(each, dtype=object) for each in (samples, names))
    folder.mkdir(exist_ok=True)
    path = folder / "abundance.npz"
    np.savez_compressed(path, matrix=matrix, samplenames=samples, minid=0.001, refhash=digest)
    lengths, mask = np.full(len(names), 2500, dtype=np.int32), np.ones(len(names), dtype=bool)
    tnf = np.zeros((len(names), 103), dtype=np.float32)
    np.savez_compressed(
        folder / "composition.npz", matrix=tnf, identifiers=names, lengths=lengths, mask=mask, minlength=2000
    )
    return path


@pytest.mark.parametrize(
    ("samples", "named"),
    [
        (("A", "B"), ("A", "B")),
        (("x/A.bam", "x/B.sorted.bam"), ("A", "B.sorted")),
        (("x/A.bam", "y/A.bam"), ("x_A", "y_A")),
        (("x/A.bam", "B"), ("x/A.bam", "B")),
    ],
)
def test_rows_are_matched_by_the_names_beside_it(tmp_path, samples, named):
    found = table_in(write_vamb(tmp_path / "vamb", samples))
    assert (found.samples, found.kind) == (named, "abundance.npz of Vamb")
    depth = found.read(CONTIGS)
    assert depth.dtype == np.float32
    np.testing.assert_array_equal(depth, [[1, 0], [2, 3], [4, 5]])


def test_a_hash_that_ends_in_zero_is_known(tmp_path):
    names = next(
        (*NAMES, str(i)) for i in range(9999) if not hashlib.md5("".join((*NAMES, str(i))).encode()).digest()[-1]
    )
    found = table_in(write_vamb(tmp_path, names=names, matrix=np.ones((5, 2), dtype=np.float32)))
    assert found.read(CONTIGS).sum() == 6


def without_names(folder):
    path = write_vamb(folder)
    (folder / "composition.npz").unlink()
    return path


def with_depth(value):
    return np.where(MATRIX == 3, np.float32(value), MATRIX)


OTHER, BOTH = "was made for other contigs than", "give both of one run"


@pytest.mark.parametrize(
    ("make", "problem", "remedy"),
    [
        (without_names, "names no contigs", "put the composition.npz of the same run of Vamb beside it"),
        (lambda p: write_vamb(p, hashed=NAMES[::-1]), OTHER, BOTH),
        (lambda p: write_vamb(p, names=NAMES[1:]), OTHER, BOTH),
        (lambda p: write_vamb(p, matrix=MATRIX.astype(np.float64)), OTHER, BOTH),
        (
            lambda p: write_vamb(p, names=("c2", "x", "c0", "y")),
            "1 of 3 contigs are not in the table, such as c1",
            "if Vamb's -m left them out, give --min-length and --recruit-length of at least that",
        ),
        (lambda p: write_vamb(p, matrix=MATRIX[:0], names=()), "3 of 3 contigs are not in the table", "--min-length"),
        (lambda p: write_vamb(p, matrix=with_depth(np.nan)), "depth of contig c1 in sample 'B' is nan", "anew"),
        (lambda p: write_vamb(p, matrix=with_depth(-1)), "depth of contig c1 in sample 'B' is -1,", "make the table"),
        (lambda p: write_vamb(p, matrix=MATRIX * [1, 0]), OTHER, BOTH),
        (lambda p: write_vamb(p, matrix=MATRIX * np.float32([1, 0])), "all depths of sample 'B' are 0", "leave the"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, make, problem, remedy):
    path = make(tmp_path / "vamb")
    with pytest.raises(InputError, match=sentence(path, problem, remedy)):
        table_in(path).read(CONTIGS)


def test_samples_of_one_name_are_refused(tmp_path):
    path = write_vamb(tmp_path, ("gut", "".join("gut")))
    with pytest.raises(InputError, match=sentence(path, "two samples are named 'gut'", "rename one")):
        table_in(path)


def test_samples_that_are_no_text_are_refused(tmp_path):
    path = write_vamb(tmp_path, (1, 2))
    with pytest.raises(InputError, match=sentence(path, "the names in its array 'samplenames' cannot be read", "anew")):
        table_in(path)
