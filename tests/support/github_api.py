"""GitHub's REST API, as far as a review needs it: a server with state, pages, permissions and limits.

What it holds a request against stands in GitHub's OpenAPI description (github/rest-api-description: paths, required
fields, enums, lengths), in "Create a check run" (50 annotations at once), and in the answers that users of the API
report: `body is too long (maximum is 65536 characters)`, `summary exceeds a maximum bytesize of 65535`,
`Resource not accessible by integration`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "ghs_made-up-token"
BOT = "github-actions[bot]"
REPOSITORY = "acme/accounts"
HEAD = "a" * 40
MERGE = "b" * 40


@dataclass
class Fault:
    """What a call is answered with in place of what it asked for, so many times."""

    method: str
    path: str
    status: int = 500
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1_000
    done_first: bool = False
    """Whether the call does its work all the same: an answer that is lost on the way."""


@dataclass
class Call:
    """One request."""

    method: str
    path: str
    body: Any
    headers: Mapping[str, str]


class _RefusedError(Exception):
    def __init__(
        self, status: int, message: str, *errors: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        if errors:
            self.body["errors"] = errors
        self.headers = headers or {}


@dataclass
class GithubApi:
    """One repository, with what a test puts there, and everything that was asked."""

    prefix: str = ""
    login: str = BOT
    permissions: set[str] = field(default_factory=lambda: {"pull_requests", "issues", "checks", "actions"})
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    url: str = ""
    renamed_from: str | None = None
    before_write: Callable[[GithubApi], None] | None = None
    """Runs once, right before a comment is written: another run that is quicker."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    next_id: int = 1_000

    def a_pull(self, number: int = 7, **values: Any) -> dict[str, Any]:
        """A pull request, open and of the repository itself."""
        self.pulls[number] = {
            "number": number,
            "state": "open",
            "head": {"sha": HEAD},
            "merge_commit_sha": None,
            "merged_at": None,
            "locked": False,
            "labels": [],
            **values,
        }
        return self.pulls[number]

    def a_comment(self, body: str, *, login: str = BOT, number: int = 7) -> dict[str, Any]:
        """A comment that is there."""
        self.next_id += 1
        self.comments.append({"id": self.next_id, "body": body, "user": {"login": login}, "number": number})
        return self.comments[-1]

    def an_artifact(self, name: str, content: bytes, commit: str = HEAD, **values: Any) -> dict[str, Any]:
        """What a run has uploaded, on a branch of the repository itself."""
        self.next_id += 1
        self.artifacts.append(
            {
                "id": self.next_id,
                "name": name,
                "expired": False,
                "created_at": f"2026-11-24T10:00:{len(self.artifacts):02}Z",
                "workflow_run": {"id": 99, "repository_id": 1, "head_repository_id": 1, "head_sha": commit},
                "content": content,
                **values,
            }
        )
        return self.artifacts[-1]

    def bodies(self) -> list[str]:
        """The texts of all comments, oldest first."""
        return [comment["body"] for comment in self.comments]

    def asked(self, method: str, path: str = "") -> list[Call]:
        """The calls of one method whose path has this in it."""
        return [call for call in self.calls if call.method == method and path in call.path]

    def answer(self, call: Call, query: Mapping[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
        """Status, document and headers of an answer."""
        with self.lock:
            self.calls.append(call)
            fault = next((f for f in self.faults if f.method == call.method and re.search(f.path, call.path)), None)
            if fault is not None:
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                if fault.done_first:
                    self._route(call, query)
                return fault.status, fault.body, dict(fault.headers)
            try:
                return self._route(call, query)
            except _RefusedError as refused:
                return refused.status, refused.body, dict(refused.headers)

    def _route(self, call: Call, query: Mapping[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
        blob = re.fullmatch(r"/blobs/(\d+)", call.path)
        if blob is not None:
            assert "Authorization" not in call.headers, "the token must not leave the API"
            return 200, next(each["content"] for each in self.artifacts if each["id"] == int(blob[1])), {}
        if call.headers.get("Authorization") != f"token {TOKEN}":
            raise _RefusedError(401, "Bad credentials")
        if call.method == "POST" and call.path == ("/api/graphql" if self.prefix else "/graphql"):
            assert call.body["query"].split() == ["query", "{", "viewer", "{", "login", "}", "}"]
            return 200, {"data": {"viewer": {"login": self.login}}}, {}
        path = call.path.removeprefix(self.prefix)
        if self.renamed_from and path.startswith(f"/repos/{self.renamed_from}"):
            moved = f"{self.url}/repos/{REPOSITORY}{path.removeprefix(f'/repos/{self.renamed_from}')}"
            return 301 if call.method == "GET" else 307, {"message": "Moved Permanently"}, {"Location": moved}
        for method, pattern, respond in _ROUTES:
            found = re.fullmatch(f"/repos/{REPOSITORY}{pattern}", path)
            if found and method == call.method:
                return respond(self, call, [unquote(part) for part in found.groups()], query)
        raise _RefusedError(404, "Not Found")

    def need(self, *permissions: str) -> None:
        """Any of these, as GitHub says of a call that takes several."""
        if not self.permissions & set(permissions):
            accepted = "; ".join(f"{permission}=write" for permission in permissions)
            raise _RefusedError(
                403, "Resource not accessible by integration", headers={"X-Accepted-GitHub-Permissions": accepted}
            )

    def pull(self, number: str) -> dict[str, Any]:
        """The pull request of this number."""
        if int(number) not in self.pulls:
            raise _RefusedError(404, "Not Found")
        found = self.pulls[int(number)]
        root = f"{self.url}/repos/{REPOSITORY}"
        return {**found, "url": f"{root}/pulls/{number}", "issue_url": f"{root}/issues/{number}"}


Answer = tuple[int, Any, dict[str, str]]
Parts = list[str]
Query = Mapping[str, list[str]]


def _page(api: GithubApi, call: Call, items: list[Any], query: Query) -> Answer:
    """30 of a list, or up to 100 where that is asked for, with a link to the next page."""
    size = min(int(query.get("per_page", ["30"])[0]), 100)
    page = int(query.get("page", ["1"])[0])
    headers = {}
    if len(items) > page * size:
        headers["Link"] = (
            f'<{api.url.removesuffix(api.prefix)}{call.path}?per_page={size}&page={page + 1}>; rel="next", '
            f'<{api.url.removesuffix(api.prefix)}{call.path}?per_page={size}&page={-(-len(items) // size)}>; rel="last"'
        )
    return 200, items[(page - 1) * size : page * size], headers


def _repository(api: GithubApi, _call: Call, _parts: Parts, _query: Query) -> Answer:
    return 200, {"id": 1, "full_name": REPOSITORY, "url": f"{api.url}/repos/{REPOSITORY}"}, {}


def _pull(api: GithubApi, _call: Call, parts: Parts, _query: Query) -> Answer:
    return 200, api.pull(parts[0]), {}


def _commit(api: GithubApi, _call: Call, parts: Parts, _query: Query) -> Answer:
    return 200, {"sha": parts[0], "url": f"{api.url}/repos/{REPOSITORY}/commits/{parts[0]}"}, {}


def _commit_pulls(api: GithubApi, call: Call, parts: Parts, query: Query) -> Answer:
    found = [
        api.pull(str(number))
        for number, pull in api.pulls.items()
        if parts[0] in {pull["head"]["sha"], pull["merge_commit_sha"]}
    ]
    return _page(api, call, found, query)


def _shown(api: GithubApi, comment: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **comment,
        "url": f"{api.url}/repos/{REPOSITORY}/issues/comments/{comment['id']}",
        "html_url": f"https://github.com/{REPOSITORY}/pull/{comment['number']}#issuecomment-{comment['id']}",
    }


def _comments(api: GithubApi, call: Call, parts: Parts, query: Query) -> Answer:
    api.pull(parts[0])
    found = [_shown(api, each) for each in api.comments if each["number"] == int(parts[0])]
    return _page(api, call, found, query)


def _checked_body(call: Call) -> str:
    body = call.body["body"]
    assert isinstance(body, str)
    if len(body) > 65_536:
        named = {
            "resource": "IssueComment",
            "code": "unprocessable",
            "field": "data",
            "message": "Body is too long (maximum is 65536 characters)",
        }
        raise _RefusedError(422, "Validation Failed", named)
    return body


def _write_comment(api: GithubApi, call: Call, parts: Parts, _query: Query) -> Answer:
    api.need("issues", "pull_requests")
    if api.pull(parts[0])["locked"]:
        raise _RefusedError(403, "Unable to create comment because issue is locked.")
    body = _checked_body(call)
    if api.before_write is not None:
        quicker, api.before_write = api.before_write, None
        quicker(api)
    return 201, _shown(api, api.a_comment(body, login=api.login, number=int(parts[0]))), {}


def _one_comment(api: GithubApi, number: str) -> dict[str, Any]:
    found = next((each for each in api.comments if each["id"] == int(number)), None)
    if found is None:
        raise _RefusedError(404, "Not Found")
    return found


def _edit_comment(api: GithubApi, call: Call, parts: Parts, _query: Query) -> Answer:
    api.need("issues", "pull_requests")
    found = _one_comment(api, parts[0])
    found["body"] = _checked_body(call)
    return 200, _shown(api, found), {}


def _delete_comment(api: GithubApi, _call: Call, parts: Parts, _query: Query) -> Answer:
    api.need("issues", "pull_requests")
    api.comments.remove(_one_comment(api, parts[0]))
    return 204, None, {}


def _check_output(output: Mapping[str, Any]) -> list[dict[str, Any]]:
    for name in ("summary", "text"):
        if len(output.get(name, "").encode()) > 65_535:
            message = f"{name} exceeds a maximum bytesize of 65535"
            raise _RefusedError(
                422,
                "Validation Failed",
                {"resource": "CheckRun", "code": "custom", "field": name, "message": message},
            )
    assert output["title"]
    annotations = output.get("annotations", [])
    if len(annotations) > 50:
        raise _RefusedError(422, "Invalid request.\n\nNo more than 50 items are allowed; more were supplied.")
    for annotation in annotations:
        assert {"path", "start_line", "end_line", "annotation_level", "message"} <= annotation.keys()
        assert annotation.keys() <= {
            "path",
            "start_line",
            "end_line",
            "start_column",
            "end_column",
            "annotation_level",
            "message",
            "title",
            "raw_details",
        }
        assert annotation["annotation_level"] in {"notice", "warning", "failure"}
        assert 1 <= annotation["start_line"] <= annotation["end_line"]
        assert "start_column" not in annotation or annotation["start_line"] == annotation["end_line"]
        assert len(annotation["title"]) <= 255
        assert 0 < len(annotation["message"].encode()) <= 65_536
        assert not annotation["path"].startswith(("/", ".")), annotation
    return list(annotations)


def _shown_check(api: GithubApi, check: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **check,
        "url": f"{api.url}/repos/{REPOSITORY}/check-runs/{check['id']}",
        "html_url": f"https://github.com/{REPOSITORY}/runs/{check['id']}",
    }


def _create_check(api: GithubApi, call: Call, _parts: Parts, _query: Query) -> Answer:
    api.need("checks")
    asked = call.body
    assert re.fullmatch(r"[0-9a-f]{40}", asked["head_sha"])
    assert asked["status"] == "completed"
    assert asked["conclusion"] in {"success", "failure", "action_required", "neutral"}
    assert re.match(r"https?://", asked.get("details_url", "https://"))
    annotations = _check_output(asked["output"])
    api.next_id += 1
    api.checks.append({**asked, "id": api.next_id, "annotations": annotations})
    return 201, _shown_check(api, api.checks[-1]), {}


def _edit_check(api: GithubApi, call: Call, parts: Parts, _query: Query) -> Answer:
    """Annotations are added to those that are there."""
    api.need("checks")
    found = next(check for check in api.checks if check["id"] == int(parts[0]))
    found["annotations"] += _check_output(call.body["output"])
    return 200, _shown_check(api, found), {}


def _label(api: GithubApi, _call: Call, parts: Parts, _query: Query) -> Answer:
    found = api.labels.get(parts[0].casefold())
    if found is None:
        raise _RefusedError(404, "Not Found")
    return 200, {**found, "url": f"{api.url}/repos/{REPOSITORY}/labels/{parts[0]}"}, {}


def _create_label(api: GithubApi, call: Call, _parts: Parts, _query: Query) -> Answer:
    api.need("issues")
    asked = call.body
    assert re.fullmatch(r"[0-9a-f]{6}", asked["color"])
    assert len(asked["name"]) <= 50
    assert len(asked["description"]) <= 100
    if asked["name"].casefold() in api.labels:
        raise _RefusedError(422, "Validation Failed", {"resource": "Label", "code": "already_exists", "field": "name"})
    api.labels[asked["name"].casefold()] = asked
    return 201, asked, {}


def _add_labels(api: GithubApi, call: Call, parts: Parts, _query: Query) -> Answer:
    api.need("pull_requests")
    api.pull(parts[0])
    pull = api.pulls[int(parts[0])]
    for name in call.body:
        if name.casefold() not in {label["name"].casefold() for label in pull["labels"]}:
            pull["labels"].append(api.labels[name.casefold()])
    return 200, pull["labels"], {}


def _remove_label(api: GithubApi, _call: Call, parts: Parts, _query: Query) -> Answer:
    api.need("pull_requests")
    api.pull(parts[0])
    pull = api.pulls[int(parts[0])]
    kept = [label for label in pull["labels"] if label["name"].casefold() != parts[1].casefold()]
    if len(kept) == len(pull["labels"]):
        raise _RefusedError(404, "Label does not exist")
    pull["labels"] = kept
    return 200, kept, {}


def _artifacts(api: GithubApi, call: Call, _parts: Parts, query: Query) -> Answer:
    api.need("actions")
    names = query.get("name")
    root = f"{api.url}/repos/{REPOSITORY}/actions/artifacts"
    found = [
        {
            **{key: value for key, value in each.items() if key != "content"},
            "archive_download_url": f"{root}/{each['id']}/zip",
        }
        for each in reversed(api.artifacts)
        if names is None or each["name"] in names
    ]
    status, items, headers = _page(api, call, found, query)
    return status, {"total_count": len(found), "artifacts": items}, headers


def _archive(api: GithubApi, _call: Call, parts: Parts, _query: Query) -> Answer:
    """Where the archive is: an address that needs no token, and must get none."""
    api.need("actions")
    found = next((each for each in api.artifacts if each["id"] == int(parts[0])), None)
    if found is None:
        raise _RefusedError(404, "Not Found")
    if found["expired"]:
        raise _RefusedError(410, "Artifact has expired")
    elsewhere = api.url.removesuffix(api.prefix).replace("127.0.0.1", "localhost")
    return 302, None, {"Location": found.get("elsewhere") or f"{elsewhere}/blobs/{parts[0]}"}


_ROUTES: tuple[tuple[str, str, Callable[[GithubApi, Call, Parts, Query], Answer]], ...] = (
    ("GET", "", _repository),
    ("GET", r"/pulls/(\d+)", _pull),
    ("GET", r"/commits/([0-9a-f]+)", _commit),
    ("GET", r"/commits/([0-9a-f]+)/pulls", _commit_pulls),
    ("GET", r"/issues/(\d+)/comments", _comments),
    ("POST", r"/issues/(\d+)/comments", _write_comment),
    ("PATCH", r"/issues/comments/(\d+)", _edit_comment),
    ("DELETE", r"/issues/comments/(\d+)", _delete_comment),
    ("POST", r"/check-runs", _create_check),
    ("PATCH", r"/check-runs/(\d+)", _edit_check),
    ("GET", r"/actions/artifacts", _artifacts),
    ("GET", r"/actions/artifacts/(\d+)/zip", _archive),
    ("GET", r"/labels/([^/]+)", _label),
    ("POST", r"/labels", _create_label),
    ("POST", r"/issues/(\d+)/labels", _add_labels),
    ("DELETE", r"/issues/(\d+)/labels/([^/]+)", _remove_label),
)


def _text(document: Any) -> str:
    return document if isinstance(document, str) else "" if document is None else json.dumps(document)


@contextmanager
def served(prefix: str = "", **values: Any) -> Iterator[GithubApi]:
    """An API with one open pull request, on a free port of this machine.

    Args:
        prefix: where it lies on its host: empty as at api.github.com, `/api/v3` as of a GitHub Enterprise Server.
        values: fields of `GithubApi`.
    """
    api = GithubApi(prefix=prefix, **values)
    api.a_pull()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet per answer: the second of two would wait for the first's acknowledgement

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            where = urlsplit(self.path)
            body = json.loads(content) if content else None
            call = Call(method=self.command, path=where.path, body=body, headers=dict(self.headers))
            status, document, headers = api.answer(call, parse_qs(where.query))
            sent = document if isinstance(document, bytes) else _text(document).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names that the base class looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name for it
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}{prefix}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
