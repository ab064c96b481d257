"""Whatever happens in whatever order, the rules hold: random schedules against the real handler.

FAULTS_EXAMPLES is how many schedules are played, FAULTS_SEED where they begin. Nothing else is
left to chance: the same numbers play the same schedules, in whichever process.
"""

from __future__ import annotations

import functools
import os
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from faults.schedules.rules import Schedule
from faults.schedules.world import World
from simulator.account import PartnerAccount

EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "40"))
SEED = int(os.environ.get("FAULTS_SEED", "2026"))
SHARDS = 8
"""Each plays its own schedules, so that they can be shared out among processes."""

STEPS = 6
SHRINKING_SECONDS = 60


@pytest.fixture(scope="module")
def world(box: PartnerAccount) -> World:
    box.reset()
    return World(box)


@pytest.mark.parametrize("start", range(SEED, SEED + SHARDS))
def test_the_rules_hold_in_every_schedule(world: World, start: int) -> None:
    """Nothing is lost, told twice or told too late, whatever fails and whenever a run starts."""
    play: Any = seed(start)(functools.partial(Schedule, world))
    engine = "hypothesis.internal.conjecture.engine"
    with mock.patch(f"{engine}.MAX_SHRINKING_SECONDS", SHRINKING_SECONDS):
        run_state_machine_as_test(
            play,
            settings=settings(
                max_examples=-(-EXAMPLES // SHARDS),
                stateful_step_count=STEPS,
                database=None,
                report_multiple_bugs=False,
                deadline=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )
