"""Small scenarios in which every effect fails in every way, alone and in pairs.

Each is prepared without a fault; then come one to three runs in which faults may strike, and some
in which all is healed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from itertools import product

from proof.judge.judge import Judge
from proof.story import DAY, HOUR, MINUTE, Deployed, Way
from proof.world.effects import Effect, Fault, How
from proof.world.world import World

TICK = 5 * MINUTE
READER = "sales@partner.example"
LEADS = "C0LEADS"

KILLED = (Fault(How.KILLED_BEFORE), Fault(How.KILLED_AFTER))
NO = Fault(How.REFUSED, "later")
DOUBT = (Fault(How.VANISHED), Fault(How.LOST))
REFUSED = tuple(Fault(How.REFUSED, word) for word in ("later", "message", "sender"))
HURRIED = Fault(How.OUT_OF_TIME)

FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "ledger": (NO, Fault(How.LOST), HURRIED, *KILLED),
    "inbox.list": (NO, Fault(How.WRONG), HURRIED, *KILLED),
    "inbox.search": (NO, Fault(How.REFUSED, "stale token"), KILLED[0]),
    "inbox.details": (NO, Fault(How.WRONG), KILLED[0]),
    "sns.listeners": (NO, KILLED[0]),
    "sns.publish": (*REFUSED, *DOUBT, HURRIED, *KILLED),
    "slack.secret": (NO, KILLED[0]),
    "slack.post": (*REFUSED, Fault(How.REFUSED, "place"), *DOUBT, HURRIED, *KILLED),
    "slack.update": (*REFUSED, Fault(How.REFUSED, "gone"), *DOUBT, *KILLED),
}
"""How each kind of effect can fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is so before the runs in which faults strike, and how long after each other they come.

    Faults strike in pairs, unless there are more than two runs.
    """

    prepare: Callable[[World], None]
    pauses: tuple[timedelta, ...] = (TICK, TICK)
    deployed: Deployed = field(default_factory=Deployed)

    @property
    def pairs(self) -> bool:
        return len(self.pauses) < 3


Strikes = Mapping[tuple[int, int], Fault]
"""Faults by run, counted from the first that may be struck, and by effect."""


@dataclass(slots=True)
class Played:
    """One case: the effects of the runs that may be struck, by run and number, and all runs."""

    effects: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    runs: int = 0


def play(scenario: Scenario, strikes: Strikes) -> Played:
    """Play a scenario with these faults, heal all, and run until nothing is due."""
    world, judge = _prepared(scenario)
    played, first = Played(), world.runs

    def strike(effect: Effect) -> Fault | None:
        at = (effect.run - first, effect.nth)
        played.effects.append((at, effect.name))
        return strikes.get(at)

    world.strike = strike
    for pause in scenario.pauses:
        world.tick(pause)
    world.strike = lambda _effect: None
    _heal(world, judge)
    played.runs = world.runs
    return played


def _prepared(scenario: Scenario) -> tuple[World, Judge]:
    world, judge = World(scenario.deployed), Judge()
    world.after = judge.after
    world.table.size = 2
    world.topic.subscribe(READER)
    scenario.prepare(world)
    return world, judge


def _heal(world: World, judge: Judge) -> None:
    """Let nothing fail any more, run until nothing is due, and judge what is left."""
    for pause in (TICK, 61 * MINUTE, TICK):
        world.tick(pause)
    judge.end(world.scene(), world.now)


def singles(scenario: Scenario) -> Iterator[Strikes]:
    """Yield every fault at every effect."""
    yield from _more(scenario, {})


def cases(scenario: Scenario) -> Iterator[Strikes]:
    """Yield every fault at every effect, each followed by every fault at every later effect."""
    for alone in singles(scenario):
        yield alone
        if scenario.pairs:
            yield from _more(scenario, alone)


def _more(scenario: Scenario, strikes: Strikes) -> Iterator[Strikes]:
    """Yield the same faults with one more, at each effect that comes after them."""
    last = max(strikes, default=(0, -1))
    for at, name in play(scenario, strikes).effects:
        if at > last:
            yield from ({**strikes, at: fault} for fault in faults_of(name))


def faults_of(name: str) -> tuple[Fault, ...]:
    return FAULTS.get(name) or FAULTS[name.partition(".")[0]]


def _nothing(_world: World) -> None:
    """Nothing was ever said, and the inbox is empty."""


def _first(world: World) -> None:
    world.invite("engi-1", expires_in=5 * DAY)


def _greeted(world: World) -> None:
    world.tick()


def _new(world: World) -> None:
    world.tick()
    world.invite("engi-1", expires_in=5 * DAY)


def _many(world: World) -> None:
    world.tick()
    for number in range(3):
        world.invite(f"engi-{number}", expires_in=(5 - number) * DAY)


def _stage(world: World) -> None:
    world.invite("engi-1", expires_in=72 * HOUR + TICK)
    world.tick()


def _last_stage(world: World) -> None:
    world.invite("engi-1", expires_in=4 * HOUR + TICK)
    world.tick()


def _accepted(world: World) -> None:
    truth = world.invite("engi-1", expires_in=5 * DAY)
    world.tick()
    truth.answered = (world.now, "ACCEPTED")


def _expired(world: World) -> None:
    world.invite("engi-1", expires_in=TICK)
    world.tick()


def _moved(world: World) -> None:
    truth = world.invite("engi-1", expires_in=5 * DAY)
    world.tick()
    truth.deadlines.append((world.now, world.now + 2 * DAY))


def _hidden(world: World) -> None:
    """Let one leave the list that is pending all the same, and come to a stage sooner."""
    truth = world.invite("engi-1", expires_in=10 * DAY)
    world.tick()
    truth.place = "hidden"
    truth.deadlines.append((world.now, world.now + 3 * DAY + TICK))


def _reopened(world: World) -> None:
    truth = world.invite("engi-1", expires_in=TICK)
    world.tick()
    world.tick(TICK)
    truth.deadlines.append((world.now, world.now + 5 * DAY))


def _gap(world: World) -> None:
    world.tick()
    world.invite("engi-1", expires_in=HOUR)
    world.now += DAY


def _routed(world: World) -> None:
    world.tick()
    for number in (1, 2):
        world.invite(f"engi-{number}", expires_in=5 * DAY, payload_type="LeadInvitation")
    world.invite("engi-3", expires_in=5 * DAY, country="DE")


def _archived(world: World) -> None:
    world.tick()
    world.slack.place(LEADS).is_archived = True
    world.invite("engi-1", expires_in=5 * DAY, payload_type="LeadInvitation")
    world.tick()
    world.now += HOUR


def _deleted(world: World) -> None:
    world.invite("engi-1", expires_in=72 * HOUR + TICK)
    world.tick()
    world.slack.shown.clear()


def _silent(world: World) -> None:
    """Nobody hears Slack for an hour."""
    world.slack.way = ""
    world.tick()
    world.invite("engi-1", expires_in=5 * DAY)
    world.tick()
    world.now += HOUR


def _standing(world: World) -> None:
    world.now -= HOUR
    world.invite("engi-1", expires_in=5 * DAY, payload_type="LeadInvitation")
    world.tick()
    world.now += HOUR


_ROUTES = Deployed(
    routes=(
        Way(name="leads", payload_type="LeadInvitation", place=LEADS),
        Way(name="dach", country="DE", place="C0DACH"),
    )
)
_ESCALATES = Deployed(mention="S0SALES", escalate_hours=4)
_DIGESTS = replace(_ROUTES, digest_at=time(9, 0))

SCENARIOS = {
    "hello": Scenario(prepare=_nothing),
    "first": Scenario(prepare=_first),
    "quiet": Scenario(prepare=_greeted),
    "new": Scenario(prepare=_new),
    "soon": Scenario(prepare=_new, pauses=(TICK, MINUTE)),
    "many": Scenario(prepare=_many, deployed=Deployed(digest_above=1)),
    "stage": Scenario(prepare=_stage),
    "last": Scenario(prepare=_last_stage, deployed=_ESCALATES),
    "accepted": Scenario(prepare=_accepted),
    "expired": Scenario(prepare=_expired),
    "moved": Scenario(prepare=_moved),
    "hidden": Scenario(prepare=_hidden),
    "reopened": Scenario(prepare=_reopened),
    "gap": Scenario(prepare=_gap),
    "routed": Scenario(prepare=_routed, deployed=_ROUTES),
    "archived": Scenario(prepare=_archived, deployed=_ROUTES),
    "deleted": Scenario(prepare=_deleted),
    "silent": Scenario(prepare=_silent),
    "stands": Scenario(prepare=_standing, deployed=_DIGESTS),
    "life": Scenario(prepare=_new, pauses=(TICK, 2 * DAY, 3 * DAY)),
}


OVERLAPPING = ("hello", "new", "last", "accepted")
"""Scenarios that are worth playing twice at once."""


def overlaps(scenario: Scenario) -> Iterator[int]:
    """Play two runs at once that take turns at effects in every way; yield each one's runs.

    The first one gets so far, then the second so far, and so on by turns of one.
    """
    length = len(play(scenario, {}).effects)
    for first, second in product(range(length), repeat=2):
        for event in (False, True):
            world, judge = _prepared(scenario)
            turns = [*[False] * first, *[True] * second, *[False, True] * length]
            world.overlap(turns, event=event)
            _heal(world, judge)
            yield world.runs
