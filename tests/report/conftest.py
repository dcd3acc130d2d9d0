import shutil

import pytest
from communities import done, inputs

from vambx.report.page import write_report


@pytest.fixture(scope="session")
def marked(chosen, tmp_path_factory):
    """A run with markers, contigs held out, and its page; not to be changed."""
    outdir = shutil.copytree(chosen, tmp_path_factory.mktemp("marked") / "out")
    write_report(outdir)
    return outdir


@pytest.fixture(scope="session")
def plain(binned, community, tmp_path_factory):
    """A run without markers whose bins are clusters as they are, and its page; not to be changed."""
    outdir = shutil.copytree(binned, tmp_path_factory.mktemp("plain") / "out")
    options = ("--min-bin-size", "20000", "--choice", "clusters", "--force", "-q")
    done("bins", "--fasta", community.fasta, "--outdir", outdir, *options)
    write_report(outdir)
    return outdir


@pytest.fixture
def binned_copy(binned, tmp_path):
    """A run of one's own, without a page."""
    return shutil.copytree(binned, tmp_path / "out")


@pytest.fixture
def rebin(community, binned_copy):
    """Writes the bins of that run anew, with other options."""

    def again(*options):
        done("bins", "--fasta", inputs(community)[1], "--outdir", binned_copy, "--force", "-q", *options)
        return binned_copy

    return again
