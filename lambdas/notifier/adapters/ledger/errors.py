"""What DynamoDB's refusals mean: what was found otherwise, what passes, what a lease stands for."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ...core.ports import LedgerError


class ConditionFailed(LedgerError):  # noqa: N818  (what happened, not what is wrong)
    """A conditional write found something else than it asked for."""


class Passing(LedgerError):  # noqa: N818  (as above)
    """A transaction met another one, or a throttle, and did nothing."""


_PASSING = {"None", "ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"}
"""Reasons of a cancelled transaction; None is that of the items which were not at fault.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""


def _codes(error: ClientError) -> list[str]:
    reasons: Any = error.response.get("CancellationReasons") or ()
    return [str(reason.get("Code")) for reason in reasons]


def is_held(error: ClientError) -> bool:
    """Say whether a transaction waits for a lease, which its first item asks for."""
    codes = _codes(error)
    return codes[:1] == ["ConditionalCheckFailed"] or "TransactionConflict" in codes


def why(error: ClientError) -> str:
    if "ConditionalCheckFailed" in _codes(error):
        return "it was told or ended meanwhile"
    return error.response.get("Error", {}).get("Code", "unknown error")


def is_passing(error: ClientError) -> bool:
    reasons: Any = error.response.get("CancellationReasons") or ()
    return bool(reasons) and all(reason.get("Code") in _PASSING for reason in reasons)
