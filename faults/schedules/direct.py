"""Carries the SDK's calls to the simulator without sockets.

They would take longer than all else in a run. Slack's calls go over real HTTP.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.dynamodb.models import dynamodb_backends
from urllib3 import HTTPHeaderDict

from simulator.account import PartnerAccount
from simulator.answers import Request
from simulator.moto_app import ACCOUNT, REGION
from simulator.server import Server
from simulator.wire import DroppedError


class _Raw(io.BytesIO):
    """An answer's body, as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.getvalue()


@contextmanager
def without_sockets(account: PartnerAccount) -> Iterator[None]:
    """Hand every request of botocore to the simulator in its own thread."""
    servers: dict[str, Server] = {
        part.url: part._server  # noqa: SLF001  (what stands behind the socket)
        for part in (account.partner_central, account.aws)
    }

    def send(_session: Any, request: AWSPreparedRequest) -> AWSResponse:
        address = urlsplit(request.url)
        server = servers[f"{address.scheme}://{address.netloc}"]
        try:
            answer = server.answered(_request(request))
        except DroppedError as error:
            raise ConnectionClosedError(
                endpoint_url=request.url, request=request, error=error
            ) from None
        given: Any = HTTPHeaderDict(answer.headers)
        return AWSResponse(request.url, answer.status, given, _Raw(answer.body))

    with mock.patch("botocore.httpsession.URLLib3Session.send", send):
        yield


def items(table: str) -> list[dict[str, Any]]:
    """Return all that a table holds, in DynamoDB's own form."""
    found = dynamodb_backends[ACCOUNT][REGION].get_table(table).all_items()
    return [item.to_json()["Attributes"] for item in found]


def _request(request: AWSPreparedRequest) -> Request:
    address = urlsplit(request.url)
    body: Any = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    given: Any = request.headers
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in given.items()
    }
    return Request(
        method=request.method,
        path=address.path or "/",
        headers=headers,
        body=body,
        query=address.query,
    )
