"""What is sent at once, and how due alerts become as few messages as they should."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from .model import Alert, Details, Kind, NotConnected


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends at once: one alert, part of a digest, first contact, or a warning.

    `welcome` is the number of pending invitations to greet with, on first contact.
    `not_connected` is another channel, which reaches nobody. `plain` asks for the minimal form,
    after the channel refused the full one: it holds nothing from outside that could be at fault
    again.
    """

    catalog: str
    now: datetime
    alerts: tuple[Alert, ...] = ()
    details: Details | None = None
    welcome: int | None = None
    not_connected: NotConnected | None = None
    part: int = 1
    parts: int = 1
    plain: bool = False

    @property
    def single(self) -> Alert | None:
        """The alert of a message about one invitation; None for digests and first contacts."""
        return self.alerts[0] if len(self.alerts) == 1 and self.parts == 1 else None

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(alert.invitation.id for alert in self.alerts)


def grouped(
    alerts: Sequence[Alert], *, deferred: Sequence[str], digest_above: int
) -> Iterator[tuple[Alert, ...]]:
    """Yield what is sent together: a flood as one digest, else each alert alone.

    `deferred` are the ids of invitations whose messages failed when they were last tried, in that
    order: they come after all others, and hold up nothing but themselves.
    """
    turn_of = {id_: number for number, id_ in enumerate(deferred)}
    fresh = [alert for alert in alerts if alert.invitation.id not in turn_of]
    late = [alert for alert in alerts if alert.invitation.id in turn_of]
    if len(alerts) > digest_above:
        yield from (tuple(group) for group in (fresh, late) if group)
        return
    yield from _apart(fresh)
    yield from _apart(sorted(late, key=lambda alert: turn_of[alert.invitation.id]))


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


def _apart(alerts: Collection[Alert]) -> Iterator[tuple[Alert, ...]]:
    """Yield each alert alone; what has expired is no longer urgent: last, and together."""
    expired = tuple(alert for alert in alerts if alert.kind is Kind.CLOSED_EXPIRED)
    yield from ((alert,) for alert in alerts if alert.kind is not Kind.CLOSED_EXPIRED)
    if expired:
        yield expired
