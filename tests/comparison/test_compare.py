"""Binnings side by side: every number against a plain definition that looks at each base and each pair of bins."""

import shutil
from html.parser import HTMLParser
from itertools import product

import numpy as np
import pytest
from builders import sentence, write_fasta
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from vambx.comparison.binnings import Binning, as_binnings
from vambx.comparison.compare import compare
from vambx.comparison.page import MOST_BINS, write_moved, write_page
from vambx.errors import InputError, UsageError
from vambx.report.run_data import read_run

HOSTILE = ["<script>alert(1)</script>", "\"'&amp;</td>", "n" * 300, "größe-細菌🦠", "{{ 7 * 7 }}", "$x_1$", "=1+1"]


def binning(name, bin_of, lengths=None, qualities=None):
    """Of {contig: bin}."""
    bins = list(dict.fromkeys(bin_of.values()))
    numbers = np.array([bins.index(each) for each in bin_of.values()], dtype=np.int64)
    return Binning(name, f"/{name}", tuple(bins), tuple(bin_of), numbers, lengths or {}, qualities or {})


def groups(bin_of):
    found = {}
    for contig, name in bin_of.items():
        found.setdefault(name, set()).add(contig)
    return found


def bp(contigs, lengths):
    return sum(lengths[contig] for contig in contigs)


def plain_matches(first, second, lengths):
    """Pairs of bins, each the other's best by shared bases; of equal ones the smaller, then the first."""

    def best(own, others):
        ranked = [(-bp(own & there, lengths), bp(there, lengths), i, name) for i, (name, there) in enumerate(others)]
        ranked = [each for each in ranked if each[0]]
        return min(ranked)[3] if ranked else None

    a, b = groups(first), groups(second)
    return {(x, y) for x, y in product(a, b) if best(a[x], list(b.items())) == y and best(b[y], list(a.items())) == x}


LENGTHS = st.integers(1, 30)
MAYBE_BIN = st.one_of(st.none(), st.sampled_from("pqrst"))
CONTIGS = st.lists(st.tuples(LENGTHS, MAYBE_BIN, MAYBE_BIN), min_size=1, max_size=25).filter(
    lambda rows: any(a for _, a, _ in rows) and any(b for _, _, b in rows)
)


def made_of(rows):
    lengths = {f"c{i}": n for i, (n, _, _) in enumerate(rows)}
    first = {f"c{i}": f"A{a}" for i, (_, a, _) in enumerate(rows) if a}
    second = {f"c{i}": f"B{b}" for i, (_, _, b) in enumerate(rows) if b}
    return lengths, first, second


@given(CONTIGS)
def test_bins_and_contigs_are_as_the_plain_definition_has_them(rows):
    lengths, first, second = made_of(rows)
    found = compare([binning("a", first, lengths), binning("b", second, lengths)])
    (pair,) = found.pairs
    x, y = (each.bins for each in found.binnings)
    a, b = groups(first), groups(second)
    matches = plain_matches(first, second, lengths)
    assert {(x[each.first], y[each.second]) for each in pair.matched} == matches
    assert {(x[each.first], y[each.second]) for each in pair.identical} == {
        (i, j) for i, j in product(a, b) if a[i] == b[j]
    }
    assert {x[each.first] for each in pair.bins_only_first} == a.keys() - {i for i, _ in matches}
    assert {y[each.second] for each in pair.bins_only_second} == b.keys() - {j for _, j in matches}
    for each in pair.matched:
        one, other = a[x[each.first]], b[y[each.second]]
        shared = bp(one & other, lengths)
        assert (each.shared, each.first_size, each.second_size) == (shared, bp(one, lengths), bp(other, lengths))
        assert each.jaccard == pytest.approx(shared / bp(one | other, lengths))
        assert each.first_share == pytest.approx(shared / bp(one, lengths))
        assert each.second_share == pytest.approx(shared / bp(other, lengths))
        assert each.f1 == pytest.approx(2 / (1 / each.first_share + 1 / each.second_share))
    for each, own, others, name in (
        *((each, a[x[each.first]], b, y) for each in pair.bins_only_first),
        *((each, b[y[each.second]], a, x) for each in pair.bins_only_second),
    ):
        most = max(bp(own & there, lengths) for there in others.values())
        assert each.nearest_shared == most
        assert (each.nearest is None) == (most == 0)
        assert most == 0 or bp(own & others[name[each.nearest]], lengths) == most
    common = first.keys() & second.keys()
    moved = {contig for contig in common if (first[contig], second[contig]) not in matches}
    parts = (common - moved, moved, first.keys() - common, second.keys() - common)
    rows_of = (pair.moved, pair.only_first, pair.only_second)
    assert [{found.contigs[row] for row in each} for each in rows_of] == [set(part) for part in parts[1:]]
    assert pair.n_bases == tuple(bp(part, lengths) for part in parts)


