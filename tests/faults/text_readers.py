"""Every reader of text files, with small valid files to begin from; `fuzzing.py` makes odd ones of these."""

import bz2
import gzip
import json
import lzma
from datetime import datetime
from unittest import mock

import numpy as np
from builders import random_sequence, write_fasta
from faults.reader import Reader
from faults.text_mutations import mutate_text
from genes import proteins, write_hmms
from xopen import xopen, zstd

from vambx.bins.binning import split_clusters
from vambx.bins.clusters_table import read_clusters
from vambx.bins.separator import Separator
from vambx.bins.sources import open_source
from vambx.catalogue import concatenate
from vambx.comparison.binning_tables import read_contig_table, read_percents
from vambx.comparison.binnings import read_binning
from vambx.config import EncoderConfig, RunConfig, read_tables
from vambx.features.abundance import Abundance, rpkm_of
from vambx.features.composition import read_composition
from vambx.features.contigs import Contigs
from vambx.features.depth_tables import Table
from vambx.io.bam_files import find_named_bams
from vambx.io.npz import write_arrays
from vambx.layout import Layout
from vambx.markers import read_marker_set
from vambx.markers.search import search
from vambx.outdir import look_into
from vambx.report.embedding import embed
from vambx.report.multiqc import rows_of
from vambx.report.page import data_of, embedded, words_of
from vambx.report.run_data import read_run
from vambx.report.shown import choose_shown, origins_of
from vambx.report.status import read_status
from vambx.report.status_text import lines_of
from vambx.report.summary import summarise

NAMES = tuple(f"S{i % 2 + 1}C{i}" for i in range(6))
LENGTHS = {name: 300 + 10 * i for i, name in enumerate(NAMES)}
CONTIGS = Contigs(NAMES, np.array(list(LENGTHS.values())), np.full(6, 0.5, dtype=np.float32))
PACKED = (".gz", ".bz2", ".xz", ".zst")

PLAIN = "contigname\tA\tB\n" + "".join(f"{name}\t{i + 1}.5\t{i}\n" for i, name in enumerate(NAMES)) + "x\t1\t2\n"
AEMB = "".join(f"{name}\t{i}.25\n" for i, name in enumerate(NAMES))
COVERM = "Contig\tA Mean\tA RPKM\tB Mean\tB RPKM\n" + "".join(f"{name}\t1\t2\t3e1\t4\n" for name in NAMES)
JGI = "contigName\tcontigLen\ttotalAvgDepth\tA.bam\tA.bam-var\n" + "".join(
    f"{name}\t{length}\t3\t3\t0.1\n" for name, length in LENGTHS.items()
)
PAIRS = "".join(f"{name}\tbin_{i % 3}\n" for i, name in enumerate(NAMES))
CAMI = f"@Version:0.9.1\n@SampleID:s\n\n@@SEQUENCEID\tBINID\tLENGTH\n{PAIRS}"
QUALITY = (
    "Name\tCompleteness\tContamination\tGenome_Size\tGC_Content\tContig_N50\n"
    "bin_0\t95.00\t1.00\t620\t0.5\t310\nbin_1\t50.5\t9.99\t640\t0.5\t320\nbin_2\t1e1\t0\t660\t0.5\t330\n"
)
CLUSTERS = "cluster\tcontig\tmedoid\tradius\tkind\n" + "".join(
    f"{i // 2 + 1}\t{name}\t{NAMES[i - i % 2]}\t0.1\tnormal\n" for i, name in enumerate(NAMES)
)
BINS = (
    "bin\tsample\tcontigs\tbp\tN50\tlongest\tGC\tcompleteness\tcontamination\tdepth_A\tdepth_B\tmedoid\tradius\tkind\n"
    + "".join(
        f"bin_{i}\tS{i % 2 + 1}\t2\t640\t320\t320\t0.5\t95.00\t1.00\t1.5\t2\t{NAMES[i]}\t0.1\tnormal\n"
        for i in range(3)
    )
)
_TERMS = ("loss", "ce", "mse", "kld", "total")
HISTORY = (
    "\t".join(["epoch", "learning_rate", "kld_share", *_TERMS, *(f"validation_{term}" for term in _TERMS), "kept"])
    + "".join(f"\n{i}\t0.002\t1\t.9\t.8\t.7\t.6\t.5\t.9\t.8\t.7\t.6\t.5\t{'yes' if i == 2 else 'no'}" for i in (1, 2))
    + "\n"
)
ENCODERS = "encoder\theld_out\tcomposition_error\tdepths_error\ttotal_error\nvae\t5\t.1\t.2\t.3\npca\t5\t.2\t\t.4\n"
LOG = """2026-01-01 10:00:00,001 DEBUG Command: vambx bin --outdir out
2026-01-01 10:00:01,001 DEBUG Step composition: begins
2026-01-01 10:00:02,001 DEBUG Step composition: done
2026-01-01 10:00:02,001 INFO Computing depths: 1,234 BAM files
2026-01-01 10:00:03,001 INFO Computing depths: 50% (2 of 4 BAM files), 3 BAM files/h
2026-01-01 10:00:03,001 WARNING contigs.fa: odd
2026-01-01 10:00:04,001 DEBUG Step latent: begins
2026-01-01 10:00:05,001 DEBUG Epoch 1/30 loss .9 CE .8
2026-01-01 10:00:06,001 DEBUG Traceback (most recent call last):
  File "x.py", line 1
KeyboardInterrupt
2026-01-01 10:00:07,001 DEBUG Error: f: is bad; mend it
"""
TOML = """[features]
min_length = 1500
min_identity = 0.97
[encoder]
n_hidden = [64, 64]
seed = 7
mse_ratio = 0.2
validation = 0.1
compare = true
device = "cpu"
[markers]
skip = false
hmms = "m.hmm"
[bins]
separator = "C"
min_bin_size = 1000
[report]
omit = false
"""
MADE = ("composition", "abundance", "latent", "clusters", "chosen", "bins")


