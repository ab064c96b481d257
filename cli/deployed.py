"""What is deployed: the settings that the function itself runs with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from infra.config import REGION
from infra.deploy.account import error_code
from notifier.settings import Settings

from .account import Account
from .asked import StopError

if TYPE_CHECKING:
    from notifier.adapters.ledger import DynamoLedger
    from notifier.adapters.sns.channel import SnsChannel

OUTPUT = "FunctionName"


def settings(account: Account) -> Settings:
    """Return the deployed function's settings; raise StopError if there is none to ask."""
    name = outputs(account).get(OUTPUT)
    if name is None:
        raise StopError(f"stack {account.config.stack_name} has no output {OUTPUT}: deploy again")
    found = account.session.client("lambda", region_name=REGION).get_function_configuration(
        FunctionName=name
    )
    environment = found.get("Environment", {})
    if "Error" in environment:
        code = environment["Error"].get("ErrorCode", "unknown error")
        raise StopError(
            f"the settings of function {name} cannot be read ({code}): its KMS key does not let "
            "you decrypt them"
        )
    return Settings.from_env(environment.get("Variables", {}))


def outputs(account: Account) -> dict[str, str]:
    """Return the stack's outputs; raise StopError if there is no such stack."""
    stack = account.config.stack_name
    client = account.session.client("cloudformation", region_name=REGION)
    try:
        answer: Any = client.describe_stacks(StackName=stack)
    except ClientError as error:
        if error_code(error) != "ValidationError":
            raise
        raise StopError(
            f"there is no stack {stack} in {REGION}: deploy it, or name its catalog with "
            "-c catalog=…"
        ) from None
    found = answer["Stacks"][0].get("Outputs", ())
    return {output["OutputKey"]: output["OutputValue"] for output in found}


def channels(settings: Settings) -> tuple[str, ...]:
    """Return the deployed channels, as the function names them."""
    from notifier.bootstrap import policy

    return policy(settings).channels(slack=bool(settings.slack_secret_arn))


def ledger(account: Account, settings: Settings) -> DynamoLedger:
    """Return the ledger of what is deployed."""
    from notifier.adapters.ledger import DynamoLedger

    return DynamoLedger(
        account.client("dynamodb"),
        table=settings.table_name,
        catalog=settings.catalog,
        channels=channels(settings),
    )


def topic(settings: Settings, sns: Callable[[], Any]) -> SnsChannel:
    """Return the deployed topic as the function's own channel."""
    from notifier.adapters.sns.channel import SnsChannel, listed
    from notifier.bootstrap import deployed_policy

    return SnsChannel(
        sns,
        topic_arn=settings.topic_arn,
        subscriptions=listed(sns, settings.topic_arn),
        policy=deployed_policy(settings),
        zone=ZoneInfo(settings.timezone),
        url=settings.partner_central_url,
    )
