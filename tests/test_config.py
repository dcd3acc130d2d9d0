import json
import re
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vambx.config import TABLES, BinConfig, EncoderConfig, FeatureConfig, MarkerConfig, ReportConfig, RunConfig
from vambx.errors import UsageError, VambxError

KINDS = [FeatureConfig, MarkerConfig, EncoderConfig, BinConfig]
share = st.floats(0, 1, exclude_min=True, exclude_max=True)
positive = st.floats(0, exclude_min=True, allow_infinity=False)
CONFIGS = st.one_of(
    st.builds(FeatureConfig, min_length=st.integers(250), recruit_length=st.integers(250), min_identity=share),
    st.builds(
        EncoderConfig,
        n_latent=st.integers(1),
        n_hidden=st.lists(st.integers(1), min_size=1).map(tuple),
        capacity=positive,
        mse_ratio=st.none() | share,
        contrast=st.none() | positive,
        dropout=share,
        epochs=st.none() | st.integers(1),
        batch_size=st.integers(2),
        learning_rate=st.none() | positive,
        seed=st.integers(0, 2**63 - 1),
        device=st.sampled_from(["auto", "cpu", "cuda"]),
        precision=st.sampled_from(["auto", "float32", "bfloat16"]),
        encoder=st.sampled_from(["vae", "dae", "pca"]),
        schedule=st.sampled_from([None, "one-cycle", "constant"]),
        optimizer=st.sampled_from(["adam", "sgd", "nesterov"]),
        kld_warmup=st.integers(0),
        noise=share,
        validation=st.floats(0, 0.5, exclude_min=True),
        patience=st.none() | st.integers(1),
        block_memory=st.integers(1),
        checkpoint_minutes=positive,
        checkpoint_epochs=st.none() | st.integers(1),
    ),
    st.builds(MarkerConfig, skip=st.just(False), hmms=st.none() | st.text(), cutoffs=st.none() | st.text()),
    st.builds(MarkerConfig, skip=st.just(True)),
    st.builds(
        BinConfig,
        separator=st.none() | st.text(),
        min_bin_size=st.integers(0),
        choice=st.sampled_from(["auto", "clusters"]),
    ),
)


@given(CONFIGS)
def test_a_table_gives_back_its_configuration_through_json_too(config):
    assert type(config).from_table(json.loads(json.dumps(config.to_table()))) == config


