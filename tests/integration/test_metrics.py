"""What a run tells those who operate it, where no other test looks at it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from simulator.account import PartnerAccount
from simulator.injection import Service
from simulator.runtime import Invocation
from simulator.wire import Fault, Refuse, aws_json_error, aws_query_error
from tests.deployed import QUIET, Notifier

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NO_JSON = aws_json_error("AccessDeniedException", "no", 400)
NO_XML = aws_query_error("AuthorizationError", "no", 403)


def test_how_long_until_the_next_expiry(account: PartnerAccount, connected: Notifier) -> None:
    """The soonest of the pending ones counts, in seconds."""
    for days in (9, 5, 7):
        account.partner_central.invite(expires_in=days * DAY)
    assert connected.tick().metrics["NextExpirySeconds"] == 5 * 86_400
    assert connected.tick(after=HOUR).metrics["NextExpirySeconds"] == 5 * 86_400 - 3_600


def test_an_empty_inbox_has_no_next_expiry(connected: Notifier) -> None:
    """Nothing pending is a heartbeat and a zero."""
    assert connected.tick().metrics == {"Heartbeat": 1, "Pending": 0}


def test_what_stays_untold_is_overdue(account: PartnerAccount, connected: Notifier) -> None:
    """The age of the oldest delivery still due grows until it is made."""
    account.partner_central.invite(expires_in=9 * DAY)
    down = account.wire.inject(Fault("slack", Refuse(404, b"channel_not_found"), times=None))
    assert "OverdueSeconds" not in connected.tick(fails=True).metrics
    assert connected.tick(after=HOUR, fails=True).metrics["OverdueSeconds"] == 3_600
    account.partner_central.invite(expires_in=9 * DAY)
    later = connected.tick(after=HOUR, fails=True)
    assert later.metrics["OverdueSeconds"] == later.summary["overdue_seconds"] == 7_200
    account.wire.heal(down)
    assert "OverdueSeconds" not in connected.tick(after=HOUR).metrics


def test_what_nobody_can_hear_yet_is_overdue(account: PartnerAccount, notifier: Notifier) -> None:
    """A channel that is not connected owes its deliveries too."""
    account.aws.put_secret("{}")
    account.partner_central.invite(expires_in=9 * DAY)
    notifier.tick()
    assert notifier.tick(after=HOUR).metrics["OverdueSeconds"] == 3_600


@pytest.mark.parametrize(
    ("service", "operation", "refusal", "name"),
    [
        ("partnercentral", "ListEngagementInvitations", NO_JSON, "partnercentral-selling"),
        ("partnercentral", "GetEngagementInvitation", NO_JSON, "partnercentral-selling"),
        ("dynamodb", "Query", NO_JSON, "dynamodb"),
        ("dynamodb", "TransactWriteItems", NO_JSON, "dynamodb"),
        ("sns", "ListSubscriptionsByTopic", NO_XML, "sns"),
        ("sns", "Publish", NO_XML, "sns"),
        ("sns", "Publish", aws_query_error("KMSAccessDenied", "no", 400), "sns"),
        ("secretsmanager", "GetSecretValue", NO_JSON, "secretsmanager"),
    ],
)
def test_what_aws_refuses_is_counted_and_named(  # noqa: PLR0917
    account: PartnerAccount,
    connected: Notifier,
    service: Service,
    operation: str,
    refusal: Refuse,
    name: str,
) -> None:
    """Whichever call lacks its permission, the metric rises and the log line says which."""
    account.partner_central.invite(expires_in=9 * DAY)
    account.wire.inject(Fault(service, refusal, operation))
    connected.pass_time(HOUR)
    run = connected.runtime.invoke({})
    assert run.metrics["AccessDenied"] == 1
    assert run.summary["denied"] == [f"{name}:{operation}"]
    connected.tick(after=HOUR)
    assert "AccessDenied" not in connected.tick(after=HOUR).metrics


def test_other_refusals_are_no_lack_of_permission(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Throttling, or a message at fault, is another trouble."""
    account.partner_central.invite(expires_in=9 * DAY)
    account.wire.inject(Fault("sns", aws_query_error("Throttled", "slow down", 429), "Publish"))
    run = connected.tick(fails=True)
    assert (run.summary["denied"], "AccessDenied" in run.metrics) == ([], False)


