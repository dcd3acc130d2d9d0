# Where each sample starts, and which files follow from that.

SAMPLES = {row.sample: row for row in read_sheet(config["samples"])}
check_sheet(config["samples"], SAMPLES.values(), config)

if config["catalogue"]:
    ASSEMBLIES = {}
elif config["assembly"]["mode"] == "pooled":
    ASSEMBLIES = {"pooled": [row for row in SAMPLES.values() if row.has_reads]}
else:
    ASSEMBLIES = {name: [row] for name, row in SAMPLES.items()}

MAPPED = [name for name, row in SAMPLES.items() if row.has_reads or row.bam]
CATALOGUE = given(config["catalogue"]) if config["catalogue"] else "results/catalogue.fna.gz"
COMPOSITION = "results/vambx/composition.npz"

# How flye and minimap2 call each kind of long reads.
FLYE = {"nano-raw": "--nano-raw", "nano-hq": "--nano-hq", "pacbio-raw": "--pacbio-raw", "pacbio-hifi": "--pacbio-hifi"}
PRESET = {"nano-raw": "map-ont", "nano-hq": "map-ont", "pacbio-raw": "map-pb", "pacbio-hifi": "map-hifi"}


wildcard_constraints:
    sample="|".join(map(re.escape, SAMPLES)),
    assembly="|".join(map(re.escape, ASSEMBLIES)),
    kind="short|long",
    part=r"\d+",
    of=r"\d+",


def check_catalogue(path):
    """See, before any job, that the contigs' names tell their samples, or none does: by vambx's own rule."""
    if not os.path.isfile(path):
        raise WorkflowError(
            f"{path}: is not there; config: catalogue names the contigs that all is mapped to, or is empty"
        )
    read_before = os.path.exists(COMPOSITION) and os.path.getmtime(COMPOSITION) >= os.path.getmtime(path)
    if read_before or not workflow.is_main_process:  # every job on a cluster reads the rules again
        return
    try:
        from vambx.bins.separator import choose_separator
        from vambx.io.fasta import iter_fasta
    except ImportError:
        return  # vambx is elsewhere, in a container perhaps: the rule composition will say it
    try:
        choose_separator([record.name for record in iter_fasta(path)], SETTINGS.get("bins", {}).get("separator"))
    except ValueError as error:
        raise WorkflowError(f"{path}: {error} (in the settings: [bins] separator)")


if config["catalogue"] and config["check_files"]:
    check_catalogue(config["catalogue"])


# Assembly: of long reads where there are some, else of short ones; of each sample, or of all at once.


def contigs_of(assembly):
    rows = ASSEMBLIES[assembly]
    if rows[0].assembly:
        return given(rows[0].assembly)
    assembler = "flye" if pooled_kind(rows) == "long_reads" else config["assembly"]["assembler"]
    return f"results/assembly/{assembly}/{assembler}.fa"


# Reads: trimmed, unless they are taken as they are.


def short_reads(row):
    """The files of its short reads: a pair, or one, or none."""
    raw = [path for path in (row.reads1, row.reads2) if path]
    if config["trimming"]["skip"]:
        return [given(path) for path in raw]
    mates = ("1", "2") if len(raw) == 2 else ("single",) * len(raw)
    return [f"results/reads/{row.sample}/{mate}.fastq.gz" for mate in mates]


def mates_of(which):
    """The input of an assembler: the first or the second of all pairs, or what is not in pairs."""

    def files(wildcards):
        reads = map(short_reads, ASSEMBLIES[wildcards.assembly])
        if which == "single":
            return [files[0] for files in reads if len(files) == 1]
        return [files[which == "second"] for files in reads if len(files) == 2]

    return files


def megahit_reads(wildcards, input):
    reads = {"-1": input.first, "-2": input.second, "-r": input.single}
    return [f"{option} {','.join(files)}" for option, files in reads.items() if files]


def separator_option():
    separator = SETTINGS.get("bins", {}).get("separator")
    return f"--separator {shlex.quote(separator)}" if separator else ""


def raw(column):
    return lambda wildcards: given(getattr(SAMPLES[wildcards.sample], column))


# Mapping: short reads where there are some, else long ones; and depths, from a BAM or as strobealign estimates them.


def kind_of(name):
    return "short" if SAMPLES[name].reads1 else "long"


def index_of(wildcards):
    return f"results/index/{kind_of(wildcards.sample)}.mmi"


def preset(wildcards):
    """Of minimap2, for an index and for what is mapped to it."""
    kind = wildcards.get("kind") or kind_of(wildcards.sample)
    return "sr" if kind == "short" else PRESET[config["long_reads"]]


def split_option(wildcards, output):
    return f"--split-prefix {output}.split" if config["mapping"]["index_part_gbp"] else ""


def reads_to_map(wildcards):
    row = SAMPLES[wildcards.sample]
    return short_reads(row) or [given(row.long_reads)]


def bam_of(wildcards):
    row = SAMPLES[wildcards.sample]
    if row.bam:
        return given(row.bam)
    mapper = "strobealign" if row.reads1 and config["mapping"]["mapper"] == "strobealign" else "minimap2"
    return f"results/mapped/{mapper}/{wildcards.sample}.bam"


def depths_of(name):
    row = SAMPLES[name]
    estimated = row.reads1 and not row.bam and config["mapping"]["mapper"] == "strobealign-aemb"
    return f"results/mapped/aemb/{name}.tsv" if estimated else f"results/parts/depth/{name}.npz"


# Binning: in parts where each sample is clustered alone, with or without marker genes.


def sample_parts(path):
    return parts(path, config["parts"]["samples"] or len(SAMPLES)) if BY_SAMPLE else []


def to_choose():
    """What the choice of contigs reads."""
    folder = "results/vambx"
    found = {"markers": f"{folder}/markers.npz"} if MARKERS else {}
    return {
        "composition": COMPOSITION,
        "abundance": f"{folder}/abundance.npz",
        "latent": f"{folder}/latent.npz",
        "clusters": f"{folder}/clusters.tsv",
        **found,
        "settings": settings_file(),
    }


def quality_table():
    return report("results/vambx/quality.tsv", caption="../report/quality.rst", category="Bins") if MARKERS else []


def trimming_reports():
    if config["trimming"]["skip"]:
        return []
    pairs = {name: ".single" * (not row.reads2) for name, row in SAMPLES.items() if row.reads1 and not row.bam}
    return [f"results/fastp/{name}{single}.fastp.json" for name, single in pairs.items()]
