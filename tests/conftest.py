import pytest
from communities import FAST, done, inputs
from hypothesis import HealthCheck, settings

from vambx.demo import Community, write_community

# Machines that test are shared: a slow moment is no failure, and the same examples are tried every time.
settings.register_profile("shared", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


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
