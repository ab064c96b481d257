"""A small deployment in memory, and runs of it that faults strike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from proof.schedules import TICK, Armed
from proof.story import READER, Deployed, Run
from proof.world.world import World


def connected(**chosen: Any) -> World:
    """Return a deployment with one reader, whose channels have said hello."""
    world = World(Deployed(**chosen))
    world.topic.subscribe(READER)
    world.tick()
    return world


def struck(world: World, *armed: Armed, after: timedelta = TICK) -> Run:
    """Run once while these faults are armed."""
    world.strike = lambda effect: next((one.fault for one in armed if one.meets(effect)), None)
    (told,) = world.tick(after)
    world.strike = lambda _effect: None
    return told


def kinds(told: Run, channel: str) -> list[str]:
    return [said.kind for heard in told.heard if heard.channel == channel for said in heard.said]
