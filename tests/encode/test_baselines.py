from dataclasses import replace

import pytest

from vambx.encode import DAE, ENCODERS, VAE, compare_encoders, reconstruction_errors, split_contigs, write_compared

from .simple import QUICK, features

HELD_OUT = replace(QUICK, validation=0.25, epochs=20)


@pytest.mark.parametrize("kind", [VAE, DAE])
def test_each_encoder_is_judged_as_if_trained_alone(kind):
    data = features()
    model = kind.of(data, HELD_OUT).fit(data)
    begun = []
    rows = list(compare_encoders(model, data, on_begin=begun.append))
    assert [row.encoder for row in rows] == [kind.kind, *begun]
    assert {row.encoder for row in rows} == set(ENCODERS)
    held_out = data.take(split_contigs(len(data), 0.25, HELD_OUT.seed)[1])
    for row in rows:
        alone = ENCODERS[row.encoder].of(data, HELD_OUT).fit(data)
        assert (row.depths, row.composition, row.total) == reconstruction_errors(alone, held_out)
        assert row.n_contigs == len(held_out) == 30


def test_a_model_that_has_seen_all_contigs_cannot_be_judged():
    data = features()
    with pytest.raises(ValueError, match="the model has seen all contigs; fit it with validation"):
        next(compare_encoders(VAE.of(data, QUICK).fit(data), data))


def test_with_one_sample_the_depths_have_no_error(tmp_path):
    data = features(n_samples=1)
    model = VAE.of(data, replace(HELD_OUT, epochs=1)).fit(data)
    write_compared(tmp_path / "encoders.tsv", compare_encoders(model, data))
    lines = [line.split("\t") for line in (tmp_path / "encoders.tsv").read_text().splitlines()]
    assert lines[0] == ["encoder", "held_out", "composition_error", "depths_error", "total_error"]
    assert [line[0] for line in lines[1:]] == ["vae", "dae", "pca"]
    assert {line[3] for line in lines[1:]} == {""}
