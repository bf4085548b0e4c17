"""A loopback HTTP server: keeps connections open, and takes what a proxy would be asked.

Werkzeug's own closes every connection and lingers 10 ms on each; a Terraform run makes hundreds of calls.
"""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from vend.sandbox.protocol._call import Answer, HttpRequest

Application = Callable[[HttpRequest], Answer]
_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class LoopbackServer:
    """Serves an application on a free port of 127.0.0.1, one thread a connection, until stopped."""

    def __init__(self, application: Application, port: int = 0) -> None:
        self._server = _Server(application, port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="vend-sandbox", daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Starts to answer requests."""
        self._thread.start()

    def stop(self) -> None:
        """Ends every connection and frees the port."""
        self._server.shutdown()
        self._server.end_connections()
        self._server.server_close()
        self._thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, application: Application, port: int) -> None:
        self.application = application
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        with self._guard:
            open_connections = list(self._connections)
        for connection in open_connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the peer was quicker

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that closes its connection is not worth a traceback."""
        del request, client_address


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: _Server

    def _serve(self) -> None:
        split = urlsplit(self.path)
        proxied = bool(split.scheme and split.netloc)
        netloc = split.netloc if proxied else self.headers.get("Host", "")
        path, _, query = self.path.partition("?")
        if proxied:
            path = path.split("//", 1)[1].partition("/")[2].join(("/", ""))
        request = HttpRequest(
            method=self.command,
            host=_without_port(self.path if self.command == "CONNECT" else netloc),
            path=path or "/",
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
        )
        self._send(self.server.application(request))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = do_CONNECT = _serve  # noqa: N815 — http.server's

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            continue  # trailers
        return bytes(body)

    def _send(self, answer: Answer) -> None:
        if answer.lost:
            self.close_connection = True
            return
        self.send_response(answer.status)
        bare = self.command == "HEAD" or answer.status in _NO_BODY
        for name, value in answer.headers.items():
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if not bare or (
            self.command == "HEAD" and not any(name.lower() == "content-length" for name in answer.headers)
        ):
            self.send_header("Content-Length", str(len(answer.body)))
        if self.command == "CONNECT":
            self.send_header("Connection", "close")
        self.end_headers()
        if not bare:
            self.wfile.write(answer.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — http.server's name
        """The calls are in the sandbox's status; standard error is the command's."""
        del format, args


def _without_port(netloc: str) -> str:
    host, separator, port = netloc.rpartition(":")
    return host if separator and port.isdigit() else netloc
