"""`preview --deployed` and `--send-test`: from the deployed ledger, over its channels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine

from simulator.account import PartnerAccount
from tests.cli.conftest import Shell
from tests.cli.deployment import deployed
from tests.deployed import READER, START, Notifier


def test_it_plans_from_the_deployed_ledger(user: PartnerAccount, shell: Shell) -> None:
    """What was told is not shown again; what is due next is, as the next run sends it."""
    with time_machine.travel(START, tick=False) as clock:
        user.partner_central.invite(title="Told already", expires_in=timedelta(hours=80))
        notifier = Notifier(user, clock)
        notifier.tick()
        clock.shift(timedelta(hours=10))
        user.partner_central.invite(title="Came meanwhile")
        notifier.forget()
        deployed(user)
        shown = shell("preview", "--deployed", "--json").json["messages"]
        wrote = {op for _, op in user.wire.count()} & {"UpdateItem", "TransactWriteItems"}
        user.wire.heal_all()
        notifier.tick()
        texts = [post.payload["text"] for post in notifier.posts]
    assert [m["payload"]["text"] for m in shown if m["channel"] == "slack"] == texts
    assert len(texts) == 2
    assert not wrote


def test_replies_and_updates_are_shown_as_they_will_be(user: PartnerAccount, shell: Shell) -> None:
    """A bot's reminder belongs under its card, and a card that is over is updated."""
    user.aws.put_secret({"bot_token": user.slack.bot_token, "channel": user.slack.channel})
    with time_machine.travel(START, tick=False) as clock:
        user.partner_central.invite(title="Reminded", expires_in=timedelta(hours=80))
        accepted = user.partner_central.invite(title="Accepted", expires_in=timedelta(hours=200))
        notifier = Notifier(user, clock)
        notifier.tick()
        clock.shift(timedelta(hours=10))
        user.partner_central.accept(accepted)
        notifier.forget()
        deployed(user)
        shown = [
            message["payload"]
            for message in shell("preview", "--deployed", "--json").json["messages"]
            if message["channel"] == "slack"
        ]
        user.wire.heal_all()
        notifier.tick()
    reply, update = notifier.posts[-1].payload, user.slack.updates[-1].payload
    assert shown == [reply, update]
    assert reply["thread_ts"]


def test_without_a_stack_it_says_so(shell: Shell) -> None:
    """One line says which stack is not there."""
    answer = shell("preview", "--deployed", "-c", "catalog=Sandbox")
    assert answer.code == 1
    assert answer.err.startswith("there is no stack InvitationNotifier-Sandbox in us-east-1")


def test_a_sample_by_email(user: PartnerAccount, shell: Shell) -> None:
    """It is marked, and publishing it is the one call that writes."""
    deployed(user)
    assert shell("preview", "--send-test", "sns", "--yes").code == 0
    (mail,) = user.aws.inbox(READER)
    assert (mail.subject or "").startswith("New opportunity: TEST, not a real invitation")
    assert user.wire.count()["sns", "Publish"] == 1
    assert len(user.wire.calls) == 3


def test_a_sample_in_slack(user: PartnerAccount, shell: Shell) -> None:
    """It is posted once, to where the secret says."""
    deployed(user)
    user.aws.put_secret({"bot_token": user.slack.bot_token, "channel": user.slack.channel})
    assert shell("preview", "--send-test", "slack", "--yes").code == 0
    (post,) = user.slack.posts
    assert "TEST, not a real invitation" in post.payload["text"]


def test_nothing_is_sent_unasked(user: PartnerAccount, shell: Shell) -> None:
    """Where nobody can be asked and --yes is not given, it ends with 2."""
    deployed(user)
    answer = shell("preview", "--send-test", "sns")
    assert answer.code == 2
    assert "--yes" in answer.err
    assert not user.aws.inbox(READER)


def test_a_refused_sample_is_a_failure(user: PartnerAccount, shell: Shell) -> None:
    """What Slack says is shown, with 1."""
    deployed(user)
    user.slack.refuse_with = "invalid_auth"
    answer = shell("preview", "--send-test", "slack", "--yes")
    assert answer.code == 1
    assert "invalid_auth" in answer.err


def test_a_standing_digest_is_shown_as_it_will_be(user: PartnerAccount, shell: Shell) -> None:
    """It counts what the run would write, and what was closed long before."""
    weekly: dict[str, Any] = {"digest_days": ("Mon",), "timezone": "UTC"}
    with time_machine.travel(START, tick=False) as clock:
        notifier = Notifier(user, clock)
        notifier.configure(**weekly)
        notifier.tick()
        lives = timedelta(days=20)
        early, late = (
            user.partner_central.invite(title=title, expires_in=lives)
            for title in ("Early", "Late")
        )
        notifier.tick(after=timedelta(hours=1))
        user.partner_central.accept(early)
        notifier.tick(after=timedelta(hours=1))
        clock.shift(timedelta(days=7))
        user.partner_central.accept(late)
        user.partner_central.invite(title="Came meanwhile")
        notifier.forget()
        deployed(user, **weekly)
        shown = shell("preview", "--deployed", "--json").json["messages"]
        user.wire.heal_all()
        notifier.tick()
        texts = [post.payload["text"] for post in notifier.posts]
    assert [m["payload"]["text"] for m in shown if m["channel"] == "slack"] == texts
    assert texts[-1] == "Since Mon 02 Mar: 3 new invitations, 2 answered"
