"""What is deployed: the settings that the function itself runs with."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from infra.config import REGION
from infra.deploy.account import error_code
from notifier.settings import Settings

from .account import Account
from .asked import StopError

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
