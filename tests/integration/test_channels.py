"""What the channels do when they refuse, fall silent, or have nobody to tell."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault, Hang, Refuse, aws_json_error, aws_query_error
from tests.deployed import READER, Notifier

DAY = timedelta(days=1)
TICK = timedelta(minutes=5)

WAYS = ("webhook", "bot")


def invite(account: PartnerAccount, number: int = 1) -> None:
    for n in range(number):
        account.partner_central.invite(title=f"Project {n}", expires_in=5 * DAY)


def connect_slack(account: PartnerAccount, way: str) -> None:
    slack = account.slack
    bot = {"bot_token": slack.bot_token, "channel": slack.channel}
    account.aws.put_secret({"webhook_url": slack.webhook_url} if way == "webhook" else bot)


def refusal(way: str, error: str, status: int = 400) -> Refuse:
    """Return Slack's answer with this error, as webhooks or as the Web API give it."""
    if way == "webhook":
        return Refuse(status, error.encode())
    body = json.dumps({"ok": False, "error": error}).encode()
    return Refuse(status if status >= 429 else 200, body, (("Content-Type", "application/json"),))


def slack_fault(account: PartnerAccount, action: Any, times: int | None = None) -> Fault:
    return account.wire.inject(Fault("slack", action, times=times))


def channel(summary: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = summary["channels"][name]
    return found


# Slack


@pytest.mark.parametrize("way", WAYS)
def test_both_ways_of_posting_tell(account: PartnerAccount, notifier: Notifier, way: str) -> None:
    """A webhook and a bot's token post the same message."""
    connect_slack(account, way)
    invite(account)
    notifier.tick()
    (post,) = notifier.posts
    assert post.via == way
    assert post.payload["blocks"][1]["text"]["text"] == "📬 New opportunity: Project 0"


def test_a_bot_remembers_where_the_card_stands(account: PartnerAccount, notifier: Notifier) -> None:
    """The first card's channel and timestamp are kept in the ledger."""
    connect_slack(account, "bot")
    invite(account)
    notifier.tick()
    (post,) = notifier.posts
    written = b"".join(c.body for c in account.wire.calls if c.operation == "TransactWriteItems")
    assert post.ts.encode() in written
    assert post.channel.encode() in written


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("rate_limited", 429),
        ("ratelimited", 429),
        ("channel_is_archived", 400),
        ("invalid_auth", 403),
        ("no_service", 404),
        ("account_inactive", 400),
    ],
)
def test_a_dead_slack_neither_blocks_nor_repeats_the_mail(
    account: PartnerAccount, notifier: Notifier, way: str, error: str, status: int
) -> None:
    """Email goes on at once; Slack's deliveries stay due and arrive when it is back."""
    connect_slack(account, way)
    notifier.tick()
    notifier.forget()
    invite(account, 3)
    fault = slack_fault(account, refusal(way, error, status))
    failed = notifier.tick(fails=True)
    assert error in str(failed.error)
    assert failed.metrics["FailedSlack"] == 3
    assert failed.metrics["Heartbeat"] == 1
    assert account.wire.hits(fault) == 1  # What surely fails is not tried message by message.
    assert notifier.told() == {"mails": 3, "posts": 0}
    account.wire.heal_all()
    notifier.tick(after=TICK)
    assert notifier.told() == {"mails": 3, "posts": 3}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("error", ["invalid_blocks", "invalid_payload", "msg_blocks_too_long"])
def test_a_refused_message_goes_once_more_in_plain_text(
    account: PartnerAccount, notifier: Notifier, way: str, error: str
) -> None:
    """The message at fault is sent again without blocks, and only once."""
    connect_slack(account, way)
    notifier.tick()
    notifier.forget()
    invite(account)
    slack_fault(account, refusal(way, error), times=1)
    notifier.tick()
    (post,) = notifier.posts
    assert "blocks" not in post.payload
    text = re.sub("engi-[0-9a-z]{13}", "ID", post.payload["text"])
    assert text.startswith("New opportunity: ID, Project 0 (respond by <!date^")
    notifier.tick(after=TICK)
    assert notifier.told() == {"mails": 1, "posts": 1}


