"""An HTTP server on a free port of loopback, in a thread of its own."""

from __future__ import annotations

import socket
import sys
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from .answers import Answer, Request
from .wire import DroppedError

POLL_SECONDS = 0.02
"""How soon a server notices that it is to stop: closing one takes no longer."""


class Server:
    """Answers each request through `answer`, in threads; what that raises goes to `errors`."""

    def __init__(self, answer: Callable[[Request], Answer], errors: list[Exception]) -> None:
        self._answer = answer
        self._errors = errors
        self._listener = _Listener(self._answered)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.server_port}"

    def close(self) -> None:
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()

    def _answered(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except DroppedError:
            raise
        except Exception as error:  # noqa: BLE001  (the client gets an answer whatever happens)
            traceback.print_exc(file=sys.stderr)
            self._errors.append(error)
            return Answer(500, b"the simulator failed")


class _Listener(ThreadingHTTPServer):
    """Keeps connections open, as services do: to open one is a quarter of what a call costs."""

    request_queue_size = 128

    def __init__(self, answered: Callable[[Request], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answered = answered
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close what is kept, too: whoever calls again is refused."""
        super().server_close()
        for connection in list(self._open):
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that did not wait for its answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers, each in one piece, without a word in a log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Listener

    def _reply(self) -> None:
        try:
            answer = self.server.answered(self._request())
        except DroppedError:
            self.close_connection = True
            return
        given = {name.lower() for name, _ in answer.headers}
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if "content-type" not in given:
            self.send_header("Content-Type", "text/plain; charset=utf-8")
        if "content-length" not in given:
            self.send_header("Content-Length", str(len(answer.body)))
        if "date" not in given:
            self.send_header("Date", self.date_time_string())
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _reply  # noqa: N815  (their names)

    def _request(self) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(headers.get("content-length", 0)))
        return Request(
            method=self.command, path=unquote(path), headers=headers, body=body, query=query
        )

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
