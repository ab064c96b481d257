"""What AWS's words mean: every one of SNS, DynamoDB and Partner Central, and for all clients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import exceptions as sdk
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from notifier.adapters import aws
from notifier.adapters.ledger.errors import is_held, is_passing
from notifier.adapters.listing import check_answer
from notifier.adapters.pacer import Pacer
from notifier.adapters.partner_central import PartnerCentral, _explain
from notifier.adapters.sns import channel as sns
from notifier.core.backoff import Fate
from notifier.core.ports import ListingError
from simulator.account import PartnerAccount
from tests.contract.ports.conftest import told_by_aws

SNS = {
    Fate.NOT_SENT: "Throttled/429 Throttling ThrottlingException KMSThrottling StrangeWord/429",
    Fate.UNKNOWN: "InternalError/500 InvalidParameter/503",
    Fate.MESSAGE_REFUSED: "InvalidParameter InvalidParameterValue ParameterValueInvalid"
    " ValidationError ValidationException",
    Fate.SENDER_REFUSED: "AuthorizationError/403 NotFound/404 StrangeWord/499",
}
"""Codes, and statuses other than 400."""

UNANSWERED: Mapping[Fate, tuple[Exception, ...]] = {
    Fate.NOT_SENT: (
        sdk.ConnectTimeoutError(endpoint_url=""),
        sdk.EndpointConnectionError(endpoint_url="", error=""),
        sdk.NoCredentialsError(),
        sdk.ProxyConnectionError(proxy_url=""),
    ),
    Fate.UNKNOWN: (
        sdk.ReadTimeoutError(endpoint_url=""),
        sdk.ConnectionClosedError(endpoint_url=""),
        ResponseParserError(),
    ),
    Fate.MESSAGE_REFUSED: (sdk.ParamValidationError(report=""),),
}
PARTNER_CENTRAL = {
    told_by_aws("AccessDeniedException", operation="AssumeRole"): "partner_central_role_arn",
    told_by_aws("AccessDeniedException"): "AccessDenied: partnercentral:List is not allowed",
    told_by_aws("ValidationException", message="bad\nSort"): "sent (Catalog=AWS): bad Sort",
    told_by_aws("ValidationException"): "no reason given",
    told_by_aws("ThrottlingException"): "List (catalog AWS): ThrottlingException",
    sdk.ReadTimeoutError(endpoint_url=""): "no usable answer (ReadTimeoutError)",
}
PASSING = {
    "TransactionConflict": True,
    "None ThrottlingError": True,
    "ProvisionedThroughputExceeded None": True,
    "TransactionConflict ConditionalCheckFailed": False,
    "ValidationError": False,
    "": False,
}
HELD = {
    "ConditionalCheckFailed None": True,
    "None TransactionConflict": True,
    "None ConditionalCheckFailed": False,
    "": False,
}
DENIED = "AccessDenied AccessDeniedException AuthorizationError KMSAccessDenied"
CLIENTS = {
    "partnercentral-selling": (2, 6, 3),
    "dynamodb": (1, 3, 3),
    "sns": (3, 8, 1),
    "secretsmanager": (2, 3, 2),
    "sts": (2, 3, 2),
}
"""Seconds to connect and to wait, and attempts."""

DATES: Mapping[Any, datetime | None] = {
    "1970-01-01T00:00:00Z": datetime(1970, 1, 1, tzinfo=UTC),
    "2999-12-31T00:00:00": datetime(2999, 12, 31, tzinfo=UTC),
    "2026-03-02T10:00:00+01:00": datetime(2026, 3, 2, 9, tzinfo=UTC),
    "Mon, 02 Mar 2026 09:00:00 GMT": datetime(2026, 3, 2, 9, tzinfo=UTC),
    "20260302T090000Z": datetime(2026, 3, 2, 9, tzinfo=UTC),
    1772442000: datetime(2026, 3, 2, 9, tzinfo=UTC),
    **dict.fromkeys(["1969-12-31T00:00:00Z", "3000-01-01T00:00:00Z", "Today", ""]),
    **dict.fromkeys([1e300, -1e300, math.nan, math.inf, None, ()]),
}


def test_every_error_of_sns_has_one_meaning() -> None:
    """Its status says more than its word."""
    for fate, said in SNS.items():
        for code, _, status in (word.partition("/") for word in said.split()):
            found = sns._classify(told_by_aws(code, int(status or 400)), "Publish")
            assert (found.fate, found.reason) == (fate, f"Publish: {code}"), status


def test_what_never_left_was_not_published() -> None:
    """An answer that was not had, or not understood, says nothing."""
    for fate, errors in UNANSWERED.items():
        for error in errors:
            assert sns._classify(error, "Publish").fate is fate, error


def test_partner_centrals_errors_say_what_to_do() -> None:
    """In one line, with what was sent where that is at fault."""
    for error, words in PARTNER_CENTRAL.items():
        (line,) = _explain(error, "List", "AWS", "Catalog=AWS").splitlines()
        assert words in line


def test_a_transaction_is_tried_again_if_nothing_but_others_stood_in_its_way() -> None:
    """One reason of another kind is enough to give it up, and so is none."""
    for reasons, passing in PASSING.items():
        assert is_passing(cancelled(reasons)) is passing, reasons
    assert not is_passing(told_by_aws("AccessDeniedException"))


def test_a_lease_that_is_held_is_waited_for() -> None:
    """The first of a transaction's items asks for it."""
    for reasons, held in HELD.items():
        assert is_held(cancelled(reasons)) is held, reasons
    assert not is_held(told_by_aws("AccessDeniedException"))


