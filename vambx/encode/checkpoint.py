"""The state of a training between two epochs, kept in a file, from which it goes on to the very same model."""

import hashlib
import json
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

import vambx
from vambx.config import EncoderConfig
from vambx.encode.features import Features
from vambx.encode.files import dumped, loaded
from vambx.io.atomic import replacing
from vambx.io.npz import iter_blocks

logger = logging.getLogger(__name__)


class Checkpoint:
    """A file that holds the state of one training, of these contigs and with these settings, and of no other.

    Args:
        path: the file.
        features: what is trained on.
        settings: all else that the model depends on.
        config: says how often the state is kept.
    """

    def __init__(
        self, path: str | os.PathLike[str], features: Features, settings: Mapping[str, Any], config: EncoderConfig
    ) -> None:
        self.path = Path(path)
        self.every_epochs = config.checkpoint_epochs
        self.every_seconds = 60 * config.checkpoint_minutes
        self.made_of = _digest(features, settings)
        self.last = time.monotonic()

    def read(self) -> dict[str, Any] | None:
        """The state kept last; None if there is none, or it is of another training, or broken."""
        try:
            saved = loaded(self.path)
            if saved["made_of"] == self.made_of:
                return dict(saved["state"])
            logger.warning("%s: is of another training (input, settings, threads or device); begun anew", self.path)
        except FileNotFoundError:
            return None
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  torch has errors of all kinds for a file that is damaged
            self.tell_broken(error)
        return None

    def tell_broken(self, error: Exception) -> None:
        """Say that what was kept cannot be used."""
        logger.warning("%s: is no checkpoint (%s); begun anew", self.path, type(error).__name__)

    def is_due(self, epoch: int) -> bool:
        """Whether the state after this epoch is to be kept."""
        if self.every_epochs is not None and epoch % self.every_epochs == 0:
            return True
        return time.monotonic() - self.last >= self.every_seconds

    def write(self, state: Mapping[str, Any]) -> None:
        """Keep a state, whole or not at all.

        Raises:
            OutputError: the file cannot be written.
        """
        with replacing(self.path, "wb") as handle:
            handle.write(dumped({"made_of": self.made_of, "state": dict(state)}))
        self.last = time.monotonic()


def _digest(features: Features, settings: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps([vambx.__version__, torch.__version__, settings], sort_keys=True).encode())
    for part in features.iter_parts():
        for values in part:
            digest.update(values.numpy().tobytes())
    for fronts in () if features.fronts is None else iter_blocks(features.fronts):
        digest.update(fronts.tobytes())
    return digest.hexdigest()
