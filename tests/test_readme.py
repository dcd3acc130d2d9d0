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


def test_the_python_examples_run_one_after_the_other(folder):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(blocks("python"))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    clusters = [line.split() for line in lines[: lines.index("\tCapacity: 50.0")]]
    assert clusters
    assert {words[-1] for words in clusters} <= {"normal", "fallback", "loner", "markers", "stable"}
    assert sum(line.startswith("\tEpoch: ") for line in lines) == 30
    assert sum("|" in line for line in lines) == 30
    assert [line.split()[0] for line in lines[-3:]] == ["VAE", "DAE", "PCA"]
    made = {"model.pt", "latent.npz", "checkpoint.pt", "history.tsv", "encoder.pt"}
    assert made <= {path.name for path in folder.iterdir()}


def test_every_output_the_readme_names_is_in_the_layout():
    from vambx.layout import Layout

    properties = [name for name, value in vars(Layout).items() if isinstance(value, property)]
    files = {getattr(Layout(Path()), name) for name in properties if name != "reports"}
    names = {path.name for path in files} - {".vambx.lock"}
    text = README.read_text()
    assert [name for name in sorted(names) if f"`{name}" not in text] == []


def test_the_two_commands_stand_on_the_first_screen():
    commands = blocks("sh")[:2]
    assert "vambx demo" in commands[0]
    assert "pytest" in commands[1]
    assert README.read_text().index(commands[1]) < 2000
