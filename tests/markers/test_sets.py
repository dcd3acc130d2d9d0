import gzip
import re
from contextlib import nullcontext

import pytest
from builders import sentence
from genes import CUTOFF, proteins, write_hmms

from vambx.errors import InputError
from vambx.markers import read_marker_set, sets

FAMILY = proteins(2)


@pytest.fixture
def hmms(tmp_path):
    return write_hmms(tmp_path / "m.hmm", FAMILY)


def bits(markers):
    return [hmm.cutoffs.gathering[0] for hmm in markers.profiles]


def test_the_set_of_fetchmgs_is_the_default_and_is_whole():
    markers = read_marker_set()
    assert len(markers) == len(set(markers.names)) == 41
    assert all(re.fullmatch(r"COG\d{4}", name) for name in markers.names)
    assert min(bits(markers)) == 60
    assert read_marker_set().sha256 == markers.sha256


def test_it_is_not_imported(monkeypatch):
    import sys

    monkeypatch.delitem(sys.modules, "fetchmgs", raising=False)
    read_marker_set()
    assert "fetchmgs" not in sys.modules


@pytest.mark.parametrize("kind", ["gathering", "trusted", "noise"])
def test_a_file_brings_its_own_cutoffs(tmp_path, kind):
    markers = read_marker_set(write_hmms(tmp_path / "m.hmm", FAMILY, [kind]))
    assert markers.names == ("M1", "M2")
    assert bits(markers) == [CUTOFF, CUTOFF]


def test_gathering_goes_before_trusted_before_noise(tmp_path):
    for behind, kinds in enumerate((["noise"], ["trusted", "noise"], ["gathering", "trusted", "noise"]), start=1):
        path = write_hmms(tmp_path / "m.hmm", proteins(1), kinds)
        text = path.read_text()
        for i, line in enumerate(("NC", "TC", "GA")[:behind]):
            text = re.sub(rf"^{line} .*$", f"{line}    {50 + i}.00 {50 + i}.00;", text, flags=re.MULTILINE)
        path.write_text(text)
        assert bits(read_marker_set(path)) == [50 + behind - 1]


def test_a_compressed_file_is_the_same_set(hmms, tmp_path):
    (tmp_path / "m.hmm.gz").write_bytes(gzip.compress(hmms.read_bytes()))
    assert read_marker_set(tmp_path / "m.hmm.gz").sha256 == read_marker_set(hmms).sha256


def test_a_table_of_cutoffs_counts_more_and_makes_another_set(hmms, tmp_path):
    (tmp_path / "bits.tsv").write_text("# name bits\nM1\t70\nM2 80.5 more\n\nM3 1\n")
    markers = read_marker_set(hmms, tmp_path / "bits.tsv")
    assert bits(markers) == [70, 80.5]
    assert markers.sha256 != read_marker_set(hmms).sha256


def refused(where, problem, remedy):
    return pytest.raises(InputError, match=sentence(where, problem, remedy))


def test_a_profile_without_cutoff_is_named(tmp_path):
    path = write_hmms(tmp_path / "m.hmm", FAMILY, [])
    with refused(path, "profile M1 has no GA, TC or NC line", "--cutoffs"):
        read_marker_set(path)


def test_a_profile_that_the_table_lacks_is_named(hmms, tmp_path):
    (tmp_path / "bits.tsv").write_text("M1 70\n")
    with refused(hmms, "profile M2 is not in the table of cutoffs", "add it"):
        read_marker_set(hmms, tmp_path / "bits.tsv")


@pytest.mark.parametrize("line", ["M1", "M1 many"])
def test_a_table_that_is_none_is_told_with_its_line(hmms, tmp_path, line):
    (tmp_path / "bits.tsv").write_text(f"M2 3\n{line}\n")
    with refused(tmp_path / "bits.tsv", "line 2 is not a name and a number of bits", "write a name"):
        read_marker_set(hmms, tmp_path / "bits.tsv")


def test_two_profiles_of_one_name_are_refused(hmms):
    hmms.write_bytes(2 * hmms.read_bytes())
    with refused(hmms, "two profiles are named 'M1'", "give each a name"):
        read_marker_set(hmms)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\xff\xfe\x00", b">s\nACGT\n"])
def test_what_is_no_profile_is_refused(tmp_path, content):
    (tmp_path / "m.hmm").write_bytes(content)
    with refused(tmp_path / "m.hmm", "", "hmmbuild"):
        read_marker_set(tmp_path / "m.hmm")


def test_a_file_without_a_profile_is_refused(hmms):
    hmms.write_text("\n \n")
    with refused(hmms, "holds no profile", "give a file of HMMER3 profiles, made by hmmbuild"):
        read_marker_set(hmms)


def test_a_profile_that_hmmer_does_not_read_is_refused(hmms, monkeypatch):
    monkeypatch.setattr("pyhmmer.plan7.HMMFile", lambda file: nullcontext([]))
    with refused(hmms, "profile M1 is not as HMMER3 writes them (StopIteration)", "made by hmmbuild"):
        read_marker_set(hmms)


def test_half_a_file_is_refused(hmms):
    hmms.write_bytes(hmms.read_bytes()[:-5000])
    with refused(hmms, "no whole file of HMMER3 profiles", "hmmbuild"):
        read_marker_set(hmms)


def test_profiles_of_nucleotides_are_refused(hmms):
    from pyhmmer.easel import Alphabet, TextSequence
    from pyhmmer.plan7 import Background, Builder

    dna = Alphabet.dna()
    hmm, _, _ = Builder(dna).build(TextSequence(name=b"D", sequence="ACGT" * 30).digitize(dna), Background(dna))
    with open(hmms, "wb") as handle:
        hmm.write(handle)
    with refused(hmms, "profile D is not of proteins", "give profiles of proteins"):
        read_marker_set(hmms)


@pytest.mark.parametrize("name", ["none.hmm", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    with refused(tmp_path / name, "cannot be read", "give a file of HMMER3 profiles"):
        read_marker_set(tmp_path / name)


@pytest.mark.parametrize("gone", ["pyrodigal", "pyhmmer", "fetchmgs"])
def test_what_is_not_installed_is_told_with_the_command(monkeypatch, gone):
    monkeypatch.setattr(sets, "find_spec", lambda name: None if name == gone else object())
    with pytest.raises(InputError, match=rf"\Amarker genes need {gone}; install it: pip install 'vambx\[markers\]'\Z"):
        read_marker_set()


def test_own_profiles_need_no_fetchmgs(monkeypatch, hmms):
    monkeypatch.setattr(sets, "find_spec", lambda name: None if name == "fetchmgs" else object())
    assert len(read_marker_set(hmms)) == 2


def test_fetchmgs_without_its_profiles_is_told(monkeypatch, tmp_path):
    real = sets.find_spec

    def without_data(name):
        spec = real(name)
        if name == "fetchmgs":
            spec.submodule_search_locations = [str(tmp_path)]
        return spec

    monkeypatch.setattr(sets, "find_spec", without_data)
    with pytest.raises(InputError, match=r"\Afetchmgs is installed without its profiles; install it anew: pip install"):
        read_marker_set()
