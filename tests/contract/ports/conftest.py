"""The function's own clients, as it builds them, for the stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.retries import quota

from notifier.adapters import aws
from simulator.account import PartnerAccount

pytest.register_assert_rewrite("tests.contract.ports.sides")

SERVICES = ("dynamodb", "sns", "secretsmanager", "sts")
A_PAGE = 2


@pytest.fixture(autouse=True)
def patient_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK try again as often as a client may: it allows a hundred times in all."""
    monkeypatch.setattr(quota.RetryQuota, "acquire", lambda *_: True)


@pytest.fixture(scope="session")
def clients(box: PartnerAccount) -> Mapping[str, Any]:
    """Return a client by service; the table's pages are small, and nothing is paced."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in box.environment().items():
            patch.setenv(name, value)
        session = aws.lenient(botocore.session.get_session())
        made = {name: aws.build(session, name) for name in SERVICES}
        selling = aws.selling(session, per_second=inf)
    made["dynamodb"].meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: {**params, "Limit": A_PAGE}
    )
    return {**made, "partnercentral": selling}


def told_by_aws(
    code: str, status: int = 400, message: str = "", operation: str = "Operation", **more: Any
) -> ClientError:
    """Return an error as the SDK tells it."""
    response: Any = {"Error": {"Code": code, "Message": message}, **more}
    response["ResponseMetadata"] = {"HTTPStatusCode": status}
    return ClientError(response, operation)
