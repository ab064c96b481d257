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
    """The soonest of the pending ones counts, in seconds; nothing pending is a zero."""
    assert connected.tick().metrics == {"Heartbeat": 1, "Pending": 0}
    for days in (9, 5, 7):
        account.partner_central.invite(expires_in=days * DAY)
    assert connected.tick().metrics["NextExpirySeconds"] == 5 * 86_400
    assert connected.tick(after=HOUR).metrics["NextExpirySeconds"] == 5 * 86_400 - 3_600


@pytest.mark.parametrize("trouble", ["refuses", "is not connected"])
def test_what_stays_untold_is_overdue(
    account: PartnerAccount, connected: Notifier, trouble: str
) -> None:
    """The age of the oldest delivery still due grows until it is made."""
    fails = trouble == "refuses"
    if fails:
        account.wire.inject(Fault("slack", Refuse(404, b"channel_not_found"), times=None))
    else:
        account.aws.put_secret("{}")
    account.partner_central.invite(expires_in=9 * DAY)
    assert "OverdueSeconds" not in connected.tick(fails=fails).metrics
    assert connected.tick(after=HOUR / 2, fails=fails).metrics["OverdueSeconds"] == 1_800
    account.partner_central.invite(expires_in=9 * DAY)
    later = connected.tick(after=HOUR / 4, fails=fails)
    assert later.metrics["OverdueSeconds"] == later.summary["overdue_seconds"] == 2_700
    account.wire.heal_all()
    account.aws.put_secret({"webhook_url": account.slack.webhook_url})
    assert "OverdueSeconds" not in connected.tick(after=HOUR / 4).metrics


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
    inbox.invite(expires_in=3 * HOUR)  # In a gap.
    assert history(connected.tick(after=DAY)) == {"Received": [1], "ExpiredUnanswered": [1]}
    assert connected.tick().metrics == {"Heartbeat": 1, "Pending": 0}


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
