"""Escalation over HTTP: one more reminder, once, to somebody else, unless somebody answered."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.email_filter import EMAILED
from notifier.core.routes import Route
from simulator.account import PartnerAccount
from simulator.slack import Place
from tests.deployed import Notifier

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(minutes=5)
BOSS = "U0BOSS"
LEADS = Route(name="leads", when={"payload_type": ("LeadInvitation",)})
HEAD = "head@partner.example"


@pytest.fixture
def boss(account: PartnerAccount, notifier: Notifier) -> Place:
    """Return the person whom a deployed notifier escalates to, eight hours before expiry."""
    slack = account.slack
    account.aws.put_secret({"bot_token": slack.bot_token, "channel": slack.channel})
    boss = slack.open(BOSS)
    notifier.configure(routes=(LEADS,), escalate_hours=8, escalate_to=(BOSS,))
    notifier.tick()
    return boss


def told(account: PartnerAccount, boss: Place) -> list[str]:
    """Return what the boss was told, beside the greeting."""
    return [post.payload["text"] for post in account.slack.on(boss)][1:]


def test_whoever_it_escalates_to_is_greeted(account: PartnerAccount, boss: Place) -> None:
    """What fails in silence would fail when it is needed."""
    (hello,) = account.slack.on(boss)
    assert "Invitations that nobody answers will appear here" in json.dumps(hello.payload)


def test_what_nobody_answers_is_escalated_once(
    account: PartnerAccount, notifier: Notifier, boss: Place
) -> None:
    """Eight hours before expiry, of whatever route; that it expired is said where it belongs."""
    account.partner_central.invite(title="Weserbahn", expires_in=2 * DAY)
    account.partner_central.invite(title="Lead", kind="LeadInvitation", expires_in=2 * DAY)
    notifier.tick(after=TICK)
    notifier.tick(after=DAY)
    assert not told(account, boss)
    notifier.tick(after=16 * HOUR)
    first = told(account, boss)
    assert len(first) == 2
    assert any("Unanswered, under 8 hours left: Weserbahn" in text for text in first)
    for _ in range(10):
        notifier.tick(after=HOUR)
    assert told(account, boss) == first


def test_it_stops_when_somebody_answers(
    account: PartnerAccount, notifier: Notifier, boss: Place
) -> None:
    """Between two runs, too: the details say so."""
    id_ = account.partner_central.invite(expires_in=DAY)
    notifier.tick(after=TICK)
    account.partner_central.accept(id_)
    for _ in range(24):
        notifier.tick(after=HOUR)
    assert not told(account, boss)


def test_a_moved_date_escalates_again(
    account: PartnerAccount, notifier: Notifier, boss: Place
) -> None:
    """As every stage does."""
    id_ = account.partner_central.invite(expires_in=DAY)
    notifier.tick(after=TICK)
    notifier.tick(after=17 * HOUR)
    assert len(told(account, boss)) == 1
    account.partner_central.move_expiry(id_, notifier.now + 3 * DAY)
    notifier.tick(after=TICK)
    notifier.tick(after=2 * DAY + 16 * HOUR)
    assert len(told(account, boss)) == 2


def test_a_boss_who_cannot_be_reached_does_not_lose_it(
    account: PartnerAccount, notifier: Notifier, boss: Place
) -> None:
    """The default place takes it at once, and says why."""
    boss.is_member = False
    account.partner_central.invite(title="Weserbahn", expires_in=DAY)
    notifier.tick(after=TICK)
    before = len(account.slack.on(account.slack.place))
    run = notifier.tick(after=17 * HOUR, fails=True)
    assert "not_in_channel" in str(run.error)
    notifier.tick(after=TICK)
    texts = [json.dumps(post.payload) for post in account.slack.on(account.slack.place)[before:]]
    escalated = [text for text in texts if "Unanswered, under 8 hours left: Weserbahn" in text]
    assert len(escalated) == 1
    assert "does not deliver to whoever it escalates to" in escalated[0]


def test_a_webhook_reaches_no_person(account: PartnerAccount, notifier: Notifier) -> None:
    """It posts where it was made for: the escalation comes there."""
    notifier.configure(escalate_hours=8, escalate_to=(BOSS,))
    notifier.tick()
    account.partner_central.invite(title="Weserbahn", expires_in=DAY)
    notifier.tick(after=TICK)
    notifier.tick(after=17 * HOUR)
    texts = [post.payload["text"] for post in notifier.posts]
    assert len([text for text in texts if "Unanswered, under 8 hours left" in text]) == 1


def test_emails_get_only_what_is_escalated(account: PartnerAccount, notifier: Notifier) -> None:
    """And those who get the alerts do not get it twice."""
    policy: dict[str, Any] = {"alerts": ["escalated"], "route": ["default.escalation"]}
    account.aws.subscribe_email(HEAD, filter_policy=policy)
    notifier.configure(escalate_hours=8, escalate_to=(HEAD,), emails_expected=2)
    notifier.tick()
    account.partner_central.invite(title="Weserbahn", expires_in=DAY)
    notifier.tick(after=TICK)
    notifier.tick(after=17 * HOUR)
    (mail,) = account.aws.inbox(HEAD)
    assert mail.subject == "Unanswered, under 8 hours left: Weserbahn"
    assert "escalated" not in EMAILED
    assert not [mail for mail in notifier.mails if "Unanswered" in str(mail.subject)]