def test_a_plain_digest_names_every_invitation(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Even the minimal form of a digest loses none of its alerts."""
    invite(account, 30)
    slack_fault(account, Refuse(400, b"invalid_blocks"), times=1)
    connected.tick()
    text = connected.posts[0].payload["text"]
    assert len(text) < 4000
    assert all(f"\n- Project {n}" in text for n in range(30))


def test_a_plain_first_digest_says_hello_too(account: PartnerAccount, notifier: Notifier) -> None:
    """First contact is made once, in whichever form the message is accepted."""
    invite(account, 30)
    slack_fault(account, Refuse(400, b"invalid_blocks"), times=1)
    notifier.tick()
    (post,) = notifier.posts
    assert post.payload["text"].startswith("Connected to the AWS catalog: 30 invitations pending.")
    assert "30 new invitations\n- Project" in post.payload["text"]


def test_one_message_that_stays_refused_stops_no_other(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A message refused in both forms is reported; the others are told."""
    invite(account, 3)
    fault = Fault("slack", Refuse(400, b"invalid_blocks"), containing=b"Project 1", times=None)
    account.wire.inject(fault)
    summary = connected.tick(fails=True).summary
    assert (channel(summary, "slack")["told"], channel(summary, "slack")["failed"]) == (2, 1)
    account.wire.heal_all()
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 3, "posts": 3}


@pytest.mark.parametrize(
    "action",
    [Refuse(503, b"service_unavailable"), Refuse(500, b"<html>"), Drop(before=False)],
)
def test_two_unknown_fates_end_the_turn_and_the_pauses_grow(
    account: PartnerAccount, connected: Notifier, action: Any
) -> None:
    """Nobody knows whether it was posted: two tries, then one after 5, 10, 20, 40, 60 minutes."""
    invite(account, 4)
    fault = slack_fault(account, action)
    tries = []
    for minute in range(0, 260, 5):
        before = account.wire.hits(fault)
        # A run that waits the pause out fails nobody, but the metric goes on.
        run = connected.runtime.invoke({})
        assert run.metrics["FailedSlack"] == 4
        if account.wire.hits(fault) > before:
            tries.append((minute, account.wire.hits(fault) - before))
        connected.pass_time(TICK)
    assert tries == [(0, 2), (5, 1), (15, 1), (35, 1), (75, 1), (135, 1), (195, 1), (255, 1)]
    assert len(connected.mails) == 4
    account.wire.heal_all()
    posts = len(connected.posts)
    connected.tick(after=timedelta(hours=1))
    assert len(connected.mails) == 4
    assert len(connected.posts) == posts + 4


def test_a_time_out_is_an_unknown_fate(account: PartnerAccount, connected: Notifier) -> None:
    """A Slack that posts and never answers is asked once more an hour, not at every tick."""
    invite(account)
    fault = slack_fault(account, Hang(30, before=False))
    connected.lose_patience_with_slack()
    connected.tick(fails=True)
    connected.tick(after=timedelta(minutes=1))
    assert account.wire.hits(fault) == 1
    assert connected.told() == {"mails": 1, "posts": 1}


def test_redirects_are_not_followed(account: PartnerAccount, notifier: Notifier) -> None:
    """Neither message nor token goes where a redirect points."""
    for way in WAYS:
        connect_slack(account, way)
        account.slack.redirect_to = account.partner_central.url + "/stolen"
        failed = notifier.tick(fails=True)
        assert "redirects are not followed" in str(failed.error)
        notifier.configure()
    assert ("partnercentral", "stolen") not in account.wire.count()
    assert not [call for call in account.wire.calls if b"xoxb" in call.body]


@pytest.mark.parametrize("secret", [None, "  ", "{}", '{"webhook_url": ""}'])
def test_an_empty_secret_is_not_connected_yet(
    account: PartnerAccount, notifier: Notifier, secret: str | None
) -> None:
    """No failed run: a line that says what to do, a metric, and all is told once it is filled."""
    account.reset()
    account.slack.rate = None
    account.aws.subscribe_email(READER)
    if secret is not None:
        account.aws.put_secret(secret)
    invite(account)
    run = notifier.tick()
    assert run.metrics["NotConnectedSlack"] == 1
    assert "webhook_url" in channel(run.summary, "slack")["not_connected"]
    assert run.summary["level"] == "WARNING"
    connect_slack(account, "bot")
    notifier.tick(after=TICK)
    assert notifier.told() == {"mails": 1, "posts": 1}


