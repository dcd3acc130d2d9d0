from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vambx.encode import Features, batches
from vambx.encode.batches import MOST_HELD_OUT, Batches, split_contigs
from vambx.encode.inputs import Scaling


@given(n=st.integers(2, 5000), share=st.floats(0.001, 0.5), seed=st.integers(0, 5))
def test_every_contig_is_trained_on_or_held_out(n, share, seed):
    seen, held_out = split_contigs(n, share, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([seen, held_out])), np.arange(n))
    assert len(held_out) == max(round(share * n), 1)
    again = split_contigs(n, share, seed)
    np.testing.assert_array_equal(held_out, again[1])


def test_none_or_not_too_many_are_held_out():
    assert len(split_contigs(100, 0, 1)[1]) == 0
    assert len(split_contigs(10**6, 0.5, 1)[1]) == MOST_HELD_OUT
    assert split_contigs(1000, 0.1, 1)[1].tolist() != split_contigs(1000, 0.1, 2)[1].tolist()


def made(n, batch_size=16, block_memory=1.0, contigs=None, n_tnf=3):
    """Batches whose contigs can be told by their weight, which is their number."""
    rpkms = np.ones((n, 2), dtype=np.float32)
    features = Features(rpkms, np.random.default_rng(0).random((n, n_tnf), dtype=np.float32))
    contigs = np.arange(n) if contigs is None else contigs
    return Batches(features, contigs, torch.arange(n).float(), Scaling(2, n_tnf), batch_size, block_memory)


def epoch(of):
    torch.manual_seed(1)
    return [batch.weights.int().tolist() for batch in of]


def flat(lists):
    return [value for values in lists for value in values]


@pytest.mark.parametrize("block_memory", [1.0, 0.006, 0.00001])
@pytest.mark.parametrize("n", [100, 1000, 1009])
def test_each_contig_comes_once_an_epoch_but_those_of_the_last_smaller_batch(n, block_memory, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 8)
    of = made(n, block_memory=block_memory)
    seen = epoch(of)
    assert len(seen) == len(of)
    assert {len(batch) for batch in seen} == {of.batch_size}
    assert set(Counter(flat(seen)).values()) == {1}
    assert n - sum(map(len, seen)) < of.batch_size


def test_the_rows_of_a_batch_are_those_of_its_contigs(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 8)
    for block_memory in (1.0, 0.006):
        of = made(1000, block_memory=block_memory, contigs=np.arange(0, 1000, 3))
        for batch in of:
            contigs = batch.weights.int().numpy()
            assert (contigs % 3 == 0).all()
            np.testing.assert_array_equal(batch.inputs.tnf.numpy(), of.features.tnfs[contigs])


def test_a_block_is_drawn_from_everywhere_and_anew_each_epoch(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 8)
    of = made(4000, block_memory=0.012)  # 500 contigs
    assert not of.fit_into_memory
    torch.manual_seed(1)
    first, second = ([batch.weights.int().tolist() for batch in of] for _ in range(2))
    block = flat(first[: of.block_size // of.batch_size])
    assert len(block) <= 500
    assert np.histogram(block, bins=8, range=(0, 4000))[0].min() > 20  # 62 in each eighth, if evenly drawn
    assert sorted(block) != sorted(flat(second[: of.block_size // of.batch_size]))


def test_a_block_that_covers_everything_is_as_in_memory():
    whole = made(1000, block_memory=1.0)
    exact = made(1000, block_memory=1008 * 4 * 6 / 1e6)
    assert exact.fit_into_memory
    assert exact.block_size == 1008
    assert epoch(whole) == epoch(exact)


def test_few_contigs_make_small_batches():
    assert made(40, batch_size=256).batch_size == 16
    assert made(2000, batch_size=256).batch_size == 256
    assert made(10, batch_size=256).batch_size == 10
