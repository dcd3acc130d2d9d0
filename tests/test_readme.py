import re
import subprocess
import sys
from pathlib import Path

import pytest

from vambx.demo import Community, write_community

README = Path(__file__).parents[1] / "README.md"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(), flags=re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("readme")
    write_community(root, Community(n_genomes=3, n_samples=2, genome_length=60_000, contig_length=4000))
    return root


def test_the_python_example_runs(folder):
    (example,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", example], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    clusters = [line.split() for line in done.stdout.splitlines()]
    assert clusters
    assert {words[-1] for words in clusters} <= {"normal", "fallback", "loner", "markers", "stable"}


def test_every_output_the_readme_names_is_in_the_layout():
    from vambx.layout import Layout

    properties = [name for name, value in vars(Layout).items() if isinstance(value, property)]
    names = {getattr(Layout(Path()), name).name for name in properties} - {".vambx.lock"}
    text = README.read_text()
    assert [name for name in sorted(names) if f"`{name}" not in text] == []


def test_the_two_commands_stand_on_the_first_screen():
    commands = blocks("sh")[:2]
    assert "vambx demo" in commands[0]
    assert "pytest" in commands[1]
    assert README.read_text().index(commands[1]) < 2000