def sequences(file=0):
    rng = np.random.default_rng(1)
    names = [f"{name}.{file}" if file else name for name in NAMES]
    return {f"{name} flag=1": random_sequence(rng, n) for name, n in zip(names, LENGTHS.values(), strict=True)}


def texts(**files):
    """A writer of files of these contents, `__` in their names for points."""

    def write(folder):
        paths = [folder / name.replace("__", ".") for name in files]
        for path, text in zip(paths, files.values(), strict=True):
            with xopen(path, "wb", threads=0) as handle:
                handle.write(text.encode())
        return paths

    return write


def fastas(*endings):
    """A writer of FASTA files, each of contigs of its own, on one line or more."""

    def write(folder):
        files = enumerate(zip(endings, (60, None, 60, None), strict=False))
        return [write_fasta(folder / f"c{i}.fa{ending}", sequences(i), width) for i, (ending, width) in files]

    return write


PACKERS = {
    b"\x1f\x8b": (gzip.compress, gzip.decompress),
    b"BZ": (bz2.compress, bz2.decompress),
    b"\xfd7": (lzma.compress, lzma.decompress),
    b"(\xb5": (zstd.compress, zstd.decompress),
}


def mutate_packed(raw, draw):
    """What is packed changed, or members joined, cut, or followed by what is none."""
    pack, unpack = PACKERS[raw[:2]]
    text = unpack(raw)
    at = draw.randrange(len(text) + 1)
    first, second = pack(text[:at]), pack(text[at:])
    match draw.randrange(6):
        case 0 | 1:
            return pack(mutate_text(text, draw))
        case 2:
            return first + second
        case 3:
            return first + mutate_text(second, draw)
        case 4:
            return raw + draw.choice((b"\0" * 512, b"junk", b"\n", raw[:10], b"\0"))
        case _:
            return first + draw.choice(list(PACKERS.values()))[0](text[at:])


