"""Troubles of hours and days: nothing is repeated blindly, and nothing useful is lost."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import pytest

from simulator.account import PartnerAccount
from simulator.runtime import Invocation
from simulator.wire import Drop, Fault, aws_json_error
from tests.deployed import QUIET, READER, Notifier

MINUTE = timedelta(minutes=1)
TICK = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

REPEATS_AN_HOUR = 3
REFUSED = aws_json_error("AccessDeniedException", "no", 400)


def invite(account: PartnerAccount, *titles: str, expires_in: timedelta = 5 * DAY) -> list[str]:
    return [account.partner_central.invite(title=t, expires_in=expires_in) for t in titles]


def live(notifier: Notifier, span: timedelta, *, step: timedelta = HOUR) -> Iterator[Invocation]:
    """Yield a run every `step`, however it ends, until `span` has passed."""
    for _ in range(span // step):
        notifier.pass_time(step)
        yield notifier.runtime.invoke({})


def subjects(notifier: Notifier) -> list[str]:
    return sorted(mail.subject or "" for mail in notifier.mails)


def told_of(notifier: Notifier) -> dict[str, str]:
    """Return the kind of alert that the last mail holds for each title."""
    alerts = json.loads(notifier.mails[-1].default)["alerts"]
    return {alert["invitation"]["title"]: alert["kind"] for alert in alerts}


def most_repeats_an_hour(notifier: Notifier) -> int:
    """Return how often one message was repeated in Slack within any hour, at worst."""
    posted: dict[str, list[datetime]] = defaultdict(list)
    for post in notifier.posts:
        posted[post.payload["text"]].append(post.at)
    return max(_most_in_an_hour(times[1:]) for times in posted.values())


def _most_in_an_hour(times: Iterable[datetime]) -> int:
    moments = list(times)
    return max((sum(t <= other < t + HOUR for other in moments) for t in moments), default=0)


@pytest.mark.parametrize(
    ("due", "span", "step"), [(3, DAY, TICK), (1, 8 * HOUR, TICK), (3, HOUR, MINUTE)]
)
def test_a_slack_that_posts_and_never_answers(
    account: PartnerAccount, connected: Notifier, due: int, span: timedelta, step: timedelta
) -> None:
    """One message is repeated three times an hour at most, none by mail, and the alarm stays on."""
    invite(account, *(f"Project {n}" for n in range(due)), expires_in=9 * DAY)
    fault = account.wire.inject(Fault("slack", Drop(before=False), times=None))
    for run in live(connected, span, step=step):
        assert run.metrics["FailedSlack"] == due
        assert run.metrics["Heartbeat"] == 1
    assert 0 < most_repeats_an_hour(connected) <= REPEATS_AN_HOUR
    assert len(connected.mails) == due
    account.wire.heal(fault)
    connected.forget()
    connected.tick(after=HOUR)
    assert connected.told() == {"mails": 0, "posts": due}
    assert connected.tick(after=TICK).metrics.keys() == QUIET


def test_one_doubtful_message_among_confirmed_ones(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Others that Slack confirms in every turn make the doubtful one no more frequent."""
    invite(account, "Doubtful")
    account.wire.inject(Fault("slack", Drop(before=False), containing=b"Doubtful", times=None))
    for _ in range(12):
        invite(account, "More urgent", expires_in=4 * DAY)
        connected.runtime.invoke({})
        connected.pass_time(TICK)
    doubtful = [post.at for post in connected.posts if "Doubtful" in post.payload["text"]]
    assert _most_in_an_hour(doubtful[1:]) <= REPEATS_AN_HOUR


def test_a_table_that_takes_reads_and_refuses_writes(
    account: PartnerAccount, connected: Notifier
) -> None:
    """From the first run on it is blind, and neither the told nor the untold is told again."""
    invite(account, "Known", expires_in=3 * DAY + HOUR)
    connected.tick()
    connected.forget()
    invite(account, "Untold")
    for operation in ("UpdateItem", "TransactWriteItems", "DeleteItem"):
        account.wire.inject(Fault("dynamodb", REFUSED, operation, times=None))
    for run in live(connected, 12 * HOUR, step=HOUR / 2):
        assert run.metrics == {"Blind": 1, "AccessDenied": 1}
        assert run.summary["errors"]
    assert connected.told() == {"mails": 0, "posts": 0}
    account.wire.heal_all()
    connected.tick(after=TICK)
    assert subjects(connected) == ["New opportunity: Untold", "Under 3 days left: Known"]
    assert len(connected.posts) == 2


