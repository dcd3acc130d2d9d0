"""What wraps vambx for others asks for what pyproject.toml asks for, and does what it says."""

import ast
import gzip
import re
import shlex
import subprocess
import tomllib

import jinja2
import pytest
import yaml
from communities import FAST, run_cli
from projects import WORKFLOW, environment, snakemake

import vambx

ROOT = WORKFLOW.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NF = WORKFLOW / "modules" / "nf-core" / "vambx" / "bin"
WRAPPER = WORKFLOW / "modules" / "snakemake-wrapper" / "vambx" / "bin"
DOCKERFILE = (WORKFLOW / "Dockerfile").read_text()
MAIN_NF = (NF / "main.nf").read_text()
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
NONE_LONG = ("--min-length", "500000", "--recruit-length", "500000")  # so there is nothing to bin


def ranges(requirements):
    """{package: versions}, of requirements as pip or conda writes them."""
    return {(found := re.match(r"([\w-]+) ?(.*)", text.lower()))[1]: found[2] for text in requirements}


def wanted(torch):
    """What pyproject.toml asks for, as conda calls it."""
    extras = PROJECT["optional-dependencies"]
    found = ranges([*PROJECT["dependencies"], *extras["bam"], *extras["markers"]])
    return {torch if name == "torch" else name: versions for name, versions in found.items()}


def host():
    """What builds vambx."""
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    return ranges([*requires, "pip"])


def options():
    """The options of vambx bin."""
    return set(OPTION.findall(run_cli("bin", "--help").out))


def recipe():
    names = {"PYTHON": "python", "pin_subpackage": lambda name, max_pin: f"{name} {max_pin}"}
    return yaml.safe_load(jinja2.Template((WORKFLOW / "recipe" / "meta.yaml").read_text()).render(names))


@pytest.mark.parametrize("path", sorted(WORKFLOW.glob("**/*.y*ml")), ids=lambda path: str(path.relative_to(WORKFLOW)))
def test_every_yaml_file_can_be_read(path):
    assert recipe() if path.parent.name == "recipe" else yaml.safe_load(path.read_text())


def test_the_conda_environment_has_the_ranges_of_pyproject():
    asked = yaml.safe_load((WORKFLOW / "environment.yaml").read_text())["dependencies"]
    found = ranges(text for text in asked if isinstance(text, str))
    assert found.pop("python").startswith(PROJECT["requires-python"])
    assert found == wanted("pytorch-cpu") | host()
    assert asked[-1] == {"pip": [".."]}


def test_the_recipe_has_the_ranges_and_the_version():
    made = recipe()
    assert made["package"] == {"name": "vambx", "version": vambx.__version__}
    python = {"python": PROJECT["requires-python"]}
    assert ranges(made["requirements"]["host"]) == host() | python
    assert ranges(made["requirements"]["run"]) == wanted("pytorch") | python
    assert made["build"]["entry_points"] == [f"vambx = {PROJECT['scripts']['vambx']}"]
    assert made["about"]["license"] == PROJECT["license"]
    assert made["about"]["summary"] == PROJECT["description"]
    for words in map(shlex.split, made["test"]["commands"]):
        if words[0] == "vambx":
            page = run_cli(*(word for word in words[1:2] if not word.startswith("-")), "--help").out
            assert {word for word in words if word.startswith("--")} <= set(OPTION.findall(page))


def test_the_image_is_made_of_this_version_and_what_it_copies_is_there():
    assert f'image.version="{vambx.__version__}"' in DOCKERFILE
    assert f"localhost/vambx:{vambx.__version__}" in DOCKERFILE
    extras = re.search(r"'\.\[(.*)\]'", DOCKERFILE)[1].split(",")
    assert set(extras) == {"bam", "markers"} <= PROJECT["optional-dependencies"].keys()
    copied = " ".join(re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)).split()
    kept = (WORKFLOW / "Dockerfile.dockerignore").read_text().splitlines()
    assert copied
    assert sorted(f"!{name}" for name in copied) == sorted(line for line in kept if line.startswith("!"))
    assert all((ROOT / name).exists() for name in copied)
    assert len(set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))) == 1
    assert "USER 1000" in DOCKERFILE
    assert "ENTRYPOINT" not in DOCKERFILE


def test_the_modules_ask_for_this_version():
    asked = yaml.safe_load((NF / "environment.yml").read_text())["dependencies"]
    assert asked == [f"bioconda::vambx={vambx.__version__}"]
    assert f'container "localhost/vambx:{vambx.__version__}"' in MAIN_NF
    series = vambx.__version__.rpartition(".")[0]
    assert yaml.safe_load((WRAPPER / "environment.yaml").read_text())["dependencies"] == [f"vambx ={series}"]


