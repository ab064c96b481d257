"""DynamoDB, SNS, CloudFormation and others by moto, whose state belongs to the whole process."""

from __future__ import annotations

import functools
import io
import json
import threading
from typing import Any
from xml.etree import ElementTree as ET

from moto.dynamodb.responses import DynamoHandler
from moto.moto_server.werkzeug_app import (
    BackendRequest,
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.test import EnvironBuilder, run_wsgi_app

from . import moto_expressions, moto_speed, moto_transactions
from .answers import SNS_NAMESPACE, Answer, Request

REGION = "us-east-1"
ACCOUNT = "123456789012"
_SEED = 2026

# Moto is not safe under threads: its conditional updates, above all, are not atomic.
_lock = threading.Lock()


def forward(request: Request) -> Answer:
    """Return moto's answer to a request."""
    return _sent(
        request.path,
        method=request.method,
        query_string=request.query,
        headers=dict(request.headers),
        input_stream=io.BytesIO(request.body),
    )


def reset() -> None:
    """Forget everything, and make moto choose the same random names again."""
    _post("/moto-api/reset")
    _post(f"/moto-api/seed?a={_SEED}")


def json_call(service: str, target: str, **parameters: Any) -> dict[str, Any]:
    """Call a service with a JSON protocol; for the simulator's own use, so it is not logged."""
    answer = _post(
        "/",
        headers={"X-Amz-Target": target, **_signed_for(service)},
        data=json.dumps(parameters),
        content_type="application/x-amz-json-1.1",
    )
    content: dict[str, Any] = json.loads(answer)
    return content


def query_call(service: str, action: str, wanted: str, **parameters: str) -> str:
    """Call a service with the query protocol; return the text of the answer's element `wanted`."""
    form = {"Action": action, "Version": "2010-03-31", **parameters}
    answer = _post("/", headers=_signed_for(service), data=form)
    return ET.fromstring(answer).findtext(f".//{{{SNS_NAMESPACE}}}{wanted}", "")


def _post(path: str, **request: Any) -> bytes:
    answer = _sent(path, method="POST", **request)
    if answer.status >= 400:
        raise RuntimeError(f"moto answered {answer.status}: {answer.body.decode()}")
    return answer.body


def _sent(path: str, **request: Any) -> Answer:
    builder = EnvironBuilder(path, **request)
    answer = _run(builder.get_environ())
    builder.close()
    return answer


def _run(environ: dict[str, Any]) -> Answer:
    with _lock:
        application = _application()  # And with it what spares moto work, for DynamoDB too.
        scope = environ.get("HTTP_AUTHORIZATION", "")
        if "/dynamodb/" in scope:
            return _of_dynamodb(environ)
        if "/cloudformation/" in scope:
            _prepare_stacks()
        chunks, status, headers = run_wsgi_app(application, environ, buffered=True)
        return Answer(int(status.split()[0]), b"".join(chunks), tuple(headers.items()))


def _of_dynamodb(environ: dict[str, Any]) -> Answer:
    """Spare nine calls of ten the way through Flask, which is a quarter of what they cost."""
    status, headers, body = DynamoHandler.dispatch(BackendRequest(environ))
    return Answer(int(status), body.encode(), tuple((n, str(v)) for n, v in headers.items()))


@functools.cache
def _application() -> DomainDispatcherApplication:
    moto_transactions.install()
    moto_expressions.install()
    moto_speed.install()
    return DomainDispatcherApplication(create_backend_app)


@functools.cache
def _prepare_stacks() -> None:
    # Importing moto's CloudFormation imports most of moto, which takes seconds.
    from . import moto_changes, moto_stacks, moto_types  # noqa: PLC0415

    for part in (moto_stacks, moto_changes, moto_types):
        part.install()


def _signed_for(service: str) -> dict[str, str]:
    """Return the header by which moto tells services apart; nobody checks the signature."""
    scope = f"simulator/20260101/{REGION}/{service}/aws4_request"
    signature = "SignedHeaders=host, Signature=0"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, {signature}"}
