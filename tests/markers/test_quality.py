import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vambx.markers import completeness, contamination, marker_weights

COUNTS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 6)), elements=st.integers(0, 3))


def test_markers_that_share_a_contig_share_a_vote():
    counts = np.array([[1, 1, 1, 0, 0], [0, 0, 0, 2, 0], [0, 0, 0, 0, 0]])
    weights = marker_weights(counts)
    assert weights[:4] / weights[3] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1])
    assert weights[4] == pytest.approx(weights[:4].mean())  # found nowhere


def test_a_whole_genome_is_complete_and_clean_and_three_are_contaminated():
    counts = np.array([[1, 1, 1], [3, 3, 3], [0, 0, 0], [2, 1, 0]])
    weights = np.array([0.5, 0.25, 0.25])
    assert completeness(counts, weights).tolist() == [100, 100, 0, 75]
    assert contamination(counts) == pytest.approx([0, 200, 0, 100 / 3])


@given(COUNTS)
def test_percents_stay_in_their_range_and_never_fall_as_contigs_join(counts):
    weights = marker_weights(counts)
    assert weights.sum() == pytest.approx(1)
    assert (weights > 0).all()
    joined = counts.cumsum(axis=0, dtype=np.int64)
    complete, contaminated = completeness(joined, weights), contamination(joined)
    assert ((complete >= 0) & (complete <= 100)).all()
    assert (contaminated >= 0).all()
    assert (np.diff(complete) >= -1e-9).all()
    assert (np.diff(contaminated) >= 0).all()


def test_on_simulated_bins_the_median_error_is_small():
    """60 markers, a third of them in operons of ten; bins of a share of a genome's contigs and some foreign ones."""
    rng = np.random.default_rng(1)
    unit = np.concatenate([np.repeat(np.arange(2), 10), np.arange(2, 42)])  # what lies side by side
    genomes = [[np.flatnonzero(unit == u) for u in rng.permutation(42)] for _ in range(40)]
    contigs = np.zeros((40 * 84, 60), dtype=np.uint8)  # every second one without a marker
    for g, pieces in enumerate(genomes):
        for i, piece in enumerate(pieces):
            contigs[g * 84 + 2 * i, piece] = 1
    weights, errors = marker_weights(contigs), []
    for g in range(40):
        own = g * 84 + rng.permutation(84)[: rng.integers(25, 85)]
        foreign = rng.permutation(np.delete(np.arange(len(contigs)), np.arange(g * 84, g * 84 + 84)))[
            : rng.integers(17)
        ]
        counts = contigs[np.concatenate([own, foreign])].sum(axis=0, dtype=np.int64)[None]
        truth = 100 * len(own) / 84, 100 * len(foreign) / 84
        errors.append([completeness(counts, weights)[0] - truth[0], contamination(counts)[0] - truth[1]])
    assert (np.median(np.abs(errors), axis=0) < 5).all()
