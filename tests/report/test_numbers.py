import numpy as np
import pytest

from vambx.report import numbers


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "0 bp"),
        (812, "812 bp"),
        (1000, "1.00 kbp"),
        (34_560, "34.6 kbp"),
        (1_234_567, "1.23 Mbp"),
        (4.5e9, "4.50 Gbp"),
    ],
)
def test_bases(n, said):
    assert numbers.said_bases(n) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_seconds(seconds, said):
    assert numbers.said_seconds(seconds) == said


@pytest.mark.parametrize(("n", "said"), [(3, "3 B"), (34_500, "34.5 kB"), (58_330_200, "58.3 MB"), (2e9, "2.0 GB")])
def test_bytes(n, said):
    assert numbers.said_bytes(n) == said


@pytest.mark.parametrize(("n", "said"), [(0, "0 bins"), (1, "1 bin"), (1234, "1,234 bins")])
def test_counts(n, said):
    assert numbers.said_count(n, "bin") == said


def test_arrays_are_rounded_and_what_is_not_finite_is_none():
    values = np.array([[1.23456, np.nan], [np.inf, 2]], dtype=np.float32)
    assert numbers.rounded(values, 2) == [[1.23, None], [None, 2.0]]
    assert numbers.rounded(values[:, 0][:1], 3) == [1.235]
    assert numbers.significant([123456.0, 0.00012345, None, float("nan")], 3) == [123000.0, 0.000123, None, None]