def emitted():
    """{name: (glob of the files, whether there may be none)} of the nf-core module."""
    lines = re.findall(r'^    tuple val\(meta\), path\("(.*?)"\) *, emit: (\w+)(.*)$', MAIN_NF, re.MULTILINE)
    return {name: (pattern, "optional: true" in rest) for pattern, name, rest in lines}


def test_the_nf_core_module_documents_its_channels():
    meta = yaml.safe_load((NF / "meta.yml").read_text())
    assert re.search(r"^process (\w+)", MAIN_NF)[1].lower() == meta["name"]
    (elements,) = meta["input"]
    names = [next(iter(element)) for element in elements]
    declared = re.search(r"input:\n    tuple (.*)", MAIN_NF)[1]
    assert names == re.findall(r"(?:val|path)\((\w+)", declared)
    files = {name: pattern for name, (pattern, _) in emitted().items()}
    assert {name: next(iter(meta["output"][name][0][1])) for name in files} == files
    assert meta["output"].keys() - files.keys() == {"versions_vambx"}
    assert meta["topics"] == {"versions": meta["output"]["versions_vambx"]}
    command = re.search(r'eval\("(.*?)"\)', MAIN_NF)[1]
    assert command in meta["topics"]["versions"][0][2]
    assert "emit: versions_vambx, topic: versions" in MAIN_NF


def run_block(folder, block, args=()):
    """Run a block of the nf-core module as Nextflow would, with prefix `demo`; returns {output: its files}."""
    text = re.search(rf'^    {block}:\n.*?"""\n(.*?)"""', MAIN_NF, re.DOTALL | re.MULTILINE)[1]
    values = {"prefix": "demo", "fasta": "contigs.fna", "task.cpus": "1", "args": shlex.join(args)}
    values |= {"bams_arg": "--bams bams/*", "depths_arg": ""}
    text = re.sub(r"(?<!\\)\$\{([\w.]+)\}", lambda found: values[found[1]], text)
    text = text.replace("\\\\", "\\").replace("\\$", "$")
    done = subprocess.run(
        ["bash", "-ue", "-o", "pipefail", "-c", text],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name: sorted(folder.glob(pattern.replace("${prefix}", "demo"))) for name, (pattern, _) in emitted().items()}


@pytest.fixture
def staged(community, tmp_path):
    """A task's folder: links to the community's files."""
    (tmp_path / "contigs.fna").symlink_to(community.fasta)
    (tmp_path / "bams").symlink_to(community.bams)
    return tmp_path


def test_the_nf_core_module_bins(staged, binned):
    found = run_block(staged, "script", FAST)
    assert {name for name, paths in found.items() if not paths} == {"quality", "report"}  # not asked for
    one_by_one = {path.name: path.read_bytes() for path in (binned / "bins").iterdir()}
    assert one_by_one
    assert {path.name: gzip.decompress(path.read_bytes()) for path in found["bins"]} == {
        f"demo.{name}.gz": text for name, text in one_by_one.items()
    }
    version = re.search(r'eval\("(.*?)"\)', MAIN_NF)[1]
    said = subprocess.run(["bash", "-c", version], env=environment(staged), capture_output=True, text=True, check=True)
    assert said.stdout.strip() == vambx.__version__


def test_the_nf_core_module_succeeds_without_bins(staged):
    found = run_block(staged, "script", (*FAST, *NONE_LONG))
    assert not found["bins"]
    (table,) = found["contig2bin"]
    assert table.read_text() == ""
    assert {name for name, paths in found.items() if not paths} <= {name for name, (_, may) in emitted().items() if may}


def test_the_stub_makes_every_output(tmp_path):
    assert all(run_block(tmp_path, "stub").values())


def test_the_modules_pass_only_options_that_there_are():
    wrapper = (WRAPPER / "wrapper.py").read_text()
    blocks = MAIN_NF.partition("script:")[2].partition("stub:")[0]
    tests = (NF / "tests" / "main.nf.test").read_text() + (WRAPPER / "test" / "Snakefile").read_text()
    assert set(OPTION.findall(wrapper + blocks + tests)) <= options()
    inputs = re.search(r"for name in (\(.*\)):", wrapper)[1]
    assert {f"--{name}" for name in ast.literal_eval(inputs)} <= options()


