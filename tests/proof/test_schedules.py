"""Whatever happens in whatever order, the promises hold: random schedules in memory.

SCHEDULES is how many are played, SEED where they begin: the same numbers play the same ones.
"""

from __future__ import annotations

import os

import pytest

from proof.schedules import play_many

COUNT = int(os.environ.get("SCHEDULES", "100"))
SEED = int(os.environ.get("SEED", "2026"))
SHARDS = 4
"""Each plays its own schedules, so that they can be shared out among processes."""


@pytest.mark.parametrize("start", range(SEED, SEED + SHARDS))
def test_the_promises_hold_in_every_schedule(start: int) -> None:
    """Nothing is lost without a word, told twice, too late, or to the wrong people."""
    assert play_many(start, COUNT // SHARDS) >= 30 * COUNT // SHARDS