MALFORMED = {
    "no JSON": "https://hooks.slack.com/services/CANARY",
    "a list": '["CANARY"]',
    "both ways": '{"webhook_url": "https://hooks.slack.com/services/C", "bot_token": "CANARY"}',
    "another host": '{"webhook_url": "https://hooks.slack.com.evil.example/services/CANARY"}',
    "a workflow": '{"webhook_url": "https://hooks.slack.com/workflows/CANARY"}',
    "a trigger": '{"webhook_url": "https://hooks.slack.com/triggers/CANARY"}',
    "no TLS": '{"webhook_url": "http://hooks.slack.com/services/CANARY"}',
    "a space inside": '{"webhook_url": "https://hooks.slack.com/services/CAN ARY/CANARY"}',
    "a user before the host": '{"webhook_url": "https://hooks.slack.com@evil.example/CANARY"}',
    "a token with a line break": '{"bot_token": "xoxb-CANARY\\n1", "channel": "C0PARTNERS"}',
    "a token without channel": '{"bot_token": "xoxb-CANARY"}',
    "a channel's name": '{"bot_token": "xoxb-CANARY", "channel": "#general"}',
    "a user's token": '{"bot_token": "xoxp-CANARY", "channel": "C0PARTNERS"}',
    "a number": '{"webhook_url": 7, "CANARY": "CANARY"}',
}


