"""A flood in drops: what `digest_above` means for one run holds for an hour as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from .backoff import EARLY
from .model import ANSWERED, Delivery, Kind, Record
from .policy import Policy, medium

SPAN = timedelta(hours=1)
GATHER = timedelta(minutes=10)
"""So long after a message what came in drops waits for more of its kind."""


def calmed(
    due: Sequence[Delivery], records: Collection[Record], policy: Policy, now: datetime
) -> tuple[list[Delivery], list[Delivery]]:
    """Return the deliveries to make now, those `crowded` that are to go together, and those held.

    A channel has had its fill of a route when what is due, with what it was told in few within the
    hour, are more than `digest_above` alerts; what one run told more of came as a digest. Then only
    first alerts that expire within the last stage go on their own. The rest wait, if all are first
    ones, until nothing was told there for as long as it takes to GATHER some.
    """
    made: list[Delivery] = []
    held: list[Delivery] = []
    for some in _groups(due):
        channel, route = some[0].channel, some[0].alert.route
        told = _told(channel, route, records, policy, now)
        few = sum(count for count in told.values() if count <= policy.digest_above)
        count = sum(delivery.alert.kind not in ANSWERED for delivery in some)
        if not few or few + count <= policy.digest_above:
            made += some
            continue
        alone = [delivery for delivery in some if _goes_alone(delivery, policy, now)]
        crowd = [delivery for delivery in some if not _goes_alone(delivery, policy, now)]
        made += alone
        if now - max(told) + EARLY < GATHER and _can_wait(crowd, policy, now):
            held += crowd
        else:
            made += [replace(d, alert=replace(d.alert, crowded=True)) for d in crowd]
    return made, held


def _groups(due: Iterable[Delivery]) -> Iterator[list[Delivery]]:
    """Yield what is due on one channel about one route."""
    found: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in due:
        found.setdefault((delivery.channel, delivery.alert.route), []).append(delivery)
    yield from found.values()


def _told(
    channel: str, route: str, records: Iterable[Record], policy: Policy, now: datetime
) -> Counter[datetime]:
    """Return when a channel was told of a route's invitations within the hour, and of how many."""
    medium_, since = medium(channel), now - SPAN
    return Counter(
        at
        for r in records
        if (at := r.told_at.get(medium_)) is not None
        and at > since
        and policy.present(r.route) == route
        and policy.hears(channel, r.route, diverted=r.diverted)
    )


def _can_wait(crowd: Collection[Delivery], policy: Policy, now: datetime) -> bool:
    """Say whether all are first alerts, and not so many at once that they are a digest already."""
    fresh = sum(delivery.alert.since == now for delivery in crowd)
    return fresh <= policy.digest_above and all(d.alert.kind is Kind.NEW for d in crowd)


def _goes_alone(delivery: Delivery, policy: Policy, now: datetime) -> bool:
    """Say whether an alert is for programs, or a first one that cannot wait to be looked for."""
    alert, expires_at = delivery.alert, delivery.alert.invitation.expires_at
    if alert.kind in ANSWERED:
        return True
    last = min(policy.stages, default=timedelta(0))
    return alert.kind is Kind.NEW and expires_at is not None and expires_at - now <= last
