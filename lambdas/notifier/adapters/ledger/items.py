"""Items of the table as records and states: each attribute is parsed where it is read.

What cannot be read counts as absent, and is named in the record's or the state's `flaws`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ...core.model import (
    DEFAULT_ROUTE,
    UNREADABLE,
    YEARS,
    Card,
    ChannelState,
    Invitation,
    Record,
    Reopened,
    Search,
    State,
)
from ...core.policy import ESCALATION, SLACK, SNS
from ...core.text import is_shown

TOLD = "told_"
NEWS = "news_"
DEADLINE = "deadline_"
UNDATED = "none"
"""What stands for a date that was not said."""

_REOPENED = ("reopened_at", "reopened_ended_at", "reopened_count", "reopened_before")
_MEDIA = (SNS, SLACK, ESCALATION)
FIRST_TOLD = "first_told"
END_SEEN = "end_seen"
DIVERTED = "diverted"
CONTRADICTED = "contradicted_at"
UNROUTED = "unrouted"

_OURS = frozenset(
    {
        *("catalog", "sk", "ttl", "title", "sender", "payload_type", "status", "route"),
        *("invited_at", "expires_at", "first_seen", "ended_at", FIRST_TOLD, END_SEEN, DIVERTED),
        *(CONTRADICTED, UNROUTED, *_REOPENED),
        *("card_channel", "card_ts", "card_expires_at", "card_status"),
        *(word + medium for word in (TOLD, NEWS, DEADLINE) for medium in _MEDIA),
    }
)
"""All attributes of a record; others are a newer version's."""

Item = Mapping[str, Any]


class _Reader:
    """Reads one item's attributes; `flaws` are those that could not be read, and why."""

    __slots__ = ("_item", "flaws")

    def __init__(self, item: Item) -> None:
        self._item = item
        self.flaws: dict[str, str] = {}

    def string(self, name: str) -> str | None:
        value = self._item.get(name)
        if value is None:
            return None
        text: str | None = value.get("S")
        if text is None:
            self.flaws[name] = UNREADABLE
        return text

    def words(self, name: str) -> str | None:
        """Return a text that can be seen: earlier versions kept others too."""
        text = self.string(name)
        return text if text and is_shown(text) else None

    def moment(self, name: str) -> datetime | None:
        value = self._item.get(name)
        if value is None:
            return None
        moment = _moment(value.get("S"))
        if moment is None:
            self.flaws[name] = UNREADABLE
        return moment

    def count(self, name: str) -> int:
        number = self._item.get(name, {"N": "0"}).get("N") or ""
        if number.isdecimal():
            return int(number)
        self.flaws[name] = UNREADABLE
        return 0

    def told(self) -> dict[str, datetime]:
        """Return when each medium was told; of a medium of a newer version only what is readable.

        Whatever that version keeps under such a name, it is not ours to mend.
        """
        told: dict[str, datetime] = {}
        for name in self._item:
            if name.startswith(TOLD):
                moment = self.moment(name)
                if moment is not None:
                    told[name[len(TOLD) :]] = moment
                elif name not in _OURS:
                    del self.flaws[name]
        return told

    def news(self) -> dict[str, datetime]:
        """Return when the last word on each medium was no reminder."""
        moments = {medium: self.moment(NEWS + medium) for medium in _MEDIA}
        return {medium: moment for medium, moment in moments.items() if moment is not None}

    def deadlines(self) -> dict[str, datetime | None]:
        """Return the date that each medium was told, where it was kept."""
        found: dict[str, datetime | None] = {}
        for medium in _MEDIA:
            name = DEADLINE + medium
            if self._item.get(name) == {"S": UNDATED}:
                found[medium] = None
            elif (moment := self.moment(name)) is not None:
                found[medium] = moment
        return found

    def reopened(self) -> Reopened | None:
        at, ended_at = self.moment("reopened_at"), self.moment("reopened_ended_at")
        if at is None or ended_at is None:
            return None
        count, before = self.count("reopened_count"), self.moment("reopened_before")
        return Reopened(at=at, ended_at=ended_at, count=max(1, count), before=before)

    def card(self) -> Card | None:
        channel, ts = self.string("card_channel"), self.string("card_ts")
        if not channel or not ts:
            return None
        return Card(
            channel=channel,
            ts=ts,
            expires_at=self.moment("card_expires_at"),
            status=self.string("card_status"),
        )


def record_of(item: Item) -> Record:
    read = _Reader(item)
    return Record(
        invitation=Invitation(
            id=(read.string("sk") or "").partition("#")[2],
            catalog=read.string("catalog") or "",
            title=read.words("title"),
            sender_name=read.words("sender"),
            payload_type=read.string("payload_type"),
            status=read.string("status"),
            invited_at=read.moment("invited_at"),
            expires_at=read.moment("expires_at"),
        ),
        first_seen=read.moment("first_seen") or datetime.fromtimestamp(0, UTC),
        told_at=read.told(),
        news_at=read.news(),
        deadlines=read.deadlines(),
        reopened=read.reopened(),
        ended_at=read.moment("ended_at"),
        route=read.string("route") or DEFAULT_ROUTE,
        unrouted=UNROUTED in item,
        diverted=DIVERTED in item,
        first_told=read.moment(FIRST_TOLD),
        end_seen=read.moment(END_SEEN),
        contradicted_at=read.moment(CONTRADICTED),
        card=read.card(),
        flaws=read.flaws,
    )


def foreign_of(item: Item) -> Item:
    """Return what a newer version keeps in a record: it is carried along as it is."""
    if item.keys() <= _OURS:
        return {}
    return {name: value for name, value in item.items() if name not in _OURS}


def state_of(item: Item, channels: Sequence[str], latest: datetime | None = None) -> State:
    """Return what a run left; no lease of another one can end after `latest`."""
    read = _Reader(item)
    began_at, token = read.moment("search_began_at"), read.string("search_token")
    if "lease_owner" in item:
        until = read.moment("lease_until")
        if until is None or (latest is not None and until > latest):
            read.flaws["lease_until"] = UNREADABLE
    return State(
        completed_at=read.moment("completed_at"),
        search=Search(began_at=began_at, token=token) if began_at and token else None,
        channels={channel: _channel(read, channel) for channel in channels},
        flaws=read.flaws,
    )


def _channel(read: _Reader, channel: str) -> ChannelState:
    return ChannelState(
        contacted_at=read.moment(f"{channel}_contacted_at"),
        doubts=read.count(f"{channel}_doubts"),
        retry_at=read.moment(f"{channel}_retry_at"),
        deferred=tuple((read.string(f"{channel}_deferred") or "").split()),
        warn_at=read.moment(f"{channel}_warn_at"),
        failing_since=read.moment(f"{channel}_failing_since"),
        digest_at=read.moment(f"{channel}_digest_at"),
        digest_before=read.moment(f"{channel}_digest_before"),
    )


def _moment(text: str | None) -> datetime | None:
    """Return the moment that a text names, in UTC; None for one that nobody here has written."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return None
        moment = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in YEARS else None
