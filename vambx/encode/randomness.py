"""Random numbers of a training's own, which can stop and go on; those of the rest of the program stay as they were."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch


@contextmanager
def own_random_state(seed: int, device: torch.device) -> Iterator[None]:
    """Random numbers from a seed; the global random state is left as it was."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
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
