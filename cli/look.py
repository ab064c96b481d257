"""Look at what a run would find, and change nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol

from notifier.core.model import DEFAULT_ROUTE, LEASE, Invitation, State
from notifier.core.plan import missed, unresolved
from notifier.core.policy import Policy
from notifier.core.ports import InvitationSource, LookupFailed
from notifier.core.routes import choose
from notifier.run import gap, trust

from .forecast import Known

QUESTIONS = 20
"""Invitations that left the list and are asked for, at most: the quota is shared with others."""

PAGES = 10
"""Pages of what expired in a gap that are read, at most."""


class Readable(trust.Readable, Protocol):
    """The ledger, as far as it is read."""

    def state(self) -> State: ...


def look(
    source: InvitationSource,
    ledger: Readable,
    *,
    channels: Sequence[str],
    policy: Policy,
    now: datetime,
    silent: AbstractSet[str] = frozenset(),
    off: AbstractSet[str] = frozenset(),
) -> Known:
    """Return what a run at `now` would find, in the same order of reads."""
    state, reads = trust.state(ledger.state(), now), trust.Reads(ledger, now)
    listed = list({i.id: i for i in source.pending()}.values())
    open_records = reads.open_records()
    known = {record.invitation.id for record in open_records}
    unknown = {i.id for i in listed if i.is_answerable} - known
    closed_records = reads.closed_records(unknown) if unknown else ()
    missed_ = _missed(source, reads, state, known | {i.id for i in listed}, now)
    routes = {i.id: choose(policy.routes, i, None) or DEFAULT_ROUTE for i in listed}
    return Known(
        listed=listed,
        open_records=open_records,
        closed_records=closed_records,
        answers=_answers(source, unresolved(listed, open_records)[:QUESTIONS]),
        routes=routes,
        missed=missed_,
        state=state,
        channels=channels,
        policy=policy,
        silent=silent,
        off=off,
        doubted=(*trust.named(LEASE, state.flaws), *reads.doubted),
    )


def _answers(source: InvitationSource, ids: Sequence[str]) -> Mapping[str, Invitation | None]:
    answers: dict[str, Invitation | None] = {}
    for id_ in ids:
        try:
            answers[id_] = source.details(id_).invitation
        except LookupFailed:
            answers[id_] = None
    return answers


def _missed(
    source: InvitationSource, ledger: trust.Reads, state: State, known: set[str], now: datetime
) -> list[Invitation]:
    """Return what came and expired in a gap, as far as a few pages go."""
    found = gap.look(source, state, now, _times(PAGES))
    if state.completed_at is None or not found.expired:
        return []
    lost = missed(found.expired, known, since=state.completed_at, now=now)
    closed = {r.invitation.id for r in ledger.closed_records([i.id for i in lost])}
    return [invitation for invitation in lost if invitation.id not in closed]


def _times(most: int) -> Callable[[], bool]:
    """Return what says yes so often."""
    left = iter(range(most - 1))
    return lambda: next(left, None) is not None
