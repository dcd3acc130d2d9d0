# The configuration, and what vambx is told: wiring that all rules share.

import os
import re
import shlex
import tomllib

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

validate(config, "../schemas/config.schema.yaml")


def given(path):
    """A file that the user named: it lies where it lies, whatever prefix a module has."""
    return local(path) if config["check_files"] else path


def read_settings(path):
    """The tables of the TOML file that vambx gets; which steps there are depends on two of them."""
    if not path:
        return {}
    try:
        with open(path, "rb") as handle:
            return tomllib.load(handle)
    except OSError as error:
        raise WorkflowError(
            f"{path}: cannot be read ({error.strerror}); config: settings names a TOML file, or is empty"
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkflowError(f"{path}: is no TOML file ({error}); write settings as: [encoder] epochs = 30")


SETTINGS = read_settings(config["settings"])
MARKERS = not SETTINGS.get("markers", {}).get("skip", False)
BY_SAMPLE = SETTINGS.get("bins", {}).get("scope", "all") == "sample"


def settings_file():
    """The input of every vambx step. Not its age counts but, by `tables`, what it says."""
    return ancient(given(config["settings"])) if config["settings"] else []


def tables(*names):
    """The settings that a step depends on: when they change, it is made anew."""
    return {name: SETTINGS.get(name, {}) for name in names}


def config_option(wildcards, input):
    return f"--config {input.settings}" if input.settings else ""


def parts_option(wildcards, input):
    return f"--parts {input.parts}" if input.parts else ""


def parts(path, n):
    """The files of all parts of a step, of which this one is a pattern."""
    return [path.format(part=part, of=n) for part in range(1, n + 1)]


def folder_of(name):
    """The folder of the input or output of that name: vambx's --outdir, wherever a prefix or a storage puts it."""

    def folder(wildcards, input, output):
        return os.path.dirname(output.get(name) or input.get(name))

    return folder


def work_beside(wildcards, output):
    """A folder to work in, beside the output."""
    return f"{output}.work"


def unless_kept(path):
    return path if config["mapping"]["keep_bams"] else temp(path)
