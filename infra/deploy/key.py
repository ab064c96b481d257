"""Whether a key of the customer's own lets the stack use it: the likeliest reason to fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import key_policy
from infra.config import REGION

from .account import NotReadyError, error_code

WHERE = "docs/security.md#a-key-of-your-own"


def check_key(session: boto3.Session, key_arn: str, *, account: str, stack: str) -> str | None:
    """Raise NotReadyError if a key cannot be used, or its policy lacks what the stack needs.

    Return one line if that cannot be checked. A statement's conditions are ignored.
    """
    kms: Any = session.client("kms", region_name=REGION)
    try:
        described = kms.describe_key(KeyId=key_arn)["KeyMetadata"]
        policy = json.loads(kms.get_key_policy(KeyId=key_arn, PolicyName="default")["Policy"])
    except (ClientError, BotoCoreError, ValueError) as error:
        code = error_code(error)
        if code == "NotFoundException":
            raise NotReadyError(f"the key {key_arn} does not exist") from None
        return f"cannot check whether {key_arn} can be used ({code}); continuing. See {WHERE}"
    if (state := described.get("KeyState")) != "Enabled":
        raise NotReadyError(f"the key {key_arn} is in state {state}; allowed: Enabled")
    if (spec := described.get("KeySpec", "SYMMETRIC_DEFAULT")) != "SYMMETRIC_DEFAULT":
        raise NotReadyError(f"the key {key_arn} has the spec {spec}; allowed: SYMMETRIC_DEFAULT")
    if missing := list(_missing(policy, account, stack)):
        raise NotReadyError(
            f"the policy of the key {key_arn} lacks {', '.join(missing)}; add what {WHERE} shows"
        )
    return None


def _missing(policy: dict[str, Any], account: str, stack: str) -> Iterator[str]:
    """Yield the names of the needed statements that no statement of the policy covers."""
    allowing = [s for s in _listed(policy.get("Statement")) if s.get("Effect") == "Allow"]
    for needed in key_policy.statements(account=account, stack=stack):
        # Any action that is delegated to the account's root is taken for delegation to IAM.
        actions = ["kms:Decrypt"] if needed["Action"] == "kms:*" else _listed(needed["Action"])
        for action in actions:
            if not any(_allows(s, needed["Principal"], action.rstrip("*")) for s in allowing):
                yield needed["Sid"]
                break


def _allows(statement: dict[str, Any], principal: dict[str, str], action: str) -> bool:
    if "NotAction" in statement or "NotPrincipal" in statement:
        return True  # Perhaps it does; CloudFormation will find out.
    patterns = [pattern.lower() for pattern in _listed(statement.get("Action"))]
    wanted = action.lower()
    is_action = any(fnmatchcase(wanted, p) or fnmatchcase(wanted, p.rstrip("*")) for p in patterns)
    return is_action and _includes(statement.get("Principal"), principal)


def _includes(given: Any, wanted: dict[str, str]) -> bool:
    if given == "*":
        return True
    ((kind, name),) = wanted.items()
    names = _listed(given.get(kind)) if isinstance(given, dict) else []
    account = name.split(":")[4] if kind == "AWS" else name
    return bool({"*", name, account} & set(names))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