def cancelled(reasons: str) -> ClientError:
    listed = [{"Code": code} for code in reasons.split()]
    return told_by_aws("TransactionCanceledException", CancellationReasons=listed)


def test_what_aws_denies_is_collected_by_name() -> None:
    """Once: whoever asks takes it away."""
    denials = aws.Denials()
    service = SimpleNamespace(service_name="sns")
    for code in (*DENIED.split(), "NotFound"):
        model = SimpleNamespace(service_model=service, name=code)
        denials.note(parsed={"Error": {"Code": code}}, model=model)
    assert denials.taken() == [f"sns:{code}" for code in DENIED.split()]
    assert denials.taken() == []


def test_each_service_is_waited_for_as_long_as_a_run_can_afford(clients: Mapping[str, Any]) -> None:
    """A publish is tried once: the topic would tell it twice."""
    for client in clients.values():
        config = client.meta.config
        attempts = config.retries["total_max_attempts"]
        expected = CLIENTS[client.meta.service_model.service_name]
        assert (config.connect_timeout, config.read_timeout, attempts) == expected


def test_every_date_is_utc_or_none() -> None:
    """Whatever its form, and whoever wrote it."""
    for text, moment in DATES.items():
        assert aws.lenient_timestamp(text) == moment, text


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]"])
def test_an_answer_that_is_no_object_is_none(body: bytes) -> None:
    """An error may have any body."""
    with pytest.raises(ResponseParserError):
        check_answer({"body": body, "status_code": 299})
    check_answer({"body": body, "status_code": 300})
    check_answer({"body": b"{}", "status_code": 200})


def test_a_pace_is_kept_by_waiting_before_each_call() -> None:
    """The first waits for nothing; the time that passes meanwhile counts."""
    slept: list[float] = []
    times = iter([1.0, 1.0, 1.25, 1.5, 2.0, 2.0])
    pacer = Pacer(2, clock=lambda: next(times), sleep=slept.append)
    for _ in range(3):
        pacer.wait()
    assert slept == [0.25]


ROLE = "arn:aws:iam::444455556666:role/reader"


@pytest.mark.parametrize("external_id", [None, "notifier"])
def test_another_accounts_invitations_are_read_in_a_roles_name(
    account: PartnerAccount, monkeypatch: pytest.MonkeyPatch, external_id: str | None
) -> None:
    """With the external id that it asks for; without the role there is nothing to be read."""
    for name, value in account.environment().items():
        monkeypatch.setenv(name, value)
    account.partner_central.reader = ROLE
    account.aws.roles.trust(ROLE, external_id=external_id)
    inbox = PartnerCentral(aws.partner_central(ROLE, external_id), catalog="AWS")
    assert inbox.pending() == []
    with pytest.raises(ListingError, match="AccessDenied"):
        PartnerCentral(aws.partner_central(None, None), catalog="AWS").pending()
