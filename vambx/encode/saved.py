"""Model files: what a model is for, how it was configured, its weights. Nothing in them is run when they are read."""

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import IO, Any, ClassVar, Self

import torch
from torch import nn

import vambx
from vambx.config import EncoderConfig
from vambx.encode.features import Features, numbered_names
from vambx.encode.inputs import require_columns
from vambx.encode.randomness import own_random_state
from vambx.errors import InputError, VambxError

File = str | os.PathLike[str] | IO[bytes]


@dataclass(frozen=True)
class About:
    """What a model is for, and how it was configured.

    Attributes:
        sample_names: one a sample.
        tnf_names: one a TNF feature.
        config: of the network and its training.
    """

    sample_names: tuple[str, ...]
    tnf_names: tuple[str, ...]
    config: EncoderConfig

    @property
    def n_samples(self) -> int:
        """Columns of `rpkms`."""
        return len(self.sample_names)

    @property
    def n_tnf(self) -> int:
        """Columns of `tnfs`."""
        return len(self.tnf_names)

    @classmethod
    def of(cls, features: Features, config: EncoderConfig) -> "About":
        """What a model for these features is for."""
        return cls(features.sample_names, features.tnf_names, config)

    def require(self, features: Features) -> None:
        """See that features are those the model is for.

        Raises:
            ValueError: another number of samples or of TNF features, or others, or in another order.
        """
        require_columns((self.n_samples, self.n_tnf), (features.n_samples, features.n_tnf))
        for what, ours, theirs in (
            ("samples", self.sample_names, features.sample_names),
            ("TNF features", self.tnf_names, features.tnf_names),
        ):
            if not {ours, theirs} & {numbered_names(what, len(ours))} and ours != theirs:
                one, other = next(pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1])
                raise ValueError(f"the model is for other {what}, or in another order: {one}, where {other} was given")


class Saved(nn.Module):
    """A network that writes itself to a file and comes back from it.

    Attributes:
        kind: what the file says it holds.
        about: what the network is for.
    """

    kind: ClassVar[str]

    def __init__(self, about: About) -> None:
        super().__init__()
        self.about = about

    def save(self, file: File) -> None:
        """Write what the model is for, its configuration, its scaling and weights, and vambx's version."""
        about = {
            "kind": self.kind,
            "vambx": vambx.__version__,
            "n_samples": self.about.n_samples,
            "sample_names": self.about.sample_names,
            "tnf_names": self.about.tnf_names,
            "config": self.about.config.to_table(),
        }
        # As JSON, since pickle's bytes depend on which of the strings happen to be one object.
        content = {
            "about": json.dumps(about),
            "state": {name: value.cpu() for name, value in self.state_dict().items()},
        }
        if isinstance(file, str | os.PathLike):
            Path(file).write_bytes(dumped(content))
        else:
            file.write(dumped(content))

    @classmethod
    def load(cls, file: File, cuda: bool = False, evaluate: bool = True) -> Self:
        """Read a model that `save` wrote, on this or another kind of device.

        Args:
            file: path or open binary file.
            cuda: put it on the GPU.
            evaluate: in evaluation mode (no noise, no dropout); otherwise in training mode.

        Raises:
            InputError: the file is no model of this kind.
        """
        name = file if isinstance(file, str | os.PathLike) else "the file"
        try:
            saved: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
            about = json.loads(saved["about"])
            if about["kind"] != cls.kind:
                kinds = f"of kind {about['kind']}, not {cls.kind}"
                raise InputError(f"{name}: holds a model {kinds}; load it by the class of its kind")
            config = EncoderConfig.from_table(about["config"])
            with own_random_state(config.seed):  # weights are drawn, to be replaced at once
                model = cls(About(tuple(about["sample_names"]), tuple(about["tnf_names"]), config))
            model.load_state_dict(saved["state"])
        except InputError:
            raise
        except (OSError, RuntimeError, LookupError, TypeError, ValueError, EOFError, UnpicklingError, VambxError) as e:
            raise InputError(f"{name}: is no model of vambx ({type(e).__name__}); train one") from e
        model.train(not evaluate)
        return model.cuda() if cuda else model


def dumped(content: Mapping[str, Any]) -> memoryview:
    """What `torch.save` would write, in memory: it tells of a full disk in riddles."""
    whole = io.BytesIO()
    torch.save(dict(content), whole)
    return whole.getbuffer()