def test_a_table_that_takes_the_lease_and_no_record(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A message that cannot be recorded is repeated no more often than one in doubt."""
    invite(account, "Seen")
    account.wire.inject(Fault("dynamodb", REFUSED, "TransactWriteItems", skip=1, times=None))
    for _ in live(connected, HOUR, step=TICK):
        pass
    assert len(connected.mails) <= 1 + REPEATS_AN_HOUR


def test_nobody_listening(account: PartnerAccount, notifier: Notifier) -> None:
    """What nobody could receive is not told; it is, if still useful, as each channel connects."""
    account.aws.unsubscribe(READER)
    account.aws.subscribe_email(READER, confirmed=False)
    account.aws.put_secret("{}")
    *_, answered = invite(account, "A", "B", "C", "Answered", expires_in=9 * DAY)
    invite(account, "Short", expires_in=20 * HOUR)
    for run in live(notifier, DAY):
        assert (run.metrics["NotConnectedSns"], run.metrics["NotConnectedSlack"]) == (1, 1)
    assert account.wire.count()[("sns", "Publish")] == 0
    assert "told_" not in str(account.aws.items())

    account.partner_central.accept(answered)
    account.aws.confirm(READER)
    assert notifier.tick(after=TICK).metrics["WaitingSlack"] == 4
    new = [f"New opportunity: {title}" for title in "ABC"]
    assert subjects(notifier) == [
        "Expired unanswered: Short",
        *new,
        "Nobody receives these alerts in Slack",
    ]

    account.aws.unsubscribe(READER)
    invite(account, "D", "E", "F", expires_in=9 * DAY)
    for run in live(notifier, DAY):
        assert run.metrics["WaitingSns"] == 3
    assert (len(notifier.mails), len(notifier.posts)) == (5, 0)

    account.aws.put_secret({"webhook_url": account.slack.webhook_url})
    notifier.tick(after=DAY)
    post, warning = notifier.posts
    assert "7 invitations: 6 new, 1 expired unanswered" in post.payload["text"]
    assert "Answered" not in post.raw.decode()
    assert warning.payload["text"].startswith(
        "Nobody receives these alerts by email. No email subscription"
    )
    account.aws.subscribe_email(READER)
    notifier.tick(after=TICK)
    assert sorted(mail.subject or "" for mail in notifier.mails[5:]) == [
        f"New opportunity: {title}" for title in "DEF"
    ]
    assert len(notifier.posts) == 2


def test_blind_for_two_days(account: PartnerAccount, connected: Notifier) -> None:
    """What came and expired meanwhile is told with what is new, in one digest on each channel."""
    invite(account, "Told before", expires_in=30 * HOUR)
    connected.tick()
    connected.forget()
    account.wire.inject(
        Fault("partnercentral", aws_json_error("AccessDeniedException", "no", 403), times=None)
    )
    for hour, run in enumerate(live(connected, 2 * DAY)):
        assert run.metrics == {"Blind": 1, "AccessDenied": 1}
        if hour in (1, 10, 20):
            invite(account, f"Missed {hour}", expires_in=12 * HOUR)
            invite(account, f"Open {hour}", expires_in=9 * DAY)
    (answered,) = invite(account, "Answered")
    account.partner_central.reject(answered)
    assert connected.told() == {"mails": 0, "posts": 0}

    account.wire.heal_all()
    summary = connected.tick(after=TICK).summary
    assert (summary["new"], summary["missed"], summary["closed"]) == (3, 4, 4)
    expected = {f"Missed {hour}": "closed.expired" for hour in (1, 10, 20)}
    expected["Told before"] = "closed.expired"
    expected |= {f"Open {hour}": "new" for hour in (1, 10, 20)}
    assert told_of(connected) == expected
    assert connected.told() == {"mails": 1, "posts": 1}
    for run in live(connected, 2 * DAY, step=12 * HOUR):
        assert run.metrics.keys() == QUIET
    assert connected.told() == {"mails": 1, "posts": 1}


def test_a_long_outage_of_slack(account: PartnerAccount, connected: Notifier) -> None:
    """Mails are not late by a tick; Slack then gets what is still worth saying, in one digest."""
    invite(account, "Told before", expires_in=4 * DAY)
    connected.tick()
    connected.forget()
    account.slack.down = True
    for number in range(7):
        invite(account, f"Open {number}", expires_in=9 * DAY)
        connected.runtime.invoke({})
        assert told_of(connected) == {f"Open {number}": "new"}
        list(live(connected, 3 * TICK, step=TICK))
    (answered,) = invite(account, "Answered")
    invite(account, "Expired", expires_in=2 * DAY)
    for number, run in enumerate(live(connected, 3 * DAY)):
        assert run.metrics["FailedSlack"] >= 7
        if number == 20:
            account.partner_central.accept(answered)
    late = ["Under 3 days left: Told before", "Under 24 hours left: Told before"]
    late += ["Under 24 hours left: Expired", "Under 4 hours left: Expired"]
    late += ["Expired unanswered: Expired"]
    assert sorted(set(subjects(connected)) & set(late)) == sorted(late)
    assert len(connected.mails) == 7 + 2 + len(late)
    assert not connected.posts

    account.slack.down = False
    for run in live(connected, HOUR, step=TICK):
        assert run.error is None
    (post,) = connected.posts
    assert post.payload["text"].startswith("8 invitations: 7 new, 1 expiring soon")
    assert not [word for word in ("Answered", "• Expired ·") if word in post.raw.decode()]
    assert len(connected.mails) == 7 + 2 + len(late)
