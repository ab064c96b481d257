"""Choose the routes of what is new: from the details too, if some route asks for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ..core.model import DEFAULT_ROUTE, Invitation
from ..core.routes import Route, choose
from .details import DetailsCache

PATIENCE = timedelta(hours=1)
"""An invitation that expires sooner does not wait for a run that has time to ask for details."""

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Routing:
    """What was chosen, by id.

    `waiting` are the ids of invitations whose details there was no time to ask for: the next run
    goes on with them, and is the last to do so. `unknown` counts those whose details could not be
    had: they take the default route.
    """

    chosen: dict[str, str] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    unknown: int = 0


def choose_routes(
    invitations: Iterable[Invitation],
    routes: Sequence[Route],
    details: DetailsCache,
    *,
    waited: Collection[str] = (),
    time_left: Callable[[], bool],
    now: datetime,
) -> Routing:
    """Choose a route for each invitation, the first to expire first.

    Those that `waited` for this run do not wait for another one.
    """
    routing = Routing()
    for invitation in sorted(invitations, key=lambda i: i.expires_at or _LAST):
        route = choose(routes, invitation, None)
        if route is None and time_left():
            found = details.look_up(invitation.id)
            routing.unknown += found is None
            route = choose(routes, invitation, found) or DEFAULT_ROUTE
        if route is not None:
            routing.chosen[invitation.id] = route
        elif invitation.id in waited or _is_soon(invitation, now):
            routing.chosen[invitation.id] = DEFAULT_ROUTE
            routing.unknown += 1
        else:
            routing.waiting.add(invitation.id)
    return routing


def _is_soon(invitation: Invitation, now: datetime) -> bool:
    return invitation.expires_at is not None and invitation.expires_at - now <= PATIENCE
