"""Which alerts are sent together, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifier.core.message import grouped
from notifier.core.model import Alert, Invitation, Kind

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def alert(id_: str, kind: Kind = Kind.NEW) -> Alert:
    return Alert(kind=kind, invitation=Invitation(id=id_, catalog="AWS"), reason="why", since=NOW)


def ids(alerts: list[Alert], *, deferred: list[str], digest_above: int = 5) -> list[str]:
    groups = grouped(alerts, deferred=deferred, digest_above=digest_above)
    return ["+".join(alert.invitation.id for alert in group) for group in groups]


@pytest.mark.parametrize("digest_above", [5, 1])
def test_what_failed_before_comes_after_all_others(digest_above: int) -> None:
    """A message that always ends in doubt ends its turn: it must not hold up what programs get."""
    alerts = [alert("late"), alert("new"), alert("done", Kind.CLOSED_ACCEPTED)]
    found = ids(alerts, deferred=["late"], digest_above=digest_above)
    assert found == ["new", "done", "late"]


def test_what_people_answered_stands_in_no_message_for_people() -> None:
    """Nor does it hold up the rest, once it has failed."""
    answered = [alert("done", Kind.CLOSED_REJECTED), alert("other", Kind.CLOSED_ACCEPTED)]
    assert ids([*answered, alert("new")], deferred=[]) == ["new", "done+other"]
    assert ids([*answered, alert("new")], deferred=["done"]) == ["new", "other", "done"]
