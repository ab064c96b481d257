"""What the real services do on a bad day, and what people then receive."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from simulator import moto_app
from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault, Refuse, aws_json_error, aws_query_error
from tests.deployed import READER, Notifier

TICK = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

OTHER = "other@partner.example"


def invite(account: PartnerAccount, *titles: str, expires_in: timedelta = 9 * DAY) -> list[str]:
    return [account.partner_central.invite(title=title, expires_in=expires_in) for title in titles]


def subjects(notifier: Notifier) -> list[str]:
    return [mail.subject or "" for mail in notifier.mails]


def texts(notifier: Notifier) -> list[str]:
    return [post.payload["text"] for post in notifier.posts]


# Nobody listens any more.


def test_who_unsubscribed_is_no_listener(account: PartnerAccount, connected: Notifier) -> None:
    """The address is still listed, as Deleted: nothing counts as told, and all of it is kept."""
    account.aws.unsubscribe(READER)
    invite(account, "Kept")
    run = connected.tick()
    assert run.metrics["NotConnectedSns"] == run.metrics["WaitingSns"] == 1
    assert account.wire.count()[("sns", "Publish")] == 0
    account.aws.subscribe_email(READER)
    connected.tick(after=TICK)
    assert subjects(connected) == ["New opportunity: Kept"]


def test_an_address_that_is_not_confirmed_is_a_warning(
    account: PartnerAccount, connected: Notifier
) -> None:
    """One of two receives everything; the log and a metric say that the other does not."""
    connected.configure(emails_expected=2)
    account.aws.subscribe_email(OTHER, confirmed=False)
    invite(account, "Received by one")
    run = connected.tick()
    assert (run.metrics["UnconfirmedSns"], run.metrics["ToldSns"]) == (1, 1)
    assert run.summary["channels"]["sns"]["unconfirmed"] == 1
    assert (run.summary["level"], run.error) == ("WARNING", None)
    account.aws.confirm(OTHER)
    invite(account, "Received by both")
    run = connected.tick(after=TICK)
    assert "UnconfirmedSns" not in run.metrics
    assert run.summary["level"] == "INFO"


def test_the_first_run_of_a_day_looks_whether_anybody_listens(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Who unsubscribes on a quiet day is missed by the next morning, not by the next invitation."""
    account.aws.unsubscribe(READER)
    assert "NotConnectedSns" not in connected.tick(after=TICK).metrics
    assert connected.tick(after=DAY).metrics["NotConnectedSns"] == 1
    assert connected.tick(after=TICK).metrics["NotConnectedSns"] == 1
    account.aws.subscribe_email(READER)
    assert "NotConnectedSns" not in connected.tick(after=TICK).metrics
    connected.forget()
    connected.tick(after=TICK)
    assert ("sns", "ListSubscriptionsByTopic") not in account.wire.count()


def test_slack_says_that_emails_reach_nobody(account: PartnerAccount, connected: Notifier) -> None:
    """After an hour, then once a day, until somebody confirms."""
    account.aws.unsubscribe(READER)
    invite(account, "Known")
    near = 36 * [TICK]  # Around each moment when it is due; hourly between them.
    spans = [*near, *21 * [HOUR], *near, *21 * [HOUR], *near]
    runs = [connected.tick(after=span) for span in spans]
    assert all(run.error is None for run in runs)
    said = [
        post
        for post in connected.posts
        if "Nobody receives these alerts by email" in post.payload["text"]
    ]
    assert [(post.at - said[0].at) for post in said] == [0 * DAY, DAY, 2 * DAY]
    assert said[0].at - connected.posts[0].at == HOUR
    assert "Subscription Confirmation" in said[0].raw.decode()
    account.aws.subscribe_email(READER)
    for _ in range(24):
        connected.tick(after=HOUR)
    assert len(connected.posts) == 1 + len(said)


def test_email_says_that_slack_reaches_nobody(account: PartnerAccount, connected: Notifier) -> None:
    """People who read mail learn what to do, and programs may filter it."""
    account.aws.subscribe_email(
        OTHER, filter_policy={"alerts": ["new", "expiring", "closed.expired", "not_connected"]}
    )
    account.aws.put_secret("{}")
    invite(account, "Known")
    connected.tick()
    connected.tick(after=HOUR)
    assert subjects(connected)[1:] == ["Nobody receives these alerts in Slack"]
    mail = account.aws.inbox(OTHER)[-1]
    assert mail.subject == "Nobody receives these alerts in Slack"
    assert "webhook_url" in mail.email
    assert json.loads(mail.default)["not_connected"]["channel"] == "slack"


@pytest.mark.parametrize("minutes", [5, 55])
def test_who_connects_within_the_hour_hears_no_warning(
    account: PartnerAccount, notifier: Notifier, minutes: int
) -> None:
    """A first deployment is confirmed when people read their mail."""
    account.aws.unsubscribe(READER)
    account.aws.subscribe_email(READER, confirmed=False)
    notifier.tick()
    notifier.tick(after=timedelta(minutes=minutes))
    account.aws.confirm(READER)
    for _ in range(24):
        notifier.tick(after=HOUR)
    assert notifier.told() == {"mails": 1, "posts": 1}


