"""Where a network is trained, and what can be multiplied there."""

import os
from typing import Any

import torch

from vambx.config import EncoderConfig
from vambx.errors import UsageError


def resolve_device(device: str) -> torch.device:
    """`auto`, `cpu` or `cuda` as a device.

    Raises:
        UsageError: CUDA is asked for and absent.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: no CUDA device is to be had here; use --device cpu or auto")
    return torch.device("cuda" if device != "cpu" and torch.cuda.is_available() else "cpu")


def require_all_threads() -> None:
    """See that OpenMP gives torch as many threads as it counts on: with fewer, what it computes is wrong.

    Raises:
        UsageError: a variable that is set lets OpenMP give fewer.
    """
    n_threads, limit = torch.get_num_threads(), os.environ.get("OMP_THREAD_LIMIT", "")
    if n_threads == 1:
        return
    if os.environ.get("OMP_DYNAMIC", "").strip().lower() == "true":
        raise UsageError("OMP_DYNAMIC=true makes torch compute wrong numbers; unset it before Python begins")
    if limit.isdecimal() and int(limit) < n_threads:
        raise UsageError(
            f"OMP_THREAD_LIMIT={limit} makes torch compute wrong numbers on {n_threads} threads; unset it before "
            "Python begins, or call torch.set_num_threads(1)"
        )


def resolve_precision(precision: str, device: torch.device) -> str:
    """`auto`, `float32` or `bfloat16` as that of the hidden layers' products."""
    if precision != "auto":
        return precision
    return "bfloat16" if multiplies_bfloat16(device) else "float32"


def own_precision(device: torch.device) -> torch.autocast:
    """A context in which nothing is rounded because the caller has `torch.autocast` on."""
    return torch.autocast(device.type, torch.bfloat16, enabled=False)


def training_on(config: EncoderConfig) -> dict[str, str | int]:
    """What a training depends on besides its input and settings: what `auto` is here, the processor, the threads.

    Raises:
        UsageError: CUDA is asked for and absent.
    """
    device = resolve_device("cpu" if config.encoder == "pca" else config.device)
    precision = "float32" if config.encoder == "pca" else resolve_precision(config.precision, device)
    on_cuda = device.type == "cuda"
    processor = torch.cuda.get_device_name(device) if on_cuda else torch.backends.cpu.get_cpu_capability()
    return {
        "device": device.type,
        "processor": processor,
        "precision": precision,
        "threads": torch.get_num_threads(),
    }


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for bfloat16 products; otherwise they would be slow."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # older versions of torch lack it
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
