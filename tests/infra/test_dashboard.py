"""The dashboard shows what the function reports: some run emits each of its metrics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from notifier.core.recipients import recipient
from simulator.account import PartnerAccount
from tests.deployed import READER, Notifier
from tests.infra.cloudwatch import alarms
from tests.infra.conftest import Synth
from tests.infra.operated import (
    ARCHIVED,
    DAY,
    NOT_LISTED,
    NOTHING_LISTED,
    PUNCTUALITIES,
    THROTTLED,
    Operated,
    denied,
    invite,
)
from tests.infra.templates import EMAILS, Template, dashboard, only, resources

Identity = tuple[str, str, frozenset[tuple[str, str]]]


def widgets(template: Template, kind: str) -> list[Template]:
    return [w["properties"] for w in dashboard(template)["widgets"] if w["type"] == kind]


def shown(template: Template) -> Iterator[Identity]:
    """Yield the identity of every metric; in CloudWatch's syntax "." repeats the value above."""
    for widget in widgets(template, "metric"):
        above: list[str] = []
        for entry in widget["metrics"]:
            parts = [part for part in entry if isinstance(part, str)]
            if parts:  # Otherwise it is an expression over the others.
                above = [above[n] if part == "." else part for n, part in enumerate(parts)]
                namespace, name, *rest = above
                yield namespace, name, frozenset(zip(rest[::2], rest[1::2], strict=True))


def emit_everything(account: PartnerAccount, operated: Operated) -> None:
    """Go through everything that there is a metric for."""
    inbox, wire = account.partner_central, account.wire
    invite(account)
    account.aws.put_secret(" ")
    account.aws.unsubscribe(READER)
    account.aws.subscribe_email("later@partner.example", confirmed=False)
    operated.run(1)  # Not connected: deliveries wait.
    account.aws.confirm("later@partner.example")
    account.aws.put_secret({"webhook_url": account.slack.webhook_url})
    wire.inject(denied("partnercentral", "GetEngagementInvitation"))
    accepted = inbox.invite(title="Accepted", expires_in=9 * DAY)
    operated.run(1)  # Delivered, without details.
    inbox.accept(accepted)
    declined = inbox.invite(title="Declined", expires_in=9 * DAY)
    inbox.invite(title="With a reminder", expires_in=timedelta(hours=72, minutes=8))
    operated.run(3)  # A status that cannot be looked up, and a reminder.
    wire.heal_all()
    inbox.reject(declined)
    operated.run(1)  # Two answers.
    for fault in (ARCHIVED, THROTTLED):
        wire.inject(fault)
    inbox.invite(title="Missed", expires_in=timedelta(minutes=8))
    operated.run(3)  # Both channels fail until it has expired.
    wire.heal_all()
    operated.run(1)  # What has expired is told, and closed.
    inbox.add_raw({"Catalog": "AWS", "ParticipantType": "RECEIVER", "Status": "PENDING"})
    operated.run(1)  # An entry without an id.
    account.aws.overwrite("lease", "sns_doubts", {"S": "many"})
    operated.run(1)  # Something in the ledger that nobody can read.
    wire.inject(NOTHING_LISTED)
    operated.run(2)  # What is pending is left out.
    wire.heal_all()
    wire.inject(NOT_LISTED)
    operated.run(1)  # Blind.


@pytest.mark.parametrize("slack", [True, False])
def test_every_metric_is_one_that_a_run_emits(
    account: PartnerAccount, notifier: Notifier, synth: Synth, *, slack: bool
) -> None:
    """In this namespace, with these dimensions; a channel that is off is not shown."""
    recipients = (recipient(READER), recipient("other@partner.example"))
    notifier.configure(recipients=recipients)  # One of them is subscribed.
    operated = Operated(account, notifier, PUNCTUALITIES["in the middle of each period"])
    emit_everything(account, operated)
    emitted = {(s.namespace, s.name, s.dimensions) for s in operated.metrics.points}
    template = synth(emails=EMAILS, slack=slack)
    found = {metric for metric in shown(template) if not metric[0].startswith("AWS/")}
    assert found <= emitted
    unshown = {name for namespace, name, _ in emitted - found if not namespace.startswith("AWS/")}
    assert all(name.endswith("Slack") for name in unshown)
    assert bool(unshown) is not slack


