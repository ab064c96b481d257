"""A first deployment that failed: what it left behind, and how that is removed.

docs/decisions/0008-a-first-deployment-that-fails.md says why.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from infra.config import REGION

from .account import NotReadyError, error_code

NEVER_WORKED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})
"""States of a stack whose creation failed: it can only be deleted.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

IN_PROGRESS = frozenset({"CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"})

Ask = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Leftover:
    """A resource that outlives its stack, and whether anything was ever stored in it."""

    kind: str
    name: str
    is_empty: bool

    def __str__(self) -> str:
        return f"the {self.kind} {self.name}"


def ask(question: str) -> bool:
    """Ask in the terminal; without one, the answer is no."""
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def remove_failed(
    session: boto3.Session, stack: str, *, approved: bool, asking: Ask = ask
) -> str | None:
    """After asking, remove the stack of a first deployment that failed, and what it left behind.

    CDK would try to delete it too, but cannot: it turns termination protection on first. Return one
    line if the state cannot be checked; raise NotReadyError if the stack stays.
    """
    formation: Any = session.client("cloudformation", region_name=REGION)
    try:
        status = _status(formation, stack)
    except (ClientError, BotoCoreError) as error:
        return f"cannot check what state {stack} is in ({error_code(error)}); continuing"
    if status in IN_PROGRESS:
        raise NotReadyError(f"{stack} is in state {status}; try again once that has finished")
    if status not in NEVER_WORKED:
        return None
    try:
        _remove(session, formation, stack, status, approved=approved, asking=asking)
    except (ClientError, BotoCoreError) as error:
        raise NotReadyError(
            f"{stack} could not be removed ({error_code(error)}); "
            "see docs/operations.md#a-first-deployment-that-failed"
        ) from None
    return None


def _remove(
    session: boto3.Session, formation: Any, stack: str, status: str, *, approved: bool, asking: Ask
) -> None:
    leftovers = list(_leftovers(session, formation, stack))
    for line in _plan(stack, status, _reason(formation, stack), leftovers):
        print(line)
    if not approved and not asking("Delete it and deploy again?"):
        raise NotReadyError(
            f"{stack} is left over from a first deployment that failed, and has to be deleted; "
            "nothing was changed: run this again in a terminal, or with --yes"
        )
    formation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    formation.delete_stack(StackName=stack)
    print(f"Deleting {stack} ...", flush=True)
    try:
        formation.get_waiter("stack_delete_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 5, "MaxAttempts": 120}
        )
    except WaiterError:
        raise NotReadyError(
            f"{stack} could not be deleted; see its events in the CloudFormation console"
        ) from None
    for leftover in leftovers:
        if leftover.is_empty:
            _delete(session, leftover)


def _plan(stack: str, status: str, reason: str | None, leftovers: list[Leftover]) -> Iterator[str]:
    yield f"\n{stack} is left over from a first deployment that failed ({status}); it never worked."
    if reason:
        yield f"It failed because: {reason}"
    removed = [str(leftover) for leftover in leftovers if leftover.is_empty]
    kept = [str(leftover) for leftover in leftovers if not leftover.is_empty]
    yield (
        "To deploy again, its termination protection is turned off and it is deleted"
        + (f", along with {' and '.join(removed)} (nothing was stored there)." if removed else ".")
    )
    if kept:
        yield f"Kept, because something was stored there: {' and '.join(kept)}."


def _status(formation: Any, stack: str) -> str | None:
    """Return the stack's state; None if there is none."""
    try:
        (found,) = formation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response.get("Error", {}).get("Message", ""):
            return None
        raise
    return str(found["StackStatus"])


def _reason(formation: Any, stack: str) -> str | None:
    """Return why the first resource failed, other than by cancellation."""
    pages = formation.get_paginator("describe_stack_events").paginate(StackName=stack)
    failed = [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
        for page in pages
        for event in page["StackEvents"]
        if event.get("ResourceStatus") == "CREATE_FAILED"
        and "cancelled" not in event.get("ResourceStatusReason", "")
    ]
    return failed[-1] if failed else None  # The latest event comes first.


def _leftovers(session: boto3.Session, formation: Any, stack: str) -> Iterator[Leftover]:
    """Yield the tables and secrets that deleting the stack leaves behind."""
    left = {
        "AWS::DynamoDB::Table": ("table", _is_empty),
        "AWS::SecretsManager::Secret": ("secret", _has_no_value),
    }
    found = formation.describe_stack_resources(StackName=stack)["StackResources"]
    for resource in found:
        name = resource.get("PhysicalResourceId")
        if (
            resource["ResourceType"] in left
            and name
            and resource["ResourceStatus"] != "DELETE_COMPLETE"
        ):
            kind, look = left[resource["ResourceType"]]
            is_empty = look(session, name)
            if is_empty is not None:
                yield Leftover(kind, name, is_empty)


def _is_empty(session: boto3.Session, table: str) -> bool | None:
    """Tell whether a table holds nothing; None if there is no such table."""
    client: Any = session.client("dynamodb", region_name=REGION)
    try:
        return not client.scan(TableName=table, Limit=1)["Count"]
    except client.exceptions.ResourceNotFoundException:
        return None


def _has_no_value(session: boto3.Session, secret: str) -> bool | None:
    """Tell whether a secret was never filled, without reading it; None if there is none."""
    client: Any = session.client("secretsmanager", region_name=REGION)
    try:
        return not client.describe_secret(SecretId=secret).get("VersionIdsToStages")
    except client.exceptions.ResourceNotFoundException:
        return None


def _delete(session: boto3.Session, leftover: Leftover) -> None:
    if leftover.kind == "secret":
        secrets: Any = session.client("secretsmanager", region_name=REGION)
        secrets.delete_secret(SecretId=leftover.name, ForceDeleteWithoutRecovery=True)
        return
    tables: Any = session.client("dynamodb", region_name=REGION)
    try:
        tables.update_table(TableName=leftover.name, DeletionProtectionEnabled=False)
        tables.get_waiter("table_exists").wait(TableName=leftover.name)
        tables.delete_table(TableName=leftover.name)
    except tables.exceptions.ResourceNotFoundException:
        return  # It was deleted with the stack.
