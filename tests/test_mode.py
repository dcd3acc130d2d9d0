import numpy as np
import pytest

from vambx.bins.separator import choose_separator
from vambx.features.contigs import Contigs
from vambx.steps.samples import mode_of


@pytest.mark.parametrize(
    ("names", "n_samples", "mode"),
    [
        (("S1C1", "S1C2", "S2C1"), 2, "contigs of 2 samples, each assembled and binned by itself; depths in 2"),
        (("a", "b", "c"), 1, "one sample"),
        (("S1C1", "S1C2", "S1C3"), 1, "one sample"),
        (("a", "b", "c"), 5, "one assembly, depths in 5 samples (co-assembly)"),
    ],
)
def test_the_kind_of_project_is_said_in_one_line(names, n_samples, mode):
    contigs = Contigs(names, np.full(3, 2000), np.full(3, 0.5, dtype=np.float32))
    separator = choose_separator(names)
    assert mode_of(separator, contigs, n_samples) == mode
