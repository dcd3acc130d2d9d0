"""Lists of BAM files."""

import pytest
from builders import sentence

from vambx.errors import InputError
from vambx.io.bam_files import find_bams, find_named_bams

PATH = "give a path a line, relative to the list's folder"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("y.bam", "x x.bam", "deep/z.cram", "deep/y.bam"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize("name", ["bams.txt", "bams.list", "bams.tsv"])
def test_paths_are_relative_to_the_list_and_names_may_follow(folder, name):
    path = folder / "deep" / name
    path.write_text(f"\ufeff# samples\n\n../x x.bam\tgut\r\nz.cram\n{folder}/y.bam\tsoil é \n", encoding="utf-8")
    gut, lone, soil = folder / "deep/../x x.bam", folder / "deep/z.cram", folder / "y.bam"
    assert find_named_bams([path]) == ([gut, lone, soil], {gut: "gut", soil: "soil é"})
    assert find_bams([path, folder / "deep/y.bam"]) == [gut, lone, soil, folder / "deep/y.bam"]


def test_thousands_of_files_are_found(folder):
    for i in range(5000):
        (folder / f"{i}.bam").touch()
    (folder / "bams.txt").write_text("".join(f"{i}.bam\ts{i}\n" for i in range(5000)))
    paths, names = find_named_bams([folder / "bams.txt"])
    assert (len(paths), names[folder / "4999.bam"]) == (5000, "s4999")


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("y.bam\nno.bam\n", "line 2: the BAM file '{}/no.bam' does not exist", PATH),
        ("deep\n", "line 1: the BAM file '{}/deep' does not exist", PATH),
        ("*.bam\n", "line 1: the BAM file '{}/*.bam' does not exist", PATH),
        ("c0\t1.5\nc1\t2\n", "line 1: the BAM file '{}/c0' does not exist", PATH),
        ("y.bam\tgut\tmore\n", "line 1 has 3 columns", "give a path, a tab and a name"),
        ("y.bam\t\n", "line 1: '' cannot name a sample", "give another name, or no tab"),
        ("y.bam\ta\x07\n", r"line 1: 'a\x07' cannot name a sample", "give another name, or no tab"),
        ("# none\n\n", "no BAM file is there", "give BAM files, a folder of them, or a glob"),
        ("\udcff\udcfe", "cannot be read (it is no text in UTF-8)", "give a list of BAM files, a path a line"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(folder, text, problem, remedy):
    path = folder / "bams.txt"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=sentence(path, problem.format(folder), remedy)):
        find_bams([path])


def test_a_file_in_two_lists_is_refused(folder):
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("y.bam\n")
    with pytest.raises(InputError, match=sentence(folder / "y.bam", "is given twice", "give every sample once")):
        find_bams([folder / "a.txt", folder / "b.txt"])


def test_folders_hold_bam_and_cram(folder):
    assert find_bams([folder / "deep"]) == [folder / "deep/y.bam", folder / "deep/z.cram"]
