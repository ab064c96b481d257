"""DynamoDB, SNS, CloudFormation and others by moto, whose state belongs to the whole process."""

from __future__ import annotations

import functools
import io
import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

from . import moto_speed, moto_transactions
from .answers import SNS_NAMESPACE, Answer, Request

REGION = "us-east-1"
ACCOUNT = "123456789012"
_SEED = 2026

# Moto is not safe under threads: its conditional updates, above all, are not atomic.
_lock = threading.Lock()


def forward(request: Request) -> Answer:
    """Return moto's answer to a request."""
    scope = request.headers.get("authorization", "")
    with _lock:
        if "/cloudformation/" in scope:
            _prepare_stacks()
        return _by_flask(request)


def reset() -> None:
    """Forget everything, and make moto choose the same random names again."""
    _post("/moto-api/reset", {})
    _post("/moto-api/seed", {}, query=f"a={_SEED}")


def json_call(service: str, target: str, **parameters: Any) -> dict[str, Any]:
    """Call a service with a JSON protocol; for the simulator's own use, so it is not logged."""
    headers = {"x-amz-target": target, **_signed_for(service, "application/x-amz-json-1.1")}
    content: dict[str, Any] = json.loads(_post("/", headers, json.dumps(parameters)))
    return content


def query_call(service: str, action: str, wanted: str, **parameters: str) -> str:
    """Call a service with the query protocol; return the text of the answer's element `wanted`."""
    form = urlencode({"Action": action, "Version": "2010-03-31", **parameters})
    answer = _post("/", _signed_for(service, "application/x-www-form-urlencoded"), form)
    return ET.fromstring(answer).findtext(f".//{{{SNS_NAMESPACE}}}{wanted}", "")


def _post(path: str, headers: Mapping[str, str], body: str = "", *, query: str = "") -> bytes:
    request = Request(method="POST", path=path, headers=headers, body=body.encode(), query=query)
    answer = forward(request)
    if answer.status >= 400:
        raise RuntimeError(f"moto answered {answer.status}: {answer.body.decode()}")
    return answer.body


def _by_flask(request: Request) -> Answer:
    builder = EnvironBuilder(
        request.path,
        method=request.method,
        query_string=request.query,
        headers=list(request.headers.items()),
        input_stream=io.BytesIO(request.body),
    )
    chunks, status, headers = run_wsgi_app(_application(), builder.get_environ(), buffered=True)
    builder.close()
    return Answer(int(status.split()[0]), b"".join(chunks), tuple(headers.items()))


@functools.cache
def _application() -> DomainDispatcherApplication:
    moto_transactions.install()
    moto_speed.install()
    return DomainDispatcherApplication(create_backend_app)


@functools.cache
def _prepare_stacks() -> None:
    # Importing moto's CloudFormation imports most of moto, which takes seconds.
    from . import moto_changes, moto_stacks, moto_types  # noqa: PLC0415

    for part in (moto_stacks, moto_changes, moto_types):
        part.install()


def _signed_for(service: str, content_type: str) -> dict[str, str]:
    """Return headers by which moto tells services apart; nobody checks the signature."""
    scope = f"simulator/20260101/{REGION}/{service}/aws4_request"
    signature = "SignedHeaders=host, Signature=0"
    return {
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, {signature}",
        "content-type": content_type,
    }