@given(CONTIGS)
def test_agreement_is_that_of_scikit_learn_with_each_base_put_somewhere(rows):
    lengths, first, second = made_of(rows)
    (pair,) = compare([binning("a", first, lengths), binning("b", second, lengths)]).pairs
    bases = [contig for contig in first if contig in second for _ in range(lengths[contig])]
    if not bases:
        assert pair.ari is None
    else:
        expected = adjusted_rand_score([first[contig] for contig in bases], [second[contig] for contig in bases])
        assert pair.ari == pytest.approx(expected, abs=1e-12)


def test_bases_whose_squares_do_not_fit_into_64_bits_are_counted():
    lengths = {f"c{i}": 10**12 for i in range(4)}
    first, second = {c: c < "c2" for c in lengths}, {c: c < "c3" for c in lengths}
    few = dict.fromkeys(lengths, 10**4)
    huge, small = (compare([binning("a", first, n), binning("b", second, n)]).pairs[0].ari for n in (lengths, few))
    assert huge == pytest.approx(small, abs=1e-3)


@given(CONTIGS)
def test_the_other_way_round_tells_the_same(rows):
    lengths, first, second = made_of(rows)
    a, b = binning("a", first, lengths), binning("b", second, lengths)
    (one,), (other,) = compare([a, b]).pairs, compare([b, a]).pairs
    assert one.ari == other.ari
    assert one.n_bases == tuple(np.array(other.n_bases)[[0, 1, 3, 2]])
    assert sorted((p.first, p.second) for p in one.matched) == sorted((p.second, p.first) for p in other.matched)


def test_contigs_count_where_a_length_is_not_known_and_it_is_said():
    a, b = binning("a", {"x": "1", "y": "1", "z": "2"}, {"x": 9000, "y": 10}), binning("b", {"x": "1", "y": "2"})
    found = compare([a, b])
    assert not found.by_bases
    assert found.weights.tolist() == [1, 1, 1]
    (note,) = found.notes
    assert note.startswith("Contigs are counted, not bases: the lengths of 1 of 3 contigs are not known (such as z)")
    assert "--fasta" in note
    known = compare([a, b], {"x": 9000, "y": 10, "z": 5})
    assert (known.by_bases, known.weights.tolist(), known.notes) == (True, [9000, 10, 5], [])


def test_an_empty_contig_does_no_harm():
    a, b = ({"x": "1", "y": "2"}, {"x": "1", "y": "2"})
    found = compare([binning("a", a, {"x": 0, "y": 7}), binning("b", b)])
    assert len(found.pairs[0].identical) == 2


def test_a_binning_without_bins_has_nothing_in_common():
    a, none = binning("a", {"x": "1"}, {"x": 5}), binning("none", {}, {"x": 5})
    for pair, n in ((compare([a, none]).pairs[0], (1, 0)), (compare([none, a]).pairs[0], (0, 1))):
        assert (len(pair.bins_only_first), len(pair.bins_only_second)) == n
        assert pair.ari is None
        assert not pair.matched
    assert compare([none, none.__class__(**{**vars(none), "name": "too"})]).pairs[0].n_bases == (0, 0, 0, 0)


def test_every_two_of_three_are_compared():
    three = [
        binning(name, {"x": "1", "y": second}, {"x": 5, "y": 6}) for name, second in zip("abc", "121", strict=True)
    ]
    found = compare(three)
    assert [(pair.first, pair.second) for pair in found.pairs] == [(0, 1), (0, 2), (1, 2)]
    assert [pair.second for pair in found.against_first] == [1, 2]
    table = np.array(found.ari(), dtype=float)
    np.testing.assert_array_equal(table, table.T)
    assert table.diagonal().tolist() == [1, 1, 1]
    assert table[0, 2] == 1


