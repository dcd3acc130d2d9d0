"""Random numbers of a training's own, which can stop and go on; those of the rest of the program stay as they were."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch

CPU = torch.device("cpu")


@contextmanager
def own_random_state(seed: int, device: torch.device = CPU) -> Iterator[None]:
    """Random numbers from a seed, of the CPU and the device; the global random state is left as it was."""
    on_cuda = device.type == "cuda"
    with torch.random.fork_rng(devices=[device] if on_cuda else []):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would change that of every device
        if on_cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """Where the random numbers stand."""
    state = {"cpu": torch.get_rng_state()}
    return state | {"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else state


def set_random_state(state: Mapping[str, torch.Tensor], device: torch.device) -> None:
    """Let the random numbers go on from where they stood."""
    torch.set_rng_state(state["cpu"])
    if "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
