"""Whether Partner Central answers: each action that the function needs, tried by calling it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from cli.account import Account
from infra.deploy.account import error_code

from .finding import Finding, unchecked, well, wrong

NOBODYS = "engi-0000000000000"
"""An invitation that nobody has: to be told so takes the permission to ask."""

LIST, GET = "ListEngagementInvitations", "GetEngagementInvitation"


def partner_central(account: Account) -> Iterator[Finding]:
    """Try both reading actions, with the present credentials or through the configured role."""
    client, catalog = account.partner_central(), account.config.catalog
    try:
        answer = client.list_engagement_invitations(
            Catalog=catalog, ParticipantType="RECEIVER", Status=["PENDING"], MaxResults=1
        )
    except ClientError as error:
        yield _refused(account, error, LIST)
        return
    yield well("listing", f"{LIST} is allowed in the catalog {catalog}: the account is linked")
    summaries = answer.get("EngagementInvitationSummaries") or [{}]
    yield _details(account, client, summaries[0].get("Id") or NOBODYS)


def _details(account: Account, client: Any, id_: str) -> Finding:
    try:
        client.get_engagement_invitation(Catalog=account.config.catalog, Identifier=id_)
    except ClientError as error:
        if error_code(error) not in ("ResourceNotFoundException", "ValidationException"):
            return _refused(account, error, GET)
    return well("details", f"{GET} is allowed")


def _refused(account: Account, error: ClientError, operation: str) -> Finding:
    """Say what a refusal means: it is IAM's, another role's, or that of an account not linked."""
    catalog, code = account.config.catalog, error_code(error)
    name = "listing" if operation == LIST else "details"
    if error.operation_name == "AssumeRole":
        return unchecked(
            name,
            f"the role {account.config.partner_central_role_arn} cannot be assumed from here "
            f"({code}); it need not be: it trusts the function's role. See the last run",
        )
    if code == "ThrottlingException":
        return unchecked(name, "Partner Central is busy: others share the quota. Try again")
    if code == "ResourceNotFoundException":
        return wrong(
            name,
            f"the account has no catalog {catalog} ({code})",
            "name the other catalog with -c catalog=…, or ask for access to this one in "
            "Partner Central",
            fatal=True,
        )
    if code != "AccessDeniedException":
        return unchecked(name, f"{operation} failed ({code})")
    if "authorized to perform" in str(error):
        return wrong(
            name,
            f"IAM does not allow partnercentral:{operation} in the catalog {catalog}",
            f"allow partnercentral:{operation}: the prefix is partnercentral, and "
            "partnercentral-selling: grants nothing (docs/security.md)",
            fatal=True,
        )
    return wrong(
        name,
        f"Partner Central refuses {operation} ({code}) in the catalog {catalog}: the account does "
        "not seem to be linked to it",
        "use the account that is linked to Partner Central, or name a role in it with "
        "-c partner_central_role_arn=…",
        fatal=True,
    )
