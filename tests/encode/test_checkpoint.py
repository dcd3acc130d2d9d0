"""A training that was interrupted goes on to the very same model."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from vambx.encode import DAE, VAE, Features, checkpoint
from vambx.encode.checkpoint import Checkpoint
from vambx.errors import OutputError

from .simple import QUICK, features, with_halves

OFTEN = replace(QUICK, epochs=12, validation=0.2, kld_warmup=3, checkpoint_epochs=1)


class StoppedError(Exception):
    """The end of a training, from outside."""


def interrupted(data, config, path, after, kind=VAE):
    """A training that ends, with its state kept, after an epoch."""

    def stop(epoch):
        if epoch.number == after:
            raise StoppedError

    with pytest.raises(StoppedError):
        kind.of(data, config).fit(data, on_epoch=stop, checkpoint=path)


def trained(data, config, path=None, kind=VAE, told=None):
    on_epoch = (lambda epoch: None) if told is None else told.append
    return kind.of(data, config).fit(data, on_epoch=on_epoch, checkpoint=path)


def assert_equal(one, other):
    ours, theirs = one.state_dict(), other.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert one.history == other.history


@pytest.mark.parametrize("kind", [VAE, DAE])
@pytest.mark.parametrize("settings", [{}, {"optimizer": "nesterov", "learning_rate": 0.01}, {"validation": 0.0}])
@pytest.mark.parametrize("after", [1, 7, 12])
def test_it_goes_on_to_the_same_model(tmp_path, kind, settings, after):
    data, config, path = features(), replace(OFTEN, **settings), tmp_path / "checkpoint.pt"
    interrupted(data, config, path, after, kind)
    told = []
    assert_equal(trained(data, config, path, kind, told), trained(data, config, kind=kind))
    assert [epoch.number for epoch in told] == list(range(1, 13))


def test_with_contrast_it_goes_on_to_the_same_model(tmp_path):
    data, path = with_halves()[0], tmp_path / "checkpoint.pt"
    interrupted(data, OFTEN, path, after=7)
    assert_equal(trained(data, OFTEN, path), trained(data, OFTEN))


def test_the_state_of_other_halves_is_not_used(tmp_path, caplog):
    data, path = with_halves()[0], tmp_path / "checkpoint.pt"
    interrupted(data, OFTEN, path, after=7)
    with caplog.at_level(logging.INFO, "vambx"):
        trained(replace(data, fronts=data.tnfs - data.fronts), OFTEN, path)
    assert caplog.messages == [f"{path}: is of another training (input, settings, threads or device); begun anew"]


def test_epochs_that_were_done_are_not_done_again(tmp_path, caplog, monkeypatch):
    data, path = features(), tmp_path / "checkpoint.pt"
    interrupted(data, OFTEN, path, after=9)
    batches = []
    draw = VAE.draw
    monkeypatch.setattr(VAE, "draw", lambda self, inputs: batches.append(inputs) or draw(self, inputs))
    with caplog.at_level(logging.INFO, "vambx"):
        trained(data, OFTEN, path)
    assert len(batches) == 3 * (96 // 24)
    assert caplog.messages == [f"Training goes on after epoch 9, from {path}"]


def test_a_training_worn_out_stays_so(tmp_path):
    config = replace(OFTEN, epochs=200, learning_rate=0.05, schedule="constant", patience=2)
    data, path = features(), tmp_path / "checkpoint.pt"
    whole = trained(data, config, path)
    assert len(whole.history.epochs) < 200
    assert_equal(trained(data, config, path), whole)


def test_in_blocks_it_goes_on_to_the_same_model(tmp_path):
    data, config = features(per_group=1000), replace(OFTEN, epochs=4, block_memory=1)
    path = tmp_path / "checkpoint.pt"
    interrupted(data, config, path, after=2)
    assert_equal(trained(data, config, path), trained(data, config))


def test_a_warm_start_goes_on_from_its_own_checkpoint_alone(tmp_path):
    data, path = features(), tmp_path / "checkpoint.pt"
    first, second = (trained(data, replace(OFTEN, seed=seed)) for seed in (1, 2))
    config = first.about.config
    for model in (first, second):
        model.about = first.about
        model.save(tmp_path / f"{id(model)}.pt")

    def warm(model, **how):
        return VAE.load(tmp_path / f"{id(model)}.pt").fit(data, warm_start=True, **how)

    def stop(epoch):
        if epoch.number == 5:
            raise StoppedError

    with pytest.raises(StoppedError):
        warm(first, on_epoch=stop, checkpoint=path)
    assert config.checkpoint_epochs == 1
    told = []
    assert_equal(warm(second, on_epoch=told.append, checkpoint=path), warm(second))
    path.unlink()
    with pytest.raises(StoppedError):
        warm(first, on_epoch=stop, checkpoint=path)
    assert_equal(warm(first, checkpoint=path), warm(first))


@pytest.mark.parametrize("other", ["seed", "features", "weights", "threads", "version"])
def test_the_state_of_another_training_is_not_used(tmp_path, caplog, monkeypatch, other):
    data, config, weights, path = features(), OFTEN, None, tmp_path / "checkpoint.pt"
    interrupted(data, config, path, after=5)
    if other == "seed":
        config = replace(config, seed=2)
    elif other == "features":
        rpkms = data.rpkms.copy()
        rpkms[3, 1] *= 1.5
        data = Features(rpkms, data.tnfs)
    elif other == "weights":
        weights = np.linspace(0.5, 1.5, len(data), dtype=np.float32)
    elif other == "threads":
        monkeypatch.setattr(torch, "get_num_threads", lambda: 64)
    else:
        monkeypatch.setattr(checkpoint.vambx, "__version__", "0.0.0")
    told = []
    with caplog.at_level(logging.INFO, "vambx"):
        VAE.of(data, config).fit(data, weights, told.append, path)
    assert caplog.messages == [f"{path}: is of another training (input, settings, threads or device); begun anew"]
    assert len(told) == 12


@pytest.mark.parametrize("content", [b"", b"no state", b"PK\x03\x04 broken"])
def test_what_is_no_checkpoint_is_told_and_not_used(tmp_path, caplog, content):
    data, path = features(), tmp_path / "checkpoint.pt"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING, "vambx"):
        model = trained(data, OFTEN, path)
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"{path}: is no checkpoint (")
    assert caplog.messages[0].endswith("); begun anew")
    assert_equal(model, trained(data, OFTEN))


def test_how_often_the_state_is_kept_may_change(tmp_path):
    data, path = features(), tmp_path / "checkpoint.pt"
    interrupted(data, OFTEN, path, after=5)
    state = Checkpoint(path, data, {}, OFTEN)
    assert state.read() is None  # made of other settings
    seldom = replace(OFTEN, checkpoint_epochs=None, checkpoint_minutes=60.0)
    assert_equal(trained(data, seldom, path), trained(data, OFTEN))


def test_the_state_is_kept_after_epochs_or_minutes(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now[0])
    made = Checkpoint(tmp_path / "c.pt", features(), {}, replace(QUICK, checkpoint_epochs=4, checkpoint_minutes=2.0))
    assert [epoch for epoch in range(1, 13) if made.is_due(epoch)] == [4, 8, 12]
    now[0] += 119
    assert not made.is_due(1)
    now[0] += 1
    assert made.is_due(1)
    made.write({})
    assert not made.is_due(1)
    by_time = Checkpoint(tmp_path / "c.pt", features(), {}, QUICK)
    assert not any(by_time.is_due(epoch) for epoch in range(1, 100))


def test_a_full_disk_is_told_and_leaves_the_state_kept_before(tmp_path):
    made = Checkpoint(tmp_path / "c.pt", features(), {}, QUICK)
    made.write({"a": 1})
    (tmp_path / "c.pt.partial").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"c\.pt: cannot be written \(No space left on device\)"):
        made.write({"a": 2})
    assert made.read() == {"a": 1}


def test_a_pickle_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    torch.save({"made_of": Evil(), "state": {}}, tmp_path / "c.pt")
    assert Checkpoint(tmp_path / "c.pt", features(), {}, QUICK).read() is None
    assert not (tmp_path / "owned").exists()