def test_a_warning_that_may_have_been_posted_is_not_repeated(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Once a day is enough, and an alarm says it too."""
    account.aws.unsubscribe(READER)
    invite(account, "Known")
    connected.tick()
    account.wire.inject(Fault("slack", Drop(before=False)))
    connected.tick(after=HOUR, fails=True)
    for _ in range(20):
        connected.tick(after=HOUR)
    assert len([text for text in texts(connected) if "Nobody receives" in text]) == 1


@pytest.mark.parametrize(
    ("left", "remedy"),
    [
        ({"ForceDeleteWithoutRecovery": True}, "if it was deleted, deploy with slack_secret_arn"),
        ({"RecoveryWindowInDays": 7}, "was deleted: restore it with `aws secretsmanager restore-"),
    ],
    ids=["gone for good", "scheduled for deletion"],
)
def test_a_deleted_secret_is_not_connected(
    account: PartnerAccount, connected: Notifier, left: dict[str, Any], remedy: str
) -> None:
    """It is told apart from an empty one by what to do about it."""
    moto_app.json_call(
        "secretsmanager",
        "secretsmanager.DeleteSecret",
        SecretId=account.aws.secret_arn,
        **left,
    )
    invite(account, "Kept")
    run = connected.tick()
    assert run.metrics["NotConnectedSlack"] == 1
    assert remedy in run.summary["channels"]["slack"]["not_connected"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDeniedException", "Access to KMS is not allowed"),
        ("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text"),
    ],
)
def test_a_secret_under_a_key_of_its_own_names_the_key(
    account: PartnerAccount, connected: Notifier, code: str, message: str
) -> None:
    """What is missing is the key's permission, and the setting that gives it."""
    invite(account, "Kept")
    account.wire.inject(Fault("secretsmanager", aws_json_error(code, message), times=None))
    run = connected.tick(fails=True)
    assert "deploy with slack_secret_kms_key_arn naming that key" in str(run.error)


# One message is at fault.


TITLES = [
    "Umzug nach Köln",
    "📬" * 40,
    "a\ufffeb\uffffc",
    "x" * 40,
    "日本語のプロジェクト",
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("ascii_subjects", [False, True])
def test_whatever_the_title_sns_takes_the_message(
    account: PartnerAccount, connected: Notifier, title: str, *, ascii_subjects: bool
) -> None:
    """Whether or not SNS takes subjects that are not ASCII, the mail arrives in the same run."""
    account.aws.ascii_subjects = ascii_subjects
    invite(account, title)
    connected.tick()
    (mail,) = connected.mails
    assert mail.subject is not None
    assert mail.subject.startswith("New opportunity")
    assert len(mail.subject.encode("utf-16-le")) <= 2 * 99


@pytest.mark.parametrize("number", [1, 7])
def test_the_plain_form_holds_nothing_that_could_be_at_fault_again(
    account: PartnerAccount, connected: Notifier, number: int
) -> None:
    """All of it is ASCII; people get our own words, the id and the date, programs the rest."""
    ids = invite(account, *(["Umzug nach Köln", "Plain"] * 4)[:number])
    account.wire.inject(Fault("sns", aws_query_error("InvalidParameter", "no"), "Publish"))
    connected.tick()
    (mail,) = connected.mails
    assert (mail.subject or "").isascii()
    assert mail.email.isascii()
    assert mail.default.isascii()
    assert ids[0] in mail.email
    assert number == 1 or "Plain" in mail.email
    contract = json.loads(mail.default)["alerts"]
    assert [alert["invitation"]["title"] for alert in contract][:1] == ["Umzug nach Köln"]
    assert contract[0]["details"] is None
    if number == 1:
        assert mail.subject == f"New opportunity: {ids[0]}"


@pytest.mark.parametrize("code", ["InvalidParameter", "ParameterValueInvalid"])
def test_one_poisoned_mail_does_not_hold_up_its_digest(
    account: PartnerAccount, connected: Notifier, code: str
) -> None:
    """What is refused in every form stands alone in the end; the others are told at once."""
    ids = invite(account, *(f"Project {n}" for n in range(41)))
    poison = Fault("sns", aws_query_error(code, "no"), "Publish", ids[17].encode(), times=None)
    account.wire.inject(poison)
    run = connected.tick(fails=True)
    told = run.summary["channels"]["sns"]
    assert (told["told"], told["failed"]) == (40, 1)
    assert len(connected.mails) <= 6
    assert len(connected.posts) == 1
    account.wire.heal_all()
    connected.tick(after=TICK)
    assert subjects(connected)[-1] == "New opportunity: Project 17"


def test_a_poisoned_post_is_sent_without_and_then_alone(
    account: PartnerAccount, connected: Notifier
) -> None:
    """In the next digest it is not even tried with the others."""
    invite(account, *(f"Project {n}" for n in range(9)))
    poison = Fault("slack", Refuse(400, b"invalid_text"), containing=b"Project 3", times=None)
    account.wire.inject(poison)
    connected.tick(fails=True)
    invite(account, *(f"Later {n}" for n in range(9)))
    before = account.wire.hits(poison)
    connected.tick(after=TICK, fails=True)
    assert account.wire.hits(poison) == before + 2  # Both forms, alone.
    assert "9 new invitations" in connected.posts[-1].payload["text"]


def test_a_channel_that_refuses_every_message_is_not_asked_for_ever(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A digest that is refused in all its parts ends its turn after a dozen of them."""
    invite(account, *(f"Project {n}" for n in range(60)))
    fault = Fault("slack", Refuse(400, b"invalid_something"), times=None)
    account.wire.inject(fault)
    run = connected.tick(fails=True)
    assert account.wire.hits(fault) <= 2 * 12
    assert run.summary["channels"]["slack"]["failed"] == 60


@pytest.mark.parametrize("word", ["invalid_text", "some_new_word", "invalid_arguments"])
def test_words_on_no_list_are_one_messages_fault(
    account: PartnerAccount, connected: Notifier, word: str
) -> None:
    """Whatever Slack says no to, the next message is tried; a bot's 200 is no other."""
    account.aws.put_secret({"bot_token": account.slack.bot_token, "channel": account.slack.channel})
    invite(account, "One", "Two")
    no = json.dumps({"ok": False, "error": word}).encode()
    json_type = (("Content-Type", "application/json"),)
    account.wire.inject(Fault("slack", Refuse(200, no, json_type), containing=b"One", times=None))
    run = connected.tick(fails=True)
    assert (run.summary["channels"]["slack"]["told"]) == 1


def test_a_message_in_doubt_starves_no_other(account: PartnerAccount, connected: Notifier) -> None:
    """The one that never gets an answer goes last, however urgent it is."""
    invite(account, "Silent", expires_in=8 * HOUR)
    account.wire.inject(Fault("slack", Drop(before=True), containing=b"Silent", times=None))
    connected.tick(fails=True)
    for number in range(5):
        invite(account, f"Later {number}")
        run = connected.tick(after=HOUR, fails=True)
        assert run.summary["channels"]["slack"]["told"] == 1
    assert len(connected.posts) == 5


def test_two_messages_in_doubt_starve_no_other(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Nor do several: what fails is remembered until it is told, not only for a turn."""
    invite(account, "Silent 1", "Silent 2", expires_in=30 * HOUR)
    account.wire.inject(Fault("slack", Drop(before=True), containing=b"Silent", times=None))
    for number in range(6):
        connected.tick(after=HOUR, fails=True)
        invite(account, f"Later {number}")
    assert len(connected.posts) == 5


# Passing troubles.


def test_a_transaction_that_meets_another_is_tried_again(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A conflict did nothing, and must not cost a message that is repeated."""
    invite(account, "Once")
    reasons = [{"Code": "TransactionConflict"}]
    conflict = aws_json_error("TransactionCanceledException", "no", CancellationReasons=reasons)
    account.wire.inject(Fault("dynamodb", conflict, "TransactWriteItems", skip=1))
    assert connected.tick().error is None
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 1, "posts": 1}


@pytest.mark.parametrize(
    "broken", [{"DIGEST_ABOVE": "many"}, {"TOPIC_ARN": ""}, {"EMAILS_EXPECTED": "true"}], ids=str
)
def test_a_wrong_setting_is_a_failed_run(
    account: PartnerAccount, notifier: Notifier, broken: dict[str, str]
) -> None:
    """It has its one JSON line, which the runbook's filter and the dashboard find, and a metric."""
    notifier.runtime.environment.update(broken)
    notifier.runtime.cold_start()
    run = notifier.tick(fails=True)
    ((name, value),) = broken.items()
    assert run.summary["level"] == "ERROR"
    assert run.summary["errors"] == [str(run.error)]
    assert str(run.error).startswith(f"setting {name} is '{value}'; allowed: ")
    assert run.metrics == {"Blind": 1}
    assert not account.wire.calls


def test_an_unexpected_error_is_a_failed_run_too(
    notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours has its line as well, without the words that may hold a secret."""
    run_module: Any = notifier.runtime.module("notifier.run.run")

    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("xoxb-CANARY")

    monkeypatch.setattr(run_module, "plan", broken)
    run = notifier.tick(fails=True)
    assert run.summary["errors"] == [str(run.error)]
    assert "unexpected error: KeyError at test_bad_days.py" in str(run.error)
    assert "CANARY" not in run.output
    monkeypatch.undo()
    assert not notifier.tick(after=TICK).summary["held"]
