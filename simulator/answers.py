"""What goes over the wire: requests, answers, and the errors that the services really give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

SNS_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
REQUEST_ID = "00000000-0000-4000-8000-000000000000"
"""Made up, and always the same: nobody looks a simulated request up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request; header names are lower-case, `query` is what follows the question mark."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: str = ""

    def form(self) -> dict[str, str]:
        """Return the form-encoded fields of the body."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse(Answer):
    """An answer that says no: as a fault, it is given in place of the call's effect."""


class ServiceError(Exception):
    """Ends a call with `refusal` as its answer."""

    def __init__(self, refusal: Refuse) -> None:
        super().__init__(refusal.body.decode())
        self.refusal = refusal


def json_answer(status: int, content: Any, *, kind: str = "application/json") -> Answer:
    return Answer(status, json.dumps(content).encode(), (("Content-Type", kind),))


def text_answer(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), (("Content-Type", "text/plain; charset=utf-8"),))


def aws_json_error(
    code: str, message: str, status: int = HTTPStatus.BAD_REQUEST, **members: Any
) -> Refuse:
    """Return an error as Partner Central, DynamoDB and Secrets Manager give it."""
    # Services differ in how they spell the message; clients take either.
    content = {"__type": code, "message": message, "Message": message, **members}
    headers = (("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-RequestId", REQUEST_ID))
    return Refuse(status, json.dumps(content).encode(), headers)


def aws_query_error(code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> Refuse:
    """Return an error as SNS gives it: XML."""
    fault = "Receiver" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Sender"
    body = (
        f'<ErrorResponse xmlns="{SNS_NAMESPACE}"><Error><Type>{fault}</Type>'
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    )
    return Refuse(status, body.encode(), (("Content-Type", "text/xml"),))
