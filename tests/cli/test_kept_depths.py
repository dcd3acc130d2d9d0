"""Depths of the BAMs that were done outlive a run that was ended."""

import shutil

import numpy as np
import pytest
from communities import FAST, done, inputs, run_cli, tree

from vambx.features import abundance
from vambx.features.abundance import mapped_depth
from vambx.io.npz import read_arrays, write_arrays


@pytest.fixture
def computed(monkeypatch):
    """The names of the BAMs that depths were computed of, and the name of one that must fail, if any."""
    names, failing = [], []

    def watched(header, *more):
        if header.path.name in failing:
            raise MemoryError
        names.append(header.path.name)
        return mapped_depth(header, *more)

    monkeypatch.setattr(abundance, "mapped_depth", watched)
    return names, failing


@pytest.fixture
def ended(community, tmp_path, computed):
    """The folder of a run that was ended while the second BAM was read."""
    names, failing = computed
    failing.append("S2.bam")
    assert run_cli("bin", *inputs(community), "--outdir", tmp_path / "out", *FAST).code != 0
    assert (names, len(list((tmp_path / "out" / "depths").iterdir()))) == (["S1.bam"], 1)
    names.clear()
    failing.clear()
    return tmp_path / "out"


def test_only_what_is_missing_is_computed(ended, computed, community, binned):
    done("bin", *inputs(community), "--outdir", ended, *FAST, "--resume")
    assert computed[0] == ["S2.bam"]
    assert tree(ended) == tree(binned)


@pytest.mark.parametrize("options", [("--force",), ("--resume", "--min-identity", "0.5")])
def test_all_are_computed_when_asked_for_or_made_otherwise(ended, computed, community, options):
    done("bin", *inputs(community), "--outdir", ended, *FAST, *options)
    assert sorted(computed[0]) == ["S1.bam", "S2.bam"]
    assert not (ended / "depths").exists()


def test_depths_of_a_bam_that_is_another_now_are_not_used(ended, community, tmp_path):
    bams = shutil.copytree(community.bams, tmp_path / "bams")
    shutil.copy(bams / "S2.bam", bams / "S1.bam")
    done("bin", "--fasta", community.fasta, "--bams", bams, "--outdir", ended, *FAST, "--resume")
    depth = read_arrays(ended / "abundance.npz", ["depth"])["depth"]
    np.testing.assert_array_equal(depth[:, 0], depth[:, 1])


def no_npz(path):
    path.write_bytes(b"PK half")


def too_short(path):
    write_arrays(path, {"depth": read_arrays(path, ["depth"])["depth"][1:]})


@pytest.mark.parametrize("damage", [no_npz, too_short])
def test_kept_depths_that_are_broken_are_computed_again(ended, computed, community, binned, damage):
    damage(next((ended / "depths").iterdir()))
    done("bin", *inputs(community), "--outdir", ended, *FAST, "--resume")
    assert sorted(computed[0]) == ["S1.bam", "S2.bam"]
    assert tree(ended) == tree(binned)
