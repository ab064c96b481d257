"""Whether anybody hears the alarms is looked at once a day, and said where people read."""

from __future__ import annotations

import json
from datetime import timedelta

from simulator import moto_app
from simulator.account import PartnerAccount
from simulator.wire import Fault, aws_query_error
from tests.deployed import Notifier

DAY = timedelta(days=1)
LINE = "Nobody hears this notifier's alarms"


def alarms(notifier: Notifier) -> str:
    """Deploy with a topic for alarms, to which nobody is subscribed, and return its ARN."""
    arn: str = moto_app.query_call("sns", "CreateTopic", "TopicArn", Name="alarms")
    notifier.configure(ops_topic_arn=arn)
    return arn


def said(notifier: Notifier) -> int:
    """Return on how many channels it was said since `forget`."""
    posts = sum(LINE in json.dumps(post.payload) for post in notifier.posts)
    return posts + sum(LINE in str(mail.subject) for mail in notifier.mails)


def test_it_is_said_a_day_later_and_once_a_week(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """On every channel, until somebody is subscribed; a program counts as well."""
    arn = alarms(notifier)
    days = []
    for _ in range(10):
        notifier.forget()
        notifier.tick()
        notifier.tick(after=timedelta(hours=1))
        days.append(said(notifier))
        assert account.wire.count()["sns", "ListSubscriptionsByTopic"] == 2
        notifier.pass_time(DAY - timedelta(hours=1))
    assert days == [0, 2, 0, 0, 0, 0, 0, 0, 2, 0]
    endpoint = f"arn:aws:sqs:us-east-1:{moto_app.ACCOUNT}:alarms"
    moto_app.query_call(
        "sns", "Subscribe", "SubscriptionArn", TopicArn=arn, Protocol="sqs", Endpoint=endpoint
    )
    for _ in range(9):
        notifier.forget()
        notifier.tick(after=DAY)
        assert not said(notifier)


def test_what_cannot_be_looked_at_fails_the_run(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """And nothing is said of it."""
    notifier.tick()
    alarms(notifier)
    refused = aws_query_error("AuthorizationError", "no", 403)
    account.wire.inject(Fault("sns", refused, containing=b"alarms", times=None))
    run = notifier.tick(after=DAY, fails=True)
    assert "alarms: ListSubscriptionsByTopic: AuthorizationError" in str(run.error)
