"""Each project starts where it stands: which rules would run, and with which files."""

import re

import pytest
from builders import write_fasta
from projects import WORKFLOW, dry_run, snakemake, touch, write_project

BINNING = {"composition": 1, "features": 1, "encode": 1, "cluster": 1, "choose": 1, "bins": 1, "page": 1}
AROUND = {"multiqc": 1, "all": 1}
ALL_STARTS = [
    {"sample": "S1", "reads1": "S1_1.fq.gz", "reads2": "S1_2.fq.gz"},
    {"sample": "S2", "reads1": "S2.fq.gz"},
    {"sample": "S3", "long_reads": "S3.fq.gz"},
    {"sample": "S4", "reads1": "S4_1.fq.gz", "reads2": "S4_2.fq.gz", "long_reads": "S4.fq.gz"},
    {"sample": "S5", "assembly": "S5.fa"},
    {"sample": "S6", "reads1": "S6_1.fq.gz", "reads2": "S6_2.fq.gz", "assembly": "S6.fa"},
]


def project(folder, rows, toml="", **config):
    if toml:
        (folder / "settings.toml").write_text(toml)
        config["settings"] = "settings.toml"
    return touch(write_project(folder, rows, **config), rows)


def one(commands, *words):
    """The only command with these words in it."""
    found = [command for command in commands if all(word in command for word in words)]
    assert len(found) == 1, (words, commands)
    return found[0]


def test_each_sample_starts_where_it_stands(tmp_path):
    jobs, commands = dry_run(project(tmp_path, ALL_STARTS, parts={"markers": 3}, long_reads="pacbio-hifi"))
    assert jobs == {
        **BINNING,
        **AROUND,
        **{"fastp": 3, "fastp_single": 1, "megahit": 2, "flye": 2, "concatenate": 1, "index": 2, "minimap2": 5},
        **{"depth": 5, "markers_part": 3, "markers": 1},
    }
    reads = "results/reads"
    assert f"-1 {reads}/S1/1.fastq.gz -2 {reads}/S1/2.fastq.gz" in one(commands, "megahit -", "S1/megahit.fa")
    assert f"-r {reads}/S2/single.fastq.gz" in one(commands, "megahit -", "S2/megahit.fa")
    assert "--pacbio-hifi S3.fq.gz" in one(commands, "flye --meta", "S3/flye.fa")
    assert "--pacbio-hifi S4.fq.gz" in one(commands, "flye --meta", "S4/flye.fa")
    joined = re.findall(r"S\d=(\S+)", one(commands, "vambx concatenate"))
    made = [f"results/assembly/{name}.fa" for name in ("S1/megahit", "S2/megahit", "S3/flye", "S4/flye")]
    assert joined == [*made, "S5.fa", "S6.fa"]
    assert "-x map-hifi" in one(commands, "minimap2 -a", "long.mmi S3.fq.gz")
    assert "-x sr" in one(commands, "minimap2 -a", "short.mmi results/reads/S4/1.fastq.gz results/reads/S4/2.fastq.gz")
    depths = [f"results/parts/depth/S{i}.npz" for i in (1, 2, 3, 4, 6)]
    assert f"--depths {' '.join(depths)} " in one(commands, "vambx features")


def test_one_assembly_of_all_samples(tmp_path):
    rows = [ALL_STARTS[0], ALL_STARTS[5] | {"assembly": ""}]
    rows = [{column: file for column, file in row.items() if file} for row in rows]
    config = {"assembly": {"mode": "pooled", "assembler": "metaspades"}, "trimming": {"skip": True}}
    jobs, commands = dry_run(project(tmp_path, rows, toml="[markers]\nskip = true\n", **config))
    assert jobs == {**BINNING, **AROUND, "metaspades": 1, "concatenate": 1, "index": 1, "minimap2": 2, "depth": 2}
    assert "cat S1_1.fq.gz S6_1.fq.gz > " in one(commands, "metaspades.py")
    assert "pooled=results/assembly/pooled/metaspades.fa" in one(commands, "vambx concatenate")


