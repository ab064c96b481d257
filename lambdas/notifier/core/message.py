"""What is sent at once, and how due alerts become as few messages as they should."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from .hours import WorkingHours
from .model import ANSWERED, DEFAULT_ROUTE, Alert, Details, Kind, NotConnected

if TYPE_CHECKING:
    from .standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends at once: one alert, part of a digest, first contact, or something else.

    `channel` is where it is sent. `all_alerts` are those of all parts of a digest, if it has
    several. `welcome` is the number of pending invitations to greet with, on first contact.
    `not_connected` is another channel, which reaches nobody: a warning. `standing` is how things
    stand: a standing digest, which has no alerts. `plain` asks for the minimal form, after the
    channel refused the full one: it holds nothing from outside that could be at fault again.
    `settled` asks for the one line that a card shrinks to when its invitation has ended.
    `details_off` means that details are never shown, `working_hours` counts the time left by them.
    """

    catalog: str
    now: datetime
    channel: str = ""
    alerts: tuple[Alert, ...] = ()
    all_alerts: tuple[Alert, ...] = ()
    details: Details | None = None
    welcome: int | None = None
    not_connected: NotConnected | None = None
    part: int = 1
    parts: int = 1
    plain: bool = False
    settled: bool = False
    details_off: bool = False
    working_hours: WorkingHours | None = None
    standing: Standing | None = None

    @property
    def route(self) -> str:
        """Return the route whose invitations the message is about; no message is about two."""
        return self.alerts[0].route if self.alerts else self.home

    @property
    def home(self) -> str:
        """Return the route of those who read the channel, whatever is told there."""
        return self.channel.partition(".")[2] or DEFAULT_ROUTE

    @property
    def diverted(self) -> bool:
        """Return whether it goes to others than it should, who hear it; all of it, or none."""
        return any(alert.diverted for alert in self.alerts)

    @property
    def single(self) -> Alert | None:
        """The alert of a message about one invitation; None for digests and first contacts."""
        return self.alerts[0] if len(self.alerts) == 1 and self.parts == 1 else None

    @property
    def of_many_kinds(self) -> bool:
        """Return whether a digest, in all of its parts, holds alerts of several kinds."""
        return len({alert.kind for alert in self.all_alerts or self.alerts}) > 1

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(alert.invitation.id for alert in self.alerts)


def audible(
    alerts: Sequence[Alert], lacking: NotConnected | None, *, is_default: bool
) -> tuple[Sequence[Alert], Sequence[Alert]]:
    """Return what somebody hears on a channel that is `lacking`, and what nobody does.

    Programs hear whatever is sent. What a route's people do not hear is diverted to the default
    route's: unless it is theirs already, on the channel that `is_default`.
    """
    if lacking is None:
        return alerts, ()
    heard: list[Alert] = []
    unheard: list[Alert] = []
    for alert in alerts:
        is_deaf = not lacking.routes or alert.route in lacking.routes
        if alert.kind in ANSWERED or not is_deaf:
            heard.append(alert)
        elif lacking.diverted:
            is_theirs = is_default and alert.route == DEFAULT_ROUTE
            heard.append(alert if is_theirs else replace(alert, diverted=True))
        else:
            unheard.append(alert)
    return heard, unheard


def apart(alerts: Iterable[Alert]) -> Iterator[tuple[Alert, ...]]:
    """Yield the alerts that may stand in one message: those of one route, for one reader."""
    found: dict[tuple[str, bool, bool], list[Alert]] = {}
    for alert in alerts:
        key = (alert.route, alert.kind is Kind.ESCALATED, alert.diverted)
        found.setdefault(key, []).append(alert)
    yield from map(tuple, found.values())


def grouped(
    alerts: Sequence[Alert], *, deferred: Sequence[str], digest_above: int
) -> Iterator[tuple[Alert, ...]]:
    """Yield what is sent together: a flood as one digest, else each alert alone.

    `deferred` are the ids of invitations whose messages failed when they were last tried, in that
    order: they come after all others, and hold up nothing but themselves. What people answered is
    for programs, and stands in no message for people. What is `crowded` goes together in any case.
    """
    turn_of = {id_: number for number, id_ in enumerate(deferred)}
    fresh = [alert for alert in alerts if alert.invitation.id not in turn_of]
    late = [alert for alert in alerts if alert.invitation.id in turn_of]
    is_flood = sum(alert.kind not in ANSWERED for alert in alerts) > digest_above
    yield from _together(fresh, is_flood=is_flood)
    if not is_flood:
        late.sort(key=lambda alert: turn_of[alert.invitation.id])
    yield from _together(late, is_flood=is_flood)


def halved(alerts: tuple[Alert, ...]) -> tuple[tuple[Alert, ...], tuple[Alert, ...]]:
    """Return both halves of what was refused together."""
    middle = len(alerts) // 2
    return alerts[:middle], alerts[middle:]


def split(
    alerts: Iterable[Alert], size: Callable[[Alert], int], room: int
) -> list[tuple[Alert, ...]]:
    """Cut a digest into as few parts as fit into `room` each, in order."""
    parts: list[list[Alert]] = []
    left = 0
    for alert in alerts:
        needed = size(alert)
        if not parts or needed > left:
            parts.append([])
            left = room
        parts[-1].append(alert)
        left -= needed
    return [tuple(part) for part in parts]


def _together(alerts: Sequence[Alert], *, is_flood: bool) -> Iterator[tuple[Alert, ...]]:
    """Yield what people are told, then what programs are told of people's answers."""
    answered = tuple(alert for alert in alerts if alert.kind in ANSWERED)
    others = tuple(alert for alert in alerts if alert.kind not in ANSWERED)
    yield from _apart([alert for alert in others if not (is_flood or alert.crowded)])
    if crowd := tuple(alert for alert in others if is_flood or alert.crowded):
        yield crowd
    if answered:
        yield answered


def _apart(alerts: Collection[Alert]) -> Iterator[tuple[Alert, ...]]:
    """Yield each alert alone; what has expired is no longer urgent: last, and together.

    One that has a card is told under it.
    """
    together = [alert for alert in alerts if alert.kind.is_closure and not alert.card]
    yield from ((alert,) for alert in alerts if alert not in together)
    if together:
        yield tuple(together)