def title_of(kind):
    """The table of a TOML file whose settings these are."""
    return next(title for title, other in TABLES.items() if other is kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_holds_every_field(kind):
    assert list(kind().to_table()) == [field.name for field in fields(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_table_lacks_is_the_default(kind):
    assert kind.from_table({}) == kind()


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_setting_is_refused_with_the_known_ones(kind):
    known = ", ".join(sorted(field.name for field in fields(kind)))
    with pytest.raises(UsageError, match=rf"^\[{title_of(kind)}\] has no setting 'colour'; it has {known}$"):
        kind.from_table({"zebra": 1, "colour": "red"})


@pytest.mark.parametrize(
    ("kind", "name", "bad"),
    [
        (FeatureConfig, "min_length", [249, 0, -1]),
        (FeatureConfig, "recruit_length", [249, 0, -1]),
        (FeatureConfig, "min_identity", [-0.01, 1, 97, float("nan")]),
        (EncoderConfig, "n_latent", [0, -1]),
        (EncoderConfig, "n_hidden", [(), (0,), (64, 0)]),
        (EncoderConfig, "capacity", [0, -1, float("nan")]),
        (EncoderConfig, "mse_ratio", [0, 1, 2, float("nan")]),
        (EncoderConfig, "contrast", [-0.1, float("nan")]),
        (EncoderConfig, "dropout", [-0.1, 1, float("nan")]),
        (EncoderConfig, "epochs", [0, -1]),
        (EncoderConfig, "batch_size", [1, 0]),
        (EncoderConfig, "learning_rate", [0, -1, float("nan")]),
        (EncoderConfig, "seed", [-1, 2**63]),
        (EncoderConfig, "device", ["tpu", ""]),
        (EncoderConfig, "precision", ["float16", ""]),
        (EncoderConfig, "encoder", ["umap", ""]),
        (EncoderConfig, "schedule", ["step", ""]),
        (EncoderConfig, "optimizer", ["lion", ""]),
        (EncoderConfig, "kld_warmup", [-1]),
        (EncoderConfig, "noise", [-0.1, 1, float("nan")]),
        (EncoderConfig, "validation", [-0.1, 0.6, float("nan")]),
        (EncoderConfig, "patience", [0, -1]),
        (EncoderConfig, "block_memory", [0, -1]),
        (EncoderConfig, "checkpoint_minutes", [0, -1, float("nan")]),
        (EncoderConfig, "checkpoint_epochs", [0, -1]),
        (BinConfig, "min_bin_size", [-1]),
        (BinConfig, "choice", ["best", "", "AUTO"]),
    ],
)
def test_a_value_out_of_range_is_refused_by_its_option(kind, name, bad):
    for value in bad:
        with pytest.raises(UsageError, match=rf"^--{name.replace('_', '-')} must be .*, not ") as caught:
            kind(**{name: value})
        assert str(caught.value).endswith(f", not {value}")
        with pytest.raises(UsageError):
            kind.from_table({name: value})


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (FeatureConfig, {"min_length": 250, "recruit_length": 250, "min_identity": 0}),
        (EncoderConfig, {"n_latent": 1, "n_hidden": [1], "epochs": 1, "batch_size": 2, "dropout": 0, "seed": 0}),
        (EncoderConfig, {"seed": 2**63 - 1, "mse_ratio": 0.999}),
        (BinConfig, {"min_bin_size": 0, "separator": ""}),
    ],
)
def test_values_at_the_edge_are_taken(kind, table):
    assert kind.from_table(table).to_table() == kind().to_table() | table


@pytest.mark.parametrize(
    ("kind", "name", "value", "must"),
    [
        (MarkerConfig, "skip", "yes", "true or false, not 'yes'"),
        (MarkerConfig, "skip", 1, "true or false, not 1"),
        (MarkerConfig, "hmms", 5, "a text in quotes, not 5"),
        (MarkerConfig, "cutoffs", ["x"], "a text in quotes, not ['x']"),
        (EncoderConfig, "epochs", "many", "a whole number, not 'many'"),
        (EncoderConfig, "epochs", 3.5, "a whole number, not 3.5"),
        (EncoderConfig, "n_latent", True, "a whole number, not True"),
        (EncoderConfig, "learning_rate", "0,001", "a number, not '0,001'"),
        (EncoderConfig, "n_hidden", 64, "a list of whole numbers, not 64"),
        (EncoderConfig, "n_hidden", [64, "x"], "a list of whole numbers, not [64, 'x']"),
        (EncoderConfig, "device", 3, "a text in quotes, not 3"),
        (EncoderConfig, "compare", "yes", "true or false, not 'yes'"),
        (BinConfig, "separator", 3, "a text in quotes, not 3"),
        (ReportConfig, "omit", "no", "true or false, not 'no'"),
    ],
)
def test_a_setting_of_a_wrong_kind_is_refused(kind, name, value, must):
    with pytest.raises(UsageError, match=rf"^\[{title_of(kind)}\] {name} must be {re.escape(must)}$"):
        kind.from_table({name: value})


def test_the_numbers_of_numpy_are_numbers():
    config = EncoderConfig.from_table({"epochs": np.int64(3), "dropout": np.float32(0.5), "n_hidden": (np.int32(8),)})
    assert (config.epochs, config.dropout, config.n_hidden) == (3, 0.5, (8,))


@pytest.mark.parametrize("given", [{"hmms": "x.hmm"}, {"cutoffs": "x.tsv"}])
def test_profiles_for_no_markers_are_refused(given):
    with pytest.raises(UsageError, match=r"^--no-markers goes without .*, so leave out --hmms and --cutoffs$"):
        MarkerConfig(skip=True, **given)


@pytest.mark.parametrize("kind", [*KINDS, RunConfig])
def test_a_configuration_is_never_changed(kind):
    config = kind()
    with pytest.raises(FrozenInstanceError):
        setattr(config, fields(kind)[0].name, None)


@pytest.mark.parametrize(("given_ratio", "n_samples", "ratio"), [(None, 1, 0.5), (None, 2, 0.15), (0.3, 1, 0.3)])
def test_the_share_of_composition_is_larger_where_depth_says_less(given_ratio, n_samples, ratio):
    assert EncoderConfig(mse_ratio=given_ratio).mse_ratio_for(n_samples) == ratio


@pytest.mark.parametrize(
    ("given_weight", "n_samples", "has_halves", "weight"),
    [(None, 1, True, 0.5), (None, 2, True, 0.0), (None, 1, False, 0.0), (0.3, 2, False, 0.3), (0.0, 1, True, 0.0)],
)
def test_halves_count_where_depth_says_less(given_weight, n_samples, has_halves, weight):
    assert EncoderConfig(contrast=given_weight).contrast_for(n_samples, has_halves) == weight


def test_every_field_has_a_help_and_a_unit_or_choices():
    for field in (field for kind in KINDS for field in fields(kind)):
        assert field.metadata["help"]
        assert field.metadata["unit"] or field.metadata.get("choices") or field.metadata["flag"]


def test_wrong_usage_has_an_exit_code_of_its_own():
    assert (VambxError.exit_code, UsageError.exit_code) == (1, 2)


def test_patience_needs_contigs_to_judge_by():
    words = r"^--patience needs contigs held out to judge by; give --validation 0\.05, say$"
    with pytest.raises(UsageError, match=words):
        EncoderConfig(patience=3)


def test_a_comparison_needs_contigs_to_judge_by():
    words = r"^--compare needs contigs held out to judge by; give --validation 0\.05, say$"
    with pytest.raises(UsageError, match=words):
        EncoderConfig(compare=True)


def test_how_often_the_state_is_kept_does_not_change_the_model():
    rare, often = EncoderConfig(), EncoderConfig(checkpoint_minutes=1.0, checkpoint_epochs=2)
    assert rare.result_settings == often.result_settings
    assert rare.result_settings.keys() == rare.to_table().keys() - {"checkpoint_minutes", "checkpoint_epochs"}
