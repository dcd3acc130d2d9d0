"""How a training went, epoch by epoch."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from vambx.io.tables import write_lines


class Losses(NamedTuple):
    """The loss and its terms, means over contigs: the whole, weighed; the terms are not. See `vambx.encode.loss`.

    Without a weight the contrast is not computed, and 0.
    """

    loss: float
    ce: float
    mse: float
    kld: float
    total: float
    contrast: float = 0.0


@dataclass(frozen=True)
class Epoch:
    """One pass over the contigs.

    Attributes:
        number: from 1.
        of: how many there will be, unless training ends early.
        learning_rate: at the end of the epoch.
        kld_share: how much of its weight the KLD had in training, from 0 to 1.
        training: of the contigs that were trained on, with dropout and noise, while the weights changed.
        validation: of the contigs held out, after the epoch, without dropout, noise, or a smaller share of the KLD;
            None if none were.
    """

    number: int
    of: int
    learning_rate: float
    kld_share: float
    training: Losses
    validation: Losses | None

    def to_table(self) -> dict[str, Any]:
        """The epoch as plain numbers."""
        validation = None if self.validation is None else list(self.validation)
        return {**vars(self), "training": list(self.training), "validation": validation}

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "Epoch":
        """The epoch that `to_table` wrote."""
        losses = {name: table[name] and Losses(*table[name]) for name in ("training", "validation")}
        return cls(**{**table, **losses})

    @property
    def line(self) -> str:
        """The epoch in one line; behind each bar the contigs held out. Terms that are 0 are left out."""
        names = ("loss", "CE", "MSE", "KLD", "total", "contrast")
        pairs = [self.training] if self.validation is None else [self.training, self.validation]
        terms = (
            f"{name} {'|'.join(_short(losses[i]) for losses in pairs)}"
            for i, name in enumerate(names)
            if i == 0 or any(losses[i] for losses in pairs)
        )
        return f"{self.number}/{self.of} {' '.join(terms)}"


@dataclass(frozen=True)
class History:
    """A whole training.

    Attributes:
        epochs: in their order.
        kept: number of the epoch whose weights the model has: the one with the least validation loss, or the last.
    """

    epochs: Sequence[Epoch]
    kept: int

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write `history.tsv`, a row an epoch; the columns of the contigs held out are empty if none were.

        Raises:
            OutputError: the file cannot be written.
        """
        terms = Losses._fields
        header = ["epoch", "learning_rate", "kld_share", *terms, *(f"validation_{name}" for name in terms), "kept"]
        write_lines(Path(path), header, (self._row(epoch) for epoch in self.epochs))

    def _row(self, epoch: Epoch) -> list[str]:
        validation = [""] * len(Losses._fields) if epoch.validation is None else map("{:.6g}".format, epoch.validation)
        numbers = (epoch.learning_rate, epoch.kld_share, *epoch.training)
        kept = "yes" if epoch.number == self.kept else "no"
        return [str(epoch.number), *map("{:.6g}".format, numbers), *validation, kept]


def _short(loss: float) -> str:
    """Three digits, without a zero before the point."""
    return f"{loss:.3g}".removeprefix("0") or "0"
