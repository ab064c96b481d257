"""Which alerts are sent together, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifier.core.compose import compose
from notifier.core.message import Message, grouped
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


def test_each_part_of_a_digest_says_what_all_of_it_holds() -> None:
    """Else whoever sees one part takes it for the whole."""
    alerts = (alert("a"), alert("b"), alert("c", Kind.EXPIRING))
    content = compose(
        Message(catalog="AWS", now=NOW, alerts=alerts[:2], all_alerts=alerts, part=1, parts=2)
    )
    assert content.headline == "3 invitations: 2 new, 1 expiring soon (part 1 of 2)"
    assert [line.about for line in content.lines] == ["New invitation", "New invitation"]
    assert content.of_many_kinds


def test_a_digest_of_one_kind_does_not_repeat_it_on_every_line() -> None:
    """Its headline says it."""
    content = compose(Message(catalog="AWS", now=NOW, alerts=(alert("a"), alert("b"))))
    assert content.headline == "2 new invitations"
    assert [line.about for line in content.lines] == ["Invitation", "Invitation"]


def test_a_digest_of_several_kinds_says_in_words_which_are_new() -> None:
    """An email has no signs."""
    alerts = (alert("a"), alert("b", Kind.EXPIRING))
    content = compose(Message(catalog="AWS", now=NOW, alerts=alerts))
    assert [line.about for line in content.lines] == ["New invitation", "Invitation"]
