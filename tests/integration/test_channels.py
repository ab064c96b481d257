"""What is said of a channel that refuses, is not connected, or reaches few; and who filters."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.subscriptions import filter_policy
from notifier.core.recipients import recipient
from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault, Refuse, aws_json_error, aws_query_error
from tests.deployed import READER, Notifier

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TICK = timedelta(minutes=5)
OTHER = "other@partner.example"


def connect_slack(account: PartnerAccount, way: str) -> None:
    slack = account.slack
    bot = {"bot_token": slack.bot_token, "channel": slack.channel}
    account.aws.put_secret({"webhook_url": slack.webhook_url} if way == "webhook" else bot)


def channel(summary: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = summary["channels"][name]
    return found


@pytest.mark.parametrize("way", ["webhook", "bot"])
def test_a_dead_slack_neither_blocks_nor_repeats_the_mail(
    account: PartnerAccount, notifier: Notifier, way: str
) -> None:
    """Email goes on at once; Slack's deliveries stay due and arrive when it is back."""
    connect_slack(account, way)
    notifier.tick()
    notifier.forget()
    for number in range(3):
        account.partner_central.invite(title=f"Project {number}", expires_in=5 * DAY)
    no = Refuse(400, b"channel_is_archived")
    if way == "bot":
        body = json.dumps({"ok": False, "error": "channel_is_archived"}).encode()
        no = Refuse(200, body, (("Content-Type", "application/json"),))
    fault = account.wire.inject(Fault("slack", no, times=None))
    failed = notifier.tick(fails=True)
    assert "channel_is_archived" in str(failed.error)
    assert (failed.metrics["FailedSlack"], failed.metrics["Heartbeat"]) == (3, 1)
    assert account.wire.hits(fault) == 1  # What surely fails is not tried message by message.
    assert notifier.told() == {"mails": 3, "posts": 0}
    account.wire.heal_all()
    notifier.tick(after=TICK)
    assert notifier.told() == {"mails": 3, "posts": 3}
    assert {post.via for post in notifier.posts} == {way}


def test_a_dead_topic_neither_blocks_nor_repeats_slack(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Slack goes on at once; the mails arrive when the topic works again."""
    account.partner_central.invite(expires_in=5 * DAY)
    down = aws_query_error("NotFound", "no", 404)
    account.wire.inject(Fault("sns", down, operation="Publish", times=None))
    assert "Publish: NotFound" in str(connected.tick(fails=True).error)
    assert connected.told() == {"mails": 0, "posts": 1}
    account.wire.heal_all()
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 1, "posts": 1}


def test_a_publish_is_never_repeated_by_the_sdk(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A lost answer is an unknown fate: one attempt in the run, another at a later one."""
    account.partner_central.invite(expires_in=5 * DAY)
    account.wire.inject(Fault("sns", Drop(before=False), operation="Publish"))
    connected.tick(fails=True)
    assert account.wire.count()["sns", "Publish"] == 1
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 2, "posts": 1}
    ids = [json.loads(mail.default)["alerts"][0]["alert_id"] for mail in connected.mails]
    assert ids[0] == ids[1]