def test_grades_are_counted_and_so_are_their_changes():
    lengths = {c: 10 for c in "wxyz"}
    a = binning("a", {c: c for c in "wxyz"}, lengths, {0: (95, 1), 1: (60, 1), 2: (95, 1)})
    b = binning("b", {c: c for c in "wxyz"}, lengths, {0: (95, 1), 1: (91, 4), 2: (95, 50), 3: (1, 0)})
    found = compare([a, b, binning("c", {"w": "w"}, lengths)])
    assert found.grades(0) == {"near-complete": 2, "medium": 1, "unknown": 1}
    assert found.grades(2) is None
    assert found.pairs[0].grade_changes(a, b) == (1, 1)
    assert found.pairs[1].grade_changes(a, found.binnings[2]) is None


@pytest.mark.parametrize("n", [0, 1])
def test_less_than_two_are_no_comparison(n):
    with pytest.raises(UsageError, match="two or more"):
        compare([binning("a", {"x": "1"})][:n])


def test_other_assemblies_are_refused():
    a, b = binning("a", {"k1": "1"}), binning("b", {"s1": "1"})
    with pytest.raises(InputError, match=sentence("/b", "none of its contigs (such as s1) is in /a", "one assembly")):
        compare([a, b])
    with pytest.raises(InputError, match=sentence("/b", "contig k1 has 8 bp, and 9 in /a", "one assembly")):
        compare([binning("a", {"k1": "1"}, {"k1": 9}), binning("b", {"k1": "1"}, {"k1": 8})])
    with pytest.raises(InputError, match=sentence("/b", "1 of 2 contigs are not in the FASTA (such as y)", "give the")):
        compare([binning("a", {"x": "1"}), binning("b", {"x": "1", "y": "2"})], {"x": 5})


def test_contigs_that_one_left_unbinned_are_no_other_assembly():
    a, b = binning("a", {"x": "1"}, {"x": 5, "y": 6}), binning("b", {"y": "1"})
    assert compare([a, b]).pairs[0].ari is None
    assert compare([b, a]).pairs[0].n_bases == (0, 0, 6, 5)


# Where binnings are read from


def test_a_run_its_folder_of_bins_and_its_table_are_the_same_binning(chosen):
    found = compare([chosen, chosen / "bins", chosen / "contig2bin.tsv", read_run(chosen)])
    assert found.by_bases
    run = read_run(chosen)
    for i in range(4):
        assert found.grades(i) == found.grades(0)
        assert found.sizes[i].weight.sum() == sum(made.bp for made in run.bins)
        assert len(found.binnings[i].bins) == len(run.bins)
    for pair in found.pairs:
        assert (pair.ari, len(pair.identical)) == (1, len(run.bins))
    assert found.grades(0)["near-complete"] == sum(made.grade == "near-complete" for made in run.bins)
    names = [each.name for each in found.binnings]
    assert len(set(names)) == 4
    assert names[1:3] == ["bins", "contig2bin.tsv"]


@pytest.mark.parametrize(
    "text",
    [
        "x\tb1\ny\tb2\nz\tb1\n",
        "b1\tx\nb2\ty\nb1\tz\n",
        "contig\tbin\nx\tb1\ny\tb2\nz\tb1\n",
        "clustername\tcontigname\nb1\tx\nb2\ty\nb1\tz\n",
        "@Version:0.9.1\n@@SEQUENCEID\tBINID\nx\tb1\ny\tb2\nz\tb1\n",
    ],
)
def test_tables_are_read_in_either_order_without_fasta(tmp_path, text):
    (tmp_path / "t.tsv").write_text(text)
    known = binning("known", {"x": "1", "w": "1"})
    for given_ in ([known, tmp_path / "t.tsv"], [tmp_path / "t.tsv", known]):
        read = next(each for each in as_binnings(given_) if each.name == "t.tsv")
        assert groups(dict(zip(read.contigs, (read.bins[i] for i in read.bin_of), strict=True))) == {
            "b1": {"x", "z"},
            "b2": {"y"},
        }


def test_a_first_row_that_looks_like_a_header_but_is_a_contig_stays(tmp_path):
    (tmp_path / "t.tsv").write_text("contig_1\tbin_1\ncontig_2\tbin_1\ncontig_3\tbin_2\n")
    (read,) = as_binnings([tmp_path / "t.tsv"])
    assert read.contigs == ("contig_1", "contig_2", "contig_3")


