"""Standard streams that are closed, or full, or that nobody reads: no run is lost for that."""

import os
import subprocess
import sys

import pytest
from builders import sentence
from communities import Ran, assert_refused, run_cli, tree, write_few

COMPOSITION = ("composition", "--fasta", "contigs.fa", "--outdir")


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    folder = write_few(tmp_path_factory.mktemp("few"))
    assert run_cli("composition", "--fasta", folder / "contigs.fa", "--outdir", folder / "whole").code == 0
    return folder


def shell(folder, redirected, *args):
    """Run vambx in bash, its streams redirected."""
    script = f'"$0" -m vambx "$@" {redirected}'
    command = ["bash", "-c", script, sys.executable, *map(str, args)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "redirected",
    ["2>/dev/full", "2>&-", ">&- 2>&- <&-", "2> >(true); exit $?", "2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}"],
)
def test_nobody_listens_to_standard_error(few, tmp_path, redirected):
    ran = shell(few, redirected, *COMPOSITION, tmp_path / "out")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert tree(tmp_path / "out") == tree(few / "whole")


def test_an_error_that_nobody_hears_has_its_exit_code(few, tmp_path):
    for redirected in ("2>/dev/full", "2>&-"):
        ran = shell(few, redirected, "composition", "--fasta", "no.fa", "--outdir", tmp_path / "out")
        assert (ran.returncode, ran.stdout) == (1, "")


def test_files_do_not_get_the_numbers_of_closed_streams(tmp_path):
    code = "import os; from vambx.cli.process import in_own_process as run; run(lambda: print(os.open('f', 65)) or 0)"
    ran = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" 2>&- <&-', sys.executable, code], cwd=tmp_path, capture_output=True, check=True
    )
    assert int(ran.stdout) > 2


def test_names_that_standard_output_cannot_show_are_written_otherwise(few, tmp_path):
    out = tmp_path / os.fsdecode("Prob\u00e9n-\u6837".encode() + b"-\xff")
    assert run_cli("composition", "--fasta", few / "contigs.fa", "--outdir", out).code == 0
    for encoding, name in (("ascii", r"Prob\xe9n-\u6837-\udcff"), ("utf-8", "Prob\u00e9n-\u6837-" + r"\udcff")):
        ran = subprocess.run(
            [sys.executable, "-m", "vambx", "status", out],
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=True,
        )
        assert ran.stdout.decode().startswith(f"{tmp_path}/{name}: not running, next is step 2")


@pytest.mark.parametrize(
    ("command", "remedy"), [("status", "look at vambx.log in the folder"), ("report", "the page is whole")]
)
def test_a_reader_that_is_gone_is_told_in_one_line(few, command, remedy):
    read, write = os.pipe()
    os.close(read)
    line = [sys.executable, "-m", "vambx", command, few / "whole"]
    ran = subprocess.run(line, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    said = sentence("standard output", "cannot be written (Broken pipe)", remedy)
    assert_refused(Ran(ran.returncode, "", ran.stderr), 1, said)


@pytest.mark.parametrize("columns", ["0", "1", "x"])
def test_lines_are_whole_however_narrow_the_screen(few, tmp_path, columns):
    ran = run_cli("composition", "--fasta", few / "contigs.fa", "--outdir", tmp_path / "out", COLUMNS=columns)
    assert ran.err.startswith(f"{few / 'contigs.fa'}: 5 contigs of >= 2000 bp (0.01 Mbp); ")
    assert ran.err.count("\n") == 1