@pytest.mark.parametrize("secret", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_secret_fails_its_channel_alone(
    account: PartnerAccount, notifier: Notifier, secret: str
) -> None:
    """One clear line without the secret; email is not touched, and nothing is posted."""
    account.aws.put_secret(secret)
    invite(account)
    run = notifier.tick(fails=True)
    (line,) = str(run.error).splitlines()
    assert line.startswith("slack: secret arn:aws:secretsmanager:")
    assert "CANARY" not in run.output + line
    assert notifier.told() == {"mails": 1, "posts": 0}


def test_slack_gov_webhooks_are_accepted(account: PartnerAccount, notifier: Notifier) -> None:
    """GovSlack's own host is Slack too."""
    account.aws.put_secret(
        {"webhook_url": account.slack.webhook_url.replace("slack.com", "slack-gov.com")}
    )
    notifier.tick()
    assert len(notifier.posts) == 1


def test_a_secret_that_may_not_be_read_fails_slack_alone(
    account: PartnerAccount, connected: Notifier
) -> None:
    """The line names the secret and the error."""
    invite(account)
    account.wire.inject(
        Fault("secretsmanager", aws_json_error("AccessDeniedException", "no", 400), times=None)
    )
    failed = connected.tick(fails=True)
    assert "cannot be read: AccessDeniedException" in str(failed.error)
    assert connected.told() == {"mails": 1, "posts": 0}


# SNS


def test_a_publish_is_never_repeated_by_the_sdk(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A lost answer is an unknown fate: one attempt in the run, another at a later one."""
    invite(account)
    account.wire.inject(Fault("sns", Drop(before=False), operation="Publish"))
    connected.tick(fails=True)
    assert account.wire.count()[("sns", "Publish")] == 1
    assert connected.told() == {"mails": 1, "posts": 1}
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 2, "posts": 1}
    ids = [json.loads(mail.default)["alerts"][0]["alert_id"] for mail in connected.mails]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("code", "status"), [("AuthorizationError", 403), ("NotFound", 404), ("Throttled", 429)]
)
def test_a_dead_topic_neither_blocks_nor_repeats_slack(
    account: PartnerAccount, connected: Notifier, code: str, status: int
) -> None:
    """Slack goes on at once; the mails arrive when the topic works again."""
    invite(account, 2)
    account.wire.inject(
        Fault("sns", aws_query_error(code, "no", status), operation="Publish", times=None)
    )
    failed = connected.tick(fails=True)
    assert code in str(failed.error)
    assert connected.told() == {"mails": 0, "posts": 2}
    account.wire.heal_all()
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 2, "posts": 2}


def test_a_refused_mail_goes_once_more_in_plain_form(
    account: PartnerAccount, connected: Notifier
) -> None:
    """The minimal form keeps the machine contract and the filter's words."""
    invite(account)
    refused = aws_query_error("InvalidParameter", "Subject", 400)
    account.wire.inject(Fault("sns", refused, operation="Publish"))
    connected.tick()
    (mail,) = connected.mails
    assert "Business problem" not in mail.email
    assert "Respond by" in mail.email
    assert json.loads(mail.attributes["alerts"]) == ["new"]


def test_pending_subscribers_are_nobody(account: PartnerAccount, notifier: Notifier) -> None:
    """With emails configured and none confirmed nothing is published, and nothing is lost."""
    account.aws.unsubscribe(READER)
    account.aws.subscribe_email("later@partner.example", confirmed=False)
    invite(account)
    run = notifier.tick()
    assert run.metrics["NotConnectedSns"] == 1
    assert "confirm" in channel(run.summary, "sns")["not_connected"]
    assert account.wire.count()[("sns", "Publish")] == 0
    assert len(notifier.posts) == 1
    account.aws.confirm("later@partner.example")
    notifier.tick(after=TICK)
    assert len(account.aws.inbox("later@partner.example")) == 1


def test_a_queue_alone_is_enough_where_no_emails_are_configured(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """Without emails and subscribers the channel is off; a program's subscription turns it on."""
    account.aws.unsubscribe(READER)
    notifier.configure(emails_expected=0)
    invite(account)
    run = notifier.tick()
    assert channel(run.summary, "sns")["off"]
    assert "NotConnectedSns" not in run.metrics
    assert account.wire.count()[("sns", "Publish")] == 0
    account.aws.subscribe_sqs()
    notifier.tick(after=TICK)
    assert account.wire.count()[("sns", "Publish")] == 1


def test_a_channel_that_is_off_keeps_no_record_open(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """What expired untold on a channel without listeners is closed all the same."""
    account.aws.unsubscribe(READER)
    notifier.configure(emails_expected=0)
    slack_fault(account, Refuse(400, b"channel_is_archived"))
    account.partner_central.invite(title="Short", expires_in=TICK)
    notifier.tick(fails=True)
    account.wire.heal_all()
    run = notifier.tick(after=2 * TICK)
    assert (run.summary["missed"], run.summary["closed"]) == (1, 1)
    assert "Short" in notifier.posts[0].raw.decode()


def test_a_thousand_mails_worth_fit_their_limits(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A huge digest is split under 256 KiB and under Slack's caps, in as few parts as it takes."""
    title = 'Ünïcödé & <tags> "quotes" ' + "x" * 14
    for n in range(500):
        account.partner_central.invite(title=f"{title}", expires_in=5 * DAY + n * TICK)
    connected.tick()
    assert 1 < len(connected.mails) <= 3
    told = [a["alert_id"] for m in connected.mails for a in json.loads(m.default)["alerts"]]
    assert len(set(told)) == len(told) == 500
    parts = len(connected.posts)
    assert 1 < parts <= 500 * 250 / 8000
    assert [post.payload["text"] for post in connected.posts] == [
        f"500 new invitations (part {part} of {parts})" for part in range(1, parts + 1)
    ]


def test_subscribers_can_filter(account: PartnerAccount, connected: Notifier) -> None:
    """The attributes name kinds, catalog and payload types; a filter policy decides by them."""
    account.aws.subscribe_email("leads@partner.example", filter_policy={
        "payload_types": ["LeadInvitation"],
    })  # fmt: skip
    account.partner_central.invite(title="Opportunity", expires_in=5 * DAY)
    account.partner_central.invite(kind="LeadInvitation", title="Lead", expires_in=5 * DAY)
    connected.tick()
    subjects = [mail.subject for mail in account.aws.inbox("leads@partner.example")]
    assert subjects == ["New lead: Lead"]
    assert len(connected.mails) == 2