def test_two_tables_alone_tell_their_columns_by_what_repeats(tmp_path):
    (tmp_path / "a.tsv").write_text("b1\tx\nb1\ty\nb2\tz\n")
    (tmp_path / "b.tsv").write_text("x\tc1\ny\tc1\nz\tc1\n")
    found = compare([tmp_path / "a.tsv", tmp_path / "b.tsv"])
    assert set(found.contigs) == {"x", "y", "z"}
    assert [each.bins for each in found.binnings] == [("b1", "b2"), ("c1",)]


def test_names_are_made_unique_by_the_folders_before_them(tmp_path):
    for place in ("one/x", "two/x", "two/y"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "t.tsv").write_text("c1\tb\n")
    (tmp_path / "t2.tsv").write_text("c1\tb\n")
    paths = [tmp_path / f"{place}/t.tsv" for place in ("one/x", "two/x", "two/y")] + [tmp_path / "t2.tsv"] * 2
    assert [each.name for each in as_binnings(paths)] == [
        "one/x/t.tsv",
        "two/x/t.tsv",
        "y/t.tsv",
        f"{tmp_path}/t2.tsv",
        f"{tmp_path}/t2.tsv (2)",
    ]
    with pytest.raises(UsageError, match="two binnings are named 'a'; give each a name of its own: NAME=PATH"):
        as_binnings([binning("a", {"x": "1"}), binning("a", {"x": "1"})])


def test_a_quality_table_beside_is_taken_if_it_is_of_these_bins(tmp_path):
    (tmp_path / "bins").mkdir()
    write_fasta(tmp_path / "bins" / "b1.fa", {"x": "ACGT"})
    (tmp_path / "quality.tsv").write_text("Name\tCompleteness\tContamination\nb1\t93.5\t1\nb9\t1\t1\n")
    assert as_binnings([tmp_path / "bins"])[0].qualities == {0: (93.5, 1.0)}
    (tmp_path / "quality.tsv").write_text("Name\tCompleteness\tContamination\nother\t93.5\t1\n")
    assert as_binnings([tmp_path / "bins"])[0].qualities == {}


def refused(path, problem, remedy):
    return pytest.raises(InputError, match=sentence(path, problem, remedy))


def test_what_cannot_be_read_is_refused(tmp_path, binned):
    with refused(tmp_path / "none", "does not exist", "an output folder, a folder of bins, or a table"):
        as_binnings([tmp_path / "none"])
    with refused(tmp_path, "holds no bin", "give the folder of the bins"):
        as_binnings([tmp_path])
    (tmp_path / "t.tsv").write_text("contig\tbin\n")
    with refused(tmp_path / "t.tsv", "holds no bin", "give a table"):
        as_binnings([tmp_path / "t.tsv"])
    (tmp_path / "t.tsv").write_text("x\tb1\nx\tb2\n")
    with refused(tmp_path / "t.tsv", "contig x is in two bins", "leave it in one"):
        as_binnings([binning("known", {"x": "1"}), tmp_path / "t.tsv"])
    (tmp_path / "bins").mkdir()
    for name in ("b1", "b2"):
        write_fasta(tmp_path / "bins" / f"{name}.fa", {"x": "ACGT"})
    with refused(tmp_path / "bins", "contig x is in two bins", "leave it in one"):
        as_binnings([tmp_path / "bins"])
    out = tmp_path / "out"
    out.mkdir()
    shutil.copy(binned / "vambx.log", out)
    with refused(out, "there are no bins yet", "vambx bins"):
        as_binnings([out])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Bin\tCompleteness\n", "has no columns Name, Contamination"),
        ("Name\tCompleteness\tContamination\nb1\tmany\t1\n", "bin b1 has 'many' where a percentage should stand"),
        ("Name\tCompleteness\tContamination\nb7\t90\t1\n", "names no bin of /a"),
        (None, "cannot be read"),
    ],
)
def test_a_quality_table_that_cannot_be_used_is_refused(tmp_path, text, problem):
    if text is not None:
        (tmp_path / "q.tsv").write_text(text)
    with refused(tmp_path / "q.tsv", problem, "give"):
        binning("a", {"x": "b1"}).with_quality(tmp_path / "q.tsv")


# What is written


