import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vambx.bins.separator import POOLED, choose_separator


def samples(names, given=None):
    chosen = choose_separator(names, given)
    return [chosen.sample_of(name) for name in names]


@pytest.mark.parametrize(
    ("names", "text", "want"),
    [
        (["S1C1", "S1C2", "S12C1"], "C", ["S1", "S1", "S12"]),
        (["S1CNODE_1_length_9", "S1CNODE_2", "S2CNODE_1"], "C", ["S1", "S1", "S2"]),
        (["S1C1", "S1C1C2"], "C", ["S1", "S1"]),
        (["a:1", "a:2", "b:1"], ":", ["a", "a", "b"]),
        (["ERR1.2:k141_1", "ERR1.2:k:2"], ":", ["ERR1.2", "ERR1.2"]),
        (["S1C1"], "C", ["S1"]),
        (["a:1"], ":", ["a"]),
        (["k141_1", "k141_2"], None, [POOLED] * 2),
        (["NODE_1", "S1", "C1", "SC1", "s1C1", "S1C", "XS1C1"], None, [POOLED] * 7),
        (["k141_1", "NODE_1_length_9_cov_2.5", "contig_1", "scaffold_2", "edge_3"], None, [POOLED] * 5),  # assemblers'
        (["s1.ctg000001l", "s2.utg000002c", "ctg1", "tig00000001", "c_000000000001"], None, [POOLED] * 5),
        ([":1", "a:"], None, [POOLED] * 2),
        ([], None, []),
        (["S1C1", "S2C1", "S3C1"], None, [POOLED] * 3),  # each contig a sample of its own
        (["a:1", "b:1"], None, [POOLED] * 2),
        (["S1C1:0-9", "S1C2:0-9", "S2C1:0-9"], "C", ["S1", "S1", "S2"]),
        (["S1C1", "S1C2:x"], "C", ["S1", "S1"]),
        (["S1C1:a", "S2C1:a"], None, [POOLED] * 2),
    ],
)
def test_the_separator_is_found_where_every_name_fits(names, text, want):
    chosen = choose_separator(names)
    assert (chosen.text, [chosen.sample_of(name) for name in names]) == (text, want)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["S1C1", "S1C2", "k3"], "2 of 3 contig names look like S1C12 (such as S1C1), the others do not (such as k3)"),
        (["k3", "S1C1"], "1 of 2 contig names look like S1C12 (such as S1C1), the others do not (such as k3)"),
        (
            ["a:1", "a:2", "k"],
            "2 of 3 contig names look like sample:contig (such as a:1), the others do not (such as k)",
        ),
        (["S1C1", "a:1"], "1 of 2 contig names look like S1C12 (such as S1C1), the others do not (such as a:1)"),
        (["a:1", ":1"], "1 of 2 contig names look like sample:contig (such as a:1), the others do not (such as :1)"),
    ],
)
def test_a_catalogue_that_fits_in_part_is_refused(names, words):
    with pytest.raises(ValueError, match=re.escape(words) + r".*--separator.*''.*\Z"):
        choose_separator(names)


@pytest.mark.parametrize(
    ("names", "given", "want"),
    [
        (["a_1", "a_2", "b_1"], "_", ["a", "a", "b"]),
        (["a_1", "b_1"], "_", ["a", "b"]),
        (["a__1_2"], "__", ["a"]),
        (["S1C1", "S2C1"], "C", ["S1", "S2"]),
        (["S1C1", "k3"], "", [POOLED] * 2),
        (["a:1", "a:2"], "", [POOLED] * 2),
        (["a.1", "axx1.2"], ".", ["a", "axx1"]),
    ],
)
def test_a_given_separator_is_taken_as_it_stands(names, given, want):
    assert samples(names, given) == want


@pytest.mark.parametrize("name", ["k3", "_1", "a_", "_"])
def test_a_given_separator_that_does_not_split_every_name_in_two_is_refused(name):
    words = rf"--separator '_' does not split contig name {name} .*; give one that splits every name, or '' for not at"
    with pytest.raises(ValueError, match=words):
        choose_separator(["a_1", name, "b_1"], "_")


@pytest.mark.parametrize(
    ("names", "given", "words"),
    [
        (["S1C1", "S1C2", "S2C1"], None, ["'C'", "every name looks like S1C12", "2"]),
        (["a_1", "b_1", "c_1"], "_", ["'_'", "as given", "3"]),
        (["k1"], None, ["none", "not split"]),
        (["S1C1"], "", ["none", "as asked", "not split"]),
    ],
)
def test_the_description_is_one_line_that_says_what_and_why(names, given, words):
    description = choose_separator(names, given).description
    assert "\n" not in description
    assert re.search(".*".join(map(re.escape, words)), description)


NAMES = st.lists(st.text("SC:_k12", min_size=1, max_size=8), unique=True, max_size=8)


@given(NAMES, st.none() | st.sampled_from(["", "_", "C", ":", "__"]))
def test_names_are_split_in_two_or_not_at_all(names, given):
    try:
        chosen = choose_separator(names, given)
    except ValueError:
        return
    found = [chosen.sample_of(name) for name in names]
    if chosen.text is None:
        assert found == [POOLED] * len(names)
    else:
        assert given in (None, chosen.text)
        for name, sample in zip(names, found, strict=True):
            assert name.startswith(sample + chosen.text)
            assert 0 < len(sample) < len(name) - len(chosen.text)


def test_names_that_fit_both_conventions_are_refused():
    names = ["S1Control:k1", "S1Control:k2", "S1Case:k1"]
    with pytest.raises(
        ValueError, match=r"S1C12 as well as like sample:contig \(such as S1Control:k1\); say which with"
    ):
        choose_separator(names)
    assert samples(names, ":") == ["S1Control", "S1Control", "S1Case"]
