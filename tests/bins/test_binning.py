import re

import numpy as np
import pytest
from builders import sentence
from hypothesis import given
from hypothesis import strategies as st

from vambx.bins.binning import split_clusters
from vambx.bins.clusters_table import ClusteredContig, read_clusters, write_clusters
from vambx.bins.quality_table import n50
from vambx.bins.separator import Separator
from vambx.errors import InputError
from vambx.features.contigs import Contigs

BY_COLON, POOLED = Separator(":", ""), Separator(None, "")


def contigs(lengths):
    return Contigs(tuple(lengths), np.array(list(lengths.values()), dtype=np.int64), np.zeros(len(lengths), np.float32))


def clustered(groups):
    """Rows of clusters.tsv, clusters numbered from 1, the first contig of each its medoid."""
    numbered = enumerate(groups, start=1)
    return [ClusteredContig(i, name, group[0], i / 10, f"kind{i}") for i, group in numbered for name in group]


LENGTHS = {"a:1": 100, "b:1": 300, "a:2": 200, "b:2": 50, "a:3": 1000}
GROUPS = [["b:1", "a:2", "a:1"], ["a:3", "b:2"]]


def test_clusters_are_split_by_sample_and_keep_what_is_known_of_them():
    found = split_clusters(clustered(GROUPS), contigs(LENGTHS), BY_COLON, 0)
    assert [(bin.name, bin.sample, bin.rows.tolist(), bin.medoid, bin.radius, bin.kind) for bin in found.bins] == [
        ("a_2", "a", [4], "a:3", 0.2, "kind2"),
        ("a_1", "a", [0, 2], "b:1", 0.1, "kind1"),
        ("b_1", "b", [1], "b:1", 0.1, "kind1"),
        ("b_2", "b", [3], "a:3", 0.2, "kind2"),
    ]
    assert (found.too_small.tolist(), found.loose.tolist()) == ([], [])


def test_without_a_separator_clusters_are_bins():
    found = split_clusters(clustered(GROUPS), contigs(LENGTHS), POOLED, 0)
    assert [(bin.name, bin.sample, bin.rows.tolist()) for bin in found.bins] == [
        ("bin_2", "", [3, 4]),
        ("bin_1", "", [0, 1, 2]),
    ]


@pytest.mark.parametrize(
    ("least", "names", "too_small"),
    [
        (300, ["a_2", "a_1", "b_1"], [3]),
        (301, ["a_2"], [0, 1, 2, 3]),
        (1000, ["a_2"], [0, 1, 2, 3]),
        (1001, [], [0, 1, 2, 3, 4]),
    ],
)
def test_bins_of_at_least_the_least_size_are_kept(least, names, too_small):
    found = split_clusters(clustered(GROUPS), contigs(LENGTHS), BY_COLON, least)
    assert [bin.name for bin in found.bins] == names
    assert (found.too_small.tolist(), found.loose.tolist()) == (too_small, [])


def test_no_contigs_make_no_bins():
    found = split_clusters([], contigs({}), BY_COLON, 0)
    assert (found.bins, found.too_small.tolist(), found.loose.tolist()) == ((), [], [])


@pytest.mark.parametrize(
    "groups",
    [
        [["b:1", "a:2", "a:1"], ["a:3"]],
        [["b:1", "a:2", "a:1"], ["a:3", "x"]],
        [["b:1", "a:2", "a:1"], ["a:3", "b:2", "x"]],
        [["b:1", "a:2", "a:1"], ["a:3", "a:3"]],
        [],
    ],
)
def test_clusters_of_other_contigs_are_refused(groups, tmp_path):
    path = tmp_path / "chosen.tsv"
    write_clusters(path, clustered(groups))
    with pytest.raises(InputError, match=sentence(path, "was made for other contigs than the composition", "anew")):
        read_clusters(path, contigs(LENGTHS))


