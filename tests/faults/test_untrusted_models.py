"""Models, checkpoints, BAM files and names from strangers: what they say is not believed."""

import io
import json
import re
import resource
import struct
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from builders import sentence
from encode.simple import QUICK, features
from faults.bam_readers import LENGTHS, bam_seeds
from faults.mutations import bgzipped, zipped

from vambx.account import read_account
from vambx.bins.binning import split_clusters
from vambx.bins.clusters_table import ClusteredContig
from vambx.bins.separator import Separator
from vambx.encode import VAE
from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.io.bam import read_header


@pytest.fixture
def saved(tmp_path):
    """A model's file, and its members."""
    path = tmp_path / "model.pt"
    VAE.of(features(), QUICK).save(path)
    with zipfile.ZipFile(path) as archive:
        return path, [(info.filename, archive.read(info)) for info in archive.infolist()]


def changed_about(path, **more):
    """Write the model again with other settings in its account."""
    content = torch.load(path, weights_only=True)
    about = json.loads(content["about"])
    about["config"] |= more
    torch.save(content | {"about": json.dumps(about)}, path)


def not_finite(path):
    content = torch.load(path, weights_only=True)
    content["state"]["encoder.mu.weight"][0, 0] = float("nan")
    torch.save(content, path)


def stretched(path):
    """Weights of one number, told to be there for all."""
    content = torch.load(path, weights_only=True)
    content["state"]["encoder.mu.weight"] = torch.zeros(1).expand(content["state"]["encoder.mu.weight"].shape)
    torch.save(content, path)


def short_record(path, members):
    path.write_bytes(zipped([(name, inner[:4] if name.endswith("/data/4") else inner) for name, inner in members]))


def one_bit(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"data/4") + 100] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path, members: changed_about(path, n_hidden=[30_000, 30_000]), id="layers of 3.6 GB"),
        pytest.param(lambda path, members: changed_about(path, n_hidden=[10**12]), id="a layer without end"),
        pytest.param(lambda path, members: changed_about(path, n_hidden=[1] * 10_000), id="layers without end"),
        pytest.param(lambda path, members: not_finite(path), id="not finite"),
        pytest.param(lambda path, members: stretched(path), id="one number for all"),
        pytest.param(short_record, id="shorter than told"),
        pytest.param(lambda path, members: one_bit(path), id="a bit is another"),
        pytest.param(
            lambda path, members: path.write_bytes(zipped([*members, ("x", bytes(99 << 20))], zipfile.ZIP_DEFLATED)),
            id="compressed",
        ),
        pytest.param(lambda path, members: path.write_bytes(zipped([*members, members[4]])), id="twice the same"),
    ],
)
def test_a_model_that_lies_is_refused_before_memory_is_taken(saved, change):
    path, members = saved
    VAE.load(path)
    change(path, members)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=sentence(path, "is no model of vambx", "train one")):
        VAE.load(path)
    with pytest.raises(InputError, match=r"\Athe file: is no model of vambx"):
        VAE.load(io.BytesIO(path.read_bytes()))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def other_moments(state):
    next(iter(state["optimizer"]["state"].values()))["exp_avg"] = torch.zeros(2, 2)


def other_weights(state):
    state["model"].popitem()


def no_numbers(state):
    next(iter(state["best"]["weights"].values())).fill_(float("nan"))


def test_a_checkpoint_whose_pickle_breaks_off_is_told_and_the_training_begun_anew(tmp_path, caplog):
    path = tmp_path / "checkpoint.pt"
    VAE.of(features(), replace(QUICK, checkpoint_epochs=1)).fit(features(), checkpoint=path)
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    pickled = next(name for name in members if name.endswith("/data.pkl"))
    members[pickled] = b"\x80\x02X\x01\x00"  # a text, whose length breaks off
    path.write_bytes(zipped(list(members.items())))
    VAE.of(features(), QUICK).fit(features(), checkpoint=path)
    assert caplog.messages == [f"{path}: is no checkpoint (error); begun anew"]


@pytest.mark.parametrize("change", [other_moments, other_weights, no_numbers, lambda state: state.pop("random")])
def test_a_checkpoint_that_lies_is_told_and_the_training_begun_anew(tmp_path, caplog, change):
    config, path = replace(QUICK, epochs=3, checkpoint_epochs=2, validation=0.2), tmp_path / "checkpoint.pt"
    whole = VAE.of(features(), config).fit(features(), checkpoint=path)
    content = torch.load(path, weights_only=True)
    change(content["state"])
    torch.save(content, path)
    again = VAE.of(features(), config).fit(features(), checkpoint=path)
    assert [re.sub(r"\(\w+\)", "()", text) for text in caplog.messages] == [f"{path}: is no checkpoint (); begun anew"]
    np.testing.assert_array_equal(again.transform(features()), whole.transform(features()))


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(struct.pack("<4si", b"BAM\1", 2**31 - 1) + b"@HD\tVN:1.6\n", id="a text of 2 GB"),
        pytest.param(struct.pack("<4si", b"BAM\1", -1) + b"@HD\tVN:1.6\n", id="a text of less than nothing"),
        pytest.param(struct.pack("<4sii", b"BAM\1", 0, 10**9), id="a thousand million references"),
        pytest.param(struct.pack("<4sii", b"BAM\1", 0, -1), id="less than no reference"),
        pytest.param(struct.pack("<4siii", b"BAM\1", 0, 1, 2**31 - 1) + b"c1\0", id="a name of 2 GB"),
    ],
)
def test_a_bam_header_that_lies_is_refused_before_memory_is_taken(tmp_path, header):
    path = tmp_path / "x.bam"
    path.write_bytes(bgzipped(header + bytes(100)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=sentence(path, "BAM file", "")):
        read_header(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_the_bam_that_others_are_made_of_is_whole(tmp_path):
    assert read_header(bam_seeds(tmp_path)[0]).references == tuple(LENGTHS)


@pytest.mark.parametrize("name", ["../x", "/x", "a/b", "..", ""])
def test_results_outside_the_folder_are_in_no_account(tmp_path, name):
    """They would be removed when they are no longer right; an empty name stands for the folder itself."""
    step = {"key": "k", "settings": {}, "inputs": {}, "wall_seconds": 1.0, "peak_memory_mb": 1}
    account = {"steps": {"markers": {**step, "outputs": {"markers.npz": "0"}}}}
    (tmp_path / "run.json").write_text(json.dumps(account))
    read_account(tmp_path / "run.json")
    account["steps"]["markers"]["outputs"] = {name: "0"}
    (tmp_path / "run.json").write_text(json.dumps(account))
    with pytest.raises(InputError, match=sentence(tmp_path / "run.json", "is no account of a run", "begin anew")):
        read_account(tmp_path / "run.json")


@pytest.mark.parametrize(
    "sample", ["../../x", "/etc/x", "..", "a\\b", "x" * 5000, "é" * 300, "con:", "-rf", "a\tb", "~"]
)
def test_bins_are_files_in_their_folder_whatever_samples_are_called(sample):
    names = (f"{sample}|1", f"{sample}|2", "other|1")
    contigs = Contigs(names, np.full(3, 5000), np.full(3, 0.5, dtype=np.float32))
    rows = [ClusteredContig(1, name, name, 0.1, "normal") for name in names]
    made = split_clusters(rows, contigs, Separator("|", "given"), 0).bins
    assert len({one.name.casefold() for one in made}) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9_]{1,200}", one.name) for one in made)
