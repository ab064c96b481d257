"""Whether what is deployed works: the stack, its settings, its topics, its runs and its alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.account import Account
from cli.deployed import channels
from cli.deployed import ledger as deployed_ledger
from cli.look import look
from cli.standing import SILENT_PERIODS
from infra import subscriptions
from infra.config import REGION
from infra.deploy.account import error_code
from infra.deploy.failed import NEVER_WORKED
from notifier.adapters.partner_central import PartnerCentral
from notifier.bootstrap import policy
from notifier.run import trust
from notifier.settings import Settings

from .finding import Finding, unchecked, well, wrong

OVERDUE = timedelta(hours=1)
"""As of the alarm "deliveries overdue"."""

RUNBOOK = "docs/operations.md"
DEPLOY = "make deploy"


def stack(account: Account) -> tuple[Any, Finding]:
    """Return the stack's description and what it says; None if there is none to speak of."""
    name = account.config.stack_name
    client: Any = account.session.client("cloudformation", region_name=REGION)
    try:
        found = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error_code(error) != "ValidationError":
            return None, unchecked("stack", f"cannot be looked at ({error_code(error)})")
        return None, wrong("stack", f"{name} is not deployed", f"run `{DEPLOY}`", fatal=True)
    except BotoCoreError as error:
        remedy = "check the network, the proxy and AWS_ENDPOINT_URL, then run this again"
        says = f"CloudFormation cannot be reached ({type(error).__name__})"
        return None, wrong("stack", says, remedy, fatal=True)
    state = found["StackStatus"]
    if state in NEVER_WORKED:
        remedy = f"run `{DEPLOY}` again: it removes what is left over"
        return None, wrong("stack", f"{name} is in state {state}", remedy, fatal=True)
    if "FAILED" in state:
        remedy = f"look at its events in the CloudFormation console, then run `{DEPLOY}`"
        return found, wrong("stack", f"{name} is in state {state}", remedy)
    return found, well("stack", f"{name} is deployed ({state})")


def outputs(described: Any) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", ())}


def drift(account: Account, settings: Settings, described: Any) -> Iterator[Finding]:
    """Compare what is deployed with this configuration."""
    differing = list(_differing(account, settings))
    if described.get("DriftInformation", {}).get("StackDriftStatus") == "DRIFTED":
        differing.append("CloudFormation has detected drift")
    if differing:
        remedy = f"run `{DEPLOY}`, or pass the same -c key=value as when it was deployed"
        yield wrong("drift", f"deployed otherwise: {', '.join(differing)}", remedy)
    else:
        yield well("drift", "deployed as configured")


def _differing(account: Account, settings: Settings) -> Iterator[str]:
    config = account.config
    deployed, wanted = settings.to_env(), replace(settings, **config.chosen()).to_env()
    for name in config.chosen():
        is_, not_ = (env.get(name.upper(), "empty") for env in (deployed, wanted))
        if is_ != not_:
            yield f"{name} is {is_}, not {not_}"
    if set(settings.recipients) != set(subscriptions.heads(config)):
        yield "emails are other addresses"
    if (settings.slack_secret_arn is not None) != config.slack:
        yield f"slack is {str(not config.slack).lower()}, not {str(config.slack).lower()}"
    if config.slack_secret_arn not in (None, settings.slack_secret_arn):
        yield "slack_secret_arn names another secret"
    minutes = _schedule_minutes(account)
    if minutes not in (None, config.schedule_minutes):
        yield f"schedule_minutes is {minutes}, not {config.schedule_minutes}"


def _schedule_minutes(account: Account) -> int | None:
    """Return how often the deployed template lets it run; None if it does not say."""
    client: Any = account.session.client("cloudformation", region_name=REGION)
    body = client.get_template(StackName=account.config.stack_name).get("TemplateBody")
    template = json.loads(body) if isinstance(body, str) else body or {}
    for resource in template.get("Resources", {}).values():
        if resource.get("Type") == "AWS::Scheduler::Schedule":
            words = (
                str(resource["Properties"].get("ScheduleExpression", "")).strip("rate()").split()
            )
            return int(words[0]) * (60 if words[1].startswith("hour") else 1)
    return None


def runs(account: Account, settings: Settings) -> Iterator[Finding]:
    """Say when the last successful run was, and what is due and was not delivered."""
    ledger, now = deployed_ledger(account, settings), datetime.now(UTC)
    try:
        state = trust.state(ledger.state(), now)
    except Exception as error:
        if "ResourceNotFound" not in str(error):
            raise
        remedy = f"restore it ({RUNBOOK}#restoring-the-table)"
        yield wrong("ledger", f"the table {settings.table_name} is gone", remedy, fatal=True)
        return
    yield well("ledger", "can be read")
    if "completed_at" in state.flaws:
        return  # Nobody can say; the deliveries' check names it.
    yield _last_run(state.completed_at, now, timedelta(minutes=account.config.schedule_minutes))


def _last_run(completed_at: datetime | None, now: datetime, period: timedelta) -> Finding:
    remedy = f"look at the log, as {RUNBOOK}#no-successful-run says"
    if completed_at is None:
        return wrong("last run", "no run has ever succeeded", remedy, fatal=True)
    minutes = int((now - completed_at) / timedelta(minutes=1))
    if now - completed_at > SILENT_PERIODS * period:
        return wrong(
            "last run", f"the last one that succeeded was {minutes} min ago", remedy, fatal=True
        )
    return well("last run", f"succeeded {minutes} min ago")


def deliveries(account: Account, settings: Settings) -> Iterator[Finding]:
    """Say what is due by now, and for how long."""
    now = datetime.now(UTC)
    source = PartnerCentral(
        account.partner_central(), catalog=settings.catalog, payload_types=settings.payload_types
    )
    known = look(
        source,
        deployed_ledger(account, settings),
        channels=channels(settings),
        policy=policy(settings),
        now=now,
    )
    for line in known.doubted:
        remedy = f"the next run mends it; if it comes again, see {RUNBOOK}#ledger-not-believed"
        yield wrong("ledger", line, remedy)
    due = known.plan(now).due
    oldest = max((now - delivery.alert.since for delivery in due), default=timedelta(0))
    minutes = int(oldest / timedelta(minutes=1))
    if oldest > OVERDUE:
        late = sorted({d.channel for d in due if now - d.alert.since > OVERDUE})
        remedy = f"mend what is wrong above, or see {RUNBOOK}#deliveries-overdue; `status` has each"
        says = f"{len(due)} due, on {', '.join(late)} for {minutes} min"
        yield wrong("deliveries", says, remedy)
    else:
        since = f", for {minutes} min at most" if due else ""
        yield well("deliveries", f"{len(due)} due{since}")


def alarms(account: Account) -> Iterator[Finding]:
    """Name the alarms that ring."""
    prefix = f"{account.config.stack_name}: "
    client: Any = account.session.client("cloudwatch", region_name=REGION)
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    ringing = [a["AlarmName"].removeprefix(prefix) for a in found if a["StateValue"] == "ALARM"]
    for name in ringing:
        yield wrong("alarm", f"'{name}' rings", f"see {RUNBOOK}#{name.replace(' ', '-')}")
    if not found:
        yield wrong("alarms", "there are none", f"run `{DEPLOY}`")
    elif not ringing:
        yield well("alarms", f"none of {len(found)} rings")
