"""A container-credentials endpoint on the loopback interface.

AWS's tools ask it for credentials whenever theirs are about to expire, so that a Terraform run outlasts
the hour of an assumed session (AWS SDKs and tools reference guide, "Container credential provider").
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import threading
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from vend.aws._connection import CredentialSource
from vend.errors import AwsError, Diagnostic, VendError

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer

_STATIC_LIFETIME = timedelta(minutes=15)
"""What is said of credentials that do not expire: clients other than Go's need an expiry."""


class CredentialsEndpoint:
    """Serves credentials to the programs that vend starts, each source under a path and a token of its own.

    A program that is given one source's path and token cannot get another's credentials. It starts
    with the first source and lasts until `close`. Nothing is logged.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._sources: dict[str, tuple[str, CredentialSource]] = {}
        self._paths: dict[int, str] = {}

    def __repr__(self) -> str:
        return f"CredentialsEndpoint(sources={len(self._sources)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def environment(self, source: CredentialSource) -> dict[str, str]:
        """The variables with which AWS's tools get this source's credentials; equal for the same source.

        They name no configuration files, so that no profile of the user's gets in between.

        Raises:
            AwsError: no port can be opened on the loopback interface.
        """
        with self._lock:
            server = self._started()
            path = self._paths.get(id(source))
            if path is None:
                path = f"/{secrets.token_urlsafe(24)}"
                self._sources[path] = (secrets.token_urlsafe(32), source)
                self._paths[id(source)] = path
            token = self._sources[path][0]
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{server.server_address[1]}{path}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_CONFIG_FILE": os.devnull,
        }

    def close(self) -> None:
        """Stops serving and forgets the sources; may be called twice."""
        with self._lock:
            server, thread = self._server, self._thread
            self._server = self._thread = None
            self._sources.clear()
            self._paths.clear()
        if server is not None:
            server.shutdown()
            server.server_close()
        if thread is not None:
            thread.join()

    def answer(self, path: str, authorization: str) -> tuple[HTTPStatus, dict[str, Any]]:
        """Status and JSON document for one request; an unknown path is told from a wrong token by nothing."""
        token, source = self._sources.get(path, ("", None))
        allowed = hmac.compare_digest(token.encode(), authorization.encode("utf-8", "replace"))
        if source is None or not allowed:
            return HTTPStatus.UNAUTHORIZED, {"code": "Unauthorized", "message": "path or token is not valid"}
        try:
            current = source.current()
        except VendError as error:
            return HTTPStatus.BAD_GATEWAY, {"code": "CredentialsUnavailable", "message": str(error)}
        expiration = current.expiration or datetime.now(UTC) + _STATIC_LIFETIME
        return HTTPStatus.OK, {
            "AccessKeyId": current.access_key,
            "SecretAccessKey": current.secret_key,
            "Token": current.token or "",
            "Expiration": expiration.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _started(self) -> ThreadingHTTPServer:
        if self._server is None:
            from http.server import ThreadingHTTPServer

            try:
                self._server = ThreadingHTTPServer(("127.0.0.1", 0), _requests_to(self))
            except OSError as error:
                raise AwsError(_no_port(error)) from error
            self._server.daemon_threads = True
            self._thread = threading.Thread(
                target=self._server.serve_forever,
                kwargs={"poll_interval": 0.05},
                name="vend-credentials",
                daemon=True,
            )
            self._thread.start()
        return self._server


def _no_port(error: OSError) -> Diagnostic:
    return Diagnostic(
        code="credentials-endpoint",
        summary="no port can be opened for the credentials of child processes",
        detail=f"listening on 127.0.0.1: {error}",
        hint="vend hands credentials to Terraform through a port on the loopback interface",
    )


def _requests_to(endpoint: CredentialsEndpoint) -> Any:
    from http.server import BaseHTTPRequestHandler

    class CredentialsRequest(BaseHTTPRequestHandler):
        timeout = 10
        server_version = "vend"
        sys_version = ""

        def do_GET(self) -> None:
            status, document = endpoint.answer(self.path, self.headers.get("Authorization", ""))
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
            """Logs nothing: paths are secrets."""

    return CredentialsRequest
