"""What a standing digest says, and how much of it is listed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from demo.gallery import standing as shown
from notifier.adapters.slack import blocks as block_kit
from notifier.adapters.sns import contract, email
from notifier.adapters.sns.channel import SnsChannel
from notifier.core.compose import compose
from notifier.core.content import Content
from notifier.core.message import Message
from notifier.core.model import Alert, Invitation, Kind
from notifier.core.policy import Policy
from notifier.core.standing import LISTED_LIMIT, Figures, Period, Standing
from notifier.run.standing import fitted

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
SCHEMA = Path(__file__).parents[2] / "docs" / "message-contract.schema.json"
URL = "https://example.com"


def no_client() -> Any:
    raise AssertionError("nothing is sent")


POLICY = Policy(stages=(), digest_above=1)
SNS = SnsChannel(
    no_client, topic_arn="arn", subscriptions=no_client, policy=POLICY, zone=BERLIN, url=URL
)


def alert(number: int, kind: Kind = Kind.EXPIRING, title: str | None = None) -> Alert:
    return Alert(
        kind=kind,
        invitation=Invitation(
            id=f"engi-{number}",
            catalog="AWS",
            title=title or f"Project {number}",
            expires_at=NOW + 5 * DAY,
        ),
        reason="why",
        since=NOW,
        ended_at=NOW - HOUR if kind.is_closure else None,
    )


def said(
    figures: Figures | None = None,
    before: Figures | None = None,
    *,
    open_: Sequence[Alert] = (),
    lost: Sequence[Alert] = (),
    days: float = 7,
    **more: Any,
) -> Content:
    """Return what a digest says, after one that was so many days long."""
    period = Period(since=NOW - 7 * DAY, until=NOW, before=NOW - (7 + days) * DAY)
    standing = Standing(
        period=period,
        zone=BERLIN,
        figures=figures or Figures(),
        before=before,
        open=tuple(open_),
        lost=tuple(lost),
    )
    return compose(Message(catalog="AWS", now=NOW, standing=standing, **more))


def facts(content: Content) -> dict[str, Any]:
    return {fact.label: fact.value for fact in content.facts}


@pytest.mark.parametrize(
    ("figures", "headline"),
    [
        (
            Figures(received=5, accepted=3, declined=1, expired=1),
            "Since Mon 16 Nov: 5 new invitations, 4 answered, 1 expired",
        ),
        (Figures(received=1, expired=1), "Since Mon 16 Nov: 1 new invitation, 1 expired"),
        (Figures(accepted=2), "Since Mon 16 Nov: no new invitations, 2 answered"),
        (Figures(received=2), "Since Mon 16 Nov: 2 new invitations, 1 open"),
        (Figures(), "Since Mon 16 Nov: no new invitations, 1 open"),
    ],
)
def test_the_headline_answers_three_questions(figures: Figures, headline: str) -> None:
    """What came, what was answered, and what was missed, where a phone shows it."""
    found = said(figures, open_=[alert(1)]).headline
    assert found == headline
    assert len(found) <= 60


def test_the_headline_is_in_the_teams_own_days() -> None:
    """Sunday night in UTC is Monday in Berlin."""
    late = Period(since=datetime(2026, 11, 15, 23, 30, tzinfo=UTC), until=NOW)
    standing = Standing(period=late, zone=BERLIN, figures=Figures())
    content = compose(Message(catalog="Sandbox", now=NOW, standing=standing))
    assert content.headline.startswith("[Sandbox] Since Mon 16 Nov")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (7, "the week before"),
        (7.2, "the week before"),
        (1, "the day before"),
        (3, "in the 3 days before"),
        (0.2, "in the hours before"),
        (21, "in the 21 days before"),
    ],
)
def test_each_figure_stands_beside_the_one_before(days: float, words: str) -> None:
    """The first of them says what time that was, in words that are true of it."""
    now = Figures(received=5, accepted=3, median=3 * HOUR, slowest=50 * HOUR)
    before = Figures(received=3, accepted=1200, late=2, median=5 * HOUR, slowest=5 * HOUR)
    assert facts(said(now, before, days=days)) == {
        "Open now": "0",
        "Received": f"5 (3 {words})",
        "Accepted": "3 (1,200)",
        "Declined": "0 (0)",
        "Expired unanswered": "0 (0)",
        "Median time to answer (observed)": "3 hours (5 hours)",
        "Slowest answer (observed)": "2 days 2 hours (5 hours)",
    }


def test_what_is_rare_is_said_only_if_it_happened() -> None:
    """Nor is there a time to answer where nobody answered."""
    assert list(facts(said())) == [
        "Open now",
        "Received",
        "Accepted",
        "Declined",
        "Expired unanswered",
    ]
    found = facts(said(Figures(late=2, unknown=1), Figures(median=HOUR)))
    assert (found["Alerts over an hour late"], found["Ended otherwise"]) == (
        "2 (0)",
        "1 (0)",
    )
    assert "Median time to answer (observed)" not in found


def test_it_asks_for_an_answer_only_if_something_can_be_answered() -> None:
    """What is lost is lost."""
    assert said(open_=[alert(1)]).call == "Accept or decline in Partner Central"
    assert said(lost=[alert(1, Kind.CLOSED_EXPIRED)]).call == "Open Partner Central"


def test_what_is_not_listed_is_counted() -> None:
    """By urgency, under the title of its group."""
    lost = [alert(number, Kind.CLOSED_EXPIRED) for number in range(1000, 1003)]
    content = said(open_=[alert(number) for number in range(600)], lost=lost)
    (later, expired) = content.groups
    assert (later.title, len(later.lines)) == ("Later (600)", LISTED_LIMIT - 3)
    assert later.more == "and 543 more in Partner Central"
    assert (expired.title, len(expired.lines), expired.more) == (
        "Expired unanswered (3)",
        3,
        None,
    )


def test_a_long_list_is_cut_to_what_a_message_holds() -> None:
    """Whatever the titles are made of."""
    standing = Standing(
        period=Period(since=NOW - 7 * DAY, until=NOW),
        zone=BERLIN,
        figures=Figures(),
        open=tuple(alert(number, title="😀" * 6000) for number in range(60)),
    )
    found = fitted(standing, SNS)
    assert 0 < len(found.listed) < LISTED_LIMIT
    message = Message(catalog="AWS", now=NOW, standing=found)
    text = email.body(compose(message), now=NOW, zone=BERLIN, url=URL)
    data = json.dumps(contract.contract(message), ensure_ascii=False)
    both = json.dumps({"default": data, "email": text}, ensure_ascii=False)
    assert len(both.encode()) < 256 * 1024


def test_a_titles_markup_shows_as_it_is() -> None:
    """In Slack as rich text, in the email as text."""
    title = "<!channel> *A* _b_ <x|y> & @e"
    content = said(open_=[alert(1, title=title)])
    payload = [block.to_dict() for block in block_kit.blocks(content, url=URL)]
    (rich,) = (block for block in payload if block["type"] == "rich_text")
    assert title in json.dumps(rich, ensure_ascii=False)
    assert title not in json.dumps([b for b in payload if b is not rich])
    assert title in email.body(content, now=NOW, zone=BERLIN, url=URL)
    assert "<!channel>" not in block_kit.plain(content)


def test_the_plain_form_holds_no_word_that_could_be_at_fault() -> None:
    """The figures are our own; a title is one only in ASCII."""
    content = said(Figures(received=2), open_=[alert(1, title="Möbel"), alert(2)], plain=True)
    text = block_kit.plain(content)
    assert text.isascii()
    assert "Received: 2" in text
    assert "- engi-1\n- Project 2" in text
    assert block_kit.plain(said(plain=True)).endswith("Expired unanswered: 0")


@pytest.mark.parametrize("held", [shown.quiet(), shown.digest(open_=600, ended=True)])
def test_programs_get_it_within_the_schema(held: Message) -> None:
    """With its own value of the attribute that they filter by, and no alerts."""
    assert held.standing
    message = replace(held, standing=fitted(held.standing, SNS), channel="sns")
    found = contract.contract(message)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(found)
    assert (found["alerts"], found["route"]) == ([], "default")
    assert contract.kinds(message) == ["digest"]
    assert contract.payload_types(message) == []
    listed = found["digest"]["open"]["invitations"] + found["digest"]["expired"]["invitations"]
    assert len(listed) == min(LISTED_LIMIT, len(held.standing.open) + len(held.standing.lost))
