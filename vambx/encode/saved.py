"""Model files: what a model is for, how it was configured, its weights. Nothing in them is run when they are read."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import nn

import vambx
from vambx.config import EncoderConfig
from vambx.encode.features import Features, numbered_names
from vambx.encode.files import File, check_finite, dumped, loaded
from vambx.encode.inputs import require_columns
from vambx.errors import InputError


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
            saved = loaded(file)
            about = json.loads(saved["about"])
            kind = about["kind"]
            model = cls._of(about, saved["state"]) if kind == cls.kind else None
        except MemoryError:
            raise
        except Exception as error:
            raise InputError(f"{name}: is no model of vambx ({type(error).__name__}); train one") from error
        if model is None:
            raise InputError(
                f"{name}: holds a model of kind {kind!r}, not {cls.kind}; load it by the class of its kind"
            )
        model.train(not evaluate)
        return model.cuda() if cuda else model

    @classmethod
    def _of(cls, about: Mapping[str, Any], state: Mapping[str, Any]) -> Self:
        """The model that a file tells of; it has no memory until the weights prove to be there."""
        config = EncoderConfig.from_table(about["config"])
        samples, tnf = (tuple(map(str, about[names])) for names in ("sample_names", "tnf_names"))
        if len(config.n_hidden) > len(state):
            raise ValueError("fewer weights than layers")
        with torch.device("meta"):
            model = cls(About(samples, tnf, config))
        for name, empty in model.state_dict().items():
            value = state[name]
            if (value.dtype, value.shape) != (empty.dtype, empty.shape) or not value.is_contiguous():
                raise ValueError("weights of another size")
        check_finite(state)
        model.load_state_dict(state, assign=True)
        return model
