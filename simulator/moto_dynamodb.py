"""Pass DynamoDB's calls, by far the most frequent, to moto's handler by the shortest way."""

from __future__ import annotations

import io
from typing import Any

from moto.core.request import environ_key_for_header
from moto.dynamodb.responses import DynamoHandler
from moto.iam.models import mark_account_as_visited
from moto.moto_server.werkzeug_app import BackendRequest

from .answers import Answer, Request

_URL = "http://localhost/"


def answered(request: Request) -> Answer:
    """Return moto's answer to a call; there is no Flask and no form on its way."""
    named = {environ_key_for_header(name): value for name, value in request.headers.items()}
    environ = named | {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input": io.BytesIO(request.body),
    }
    status, headers, body = _Handler.dispatch(BackendRequest(environ))
    return Answer(int(status), body.encode(), tuple((n, str(v)) for n, v in headers.items()))


class _Handler(DynamoHandler):
    def setup_class(self, request: Any, *_: Any, **__: Any) -> None:
        """Note what the handler reads of a call, without looking for forms, files and URLs."""
        self.is_werkzeug_request = request.from_wsgi_server
        self.normalized_request = request
        self.headers = request.headers
        self.region = self.get_region_from_url(request, _URL)
        self.querystring: dict[str, Any] = {}
        self.response_headers = {"server": "amazon.com"}
        self.uri_match: dict[str, Any] = {}
        self.parse_parameters(request)
        self.access_key = self.get_access_key()
        self.current_account = self.get_current_account()
        mark_account_as_visited(
            account_id=self.current_account,
            access_key=self.access_key,
            service="dynamodb",
            region=self.region,
        )
