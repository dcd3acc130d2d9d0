"""A run that is killed at any moment goes on to the same bytes; 200 times on larger data: `killing.py` beside this."""

import signal

import pytest
from communities import FAST, inputs
from faults.killing import Killing


def test_killed_in_every_stage_a_run_goes_on_to_the_same_bytes(community, tmp_path):
    killing = Killing([*map(str, (*inputs(community), *FAST, "--checkpoint-epochs", "3"))], tmp_path)
    killing.leave_alone()
    assert set(killing.seconds) == {"start", "composition", "abundance", "latent", "clusters", "chosen", "bins"}
    for _ in killing.rounds(6):
        pass
    assert len(killing.kills) >= 4  # some stages are over before they can be killed


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_stopped_in_every_stage_it_ends_in_good_order_too(community, tmp_path, number):
    arguments = [*map(str, (*inputs(community), *FAST, "--checkpoint-epochs", "3"))]
    killing = Killing(arguments, tmp_path, by=number)
    killing.leave_alone()
    for _ in killing.rounds(12):
        pass
    assert len(killing.kills) >= 4
