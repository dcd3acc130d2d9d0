import numpy as np
import pytest
from builders import sentence

from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.io.npz import pack_text
from vambx.markers import Markers
from vambx.markers.hits import counts_of

CONTIGS = Contigs(("a", "b", "c"), np.array([3, 4, 5]), np.zeros(3, dtype=np.float32))


def made():
    contig, marker = np.array([0, 0, 2, 2]), np.array([1, 1, 0, 1])
    score, gene = np.array([9, 8, 7, 6.5], dtype=np.float32), np.array([-5, 6, 7, -5])
    return Markers(("X", "Y"), contig, marker, score, gene, np.array([False, True, False, False]), 3, CONTIGS.digest)


def test_counts_are_copies_of_each_marker_on_each_contig():
    counts = made().counts
    assert counts.dtype == np.uint8
    assert counts.tolist() == [[0, 2], [0, 0], [1, 1]]


def test_counts_end_at_255():
    assert counts_of([0] * 300, [1] * 300, (1, 2)).tolist() == [[0, 255]]
    assert counts_of([], [], (2, 1)).tolist() == [[0], [0]]


def test_what_is_written_is_read(tmp_path):
    made().write(tmp_path / "markers.npz")
    again = Markers.read(tmp_path / "markers.npz", CONTIGS)
    np.testing.assert_equal(vars(again), vars(made()))


def test_the_file_is_the_same_bytes_each_time(tmp_path):
    for name in ("1", "2"):
        made().write(tmp_path / name)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


CHANGES = {
    "missing": {"score": None},
    "row too high": {"contig": np.array([0, 0, 2, 3])},
    "row too low": {"contig": np.array([-1, 0, 2, 2])},
    "marker too high": {"marker": np.array([1, 1, 0, 2])},
    "another length": {"marker": np.array([1, 1, 0])},
    "no integers": {"contig": np.zeros(4)},
    "a matrix": {"contig": np.zeros((2, 2), dtype=np.int64)},
    "scores of another kind": {"score": np.zeros(4)},
    "genes of another kind": {"gene": np.zeros(4)},
    "ends of another kind": {"cut": np.zeros(4)},
    "fewer genes": {"gene": np.zeros(3, dtype=np.int64)},
    "names that are no text": {"names": np.array([255, 254], dtype=np.uint8)},
    "other contigs": {"names_sha256": pack_text(["0"])},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_broken_file_is_refused_by_name(tmp_path, change):
    path = tmp_path / "markers.npz"
    made().write(path)
    with np.load(path) as old:
        arrays = {name: old[name] for name in old} | change
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(InputError, match=rf"\A{path}: [^\n]*(make it anew|made by this step)\Z"):
        Markers.read(path, CONTIGS)


def test_a_file_of_other_contigs_is_refused(tmp_path):
    made().write(tmp_path / "markers.npz")
    others = Contigs(("a", "b", "d"), CONTIGS.lengths, CONTIGS.gc)
    with pytest.raises(InputError, match=sentence(tmp_path / "markers.npz", "other contigs", "make it anew")):
        Markers.read(tmp_path / "markers.npz", others)