def test_short_contigs_may_be_in_the_table_or_not_and_long_ones_must(tmp_path):
    path, every = tmp_path / "chosen.tsv", contigs(LENGTHS)
    long = every.take(np.array([0, 2, 4]))  # a:1, a:2, a:3
    for groups, fits in [
        ([["a:1", "a:2"], ["a:3"]], True),
        ([["a:1", "a:2"], ["a:3", "b:1"]], True),
        (GROUPS, True),
        ([["a:1", "a:2", "b:1"]], False),
        ([["a:1", "a:2", "a:3", "x"]], False),
        ([["a:1", "a:2", "a:3", "b:1", "b:1"]], False),
    ]:
        rows = clustered(groups)
        write_clusters(path, rows)
        if fits:
            assert read_clusters(path, long, every) == rows
        else:
            with pytest.raises(InputError, match=sentence(path, "was made for other contigs", "make it anew")):
                read_clusters(path, long, every)


def test_contigs_that_were_chosen_for_none_are_loose():
    found = split_clusters(clustered([["b:1", "a:2"], ["b:2"]]), contigs(LENGTHS), BY_COLON, 100)
    assert [bin.rows.tolist() for bin in found.bins] == [[1], [2]]
    assert (found.too_small.tolist(), found.loose.tolist()) == ([3], [0, 4])


@pytest.mark.parametrize(
    ("samples", "names"),
    [
        (["ERR1.2", "ERR1_2"], ["ERR1_2_1", "ERR1_2_2_1"]),
        (["a", "A"], ["A_1", "a_2_1"]),
        (["a.b", "a-b", "a_b", "A_B"], ["A_B_1", "a_b_2_1", "a_b_3_1", "a_b_4_1"]),
        (["a.b", "a_b", "a_b_2"], ["a_b_1", "a_b_2_1", "a_b_2_2_1"]),
        (["é", "ß", "../x"], ["___x_1", "__1", "__2_1"]),
        (["CON", "bin"], ["CON_1", "bin_1"]),
    ],
)
def test_samples_that_differ_in_odd_signs_give_names_that_differ(samples, names):
    lengths = {f"{sample}:1": 100 for sample in samples}
    found = split_clusters(clustered([list(lengths)]), contigs(lengths), BY_COLON, 0)
    got = sorted(bin.name for bin in found.bins)
    assert len({name.casefold() for name in got}) == len(samples)
    assert got == sorted(names)


SAMPLES = st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), min_size=1, max_size=4)


@given(st.sets(SAMPLES | st.sampled_from(["a", "A", "a_1", "a.1", "a_2", "A_2"]), min_size=1, max_size=8), st.data())
def test_names_are_safe_and_unique_whatever_the_case(samples, data):
    lengths = {f"{sample}:{i}": 100 + i for sample in sorted(samples) for i in range(2)}
    groups = [[], []]
    for name in lengths:
        groups[data.draw(st.integers(0, 1))].append(name)
    rows = clustered([group for group in groups if group])
    found = split_clusters(rows, contigs(lengths), BY_COLON, 0)
    names = [bin.name for bin in found.bins]
    assert len({name.casefold() for name in names}) == len(
        {(row.contig.partition(":")[0], row.cluster) for row in rows}
    )
    assert all(re.fullmatch("[A-Za-z0-9_]+", name) for name in names)
    assert sorted(row for bin in found.bins for row in bin.rows) == list(range(len(lengths)))
    sizes = [sum(list(lengths.values())[row] for row in bin.rows) for bin in found.bins]
    assert sizes == sorted(sizes, reverse=True)


def test_names_do_not_depend_on_the_order_of_the_contigs():
    lengths = {"ERR1.2:1": 100, "ERR1_2:1": 100}
    turned = dict(reversed(lengths.items()))
    one, other = (split_clusters(clustered([list(n)]), contigs(n), BY_COLON, 0).bins for n in (lengths, turned))
    assert {(bin.sample, bin.name) for bin in one} == {(bin.sample, bin.name) for bin in other}


def plain_n50(lengths):
    """The longest length such that contigs at least as long hold half of the bases."""
    return max(n for n in lengths if 2 * sum(m for m in lengths if m >= n) >= sum(lengths))


@pytest.mark.parametrize(("lengths", "want"), [([5], 5), ([2, 2, 2, 3, 3, 4, 8, 8], 8), ([1, 1], 1), ([5, 4, 1], 5)])
def test_n50_of_a_few(lengths, want):
    assert n50(np.array(lengths)) == plain_n50(lengths) == want


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=50))
def test_n50_is_its_definition(lengths):
    assert n50(np.array(lengths, dtype=np.int64)) == plain_n50(lengths)
