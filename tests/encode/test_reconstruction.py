from dataclasses import replace

import numpy as np
import pytest

from vambx.encode import PCA, VAE, Features, Reconstruction, reconstruction_errors, split_contigs
from vambx.encode.features import ROWS_AT_ONCE

from .simple import QUICK, features


class Fake:
    """A model that reconstructs as it is told, of inputs scaled by a real one."""

    def __init__(self, model, share):
        self.scaling, self.share = model.scaling, share

    def reconstruct(self, data):
        depths, tnf, total = (values.numpy() for values in self.scaling(*data.read(slice(None))))
        n = depths.shape[1]
        return Reconstruction(1 / n + self.share * (depths - 1 / n), self.share * tnf, self.share * total)


@pytest.mark.parametrize("per_group", [40, ROWS_AT_ONCE // 3 + 50])
@pytest.mark.parametrize(("share", "error"), [(0, 1), (1, 0), (0.5, 0.25)])
def test_knowing_nothing_is_one_and_everything_zero(share, error, per_group):
    data = features(per_group=per_group)
    model = PCA.of(data, QUICK).fit(data)
    assert reconstruction_errors(Fake(model, share), data) == pytest.approx((error, error, error), abs=1e-6)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_each_error_is_of_its_own_part(part):
    data = features()
    perfect, nothing = (Fake(PCA.of(data, QUICK).fit(data), share) for share in (1, 0))
    mixed = list(perfect.reconstruct(data))
    mixed[part] = nothing.reconstruct(data)[part]
    perfect.reconstruct = lambda _: Reconstruction(*mixed)
    expected = [float(i == part) for i in range(3)]
    assert list(reconstruction_errors(perfect, data)) == pytest.approx(expected, abs=1e-6)


def test_with_one_sample_depths_have_no_error():
    data = features(n_samples=1)
    depths, composition, total = reconstruction_errors(PCA.of(data, QUICK).fit(data), data)
    assert depths is None
    assert 0 < composition < 1
    assert 0 <= total < 1


def test_errors_of_the_contigs_held_out_are_what_training_told():
    data, config = features(), replace(QUICK, validation=0.25, epochs=30, precision="float32")
    model = VAE.of(data, config).fit(data)
    held_out = data.take(split_contigs(len(data), 0.25, config.seed)[1])
    told = model.history.epochs[model.history.kept - 1].validation
    values = model.scaling(*held_out.read(slice(None))).tnf.numpy()
    errors = reconstruction_errors(model, held_out)
    assert errors.composition == pytest.approx(told.mse / np.square(values).mean(), rel=1e-4)


def test_some_contigs_of_some_rows():
    data = features()
    some = Features(data.rpkms, data.tnfs, rows=np.arange(100, 50, -1)).take(np.array([3, 0]))
    np.testing.assert_array_equal(some.read(slice(None))[0].numpy(), data.rpkms[[97, 100]])
