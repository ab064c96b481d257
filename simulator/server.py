"""An HTTP server on a free port of loopback, in a thread of its own."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from .answers import Answer, Request
from .wire import DroppedError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

POLL_SECONDS = 0.02
"""How soon a server notices that it is to stop: closing one takes no longer."""


class Server:
    """Answers each request through `answer`, in threads; what that raises goes to `errors`."""

    def __init__(self, answer: Callable[[Request], Answer], errors: list[Exception]) -> None:
        self._answer = answer
        self._errors = errors
        self._server = make_server(
            "127.0.0.1", 0, self._application, threaded=True, request_handler=_Handler
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()

    def _application(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        answer = self.answered(_request(environ))
        response = Response(answer.body, answer.status, list(answer.headers))
        return response(environ, start_response)

    def answered(self, request: Request) -> Answer:
        """Return the answer to a request, however it came; raise DroppedError for none."""
        try:
            return self._answer(request)
        except DroppedError:
            raise
        except Exception as error:  # noqa: BLE001  (the client gets an answer whatever happens)
            traceback.print_exc(file=sys.stderr)
            self._errors.append(error)
            return Answer(500, b"the simulator failed")


class _Handler(WSGIRequestHandler):
    """Werkzeug's, but silent, and without a word to a client whose call was dropped."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        pass

    def send_header(self, keyword: str, value: str) -> None:
        """Send a header; an answer's own date replaces the server's."""
        if keyword.lower() == "date":
            buffer: list[bytes] = getattr(self, "_headers_buffer", [])
            buffer[:] = [line for line in buffer if not line.lower().startswith(b"date:")]
        super().send_header(keyword, value)

    def connection_dropped(
        self,
        error: BaseException,  # noqa: ARG002
        environ: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> None:
        # No answer said so, hence the handler would wait for another request on this connection.
        self.close_connection = True


def _request(environ: dict[str, Any]) -> Request:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        headers=headers,
        body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
        environ=environ,
    )
