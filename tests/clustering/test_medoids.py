import numpy as np
import pytest
from builders import blobs, community_latent
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_clusterer import distances_of, plain_clusters, told, unit_rows

from vambx.clustering import neighbours
from vambx.clustering.medoids import FALLBACK_RADIUS, iter_clusters
from vambx.clustering.valley import MAX_RADIUS

F = np.float32


def random_latent(kind, seed):
    rng = np.random.default_rng([seed, len(kind)])
    n = int(rng.integers(2, 12)) if kind == "few" else int(rng.integers(60, 140))
    latent = rng.normal(size=(n, int(rng.integers(2, 33))))
    if kind in ("groups", "duplicates", "zeros"):
        centres = rng.normal(size=(int(rng.integers(2, 12)), latent.shape[1]))
        latent = centres[rng.integers(0, len(centres), size=n)] + rng.choice([0.1, 0.3, 0.5]) * latent
    if kind == "duplicates":
        latent = latent[rng.integers(0, n // 3, size=n)]
    if kind == "zeros":
        latent[rng.random(n) < 0.3] = 0
    if kind == "one blob":
        latent = 1 + 0.3 * latent
    if kind == "plane":
        latent = latent[:, :2]
    lengths = rng.integers(1, 1_000_000, size=n) if seed % 2 else np.full(n, 2000)
    return latent.astype(F), lengths


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["few", "groups", "duplicates", "zeros", "one blob", "plane", "loners"])
def test_clusters_are_those_of_the_definition(kind, seed):
    latent, lengths = random_latent(kind, seed)
    assert told(iter_clusters(latent, lengths)) == plain_clusters(latent, lengths)


@pytest.mark.parametrize("seed", range(16))
def test_clusters_of_communities_are_those_of_the_definition(seed):
    rng = np.random.default_rng(seed)
    latent, lengths = community_latent(rng, int(rng.integers(200, 1500)), int(rng.integers(4, 40)))
    want = plain_clusters(latent, lengths)
    assert told(iter_clusters(latent, lengths)) == want
    assert told(iter_clusters(latent, lengths, threads=3)) == want


def check_sound(latent, lengths):
    clusters = list(iter_clusters(latent, lengths))
    members = np.concatenate([c.members for c in clusters]) if clusters else np.zeros(0, dtype=int)
    assert sorted(members.tolist()) == list(range(len(latent)))
    distance = distances_of(range(len(latent)), unit_rows(latent))
    for c in clusters:
        assert c.medoid in c.members
        assert (np.diff(c.members) > 0).all()
        assert distance[c.medoid, c.members].max() <= F(c.radius)
        if c.kind == "normal":
            assert (len(c.members) > 1, 0 < c.radius < MAX_RADIUS, 0 <= c.valley_ratio < 0.6) == (True, True, True)
        else:
            assert np.isnan(c.valley_ratio)
            assert (c.kind, c.radius) == (("loner", 0) if len(c.members) == 1 else ("fallback", FALLBACK_RADIUS))
    return clusters


rows = st.one_of(
    st.lists(st.integers(-2, 2), min_size=3, max_size=3),
    st.lists(st.floats(-1000, 1000, width=32), min_size=3, max_size=3),
)
contigs = st.lists(st.tuples(rows, st.integers(1, 10**9)), max_size=25)


@given(contigs)
@settings(deadline=None, max_examples=150)
def test_every_contig_is_in_one_cluster(pairs):
    latent = np.array([row for row, _ in pairs], dtype=F).reshape(-1, 3)
    check_sound(latent, np.array([length for _, length in pairs], dtype=np.int64))


@pytest.mark.parametrize("n_latent", [0, 1, 5])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_nothing_and_zeros_have_no_neighbours(n, n_latent):
    clusters = check_sound(np.zeros((n, n_latent), dtype=F), np.full(n, 2000))
    assert [(c.medoid, c.kind) for c in clusters] == [(i, "loner") for i in range(n)]


@pytest.mark.parametrize(("n_groups", "per_group"), [(1, 40), (2, 30), (8, 20), (16, 25)])
@pytest.mark.parametrize("spread", [0.001, 0.05])
def test_separate_groups_come_back(n_groups, per_group, spread):
    latent, labels, lengths = blobs(np.random.default_rng(1), n_groups, per_group, spread=spread)
    clusters = check_sound(latent, lengths)
    assert {c.kind for c in clusters} == {"normal"}
    assert sorted(c.members.tolist() for c in clusters) == sorted(
        np.flatnonzero(labels == group).tolist() for group in range(n_groups)
    )


@pytest.fixture(scope="module")
def mixed():
    """Groups, noise, duplicates and zeros: all kinds of clusters, on more than one block of 1024."""
    rng = np.random.default_rng(5)
    latent, _, lengths = blobs(rng, 12, 80, spread=0.12)
    latent = np.concatenate([latent, rng.normal(size=(200, 8)), latent[:50], np.zeros((5, 8))]).astype(F)
    return latent, np.concatenate([lengths, rng.integers(2_000, 50_000, size=255)])


def test_all_kinds_come_out_of_a_mixture(mixed):
    assert {c.kind for c in check_sound(*mixed)} >= {"normal", "loner"}


@pytest.mark.parametrize("threads", [2, 4, 7])
def test_threads_do_not_matter(mixed, threads):
    assert told(iter_clusters(*mixed, threads=threads)) == told(iter_clusters(*mixed))


@pytest.mark.parametrize("threads", [2, 5])
def test_looking_around_in_parts_does_not_matter(monkeypatch, threads):
    latent, lengths = community_latent(np.random.default_rng(1), 9000, 12)
    want = told(iter_clusters(latent, lengths))
    monkeypatch.setattr(neighbours, "_LONG", 2)
    assert told(iter_clusters(latent, lengths, threads)) == want


def test_precision_and_length_of_rows_do_not_matter(mixed):
    latent, lengths = mixed
    factors = 2.0 ** np.random.default_rng(1).integers(-9, 9, size=(len(latent), 1))
    want = told(iter_clusters(latent, lengths))
    assert told(iter_clusters(latent.astype(np.float64), lengths)) == want
    assert told(iter_clusters(latent * factors, lengths)) == want
    assert told(iter_clusters(np.asfortranarray(latent * factors.astype(F)), lengths.astype(np.int32))) == want


@pytest.mark.parametrize("share", [0, 0.9, 1])
def test_putting_contigs_into_balls_anew_does_not_matter(mixed, monkeypatch, share):
    want = told(iter_clusters(*mixed))
    monkeypatch.setattr(neighbours, "_SETTLE_BELOW", share)
    assert told(iter_clusters(*mixed)) == want


def test_order_of_contigs_does_not_matter():
    latent, _, lengths = blobs(np.random.default_rng(2), 10, 30, spread=0.15)
    order = np.random.default_rng(3).permutation(len(latent))
    there = [(order[c.medoid], sorted(order[c.members].tolist())) for c in iter_clusters(latent[order], lengths[order])]
    assert there == [(c.medoid, c.members.tolist()) for c in iter_clusters(latent, lengths)]


def test_input_is_left_as_it_is(mixed):
    before = [array.copy() for array in mixed]
    list(iter_clusters(*mixed))
    for array, want in zip(mixed, before, strict=True):
        np.testing.assert_array_equal(array, want)


@pytest.mark.parametrize(
    ("latent", "lengths", "problem"),
    [
        (np.ones(3), np.ones(3, dtype=int), "latent must be"),
        (np.ones((3, 2, 1)), np.ones(3, dtype=int), "latent must be"),
        (np.ones((3, 2)), np.ones(2, dtype=int), "latent must be"),
        (np.ones((3, 2)), np.ones((3, 1), dtype=int), "latent must be"),
        (np.array([[1, np.nan]]), np.ones(1, dtype=int), "latent must be finite"),
        (np.array([[np.inf, 1]]), np.ones(1, dtype=int), "latent must be finite"),
        (np.ones((2, 2)), np.array([5, 0]), "lengths at least 1"),
        (np.ones((2, 2)), np.array([-5, 1]), "lengths at least 1"),
    ],
)
def test_matrices_that_cannot_be_are_refused(latent, lengths, problem):
    with pytest.raises(ValueError, match=problem):
        next(iter_clusters(latent, lengths))
