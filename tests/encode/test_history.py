import csv

import pytest

from vambx.encode import Epoch, History, Losses

FIRST = Epoch(1, 3, 1e-3, 0.0, Losses(1.5, 0.4, 1.25, 0.03, 0.9), Losses(1.25, 0.35, 1.125, 0.02, 0.8))
SECOND = Epoch(2, 3, 2e-3, 0.5, Losses(1.0, 0.3, 0.9, 0.1, 0.5), Losses(0.75, 0.25, 0.8, 0.2, 0.4))
BLIND = Epoch(1, 1, 1e-3, 1.0, Losses(1.5, 0.4, 1.25, 0.03, 0.9), None)


def read(path):
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_every_term_of_every_epoch_is_in_the_table(tmp_path):
    History((FIRST, SECOND), kept=2).write(tmp_path / "history.tsv")
    rows = read(tmp_path / "history.tsv")
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [row["kept"] for row in rows] == ["no", "yes"]
    for row, epoch in zip(rows, (FIRST, SECOND), strict=True):
        assert (float(row["learning_rate"]), float(row["kld_share"])) == (epoch.learning_rate, epoch.kld_share)
        for name in Losses._fields:
            assert float(row[name]) == pytest.approx(getattr(epoch.training, name))
            assert float(row[f"validation_{name}"]) == pytest.approx(getattr(epoch.validation, name))


def test_where_no_contigs_were_held_out_their_columns_are_empty(tmp_path):
    History((BLIND,), kept=1).write(tmp_path / "history.tsv")
    (row,) = read(tmp_path / "history.tsv")
    assert [row[f"validation_{name}"] for name in Losses._fields] == [""] * len(Losses._fields)
    assert row["loss"] == "1.5"


@pytest.mark.parametrize("epoch", [FIRST, BLIND])
def test_a_table_gives_back_its_epoch(epoch):
    assert Epoch.from_table(epoch.to_table()) == epoch


def test_the_line_has_both_losses_of_each_term():
    assert FIRST.line == "1/3 loss 1.5|1.25 CE .4|.35 MSE 1.25|1.12 KLD .03|.02 total .9|.8"
    assert BLIND.line == "1/1 loss 1.5 CE .4 MSE 1.25 KLD .03 total .9"


def test_the_line_leaves_out_what_is_zero():
    alone = Epoch(1, 1, 1e-3, 1.0, Losses(1.5, 0.0, 1.25, 0.03, 0.9, 0.75), None)
    assert alone.line == "1/1 loss 1.5 MSE 1.25 KLD .03 total .9 contrast .75"


def test_the_line_fits_into_80_columns():
    usual = Losses(0.71125, 0.25625, 0.28525, 1.26425, 0.11225)
    assert len(Epoch(300, 300, 1e-3, 1.0, usual, usual).line) < 80
    nothing = Losses(0.0, 0.0, 0.0, 0.0, 0.0)
    assert Epoch(1, 1, 1e-3, 1.0, nothing, None).line == "1/1 loss 0"