def test_contigs_and_bams_that_are_there_and_each_sample_clustered_alone(tmp_path):
    rows = [{"sample": "S1", "bam": "S1.bam"}, {"sample": "S2", "bam": "b/S2.bam"}, ALL_STARTS[2], ALL_STARTS[0]]
    rows[3] = rows[3] | {"sample": "S4"}
    config = {"catalogue": "catalogue.fna", "mapping": {"mapper": "strobealign-aemb"}, "parts": {"markers": 1}}
    folder = project(tmp_path, rows, toml='[bins]\nscope = "sample"\nseparator = ":"\n', **config)
    write_fasta(folder / "catalogue.fna", {"S1:1": "A" * 300, "S1:2": "C" * 300, "S2:1": "G" * 300})
    jobs, commands = dry_run(folder)
    assert jobs == {
        **BINNING,
        **AROUND,
        **{"depth": 3, "fastp": 1, "strobealign_aemb": 1, "index": 1, "minimap2": 1, "markers_part": 1, "markers": 1},
        **{"cluster_part": 4, "choose_part": 4},
    }
    assert "vambx depth b/S2.bam --sample S2 " in one(commands, "depth/S2.npz", "vambx depth")
    assert "results/parts/depth/S3.npz results/mapped/aemb/S4.tsv" in one(commands, "vambx features")
    assert all("--config settings.toml" in command for command in commands if re.match("vambx (?!report)", command))
    assert "--part 2/4 --output" in one(commands, "vambx choose", "--output results/parts/chosen/2-of-4.npz")


def test_strobealign_writes_bams(tmp_path):
    config = {"catalogue": "catalogue.fna", "mapping": {"mapper": "strobealign", "keep_bams": True}}
    folder = project(tmp_path, [ALL_STARTS[0]], **config)
    write_fasta(folder / "catalogue.fna", {"a": "A" * 300, "b": "C" * 300})
    jobs, commands = dry_run(folder)
    assert {rule: jobs.get(rule) for rule in ("strobealign", "depth")} == {"strobealign": 1, "depth": 1}
    assert "index" not in jobs
    assert "vambx depth results/mapped/strobealign/S1.bam --sample S1 " in one(commands, "vambx depth")


MODULE = """
configfile: "config/config.yaml"
module vambx:
    snakefile: "{snakefile}"
    config: config
    prefix: "binning"
use rule * from vambx as vambx_*
use rule all from vambx as vambx_all with:
    default_target: True
"""


def test_as_a_module_with_a_prefix_results_move_and_the_files_of_the_sheet_do_not(tmp_path):
    folder = project(tmp_path, ALL_STARTS[:1], toml="[encoder]\nepochs = 9\n")
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(MODULE.format(snakefile=WORKFLOW / "Snakefile"))
    jobs, commands = dry_run(folder, snakefile=snakefile)
    assert {"vambx_fastp", "vambx_bins", "vambx_all"} < set(jobs)
    assert "--in1 S1_1.fq.gz" in one(commands, "fastp --in1")
    assert "--outdir binning/results/vambx --resume --config settings.toml" in one(commands, "vambx encode")


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"catalog": "c.fa"}, "'catalog' was unexpected"),
        ({"mapping": {"mapper": "bowtie2"}}, "'bowtie2' is not one of"),
        ({"settings": "none.toml"}, "none.toml: cannot be read"),
        ({"settings": "config/samples.tsv"}, "config/samples.tsv: is no TOML file"),
        ({"catalogue": "none.fna"}, "none.fna: is not there"),
        ({"catalogue": "mixed.fna"}, "mixed.fna: 1 of 2 contig names look like S1C12"),
        ({"samples": "none.tsv"}, "none.tsv: cannot be read"),
    ],
)
def test_a_wrong_config_is_an_error_before_any_job(tmp_path, config, problem):
    folder = project(tmp_path, ALL_STARTS[:1], **config)
    write_fasta(folder / "mixed.fna", {"S1C1": "A" * 300, "contig2": "C" * 300})
    ran = snakemake(folder)
    assert ran.returncode == 1
    assert problem in ran.stdout
    assert not (folder / "logs").exists()
