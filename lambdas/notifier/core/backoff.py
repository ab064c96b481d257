"""Decide how a channel is treated that fails: a pure function of its state, a turn, and the time.

docs/decisions/0004-a-channel-in-doubt.md says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from itertools import takewhile

from .model import ChannelState

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 60))
"""How long a channel is left alone after turns in which nobody knows what it posted."""

EARLY = timedelta(seconds=30)
"""Ticks are not punctual: one this much early ends a pause all the same."""

UNKNOWN_LIMIT = 2
"""Messages of unknown fate, with none confirmed in between, after which a turn ends."""

REFUSED_LIMIT = 12
"""Refused messages, with none confirmed in between, after which a turn ends: a digest of a
thousand, halved until what is at fault stands alone, is refused ten times."""

DEFERRED_LIMIT = 100
"""Invitations that are remembered as deferred: every run reads them, and pays for their length."""


class Fate(Enum):
    """What is known of a message after a send that was not confirmed."""

    NOT_SENT = "surely not sent; worth another try at the next tick"
    UNKNOWN = "nobody knows whether it was sent"
    MESSAGE_REFUSED = "the message is at fault"
    SENDER_REFUSED = "a person must act before anything can be sent"
    PLACE_REFUSED = "a person must act before anything can be sent there; elsewhere it can"


HOPELESS = frozenset({Fate.NOT_SENT, Fate.SENDER_REFUSED, Fate.PLACE_REFUSED})
"""What became of a message where no other one would fare better."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A message of a turn: the invitations in it, and its fate; None if it was confirmed."""

    ids: tuple[str, ...]
    fate: Fate | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a turn's messages so far mean: the state to keep, and whether to try the next one."""

    state: ChannelState
    goes_on: bool


def rests(state: ChannelState, now: datetime) -> bool:
    """Say whether a channel is to be left alone."""
    return state.retry_at is not None and now + EARLY < state.retry_at


def judge(before: ChannelState, tried: Sequence[Tried], now: datetime) -> Verdict:
    """Judge a channel by its state before the turn, and by what the turn has tried so far."""
    fates = {t.fate for t in tried}
    state = replace(before, deferred=_deferred(before, tried))
    if None in fates:
        contacted_at = before.contacted_at or now
        state = replace(state, contacted_at=contacted_at, doubts=0, retry_at=None)
    if Fate.UNKNOWN in fates:
        doubts = before.doubts + 1
        retry_at = now + PAUSES[min(doubts, len(PAUSES)) - 1]
        state = replace(state, doubts=doubts, retry_at=retry_at)
    return Verdict(state, _goes_on(before, tried))


def failing_since(
    before: ChannelState, tried: Sequence[Tried], *, ended: bool, now: datetime
) -> datetime | None:
    """Return since when a channel has confirmed nothing, if its turn has `ended` for that."""
    confirmed = any(t.fate is None for t in tried)
    since = None if confirmed else before.failing_since
    return (since or now) if ended else since


def _goes_on(before: ChannelState, tried: Sequence[Tried]) -> bool:
    """Say whether to try the next message: not where it would surely fare no better.

    A channel that was in doubt before is asked with one message, not with two.
    """
    unconfirmed = [t.fate for t in takewhile(lambda t: t.fate is not None, reversed(tried))]
    if not HOPELESS.isdisjoint(unconfirmed):
        return False
    patience = 1 if before.doubts else UNKNOWN_LIMIT
    return (
        unconfirmed.count(Fate.UNKNOWN) < patience
        and unconfirmed.count(Fate.MESSAGE_REFUSED) < REFUSED_LIMIT
    )


def _deferred(before: ChannelState, tried: Sequence[Tried]) -> tuple[str, ...]:
    """Return what comes last in the next turn: what failed for itself, the latest at the end."""
    done = {id_ for t in tried for id_ in t.ids}
    failed = [id_ for t in tried if t.fate in (Fate.UNKNOWN, Fate.MESSAGE_REFUSED) for id_ in t.ids]
    kept = [id_ for id_ in before.deferred if id_ not in done]
    return tuple([*kept, *failed][-DEFERRED_LIMIT:])
