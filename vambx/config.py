"""Every parameter of a run, with its unit and its one default.

A configuration is made once, at the edge, checked there, and never changed. The command line builds its options
from these fields, a TOML file may set them, and `run.json` records them.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from numbers import Integral, Real
from types import UnionType
from typing import Any, Self, get_args, get_origin

from vambx.errors import InputError, UsageError

DEVICES = ("auto", "cpu", "cuda")
ENCODERS = ("vae", "dae", "pca")
OPTIMIZERS = ("adam", "sgd", "nesterov")
PRECISIONS = ("auto", "float32", "bfloat16")
SCHEDULES = ("one-cycle", "constant")
_CHOICES = {
    "device": DEVICES,
    "encoder": ENCODERS,
    "optimizer": OPTIMIZERS,
    "precision": PRECISIONS,
}


def option(default: Any, text: str, unit: str = "", **extra: Any) -> Any:
    """A field with what `--help` says of it; `unit` is shown as the option's value."""
    return field(default=default, metadata={"help": text, "unit": unit, **extra})


class BaseConfig:
    """What every configuration can do: be checked, written as a table, and read back."""

    def require(self, name: str, ok: bool, must: str) -> None:
        """Raise a UsageError that names the option unless its value is `ok`."""
        if not ok:
            raise UsageError(f"--{name.replace('_', '-')} must be {must}, not {getattr(self, name)}")

    def to_table(self) -> dict[str, Any]:
        """The fields as a plain dict of numbers, strings and lists."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}  # type: ignore[call-overload]

    def settings(self, *names: str) -> dict[str, Any]:
        """Some of the fields, as `to_table` writes them."""
        table = self.to_table()
        return {name: table[name] for name in names}

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        """The configuration that `to_table` wrote; unknown keys are an error, missing ones keep their default.

        Raises:
            UsageError: a key that is no field, or a value out of range or of another kind.
        """
        kinds: dict[str, Any] = {f.name: f.type for f in fields(cls)}  # type: ignore[arg-type]
        title = next((title for title, kind in TABLES.items() if kind is cls), cls.__name__)
        if unknown := sorted(set(table) - set(kinds)):
            raise UsageError(f"[{title}] has no setting {unknown[0]!r}; it has {', '.join(sorted(kinds))}")
        for name, value in table.items():
            if not _is_of(kinds[name], value):
                raise UsageError(f"[{title}] {name} {_must(kinds[name])}, not {value!r}")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})


def _plain(kind: Any) -> tuple[Any, ...]:
    """The abstract kinds that a field's type stands for: numpy's numbers are numbers, too."""
    each = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    return tuple({int: Integral, float: Real}.get(one, one) for one in each)


def _is_of(kind: Any, value: Any) -> bool:
    if get_origin(kind) is tuple:
        return isinstance(value, list | tuple) and all(_is_of(get_args(kind)[0], each) for each in value)
    return isinstance(value, _plain(kind)) and (bool in _plain(kind) or not isinstance(value, bool))


def _must(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "must be a list of whole numbers"
    first = _plain(kind)[0]
    if first is bool:
        return "must be true or false"
    if first is str:
        return "must be a text in quotes"
    return "must be a whole number" if first is Integral else "must be a number"


@dataclass(frozen=True, kw_only=True)
class FeatureConfig(BaseConfig):
    """Which contigs are taken, and which reads count for their depth."""

    min_length: int = option(2000, "train on, cluster and choose contigs of at least this length", "BP")
    recruit_length: int = option(
        500, "contigs shorter than --min-length, but not than this, join the bin that they are most like", "BP"
    )
    min_identity: float = option(
        0.0, "count a read only if it matches the contig at this identity or better, from 0 to 1", "SHARE"
    )

    def __post_init__(self) -> None:
        self.require("min_length", self.min_length >= 250, "at least 250 bp")
        self.require("recruit_length", self.recruit_length >= 250, "at least 250 bp")
        self.require("min_identity", 0 <= self.min_identity < 1, "from 0 to below 1 (0.97, not 97)")


@dataclass(frozen=True, kw_only=True)
class EncoderConfig(BaseConfig):
    """The encoder, its loss and its training (design: `vambx.encode`)."""

    encoder: str = option(
        "vae",
        "what makes the latent vectors: a variational autoencoder, or, to compare, a denoising one, or PCA",
        choices=ENCODERS,
    )
    n_latent: int = option(32, "size of the latent vector", "N")
    n_hidden: tuple[int, ...] = option((512, 512), "size of each hidden layer", "N")
    capacity: float = option(50.0, "how much may be learnt: the KL term's weight is 1/capacity", "X")
    mse_ratio: float | None = option(
        None, "share of the composition in the loss, from 0 to 1; unset: 0.5 with one sample, 0.15 with more", "SHARE"
    )
    contrast: float | None = option(
        None,
        "what it counts in the loss that halves of a contig lie together; unset: 0.5 with one sample, 0 with more",
        "X",
    )
    dropout: float = option(0.2, "share of hidden units dropped in training", "SHARE")
    epochs: int | None = option(
        None, "times every contig is seen in training; unset: 30, and more where contigs are few", "N"
    )
    batch_size: int = option(256, "contigs in a training step", "N")
    learning_rate: float | None = option(
        None, "peak of the learning rate; unset: 0.002 with adam, 0.005 with sgd and nesterov", "X"
    )
    schedule: str | None = option(
        None,
        "the learning rate rises and falls once over the whole training, or stays; unset: one-cycle, with --patience "
        "constant",
        choices=SCHEDULES,
    )
    optimizer: str = option("adam", "how the weights change; the others have a momentum of 0.9", choices=OPTIMIZERS)
    kld_warmup: int = option(0, "epochs in which the KL term's weight rises from 0, a step an epoch", "N")
    noise: float = option(0.1, "share of the inputs hidden in training, with --encoder dae", "SHARE")
    validation: float = option(
        0.0, "share of the contigs held out of training, by which it is judged; 16,384 contigs at most", "SHARE"
    )
    patience: int | None = option(
        None, "end training after so many epochs in which the contigs held out did no better; unset: never", "N"
    )
    compare: bool = option(
        False,
        "train the other encoders too, and write what each loses of the contigs held out to encoders.tsv",
        flag="--compare",
    )
    seed: int = option(1, "seed of all random numbers", "N")
    device: str = option("auto", "where to train; auto: CUDA where there is one", choices=DEVICES)
    precision: str = option(
        "auto",
        "of the hidden layers' products in training; auto: bfloat16 where the processor multiplies it",
        choices=PRECISIONS,
    )
    block_memory: int = option(
        2000,
        "features held in memory at a time in training; of more, blocks of contigs are drawn at random",
        "MB",
    )
    checkpoint_minutes: float = option(5.0, "keep the state of the training so often, for --resume", "MIN")
    checkpoint_epochs: int | None = option(None, "keep it after so many epochs too; unset: by time alone", "N")

    def __post_init__(self) -> None:
        self.require("n_latent", self.n_latent >= 1, "at least 1")
        self.require("n_hidden", bool(self.n_hidden) and min(self.n_hidden) >= 1, "one or more sizes of at least 1")
        self.require("capacity", self.capacity > 0, "above 0")
        self.require("mse_ratio", self.mse_ratio is None or 0 < self.mse_ratio < 1, "between 0 and 1")
        self.require("contrast", self.contrast is None or self.contrast >= 0, "at least 0")
        self.require("dropout", 0 <= self.dropout < 1, "from 0 to below 1")
        self.require("epochs", self.epochs is None or self.epochs >= 1, "at least 1")
        self.require("batch_size", self.batch_size >= 2, "at least 2")
        self.require("learning_rate", self.learning_rate is None or self.learning_rate > 0, "above 0")
        self.require("seed", 0 <= self.seed < 2**63, "from 0 to 2^63 - 1")
        self.require("schedule", self.schedule in (None, *SCHEDULES), " or ".join(SCHEDULES))
        for name, choices in _CHOICES.items():
            self.require(name, getattr(self, name) in choices, f"{', '.join(choices[:-1])} or {choices[-1]}")
        self.require("kld_warmup", self.kld_warmup >= 0, "at least 0")
        self.require("noise", 0 <= self.noise < 1, "from 0 to below 1")
        self.require("validation", 0 <= self.validation <= 0.5, "from 0 to 0.5")
        self.require("patience", self.patience is None or self.patience >= 1, "at least 1")
        if self.patience is not None and not self.validation:
            raise UsageError("--patience needs contigs held out to judge by; give --validation 0.05, say")
        if self.compare and not self.validation:
            raise UsageError("--compare needs contigs held out to judge by; give --validation 0.05, say")
        self.require("block_memory", self.block_memory >= 1, "at least 1 MB")
        self.require("checkpoint_minutes", self.checkpoint_minutes > 0, "above 0")
        self.require("checkpoint_epochs", self.checkpoint_epochs is None or self.checkpoint_epochs >= 1, "at least 1")

    @property
    def peak_learning_rate(self) -> float:
        """As it was given, or what suits the optimizer."""
        return self.learning_rate or (2e-3 if self.optimizer == "adam" else 5e-3)

    @property
    def is_one_cycle(self) -> bool:
        """Whether the learning rate falls towards the end, which a training that may end early does not know."""
        return (self.schedule or ("one-cycle" if self.patience is None else "constant")) == "one-cycle"

    @property
    def result_settings(self) -> dict[str, Any]:
        """As `to_table`, without the fields that the model does not depend on."""
        return {k: v for k, v in self.to_table().items() if not k.startswith("checkpoint_")}

    def mse_ratio_for(self, n_samples: int) -> float:
        """The share of the composition in the loss: with one sample the depth says less."""
        if self.mse_ratio is not None:
            return self.mse_ratio
        return 0.5 if n_samples == 1 else 0.15

    def contrast_for(self, n_samples: int, has_halves: bool) -> float:
        """The weight of the contrast: with one sample the depth says less, and so the halves of contigs are to.

        Args:
            n_samples: how many there are.
            has_halves: whether the halves of the contigs are known, without which there is none by default.
        """
        if self.contrast is not None:
            return self.contrast
        return 0.5 if n_samples == 1 and has_halves else 0.0


@dataclass(frozen=True, kw_only=True)
class MarkerConfig(BaseConfig):
    """Which marker genes are looked for, if any (`vambx.markers`)."""

    skip: bool = option(False, "go without marker genes", flag="--no-markers")
    hmms: str | None = option(
        None, "HMMER3 profiles of single-copy genes; unset: the universal ones that come with fetchmgs", "FILE"
    )
    cutoffs: str | None = option(
        None, "table of profile and bits from which on a hit counts; unset: the profiles' own GA, TC or NC", "FILE"
    )

    def __post_init__(self) -> None:
        if self.skip and (self.hmms, self.cutoffs) != (None, None):
            raise UsageError("--no-markers goes without marker genes, so leave out --hmms and --cutoffs")


@dataclass(frozen=True, kw_only=True)
class BinConfig(BaseConfig):
    """How clusters become bins."""

    separator: str | None = option(
        None, "what stands between sample and contig in a contig's name; unset: found from the names; '': none", "TEXT"
    )
    min_bin_size: int = option(200_000, "write no bin smaller than this", "BP")
    choice: str = option(
        "auto",
        "how genomes are chosen; auto: from trees, by marker genes if there are any; clusters: the clusters themselves",
        choices=("auto", "clusters"),
    )

    scope: str = option(
        "all",
        "whose contigs are clustered, and genomes told apart, together; all: those of all samples, which finds more, "
        "above all without markers; sample: each sample's by themselves, which can be spread over machines",
        choices=("all", "sample"),
    )

    def __post_init__(self) -> None:
        self.require("scope", self.scope in ("all", "sample"), "all or sample")
        self.require("choice", self.choice in ("auto", "clusters"), "auto or clusters")
        self.require("min_bin_size", self.min_bin_size >= 0, "at least 0 bp")


@dataclass(frozen=True, kw_only=True)
class ReportConfig(BaseConfig):
    """What is made to look at, beside the results."""

    omit: bool = option(False, "make no report.html now; vambx report makes it at any time", flag="--no-report")


TABLES: dict[str, type[BaseConfig]] = {
    "features": FeatureConfig,
    "markers": MarkerConfig,
    "encoder": EncoderConfig,
    "bins": BinConfig,
    "report": ReportConfig,
}
"""The fields of `RunConfig`, as a file of settings names them."""


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All settings of one run."""

    features: FeatureConfig = field(default_factory=FeatureConfig)
    markers: MarkerConfig = field(default_factory=MarkerConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    bins: BinConfig = field(default_factory=BinConfig)
    report: ReportConfig = field(default_factory=ReportConfig)

    @classmethod
    def from_tables(cls, tables: Mapping[str, Mapping[str, Any]]) -> Self:
        """The configuration of tables named as the fields; unknown tables and keys are an error.

        Raises:
            UsageError: a table or key that is none of ours, or a value that cannot be.
        """
        if unknown := sorted(set(tables) - set(TABLES)):
            raise UsageError(f"settings have no table [{unknown[0]}]; they have [{'], ['.join(TABLES)}]")
        settings: dict[str, Any] = {name: TABLES[name].from_table(table) for name, table in tables.items()}
        return cls(**settings)


def read_tables(path: str | os.PathLike[str]) -> dict[str, dict[str, Any]]:
    """Read the tables of a TOML file of settings.

    Raises:
        InputError: the file is missing or no TOML, or holds something outside a table.
    """
    try:
        with open(path, "rb") as handle:
            tables = tomllib.load(handle)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a TOML file of settings") from error
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply; write settings as: [encoder] epochs = 30") from None
    except ValueError as error:  # a TOMLDecodeError is one, and what Python says of a number of 5,000 digits
        raise InputError(f"{path}: is no TOML file ({error}); write settings as: [encoder] epochs = 30") from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise InputError(f"{path}: {name} stands outside a table; write settings as: [encoder] epochs = 30")
    return tables