def write_run(folder):
    """A folder of a run that is done, made without running it."""
    layout = Layout(folder)
    composition = read_composition(write_fasta(folder / "contigs.fa", sequences(), 60), 250)
    composition.write(layout.composition)
    depth = np.ones((6, 2), dtype=np.float32)
    contigs = composition.contigs
    Abundance(depth, rpkm_of(depth, contigs.lengths), ("A", "B"), contigs.digest).write(layout.abundance)
    write_arrays(layout.latent, {"latent": np.eye(6, 4, dtype=np.float32)})
    steps, made = {}, []
    for name in MADE:
        out = getattr(layout, name)
        settings = EncoderConfig(validation=0.1).result_settings if name == "latent" else {}
        steps[name] = {
            "key": "0" * 64,
            "settings": settings,
            "inputs": {str(path): {"size": 1, "sha256": "0" * 64} for path in made},
            "outputs": {out.name: "0" * 64},
            "wall_seconds": 1.5,
            "cpu_seconds": 1.5,
            "peak_memory_mb": 100,
        }
        made.append(out)
    account = {"steps": steps, "vambx": "0.1", "python": "3.11", "libraries": {"numpy": "2", "torch": None}}
    texts = {
        layout.clusters: CLUSTERS,
        layout.chosen: CLUSTERS,
        layout.bins_table: BINS,
        layout.contig2bin: PAIRS,
        layout.history: HISTORY,
        layout.encoders: ENCODERS,
        layout.log: LOG,
        layout.run: json.dumps({**account, "command": ["vambx", "bin"]}, indent=2),
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


def of_run(name, tell):
    """A file of a run's folder, that is read with the others beside it."""

    def seeds(folder):
        write_run(folder)
        return [folder / name]

    return Reader(name, seeds, lambda path: tell(path.parent), mutate_text)


def tell_of_run(folder):
    """What `vambx report` begins with, the summary, and what MultiQC gets."""
    run = read_run(folder)
    shown = choose_shown(run, origins_of(run))
    with mock.patch(
        "vambx.report.shown.embed", lambda latent, method, most: embed(latent, "pca", most)
    ):  # t-SNE is slow
        page = embedded(data_of(run, shown)), words_of(run, shown)
    json.dumps(summarise(run), allow_nan=False)
    json.dumps(rows_of(run), allow_nan=False)
    return page


def tell_status(folder):
    return look_into(folder), list(lines_of(read_status(folder), datetime(2026, 1, 2)))


def tell_account(folder):
    return tell_status(folder), tell_of_run(folder)


def read_bins(path):
    return split_clusters(read_clusters(path, CONTIGS), CONTIGS, Separator("C", ""), 0)


def read_folder_of_bins(path):
    return read_binning(path.parent), list(open_source(path.parent, None).contigs(lambda done: None))


def bam_lists(folder):
    for name in ("a.bam", "b.cram"):
        (folder / name).touch()
    return texts(bams__txt="a.bam\tA\n# one\nb.cram\n")(folder)


def hmms(folder):
    return [write_hmms(folder / "m.hmm", proteins(2, length=40))]


def search_hmms(path):
    """Read them, and look for them on a contig: a profile that cannot be must not reach HMMER."""
    contig = "ATGGCT" + "GCTGAAAAACGT" * 60 + "TAA"
    return list(search([(0, contig)], read_marker_set(path)))


def cutoffs(folder):
    hmms(folder)
    return texts(cutoffs__txt="#name\tbits\nM1\t100\nM2 1e2\n")(folder)


def read_catalogue(path):
    out = path.parent / "catalogue.fna"
    return concatenate({"S1": path}, out, min_length=1, separator="C", force=True)


def with_contigs(write):
    def seeds(folder):
        write_fasta(folder / "contigs.fa", sequences())
        return write(folder)

    return seeds


def read_source(path):
    return list(open_source(path, path.parent / "contigs.fa").contigs(lambda done: None))


def read_depths(path):
    return rpkm_of(Table.of(path).read(CONTIGS), CONTIGS.lengths)


def read_fasta(path):
    return read_composition(path, 250)


DEPTHS = texts(plain__tsv=PLAIN, aemb__tsv=AEMB, coverm__tsv=COVERM, jgi__txt=JGI)
PACKED_DEPTHS = texts(a__tsv__gz=PLAIN, b__tsv__bz2=AEMB, c__tsv__xz=COVERM, d__tsv__zst=JGI)
TABLES = texts(a__tsv=PAIRS, b__tsv=CAMI, c__tsv="contigname\tclustername\n" + PAIRS)
READERS = (
    Reader("fasta", fastas(""), read_fasta, mutate_text),
    Reader("fasta_packed", fastas(*PACKED), read_fasta, mutate_packed),
    Reader("catalogue", fastas("", ".gz"), read_catalogue, mutate_text),
    Reader("folder_of_bins", fastas("", ".gz"), read_folder_of_bins, mutate_text),
    Reader("depth_tables", DEPTHS, read_depths, mutate_text),
    Reader("depth_tables_packed", PACKED_DEPTHS, read_depths, mutate_packed),
    Reader("bam_lists", bam_lists, lambda path: find_named_bams([path]), mutate_text),
    Reader(
        "bins_to_compare", TABLES, lambda path: (read_contig_table(path, set(NAMES)), read_binning(path)), mutate_text
    ),
    Reader("bins_to_judge", with_contigs(TABLES), read_source, mutate_text),
    Reader("quality_report", texts(quality_report__tsv=QUALITY), read_percents, mutate_text),
    Reader("clusters.tsv", texts(clusters__tsv=CLUSTERS), read_bins, mutate_text),
    of_run("chosen.tsv", tell_of_run),
    of_run("bins.tsv", tell_of_run),
    of_run("contig2bin.tsv", tell_of_run),
    of_run("history.tsv", tell_of_run),
    of_run("encoders.tsv", tell_of_run),
    of_run("vambx.log", tell_status),
    of_run("run.json", tell_account),
    Reader("settings", texts(settings__toml=TOML), lambda path: RunConfig.from_tables(read_tables(path)), mutate_text),
    Reader("hmms", hmms, search_hmms, mutate_text),
    Reader("cutoffs", cutoffs, lambda path: read_marker_set(path.parent / "m.hmm", path), mutate_text),
)
