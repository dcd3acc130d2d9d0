import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vambx.clustering.medoids import VALLEY_RATIOS
from vambx.clustering.valley import MAX_RADIUS, N_BINS, STEP, find_valley

histograms = st.one_of(
    hnp.arrays(np.int64, N_BINS, elements=st.integers(0, 1_000_000)),
    hnp.arrays(np.int64, N_BINS, elements=st.integers(0, 10**11), fill=st.just(0)),
)
ratios = st.sampled_from(VALLEY_RATIOS)


def histogram(**bases):
    """Bases by bin: b3=100 is 100 bases in bin 3; b3_6 puts as many into each of bins 3 to 6."""
    out = np.zeros(N_BINS, dtype=np.int64)
    for where, n in bases.items():
        first, _, last = where[1:].partition("_")
        out[int(first) : int(last or first) + 1] = n
    return out


@pytest.mark.parametrize(
    "bases",
    [
        {},
        {"b30": 1000},
        {"b25_59": 1000},
        {"b0_11": 10, "b12_19": 500, "b20_59": 1000},
    ],
    ids=["nothing", "too far", "all too far", "foot of a hill too far"],
)
def test_no_peak_near_no_valley(bases):
    assert find_valley(histogram(**bases), 0.6) is None


@pytest.mark.parametrize("peak", ["b0", "b2_5", "b6_15"])
def test_an_isolated_peak_ends_in_an_empty_valley(peak):
    valley = find_valley(histogram(**{peak: 1000}), VALLEY_RATIOS[0])
    assert valley.ratio == 0
    assert valley.radius > int(peak[1:].split("_")[-1]) * STEP


@pytest.mark.parametrize("far", [20, 30, 45])
def test_the_valley_lies_between_peak_and_rest(far):
    valley = find_valley(histogram(b0_3=1000, **{f"b{far}_59": 5000}), 0.1)
    assert 3 * STEP < valley.radius < far * STEP


@pytest.mark.parametrize(("ripple", "ends_before"), [(5, False), (400, True)])
def test_only_a_real_share_of_bases_ends_the_valley(ripple, ends_before):
    valley = find_valley(histogram(b0_3=1000, b18=ripple, b50_59=9000), 0.1)
    assert (valley.radius < 18 * STEP) == ends_before
    assert valley.radius < 50 * STEP


def test_a_shallow_valley_counts_only_where_allowed():
    shallow = histogram(b0_4=1000, b5_14=320, b15_40=1000)
    depths = [find_valley(shallow, ratio) for ratio in VALLEY_RATIOS]
    assert [depth is None for depth in depths] == [True, True, True, False, False, False]
    assert len(set(depths[3:])) == 1
    assert 5 * STEP <= depths[3].radius < 15 * STEP


def test_a_cluster_without_a_valley_ends_at_the_largest_radius_once_shallow_ones_are_allowed():
    slope = histogram(b0_3=1000, b4_59=800)
    assert find_valley(slope, 0.5) is None
    assert find_valley(slope, 0.6).radius == pytest.approx(MAX_RADIUS - STEP)


@given(histograms, ratios)
@settings(deadline=None, max_examples=300)
def test_radius_and_ratio_are_within_bounds(bases, ratio):
    valley = find_valley(bases, ratio)
    if valley is not None:
        assert 0 < valley.radius < MAX_RADIUS
        assert valley.radius == round(valley.radius / STEP) * STEP
        assert 0 <= valley.ratio < ratio


@given(histograms, ratios, ratios)
@settings(deadline=None)
def test_the_ratio_only_decides_whether_it_counts(bases, one, other):
    strict, lenient = (find_valley(bases, ratio) for ratio in sorted((one, other)))
    assert strict is None or strict == lenient


@given(histograms, ratios, st.sampled_from([2, 64, 4096]))
@settings(deadline=None)
def test_the_unit_of_bases_does_not_matter(bases, ratio, factor):
    assert find_valley(bases * factor, ratio) == find_valley(bases, ratio)
