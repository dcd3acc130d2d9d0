"""Folders in which the workflow is run, and runs of it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

WORKFLOW = Path(__file__).parents[1] / "workflow"
COLUMNS = ("sample", "reads1", "reads2", "long_reads", "assembly", "bam")


def write_project(folder, rows, **config):
    """config/config.yaml and config/samples.tsv; rows are {column: value}, without those that are empty."""
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "config" / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
    lines = [COLUMNS, *([row.get(column, "") for column in COLUMNS] for row in rows)]
    (folder / "config" / "samples.tsv").write_text("".join("\t".join(line) + "\n" for line in lines))
    return folder


def touch(folder, rows):
    """Empty files for whatever the rows name."""
    for row in rows:
        for column in COLUMNS[1:]:
            if column in row:
                (folder / row[column]).parent.mkdir(parents=True, exist_ok=True)
                (folder / row[column]).touch()
    return folder


def command(folder, *args, snakefile=WORKFLOW / "Snakefile"):
    """The command line that runs the workflow there."""
    options = ("--snakefile", snakefile, "--directory", folder, "--cores", "2", *args)
    return [sys.executable, "-m", "snakemake", *map(str, options)]


def environment(folder):
    """The environment that it runs in: vambx of this Python, and nothing of Snakemake's outside the folder."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "XDG_CACHE_HOME": str(folder / ".cache"), "OMP_NUM_THREADS": "1"}


def snakemake(folder, *args, **options):
    """Run the workflow there; standard output and error are one."""
    return subprocess.run(
        command(folder, *args, **options),
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def dry_run(folder, *args, **options):
    """What would be run there: {rule: number of jobs}, and the shell commands."""
    ran = snakemake(folder, "--dry-run", "--printshellcmds", *args, **options)
    assert ran.returncode == 0, ran.stdout
    table = ran.stdout.partition("Job stats:")[2].partition("total")[0]
    jobs = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
    return jobs, [" ".join(line.split()[2:]) for line in ran.stdout.splitlines() if line.startswith("Shell command: ")]