def wrapped(community, folder, output, extra, **reads):
    """Run the wrapper by Snakemake on a community: its BAMs, or other reads."""
    reads = reads or {"bams": [str(path) for path in sorted(community.bams.glob("*.bam"))]}
    rule = f"""
rule bin:
    input: fasta={str(community.fasta)!r}, {", ".join(f"{name}={paths!r}" for name, paths in reads.items())}
    output: {output}
    log: "logs/bin.log"
    threads: 1
    params: extra={shlex.join(extra)!r}
    wrapper: "file://{WRAPPER}"
"""
    (folder / "Snakefile").write_text(rule)
    return snakemake(folder, snakefile=folder / "Snakefile")


def test_the_wrapper_bins(community, binned, tmp_path):
    output = 'bins=directory("to/my bins"), contig2bin="table.tsv", run="deep/er/run.json"'
    ran = wrapped(community, tmp_path, output, FAST)
    assert ran.returncode == 0, ran.stdout
    made = {path.name: path.read_bytes() for path in (tmp_path / "to/my bins").glob("*.fna")}
    assert made == {path.name: path.read_bytes() for path in (binned / "bins").iterdir()}
    assert (tmp_path / "table.tsv").read_bytes() == (binned / "contig2bin.tsv").read_bytes()
    assert (tmp_path / "deep/er/run.json").exists()
    assert "vambx is done" in (tmp_path / "logs/bin.log").read_text()


def test_the_wrapper_succeeds_without_bins(community, tmp_path):
    ran = wrapped(community, tmp_path, 'bins=directory("bins"), contig2bin="table.tsv"', (*FAST, *NONE_LONG))
    assert ran.returncode == 0, ran.stdout
    assert not list((tmp_path / "bins").glob("*.fna"))
    assert (tmp_path / "table.tsv").read_text() == ""


@pytest.mark.parametrize("output", ['"bins"', 'binz="bins"'])
def test_the_wrapper_names_its_outputs_where_another_is_asked_for(community, tmp_path, output):
    ran = wrapped(community, tmp_path, output, FAST)
    assert ran.returncode == 1
    assert "the outputs of vambx bin are named: bins, bins_tsv, contig2bin, quality" in ran.stdout


def test_the_wrapper_takes_depths_and_settings(community, tmp_path):
    names = [line[1:].split()[0] for line in community.fasta.read_text().splitlines() if line.startswith(">")]
    (tmp_path / "S1.tsv").write_text("".join(f"{name}\t1.500000\n" for name in names))
    (tmp_path / "set.toml").write_text("[encoder]\nseed = 11\n")
    extra = (*FAST, *NONE_LONG)
    ran = wrapped(community, tmp_path, 'run="run.json"', extra, depths="S1.tsv", config=["set.toml"])
    assert ran.returncode == 0, ran.stdout
    assert '"seed": 11' in (tmp_path / "run.json").read_text()


def test_the_wrapper_documents_its_outputs_and_a_run_makes_them(binned):
    text = (WRAPPER / "wrapper.py").read_text()
    made = ast.literal_eval(re.search(r"^MADE = (\{.*?^\})", text, re.DOTALL | re.MULTILINE)[1])
    meta = yaml.safe_load((WRAPPER / "meta.yaml").read_text())
    assert [next(iter(row)) for row in meta["output"]] == list(made)
    not_asked_for = {"quality.tsv", "markers.npz", "report.html"}
    assert {name for name in made.values() if not (binned / name).exists()} == not_asked_for


def test_the_wrappers_examples_run(community, tmp_path):
    """As they would in the repository of wrappers; dry, as they ask for all that vambx bin does."""
    place = tmp_path / "repository" / "master" / "bio" / "vambx"
    place.parent.mkdir(parents=True)
    place.symlink_to(WRAPPER.parent)
    (tmp_path / "mapped").symlink_to(community.bams)
    (tmp_path / "contigs.fna").symlink_to(community.fasta)
    (tmp_path / "settings.toml").write_text("[encoder]\nseed = 7\n")
    prefix = f"file://{tmp_path}/repository/"
    snakefile = WRAPPER / "test" / "Snakefile"
    rules = re.findall(r"^rule (\w+)", snakefile.read_text(), re.MULTILINE)
    ran = snakemake(tmp_path, "--dry-run", "--wrapper-prefix", prefix, *rules, snakefile=snakefile)
    assert ran.returncode == 0, ran.stdout
    assert "This was a dry-run" in ran.stdout
    ran = snakemake(tmp_path, "--lint", snakefile=snakefile)
    assert "in a good condition" in ran.stdout