def test_a_slack_in_doubt_is_said_to_fail_while_it_rests(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A run that waits the pause out fails nobody, but the metric goes on."""
    account.partner_central.invite(expires_in=5 * DAY)
    fault = account.wire.inject(Fault("slack", Refuse(503, b"service_unavailable"), times=None))
    assert connected.tick(fails=True).metrics["FailedSlack"] == 1
    assert connected.tick(after=timedelta(minutes=1)).metrics["FailedSlack"] == 1
    assert account.wire.hits(fault) == 1


def test_redirects_are_not_followed(account: PartnerAccount, notifier: Notifier) -> None:
    """Neither message nor token goes where a redirect points."""
    for way in ("webhook", "bot"):
        connect_slack(account, way)
        account.slack.redirect_to = account.partner_central.url + "/stolen"
        failed = notifier.tick(fails=True)
        assert "redirects are not followed" in str(failed.error)
        notifier.configure()
    assert ("partnercentral", "stolen") not in account.wire.count()
    assert not [call for call in account.wire.calls if b"xoxb" in call.body]


def test_a_channel_that_is_not_connected_yet_says_what_to_do(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """No failed run: lines, metrics and, where somebody hears, a message; all is told later."""
    account.aws.unsubscribe(READER)
    account.aws.put_secret("{}")
    account.partner_central.invite(title="Kept", expires_in=5 * DAY)
    run = notifier.tick()
    assert (run.metrics["NotConnectedSlack"], run.metrics["NotConnectedSns"]) == (1, 1)
    assert (run.metrics["WaitingSlack"], run.metrics["WaitingSns"]) == (1, 1)
    assert "webhook_url" in channel(run.summary, "slack")["not_connected"]
    assert "confirm" in channel(run.summary, "sns")["not_connected"]
    assert run.summary["level"] == "WARNING"
    assert account.wire.count()["sns", "Publish"] == 0
    connect_slack(account, "bot")
    notifier.tick(after=HOUR)
    first, warning = notifier.posts
    assert "New opportunity: Kept" in first.raw.decode()
    assert warning.payload["text"].startswith("Nobody receives these alerts by email")
    account.aws.subscribe_email(READER)
    run = notifier.tick(after=TICK)
    assert notifier.mails[0].subject == "New opportunity: Kept"
    assert (run.summary["level"], "NotConnectedSns" in run.metrics) == ("INFO", False)


def test_email_says_that_slack_reaches_nobody(account: PartnerAccount, connected: Notifier) -> None:
    """People who read mail learn what to do, and programs may filter it."""
    kinds = ["new", "expiring", "closed.expired", "not_connected"]
    account.aws.subscribe_email(OTHER, filter_policy={"alerts": kinds})
    account.aws.put_secret("{}")
    account.partner_central.invite(expires_in=5 * DAY)
    connected.tick()
    connected.tick(after=HOUR)
    mail = account.aws.inbox(OTHER)[-1]
    assert mail.subject == "Nobody receives these alerts in Slack"
    assert "webhook_url" in mail.email
    assert json.loads(mail.default)["not_connected"]["channel"] == "slack"


def test_an_address_that_is_not_confirmed_is_a_warning(
    account: PartnerAccount, connected: Notifier
) -> None:
    """One of two receives everything; the log and a metric say that the other does not."""
    connected.configure(recipients=(recipient(READER), recipient(OTHER)))
    account.aws.subscribe_email(OTHER, confirmed=False)
    account.partner_central.invite(expires_in=5 * DAY)
    run = connected.tick()
    assert (run.metrics["UnconfirmedSns"], run.metrics["ToldSns"]) == (1, 1)
    assert channel(run.summary, "sns")["unconfirmed"] == 1
    assert (run.summary["level"], run.error) == ("WARNING", None)


def test_a_queue_alone_is_enough_where_no_emails_are_configured(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """Without emails and subscribers the channel is off; a program's subscription turns it on."""
    account.aws.unsubscribe(READER)
    notifier.configure(recipients=())
    account.partner_central.invite(expires_in=5 * DAY)
    run = notifier.tick()
    assert channel(run.summary, "sns")["off"]
    assert "NotConnectedSns" not in run.metrics
    assert account.wire.count()["sns", "Publish"] == 0
    account.aws.subscribe_sqs()
    notifier.tick(after=TICK)
    assert account.wire.count()["sns", "Publish"] == 1


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ('{"webhook_url": "https://hooks.slack.com.evil.example/services/CANARY"}', "slack: "),
        ("https://hooks.slack.com/workflows/CANARY", "slack: secret arn:aws:secretsmanager:"),
        (None, "deploy with slack_secret_kms_key_arn naming that key"),
    ],
)
def test_a_secret_that_cannot_be_used_fails_its_channel_alone(
    account: PartnerAccount, notifier: Notifier, secret: str | None, words: str
) -> None:
    """One clear line without the secret; email is not touched, and nothing is posted."""
    if secret is None:
        denied = aws_json_error("AccessDeniedException", "Access to KMS is not allowed")
        account.wire.inject(Fault("secretsmanager", denied, times=None))
    else:
        account.aws.put_secret(secret)
    account.partner_central.invite(expires_in=5 * DAY)
    run = notifier.tick(fails=True)
    (line,) = str(run.error).splitlines()
    assert words in line
    assert "CANARY" not in run.output + line
    assert notifier.told() == {"mails": 1, "posts": 0}


@pytest.mark.parametrize("number", [1, 7])
def test_the_plain_form_holds_nothing_that_could_be_at_fault_again(
    account: PartnerAccount, connected: Notifier, number: int
) -> None:
    """All of it is ASCII; people get our own words, the id and the date, programs the rest."""
    titles = ["Umzug nach Köln", *(number - 1) * ["Plain"]]
    ids = [account.partner_central.invite(title=t, expires_in=5 * DAY) for t in titles]
    account.wire.inject(Fault("sns", aws_query_error("InvalidParameter", "no"), "Publish"))
    connected.tick()
    (mail,) = connected.mails
    assert (mail.subject or "").isascii()
    assert mail.email.isascii()
    assert mail.default.isascii()
    assert ids[0] in mail.email
    contract = json.loads(mail.default)["alerts"]
    assert (contract[0]["invitation"]["title"], contract[0]["details"]) == (titles[0], None)


def test_a_huge_digest_is_cut_into_few_messages(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Under 256 KiB by mail and under Slack's caps, in as few parts as it takes."""
    title = 'Ünïcödé & <tags> "quotes" ' + "x" * 14
    for n in range(500):
        account.partner_central.invite(title=title, expires_in=5 * DAY + n * TICK)
    connected.tick()
    assert 1 < len(connected.mails) <= 3
    told = [a["alert_id"] for m in connected.mails for a in json.loads(m.default)["alerts"]]
    assert len(set(told)) == len(told) == 500
    parts = len(connected.posts)
    assert 1 < parts <= 500 * 250 / 8000
    assert [post.payload["text"] for post in connected.posts] == [
        f"500 new invitations (part {part} of {parts})" for part in range(1, parts + 1)
    ]
    assert account.wire.count()["partnercentral", "GetEngagementInvitation"] == 0


def test_subscribers_can_filter(account: PartnerAccount, connected: Notifier) -> None:
    """By payload type, by kind, and those who get only what is escalated get nothing else."""
    head, leads = "head@partner.example", "leads@partner.example"
    account.aws.subscribe_email(leads, filter_policy={"payload_types": ["LeadInvitation"]})
    account.aws.subscribe_email(head, filter_policy=filter_policy(head))
    connected.configure(escalate_hours=8, escalate_to=(head,))
    account.partner_central.invite(title="Opportunity", expires_in=9 * DAY)
    account.partner_central.invite(kind="LeadInvitation", title="Lead", expires_in=DAY)
    connected.tick()
    connected.tick(after=17 * HOUR)
    subjects = {who: [m.subject for m in account.aws.inbox(who)] for who in (head, leads)}
    escalated = "Unanswered, under 8 hours left: Lead"
    assert subjects == {head: [escalated], leads: ["New lead: Lead", escalated]}
    assert len(connected.mails) == 2
