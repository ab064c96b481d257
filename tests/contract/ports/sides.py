"""A port's two sides, memory and the adapter: the same is done to both, and the same fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest
from math import inf
from random import Random
from typing import Any, TypeVar

from notifier.core.message import Message
from notifier.core.model import (
    ACCEPTED,
    EXPIRED,
    OPPORTUNITY,
    PENDING,
    REJECTED,
    Alert,
    Card,
    Invitation,
    Kind,
    NotConnected,
)
from notifier.core.ports import (
    Connected,
    Failed,
    Gone,
    LedgerError,
    ListingError,
    LookupFailed,
    NotifierError,
    Sent,
    StaleTokenError,
)
from proof.story import DAY, HOUR
from proof.wire.calls import service_of
from proof.wire.failures import Failure, failures_of
from proof.wire.scenarios import name_of
from proof.world.effects import Effect, Fault, Process
from proof.world.world import START
from simulator.wire import Drop, Wire
from simulator.wire import Fault as WireFault

T = TypeVar("T")

_ENDS = {
    Kind.CLOSED_ACCEPTED: ACCEPTED,
    Kind.CLOSED_REJECTED: REJECTED,
    Kind.CLOSED_EXPIRED: EXPIRED,
}
_ERRORS = (StaleTokenError, ListingError, LookupFailed, LedgerError)


class Sides:
    """Does the same in memory and over the wire, at random, and sees that the same comes of it."""

    def __init__(self, wire: Wire, seed: int) -> None:
        self._wire = wire
        self._fault: Fault | None = None
        self._skip = 0
        self.random = Random(seed)
        self.process = Process(0, self._strike, seconds_left=inf)

    def maybe(self, value: T) -> T | None:
        return self.random.choice([value, None])

    def some(self, values: Sequence[T], least: int = 1) -> list[T]:
        return self.random.sample(values, self.random.randint(min(least, len(values)), len(values)))

    def flag(self) -> bool:
        return self.random.choice([True, False])

    def message(self, *alerts: Alert) -> Message:
        """Return a message about these; about none it is a greeting."""
        welcome = None if alerts else 1
        return Message(catalog="AWS", now=START, alerts=alerts, welcome=welcome, plain=self.flag())

    def alert(self, number: int) -> Alert:
        """Return something to say of an invitation, whose title is its id: messages show that."""
        kind, id_ = self.random.choice([*Kind]), name_of(number)
        return Alert(
            kind=kind,
            invitation=Invitation(
                id=id_,
                catalog="AWS",
                title=id_,
                payload_type=OPPORTUNITY,
                status=_ENDS.get(kind, PENDING),
                expires_at=self.maybe(START + self.random.randint(1, 3) * DAY),
            ),
            reason="as it happens",
            since=START,
            stage=4 * HOUR if kind in (Kind.EXPIRING, Kind.ESCALATED) else None,
            last=kind is Kind.EXPIRING and self.flag(),
        )

    def alike(
        self,
        kind: str | None,
        memory: Callable[[], Any],
        adapter: Callable[[], Any],
        *,
        more: Sequence[Failure] = (),
        most: int = 0,
    ) -> tuple[Any, Any]:
        """Return what each comes to; one of four times a call fails, after `most` others or less.

        It is a call of that kind, and fails as such calls do in the crash matrix, or in some way
        more; without a kind, none fails.
        """
        if kind and not self.random.randrange(4):
            ways = (f for f in failures_of(kind) if f.what in ("refused", "answer lost"))
            failure = self.random.choice([*ways, *more])
            self._fault, self._skip = failure.means, self.random.randint(0, most)
            action = failure.refusal or Drop(before=not failure.after)
            service: Any = service_of(kind)
            self._wire.inject(WireFault(service, action, skip=self._skip, times=failure.times))
        both = _outcome(memory), _outcome(adapter)
        self._fault = None
        self._wire.heal_all()
        self._wire.raise_errors()
        for in_memory, over_the_wire in zip_longest(*map(_normal, both)):
            assert in_memory == over_the_wire
        return both

    def _strike(self, _effect: Effect) -> Fault | None:
        self._skip -= 1
        return self._fault if self._skip == -1 else None


def _outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except NotifierError as error:
        return next(kind for kind in _ERRORS if isinstance(error, kind))


def _normal(outcome: Any) -> list[Any]:
    """Return the parts of an outcome, without words and timestamps that somebody made up."""
    match outcome:
        case list():
            return outcome
        case Failed():
            outcome = replace(outcome, reason="")
        case Gone():
            outcome = Gone("")
        case NotConnected():
            outcome = replace(outcome, remedy="")
        case Connected(lacking=NotConnected() as lacking):
            outcome = replace(outcome, lacking=replace(lacking, remedy=""))
        case Sent(card=Card() as card):
            outcome = Sent(replace(card, ts=""))
    return [outcome]
