"""Every setting is known for the steps whose results depend on it: a run that goes on makes those anew, no others.

That what stands on a step which was made anew is made anew too, as in a fresh run, is shown in cli/test_resume.py.
"""

from dataclasses import fields, replace

import pytest
from builders import write_fasta
from genes import proteins, write_hmms

from vambx.config import TABLES, RunConfig
from vambx.layout import Layout
from vambx.steps import abundance, bins, chosen, clusters, composition, latent, markers

# Another value of each setting, and the steps that depend on it by themselves, not only through what they read.
CHANGED = {
    ("features", "min_length"): (3000, {"composition"}),
    ("features", "recruit_length"): (700, {"composition"}),
    ("features", "min_identity"): (0.9, {"abundance"}),
    ("encoder", "encoder"): ("pca", {"latent"}),
    ("encoder", "n_latent"): (16, {"latent"}),
    ("encoder", "n_hidden"): ((128,), {"latent"}),
    ("encoder", "capacity"): (20.0, {"latent"}),
    ("encoder", "mse_ratio"): (0.3, {"latent"}),
    ("encoder", "contrast"): (0.3, {"latent"}),
    ("encoder", "dropout"): (0.1, {"latent"}),
    ("encoder", "epochs"): (3, {"latent"}),
    ("encoder", "batch_size"): (64, {"latent"}),
    ("encoder", "learning_rate"): (0.001, {"latent"}),
    ("encoder", "schedule"): ("constant", {"latent"}),
    ("encoder", "optimizer"): ("sgd", {"latent"}),
    ("encoder", "kld_warmup"): (5, {"latent"}),
    ("encoder", "noise"): (0.2, {"latent"}),
    ("encoder", "validation"): (0.2, {"latent"}),
    ("encoder", "patience"): (5, {"latent"}),
    ("encoder", "compare"): (True, {"latent"}),
    ("encoder", "seed"): (2, {"latent"}),
    ("encoder", "device"): ("cpu", {"latent"}),
    ("encoder", "precision"): ("float32", {"latent"}),
    ("encoder", "block_memory"): (100, {"latent"}),
    ("encoder", "checkpoint_minutes"): (1.0, set()),
    ("encoder", "checkpoint_epochs"): (2, set()),
    ("markers", "skip"): (True, {"markers", "chosen", "bins"}),  # with marker genes, or without
    ("markers", "hmms"): ("other.hmm", {"markers"}),
    ("markers", "cutoffs"): ("cutoffs.tsv", {"markers"}),
    ("bins", "separator"): ("", {"chosen", "bins"}),  # and clusters, with --scope sample
    ("bins", "min_bin_size"): (1000, {"bins"}),
    ("bins", "choice"): ("clusters", {"chosen"}),
    ("bins", "scope"): ("sample", {"clusters", "chosen"}),
    ("report", "omit"): (True, set()),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with contigs, BAMs by name alone, and two sets of marker genes; not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    write_fasta(folder / "contigs.fa", {"c": "ACGT"})
    write_hmms(folder / "m.hmm", family := proteins(3, length=60))
    write_hmms(folder / "other.hmm", proteins(4, length=60))
    (folder / "cutoffs.tsv").write_text("".join(f"{name}\t77\n" for name in family))
    return folder


@pytest.fixture
def here(made, monkeypatch):
    """That folder, to work in."""
    monkeypatch.chdir(made)
    return made


def config_with(base, **tables):
    """A configuration with other settings."""
    return replace(base, **{table: replace(getattr(base, table), **settings) for table, settings in tables.items()})


def keys(folder, config, columns=(("S1.bam", "S1"),)):
    """The key of each step of a run, where every file has the same content, its own name for one."""
    layout, fasta, marker_set = Layout(folder / "out"), folder / "contigs.fa", markers.marker_set_of(config.markers)
    columns = [(folder / name, sample) for name, sample in columns]
    marked = marker_set is not None
    steps = [
        composition.step_of(layout, fasta, config.features),
        abundance.step_of(layout, config.features, columns, {}),
        *([markers.step_of(layout, fasta, marker_set)] if marked else []),
        latent.step_of(layout, config.encoder),
        clusters.step_of(layout, config.bins),
        chosen.step_of(layout, config.bins, marked),
        bins.step_of(layout, fasta, config.bins, marked),
    ]
    return {step.name: step.key({path: path.name for path in step.inputs}) for step in steps}


def changed(before, now):
    return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}


def test_every_setting_is_in_the_table():
    assert CHANGED.keys() == {(table, field.name) for table, kind in TABLES.items() for field in fields(kind)}


@pytest.mark.parametrize(("table", "name"), CHANGED)
def test_a_setting_makes_those_steps_anew_that_depend_on_it(here, table, name):
    value, steps = CHANGED[table, name]
    base = config_with(RunConfig(), encoder={"validation": 0.1}, markers={"hmms": "m.hmm"})
    also = {"hmms": None} if name == "skip" else {}
    other = config_with(base, **{table: {name: value, **also}})
    assert getattr(getattr(other, table), name) == value != getattr(getattr(base, table), name)
    assert changed(keys(here, base), keys(here, other)) == steps


def test_where_samples_are_looked_at_alone_clusters_depend_on_the_separator(here):
    base = config_with(RunConfig(), markers={"skip": True}, bins={"scope": "sample"})
    assert changed(keys(here, base), keys(here, config_with(base, bins={"separator": "_"}))) == {
        *("clusters", "chosen", "bins")
    }


@pytest.mark.parametrize(
    "columns",
    [
        [("S1.bam", "S1")],
        [("S1.bam", "S1"), ("S2.bam", "S2"), ("S3.bam", "S3")],
        [("S2.bam", "S2"), ("S1.bam", "S1")],
        [("S1.bam", "S1"), ("S2.bam", "other")],
        [("S1.bam", "S1"), ("S3.bam", "S2")],
    ],
)
def test_reads_added_left_out_reordered_renamed_or_changed_make_the_abundance_anew(here, columns):
    config = config_with(RunConfig(), markers={"skip": True})
    before = keys(here, config, [("S1.bam", "S1"), ("S2.bam", "S2")])
    assert changed(before, keys(here, config, columns)) == {"abundance"}
