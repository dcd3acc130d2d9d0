"""What a notebook has set for itself is as it was after a run: its random numbers, and all that code shares."""

import os
import subprocess
import sys

WORK = """
import gc, locale, logging, os, random, signal, sys, threading, warnings
import numba, numpy, torch
from threadpoolctl import threadpool_info

import vambx
from vambx.config import BinConfig, EncoderConfig, FeatureConfig, MarkerConfig, RunConfig
from vambx.provenance import Existing

config = RunConfig(
    features=FeatureConfig(min_length=1500),
    markers=MarkerConfig(skip=True),
    encoder=EncoderConfig(epochs=2, n_hidden=(16,), device="cpu", validation=0.1),
    bins=BinConfig(min_bin_size=1000),
)

def run():
    vambx.bin_contigs(sys.argv[1], [sys.argv[2]], sys.argv[3], config, Existing.FORCE, threads=2)

def state():
    root, ours = logging.getLogger(), logging.getLogger("vambx")
    return {
        "random numbers": (random.getstate(), str(numpy.random.get_state()), torch.get_rng_state().tolist()),
        "threads": (torch.get_num_threads(), numba.get_num_threads(), str(threadpool_info())),
        "who is at work": [thread.name for thread in threading.enumerate()],
        "torch": (torch.get_default_dtype(), torch.is_grad_enabled(), torch.are_deterministic_algorithms_enabled()),
        "numpy": (numpy.geterr(), str(numpy.get_printoptions())),
        "logging": (root.level, root.handlers[:], ours.level, ours.handlers[:], logging.raiseExceptions),
        "warnings": (warnings.filters[:], warnings.showwarning),
        "signals": {name: signal.getsignal(name) for name in signal.valid_signals()},
        "environment": dict(os.environ),
        "place": (os.getcwd(), sys.path[:], sys.argv[:], locale.setlocale(locale.LC_ALL)),
        "hooks": (sys.excepthook, sys.displayhook, threading.excepthook, sys.stdout, sys.stderr),
        "interpreter": (gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit(), sys.getswitchinterval()),
        "files": sorted(os.listdir("/dev/fd")),
    }

torch.set_num_threads(1)  # of two
run()  # libraries that are loaded for the first time set something themselves
random.seed(5), numpy.random.seed(6), torch.manual_seed(7)
numba.set_num_threads(1), numpy.seterr(all="raise"), numpy.set_printoptions(precision=2)
logging.basicConfig(level=logging.ERROR), warnings.simplefilter("error", UserWarning)
signal.signal(signal.SIGTERM, lambda *args: None), locale.setlocale(locale.LC_ALL, "C")
gc.set_threshold(500)
before = state()
run()
after = state()
print([name for name in before if before[name] != after[name]])
"""


def test_a_run_leaves_a_notebook_as_it_was(community, tmp_path):
    args = [community.fasta, community.bams, tmp_path / "out"]
    ran = subprocess.run(
        [sys.executable, "-c", WORK, *args],
        env={**os.environ, "OMP_NUM_THREADS": "2"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "[]\n", "")
