"""The bits that a choice rests on do not depend on how many threads BLAS has, the machine's or the caller's."""

import os

import numpy as np
import pytest
import scipy.linalg  # noqa: F401  # its BLAS would come in between
from simulated import simulate
from threadpoolctl import threadpool_info, threadpool_limits

from vambx.choice import choose, recruit, views


def threads_of_blas():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture(scope="module")
def community():
    return simulate(1, n_genomes=6, per_genome=120, close=0.7)


@pytest.fixture
def projected(monkeypatch):
    """What features are projected to, each time, and on how many threads."""
    found = []

    def watched(*args):
        found.append((discriminant(*args), threads_of_blas()))
        return found[-1][0]

    discriminant = views.discriminant
    monkeypatch.setattr(views, "discriminant", watched)
    return found


def choice(community):
    return choose(community.contents, community.genomes, community.samples, community.copies)


def recruits(community):
    groups = np.unique(community.genomes + 1000 * community.samples, return_inverse=True)[1]
    groups[::7] = -1
    return recruit(community.contents, groups, community.samples)


@pytest.mark.skipif(os.cpu_count() == 1, reason="BLAS has one thread alone")
@pytest.mark.parametrize("work", [choice, recruits])
def test_the_bits_do_not_depend_on_the_threads_of_blas(community, projected, work):
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            assert threads_of_blas() == {threads}
            work(community)
            assert threads_of_blas() == {threads}  # as before
    half = len(projected) // 2
    assert half >= 1
    for (one, before), (two, now) in zip(projected[:half], projected[half:], strict=True):
        np.testing.assert_array_equal(one, two)
        assert before == now == {1}
