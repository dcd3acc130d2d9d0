"""A model beside the other encoders, trained on the same contigs and judged on the same ones held out."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vambx.encode.batches import split_contigs
from vambx.encode.encoders import ENCODERS, ContigEncoder
from vambx.encode.features import Features
from vambx.encode.reconstruction import reconstruction_errors
from vambx.io.tables import write_lines


@dataclass(frozen=True)
class Compared:
    """What one encoder loses of the contigs held out; see `ReconstructionErrors`.

    Attributes:
        encoder: its name.
        n_contigs: how many were held out.
        composition, depths, total: its errors; with one sample there is none of the depths.
    """

    encoder: str
    n_contigs: int
    composition: float
    depths: float | None
    total: float


def compare_encoders(
    model: ContigEncoder,
    features: Features,
    weights: npt.NDArray[np.float32] | None = None,
    on_begin: Callable[[str], None] = lambda encoder: None,
) -> Iterator[Compared]:
    """Judge a model, then train the other encoders with its configuration, and judge them.

    Args:
        model: fitted on these features, with contigs held out.
        features: of all contigs.
        weights: float32 (n_contigs,), that it was fitted with.
        on_begin: told the name of each encoder that is trained.

    Raises:
        ValueError: the model has seen all contigs.
        TrainingError: one of the others could not be trained.
    """
    config = model.about.config
    if not config.validation:
        raise ValueError("the model has seen all contigs; fit it with validation")
    held_out = features.take(split_contigs(len(features), config.validation, config.seed)[1])
    yield _judge(config.encoder, model, held_out)
    for name, kind in ENCODERS.items():
        if name != config.encoder:
            on_begin(name)
            other = kind.of(features, replace(config, compare=False)).fit(features, weights)
            yield _judge(name, other, held_out)


def write_compared(path: str | os.PathLike[str], rows: Iterator[Compared]) -> None:
    """Write `encoders.tsv`, a row an encoder, the one whose latent vectors are used first.

    Raises:
        OutputError: the file cannot be written.
    """
    told = [
        (row.encoder, row.n_contigs, *(_number(error) for error in (row.composition, row.depths, row.total)))
        for row in rows
    ]
    write_lines(Path(path), ("encoder", "held_out", "composition_error", "depths_error", "total_error"), told)


def _judge(name: str, model: ContigEncoder, held_out: Features) -> Compared:
    errors = reconstruction_errors(model, held_out)
    return Compared(name, len(held_out), errors.composition, errors.depths, errors.total)


def _number(error: float | None) -> str:
    return "" if error is None else f"{error:.6g}"
