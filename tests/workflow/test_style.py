"""The workflow is written as Snakemake's community writes workflows, and its schemas are whole."""

import re
import subprocess
import sys
import tomllib

import jsonschema
import pytest
import yaml
from projects import WORKFLOW, snakemake, touch, write_project

from vambx.config import RunConfig

SMK = [WORKFLOW / "Snakefile", WORKFLOW / ".test" / "Snakefile", *sorted((WORKFLOW / "rules").glob("*.smk"))]
RULES = "\n".join(path.read_text() for path in SMK)


def schema(name):
    return yaml.safe_load((WORKFLOW / "schemas" / f"{name}.schema.yaml").read_text())


def test_lint_finds_nothing(tmp_path):
    rows = [{"sample": "S1", "reads1": "1.fq"}]
    ran = snakemake(touch(write_project(tmp_path, rows), rows), "--lint")
    assert ran.returncode == 0, ran.stdout
    assert "in a good condition" in ran.stdout


def test_snakefmt_would_change_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "snakefmt", "--check", "--line-length", "120", *SMK],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_rule_has_log_benchmark_environment_and_resources():
    for rule in re.split(r"^rule ", "\n".join(path.read_text() for path in SMK[2:]), flags=re.MULTILINE)[1:]:
        for directive in ("log", "benchmark", "conda", "resources", "shell"):
            assert f"    {directive}:\n" in rule, rule.partition(":")[0]


def test_every_file_that_rules_name_is_there():
    for name in set(re.findall(r'"\.\./(?:envs|report|schemas)/[\w.]+"', RULES)):
        assert (WORKFLOW / "rules" / name.strip('"')).is_file(), name


def test_every_need_is_of_a_rule_that_asks_for_it():
    text = (WORKFLOW / "rules" / "resources.smk").read_text()
    steps = set(re.findall(r'^    "(\w+)": Need', text, re.MULTILINE))
    asked = set(re.findall(r'(?:mem_mb|runtime|disk_mb)\("(\w+)"\)', RULES))
    assert steps == asked


def properties(of):
    for name, inner in of["properties"].items():
        yield name, inner
        if "properties" in inner:
            yield from properties(inner)


@pytest.mark.parametrize("name", ["config", "samples"])
def test_schemas_are_schemas_and_tell_of_every_property(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))
    for key, value in properties(schema(name)):
        assert "description" in value or "properties" in value, key
        assert "default" in value or key == "sample", key


def test_the_config_that_users_copy_says_what_the_defaults_are():
    config = yaml.safe_load((WORKFLOW / "config" / "config.yaml").read_text())
    jsonschema.validate(config, schema("config"))
    settings = config.pop("settings")
    assert tomllib.loads((WORKFLOW / settings).read_text()) == {}
    examples = re.sub(r"^# (?=\[|\w+ = )", "", (WORKFLOW / settings).read_text(), flags=re.MULTILINE)
    RunConfig.from_tables(tomllib.loads(examples))

    def assert_defaults(given, of):
        for key, value in given.items():
            inner = of["properties"][key]
            assert_defaults(value, inner) if "properties" in inner else None
            assert "properties" in inner or value == inner["default"], key

    assert_defaults(config, schema("config"))
