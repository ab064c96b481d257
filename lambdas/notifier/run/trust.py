"""Believe of the ledger only what a run would have written: nothing holds anything back for longer.

What cannot be read, or lies too far ahead, counts as absent, or as what repeats a message rather
than loses one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from ..core.backoff import PAUSES
from ..core.model import AHEAD, CLOSED, OPEN, ChannelState, Record, State
from ..core.policy import ALARMS, ESCALATION, SLACK, SNS
from ..core.records import STALE_AFTER
from .alarms import AGAIN_AFTER
from .deliver import WARN_AGAIN_AFTER

TOO_LATE = "lies too far ahead"

_MOMENTS = ("first_seen", "first_told", "ended_at", "end_seen")
_MEDIA = (SNS, SLACK, ESCALATION)
_OF_CHANNELS = {
    **dict.fromkeys(("contacted_at", "failing_since", "digest_at", "digest_before"), timedelta(0)),
    "retry_at": PAUSES[-1],
    "warn_at": WARN_AGAIN_AFTER,
}
"""How far ahead a run may write each, at most."""


class Readable(Protocol):
    """The ledger, as far as records are read."""

    def open_records(self) -> Sequence[Record]: ...

    def closed_records(self, ids: Collection[str]) -> Sequence[Record]: ...

    def closed_since(self, moment: datetime) -> Sequence[Record]: ...


class Reads:
    """The ledger's records as far as they can be believed at `now`.

    `doubted` has a line for each attribute that was not.
    """

    def __init__(self, ledger: Readable, now: datetime) -> None:
        self._ledger = ledger
        self._now = now
        self._doubted: dict[str, None] = {}

    @property
    def doubted(self) -> tuple[str, ...]:
        return tuple(self._doubted)

    def open_records(self) -> list[Record]:
        found = [_opened(record, self._now) for record in self._ledger.open_records()]
        self._note(OPEN, found)
        return found

    def closed_records(self, ids: Collection[str]) -> list[Record]:
        return self._closed(self._ledger.closed_records(ids))

    def closed_since(self, moment: datetime) -> list[Record]:
        return self._closed(self._ledger.closed_since(moment))

    def _closed(self, records: Sequence[Record]) -> list[Record]:
        found = [_closed(record, self._now) for record in records]
        self._note(CLOSED, found)
        return found

    def _note(self, prefix: str, records: Sequence[Record]) -> None:
        for record in records:
            if record.flaws:
                self._doubted |= dict.fromkeys(named(prefix + record.invitation.id, record.flaws))


def state(found: State, now: datetime) -> State:
    """Return what the last run left, as far as it can be believed.

    When a run was last complete may have been long ago: what ended unseen is looked for.
    """
    flaws = dict(found.flaws)
    completed_at, search = found.completed_at, found.search
    if completed_at and completed_at > now + AHEAD:
        flaws["completed_at"] = TOO_LATE
    if search and search.began_at > now + AHEAD:
        flaws["search_began_at"] = TOO_LATE
    for name, channel in found.channels.items():
        flaws |= {f"{name}_{attribute}": TOO_LATE for attribute in _late(name, channel, now)}
    if not flaws:
        return found
    return replace(
        found,
        completed_at=now - STALE_AFTER if "completed_at" in flaws else completed_at,
        search=None if "search_began_at" in flaws else search,
        channels={name: _channel(name, c, flaws, now) for name, c in found.channels.items()},
        flaws=flaws,
    )


def to_mend(found: State) -> dict[str, ChannelState]:
    """Return the channels of which the ledger holds what was not believed."""
    return {
        name: channel
        for name, channel in found.channels.items()
        if any(flaw.startswith(f"{name}_") for flaw in found.flaws)
    }


def named(key: str, flaws: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each attribute that was not believed: its key, its name, and why."""
    yield from (f"{key}: {attribute} {why}" for attribute, why in flaws.items())


def _late(name: str, channel: ChannelState, now: datetime) -> Iterator[str]:
    for attribute, ahead in _OF_CHANNELS.items():
        moment = getattr(channel, attribute)
        if name == ALARMS and attribute == "warn_at":
            ahead = AGAIN_AFTER  # noqa: PLW2901  (who hears the alarms is said more seldom)
        if moment is not None and moment > now + ahead + AHEAD:
            yield attribute


def _channel(
    name: str, channel: ChannelState, flaws: Mapping[str, str], now: datetime
) -> ChannelState:
    doubted = [attribute for attribute in _OF_CHANNELS if f"{name}_{attribute}" in flaws]
    if not doubted:
        return channel
    absent: Any = dict.fromkeys(doubted)
    believed = replace(channel, **absent)
    if "contacted_at" in doubted:  # Whoever had a digest was greeted.
        believed = replace(believed, contacted_at=believed.digest_at)
    # If nobody hears the channel that is said at once; if somebody does, nothing is.
    return replace(believed, warn_at=now) if "warn_at" in doubted else believed


def _believed(record: Record, now: datetime) -> Record:
    latest = now + AHEAD
    if all(moment <= latest for moment in _moments(record)):
        return record  # As nearly all are: there may be thousands.
    moments = {name: getattr(record, name) for name in _MOMENTS}
    moments |= {f"told_{medium}": record.told_at.get(medium) for medium in _MEDIA}
    late = [name for name, moment in moments.items() if moment is not None and moment > latest]
    absent: Any = {name: None for name in _MOMENTS if name in late and name != "first_seen"}
    return replace(
        record,
        told_at={m: moment for m, moment in record.told_at.items() if f"told_{m}" not in late},
        **absent,
        flaws={**record.flaws, **dict.fromkeys(late, TOO_LATE)},
    )


def _moments(record: Record) -> Iterable[datetime]:
    moments = (record.first_seen, record.first_told, record.ended_at, record.end_seen)
    return [*filter(None, moments), *record.told_at.values()]


def _opened(record: Record, now: datetime) -> Record:
    believed = _believed(record, now)
    if not believed.flaws:
        return believed
    if "first_seen" in believed.flaws:  # What ended before was seen no later than that.
        believed = replace(believed, first_seen=min(believed.end_seen or now, now))
    if "first_told" in believed.flaws:  # No later than what is still known to have been told.
        believed = replace(believed, first_told=min(believed.told_at.values(), default=None))
    if "end_seen" in believed.flaws and believed.ended_at is not None:
        believed = replace(believed, end_seen=now)
    return believed


def _closed(record: Record, now: datetime) -> Record:
    believed = _believed(record, now)
    ended_at = believed.ended_at or believed.end_seen or now
    first_seen = ended_at if "first_seen" in believed.flaws else believed.first_seen
    return replace(believed, ended_at=ended_at, first_seen=first_seen)
