"""Every way in which every effect of a small scenario can fail, one at a time."""

from __future__ import annotations

import pytest

from proof.scenarios import SCENARIOS, overlaps, play, singles


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_promises_hold_whatever_fails(name: str) -> None:
    """`python -m proof` plays every pair of faults as well."""
    scenario = SCENARIOS[name]
    for strikes in singles(scenario):
        play(scenario, strikes)


def test_the_promises_hold_however_two_runs_take_turns() -> None:
    """One of them does the work, whichever comes first at each effect."""
    assert sum(overlaps(SCENARIOS["new"])) > 1000