def test_alarms_watch_what_a_run_emits(
    account: PartnerAccount, notifier: Notifier, template: Template
) -> None:
    """In the unit in which it is emitted; an alarm in another unit would have no data."""
    operated = Operated(account, notifier, PUNCTUALITIES["in the middle of each period"])
    emit_everything(account, operated)
    watched = {m.series for alarm in alarms(template).values() for m in alarm.metrics.values()}
    ours = {series for series in watched if series.namespace != "AWS/SQS"}
    assert ours <= set(operated.metrics.points)


def test_metrics_of_aws_are_about_this_stack(template: Template) -> None:
    """Errors and duration of its function, messages in its dead-letter queue."""
    function, _ = only(template, "AWS::Lambda::Function")
    queue, _ = only(template, "AWS::SQS::Queue")
    of_function = frozenset({("FunctionName", f"${{{function}}}")})
    of_queue = frozenset({("QueueName", f"${{{queue}.QueueName}}")})
    assert {metric for metric in shown(template) if metric[0].startswith("AWS/")} == {
        ("AWS/Lambda", "Errors", of_function),
        ("AWS/Lambda", "Throttles", of_function),
        ("AWS/Lambda", "Duration", of_function),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", of_queue),
    }


def test_it_shows_every_alarm(template: Template) -> None:
    """At the top, so that red is seen first."""
    first = dashboard(template)["widgets"][0]
    assert (first["type"], first["y"]) == ("alarm", 0)
    ids = resources(template, "AWS::CloudWatch::Alarm")
    assert set(first["properties"]["alarms"]) == {f"${{{logical_id}.Arn}}" for logical_id in ids}


@pytest.mark.parametrize("minutes", [5, 60])
def test_numbers_are_current(synth: Synth, minutes: int) -> None:
    """An older value says nothing about what is pending now."""
    numbers = [
        widget
        for widget in widgets(synth(schedule_minutes=minutes), "metric")
        if widget["view"] == "singleValue"
    ]
    assert len(numbers) == 4
    assert {widget["start"] for widget in numbers} == {f"-PT{3 * minutes}M"}


def test_the_history_is_a_quarter_by_weeks(template: Template) -> None:
    """Whatever range the dashboard shows: counts, and the median of the times to answer."""
    counts, hours = (w for w in widgets(template, "metric") if w.get("start") == "-P13W")
    assert [metric[-1]["label"] for metric in counts["metrics"]] == [
        "Received",
        "Accepted",
        "Declined",
        "Expired unanswered",
    ]
    (_, source) = hours["metrics"]
    assert source[-1]["stat"] == "p50"
    periods = {metric[-1]["period"] for metric in (*counts["metrics"], source)}
    assert periods == {7 * 24 * 3600}


def test_it_queries_the_functions_log(template: Template) -> None:
    """The latest runs that went wrong, whether they could log it themselves or not."""
    group, _ = only(template, "AWS::Logs::LogGroup")
    (log,) = widgets(template, "log")
    assert log["query"].startswith(f"SOURCE '${{{group}}}' | fields @timestamp, level, message")
    assert 'level in ["ERROR", "WARNING"] or @message like /Task timed out' in log["query"]


@pytest.mark.parametrize("catalog", ["AWS", "Sandbox"])
def test_two_catalogs_have_two_dashboards(synth: Synth, catalog: str) -> None:
    """The name contains the catalog, in a form that CloudWatch accepts."""
    _, resource = only(synth(catalog=catalog), "AWS::CloudWatch::Dashboard")
    assert resource["Properties"]["DashboardName"] == f"InvitationNotifier-{catalog}"


def test_rows_fill_the_width(template: Template) -> None:
    """Each row has 24 columns, and nothing overlaps."""
    rows: dict[int, int] = {}
    for widget in dashboard(template)["widgets"]:
        assert widget["x"] == rows.get(widget["y"], 0)
        rows[widget["y"]] = widget["x"] + widget["width"]
    assert set(rows.values()) == {24}
