import signal

import pytest
from communities import FAST, PLANTED, done, inputs
from genes import plant, proteins, write_hmms
from hypothesis import HealthCheck, settings

from vambx.demo import Community, write_community

# Machines that test are shared: a slow moment is no failure, and the same examples are tried every time.
settings.register_profile("shared", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture(scope="session", autouse=True)
def _heeding_interrupts():
    """A shell has what it runs in the background ignore SIGINT, and so would all that tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_disks():
    """What tests write need not outlive a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda file: None)
        yield


@pytest.fixture(scope="session")
def community(tmp_path_factory):
    """Files of a community of 4 genomes in 2 samples; the contigs' headers carry descriptions."""
    small = Community(n_genomes=4, n_samples=2, genome_length=120_000, contig_length=6000)
    files = write_community(tmp_path_factory.mktemp("community"), small)
    lines = files.fasta.read_text().splitlines()
    lines = [f"{line} flag=1 of={line[1:]}" if line.startswith(">") else line for line in lines]
    files.fasta.write_text("\n".join([*lines, ""]))
    return files


@pytest.fixture(scope="session")
def binned(community, tmp_path_factory):
    """Output folder of one quick `vambx bin` of the community; not to be changed, copy it."""
    import torch

    torch.set_num_threads(1)
    outdir = tmp_path_factory.mktemp("binned") / "out"
    done("bin", *inputs(community), "--outdir", outdir, *FAST)
    return outdir


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    """Files of a community of 5 genomes in 2 samples that carry markers, whose profiles are m.hmm beside them."""
    shape = Community(n_genomes=5, n_samples=2, genome_length=280_000, contig_length=5000, depth=3)
    files, family = write_community(tmp_path_factory.mktemp("planted"), shape), proteins(12, length=120)
    plant(files, family)
    write_hmms(files.root / "m.hmm", family)
    return files


@pytest.fixture(scope="session")
def chosen(planted, tmp_path_factory):
    """Output folder of one `vambx bin` of it, with markers; not to be changed, copy it."""
    import torch

    torch.set_num_threads(1)
    outdir = tmp_path_factory.mktemp("chosen") / "out"
    done("bin", *inputs(planted), "--outdir", outdir, *PLANTED, "--hmms", planted.root / "m.hmm")
    return outdir