HISTORY = ("Received", "Accepted", "Declined", "ExpiredUnanswered", "AnswerSeconds")


def history(run: Invocation) -> dict[str, list[float]]:
    """Return what a run reports of what came and how it ended: all values of each metric."""
    return {name: line[name] for line in run.lines for name in HISTORY if name in line}


def test_what_came_and_how_it_ended_is_counted_once(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Each invitation when it is first recorded, and when it is closed; not in between."""
    inbox = account.partner_central
    accepted, declined = inbox.invite(expires_in=9 * DAY), inbox.invite(expires_in=9 * DAY)
    inbox.invite(expires_in=3 * HOUR)
    assert history(connected.tick(after=HOUR)) == {"Received": [3]}
    assert history(connected.tick(after=HOUR / 2)) == {}
    inbox.accept(accepted)
    inbox.reject(declined)
    ended = history(connected.tick(after=HOUR / 2))
    assert ended == {"Accepted": [1], "Declined": [1], "AnswerSeconds": [7_200, 7_200]}
    assert history(connected.tick(after=2 * HOUR)) == {"ExpiredUnanswered": [1]}
    assert connected.tick().metrics == {"Heartbeat": 1, "Pending": 0}


def test_an_answer_takes_as_long_as_the_invitation_was_known(
    account: PartnerAccount, connected: Notifier
) -> None:
    """From its own date where it has one; the answer is dated by the run that saw it."""
    inbox = account.partner_central
    answered = [
        inbox.invite(expires_in=9 * DAY, invited_at=connected.now - DAY),
        inbox.invite(expires_in=9 * DAY, invited_at=connected.now + DAY),  # Whose clock is right?
    ]
    connected.tick()
    for invitation in answered:
        inbox.accept(invitation)
    assert sorted(history(connected.tick(after=HOUR))["AnswerSeconds"]) == [0, 25 * 3_600]


def test_what_came_and_expired_in_a_gap_is_part_of_the_history(
    account: PartnerAccount, connected: Notifier
) -> None:
    """It was received, and nobody answered it."""
    account.partner_central.invite(expires_in=3 * HOUR)
    assert history(connected.tick(after=DAY)) == {"Received": [1], "ExpiredUnanswered": [1]}
    assert history(connected.tick(after=HOUR)) == {}


def test_what_waits_for_a_channel_is_closed_later(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A closure that cannot be told yet is counted once it is, and once only."""
    invitation = account.partner_central.invite(expires_in=9 * DAY)
    connected.tick()
    account.partner_central.accept(invitation)
    fault = Fault("sns", aws_query_error("Throttled", "slow down", 429), "Publish", times=None)
    down = account.wire.inject(fault)
    assert history(connected.tick(after=HOUR, fails=True)) == {}
    account.wire.heal(down)
    assert history(connected.tick(after=HOUR)) == {"Accepted": [1], "AnswerSeconds": [3_600]}


def test_many_answers_at_once_are_all_sent(account: PartnerAccount, connected: Notifier) -> None:
    """CloudWatch takes a hundred values of one metric in a line; the rest is in the next line."""
    inbox = account.partner_central
    invited = [inbox.invite(expires_in=9 * DAY) for _ in range(100)]
    connected.tick()
    for invitation in invited:
        inbox.accept(invitation)
    run = connected.tick(after=HOUR)
    found = [line.get("AnswerSeconds", []) for line in run.lines if "_aws" in line]
    assert sorted(len(values) for values in found) == [0, 100]
    assert (run.metrics["Accepted"], run.metrics["Heartbeat"]) == (100, 1)


def test_every_metric_has_its_unit(account: PartnerAccount, connected: Notifier) -> None:
    """Times are in seconds, all else is counted; catalog and service are the dimensions."""
    account.partner_central.invite(expires_in=9 * DAY)
    account.wire.inject(Fault("slack", Refuse(404, b"channel_not_found"), times=None))
    connected.tick(fails=True)
    run = connected.tick(after=HOUR, fails=True)
    (line,) = (line for line in run.lines if "_aws" in line)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    assert {name for name, unit in units.items() if unit == "Seconds"} == {
        "OverdueSeconds",
        "NextExpirySeconds",
    }
    assert set(units) >= QUIET | {"FailedSlack"}
    assert [sorted(names) for names in directive["Dimensions"]] == [["catalog", "service"]]
    assert json.dumps(line).count("InvitationNotifier") == 1