class Read(HTMLParser):
    """The text, the tags and the addresses of a page."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.tags, self.links = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data):
        self.texts.append(data.strip())


@pytest.fixture
def hostile():
    """Two binnings whose every name is hostile; half of the contigs moved."""
    lengths = {f"{name}{i}": 1000 + i for i, name in enumerate(HOSTILE * 4)}
    first = {contig: HOSTILE[i % 7] for i, contig in enumerate(lengths)}
    second = {contig: HOSTILE[(i + (i > 13)) % 7] for i, contig in enumerate(lengths)}
    quality = {i: (95.0, 1.0) for i in range(7)}
    return [binning(HOSTILE[0], first, lengths, quality), binning(HOSTILE[1], second, lengths)]


def test_hostile_names_are_text_on_the_page(hostile, tmp_path):
    write_page(tmp_path / "p.html", compare(hostile))
    page = Read((tmp_path / "p.html").read_text(encoding="utf-8"))
    assert page.tags.count("script") == 1
    assert page.links == []
    for name in HOSTILE:
        assert name in page.texts
    assert "49" not in page.texts


def test_the_page_is_the_same_twice_and_needs_nothing_beside_it(hostile, tmp_path):
    for name in "ab":
        write_page(tmp_path / name, compare(hostile))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    text = (tmp_path / "a").read_text(encoding="utf-8")
    assert "http" not in text.replace("http-equiv", "")
    assert "default-src 'none'" in text


def test_the_page_says_how_many_there_are_where_it_does_not_show_all(tmp_path):
    n = MOST_BINS + 5
    first = {f"c{i}": f"b{i % n}" for i in range(2 * n)}
    second = {f"c{i}": f"b{(i + (i > n)) % n}" for i in range(2 * n)}
    write_page(tmp_path / "p.html", compare([binning("a", first), binning("b", second)]))
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert f"the first {MOST_BINS:,} of " in text
    assert "Contigs are counted, not bases" in text
    assert text.count('<tr><td class="l" data-v=') <= MOST_BINS + 200


def test_the_page_shows_the_numbers(tmp_path):
    lengths = {"w": 4_000_000, "x": 1_000_000, "y": 2_000_000, "z": 500_000}
    a = binning("a", {"w": "a1", "x": "a1", "y": "a2"}, lengths, {0: (91.25, 2.5)})
    b = binning("b", {"w": "b1", "x": "b2", "y": "b2", "z": "b2"}, lengths)
    found = compare([a, b])
    write_page(tmp_path / "p.html", found)
    texts = Read((tmp_path / "p.html").read_text(encoding="utf-8")).texts
    for shown in ("91.2 / 2.5", "5.00", "80.0%", "57.1%", "0.800", f"{found.pairs[0].ari:.3f}", "1,000,000"):
        assert shown in texts
    assert "in matched bins: 6.00 Mbp, 80.0%" in texts
    assert "moved: 1.00 Mbp, 13.3% (1 contigs)" in texts


def test_the_table_has_a_row_for_every_contig_that_is_elsewhere(tmp_path):
    lengths = {c: 10 * i for i, c in enumerate("uvwxyz", start=1)}
    a = binning("a", {"u": "a1", "v": "a1", "w": "a2", "x": "a1"}, lengths)
    b = binning("b", {"u": "b1", "v": "b2", "w": "b2", "x": "b1", "y": "b2"}, lengths)
    c = binning("c", {"u": "c1"}, lengths)
    write_moved(tmp_path / "m.tsv", compare([a, b, c]))
    assert (tmp_path / "m.tsv").read_text().splitlines() == [
        "first\tsecond\tcontig\tlength\tfirst_bin\tsecond_bin\tchange\tmatched_bin",
        "a\tb\tv\t20\ta1\tb2\tmoved\tb1",
        "a\tb\ty\t50\t\tb2\tonly second\t",
        "a\tc\tv\t20\ta1\t\tonly first\tc1",
        "a\tc\tw\t30\ta2\t\tonly first\t",
        "a\tc\tx\t40\ta1\t\tonly first\tc1",
    ]
    write_moved(tmp_path / "m.tsv", compare([binning("a", {"x": "1"}), binning("b", {"x": "1", "y": "2"})]))
    assert (tmp_path / "m.tsv").read_text().splitlines()[1:] == ["a\tb\ty\t\t\t2\tonly second\t"]
