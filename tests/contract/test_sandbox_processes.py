"""A sandbox around one command, and one that goes on between commands."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vend import sandbox
from vend.errors import ProcessError, SandboxError
from vend.process import Command, is_running, run, start_detached, terminate
from vend.sandbox import Sandbox, SandboxConfig, exit_code_of, run_command

pytestmark = pytest.mark.sandbox
CONFIG = SandboxConfig(organizational_units=("Workloads/Prod",), operation_seconds=0.0)
INHERITED = {
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "secret",
    "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
    "AWS_CA_BUNDLE": "/nowhere",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
    "http_proxy": "http://proxy.example.com",
    "NO_PROXY": "127.0.0.1",
}


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "sandbox"
    sandbox.stop(tmp_path / "sandbox")


def test_nothing_of_aws_is_inherited() -> None:
    """A command sees our keys, our empty files and our address, whatever the caller's environment holds."""
    with Sandbox(CONFIG) as running:
        environment = running.environment({**os.environ, **INHERITED, "HOME": "/home/grace"})
        assert Path(environment["AWS_CONFIG_FILE"]).read_text(encoding="utf-8") == ""
        assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"]
    assert {name for name in environment if name.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID",
        "AWS_CONFIG_FILE",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SHARED_CREDENTIALS_FILE",
    }
    assert environment["HTTP_PROXY"] == environment["http_proxy"] == environment["AWS_ENDPOINT_URL"]
    assert environment["NO_PROXY"] == environment["no_proxy"] == ""
    assert environment["HOME"] == "/home/grace"
    assert not Path(environment["AWS_CONFIG_FILE"]).exists()


def test_a_command_runs_against_its_own_sandbox(tmp_path: Path) -> None:
    """boto3 in another process needs nothing but the environment; the exit code is the command's."""
    script = (
        "import boto3, sys; "
        "open(sys.argv[1], 'w').write(boto3.client('organizations').describe_organization()['Organization']['Id']); "
        "sys.exit(7)"
    )
    written = tmp_path / "id"
    argv = (sys.executable, "-c", script, str(written))
    assert run_command(CONFIG, argv, {**os.environ, **INHERITED}) == 7
    assert written.read_text(encoding="utf-8").startswith("o-")


def test_a_command_that_is_not_there_is_127(tmp_path: Path) -> None:
    """127 not found, 126 not startable, 125 when the sandbox itself fails."""
    with pytest.raises(ProcessError) as missing:
        run_command(CONFIG, ("vend-no-such-program",), os.environ)
    assert exit_code_of(missing.value) == 127
    plain = tmp_path / "plain"
    plain.write_text("no program", encoding="utf-8")
    with pytest.raises(ProcessError) as forbidden:
        run_command(CONFIG, (str(plain),), os.environ)
    assert exit_code_of(forbidden.value) == 126
    with Sandbox(CONFIG), pytest.raises(SandboxError) as second:
        run_command(CONFIG, ("true",), os.environ)
    assert second.value.diagnostics[0].code == "sandbox-running"
    assert exit_code_of(second.value) == 125
    assert run_command(CONFIG, ("true",), os.environ) == 0


def test_a_sandbox_that_is_over_says_so() -> None:
    """Its address means nothing any more."""
    running = Sandbox(CONFIG)
    with pytest.raises(SandboxError) as caught:
        _ = running.endpoint
    assert caught.value.diagnostics[0].code == "sandbox-not-running"


def test_one_goes_on_between_commands(directory: Path) -> None:
    """Start, look, start again (refused), reset, stop; gone without a trace of a process."""
    environment = sandbox.start(CONFIG, directory).environment
    found = sandbox.status(directory)
    assert found is not None
    assert environment["AWS_ENDPOINT_URL"] == found["endpoint"]
    assert "Workloads/Prod" in {unit["path"] for unit in found["organizational_units"]}
    document = json.loads((directory / "sandbox.json").read_text(encoding="utf-8"))
    assert {stat.S_IMODE((directory / name).stat().st_mode) for name in ("sandbox.json", "config.json")} == {0o600}
    with pytest.raises(SandboxError) as twice:
        sandbox.start(CONFIG, directory)
    assert twice.value.diagnostics[0].code == "sandbox-running"
    new = sandbox.reset(SandboxConfig(organizational_units=("Other",)), directory)
    assert new["endpoint"] == found["endpoint"]
    assert new["organization_id"] != found["organization_id"]
    assert "Other" in {unit["path"] for unit in new["organizational_units"]}
    assert new["environment"]["AWS_ACCESS_KEY_ID"] != environment["AWS_ACCESS_KEY_ID"]
    assert sandbox.stop(directory)
    assert not is_running(document["pid"])
    assert sandbox.status(directory) is None
    assert not sandbox.stop(directory)
    assert not (directory / "sandbox.json").exists()


def test_a_file_of_a_sandbox_that_is_gone_is_cleared_away(directory: Path) -> None:
    """After a reboot the process id may be somebody else's; only an answer with our token counts."""
    directory.mkdir()
    for text in (
        json.dumps({"pid": os.getpid(), "port": 9, "token": "x", "endpoint": "", "environment": {}}),
        "half a fi",
        "[]",
    ):
        (directory / "sandbox.json").write_text(text, encoding="utf-8")
        assert sandbox.status(directory) is None
        assert not (directory / "sandbox.json").exists()
    with pytest.raises(SandboxError) as caught:
        sandbox.reset(CONFIG, directory)
    assert caught.value.diagnostics[0].code == "sandbox-not-running"


def test_only_the_token_controls_it(directory: Path) -> None:
    """Another user of the machine reaches the port, not its controls."""
    import http.client

    sandbox.start(CONFIG, directory)
    document = json.loads((directory / "sandbox.json").read_text(encoding="utf-8"))

    def ask(method: str, path: str, token: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", document["port"], timeout=10)
        connection.request(method, path, headers={"X-Vend-Token": token})
        status = connection.getresponse().status
        connection.close()
        return status

    assert ask("POST", "/_vend/reset", "guessed") == 403
    assert ask("GET", "/_vend/status", "") == 403
    assert ask("GET", "/_vend/status", document["token"]) == 200
    assert ask("GET", "/_vend/other", document["token"]) == 404


def test_a_sandbox_that_cannot_start_says_why(directory: Path) -> None:
    """What the process wrote stands in the diagnostic."""
    with pytest.raises(SandboxError) as caught:
        sandbox.start(SandboxConfig(state_bucket="x"), directory)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "sandbox-not-started"
    assert "InvalidBucketName" in (diagnostic.detail or "")


def test_the_server_ends_when_it_is_told(tmp_path: Path) -> None:
    """The same in this process: it announces itself, answers, is renewed, and leaves no file behind."""
    import threading
    import time

    from vend.sandbox._background import state_file, write_private
    from vend.sandbox.server import serve

    write_private(tmp_path / "config.json", {**CONFIG.to_json(), "token": "made-up"})
    stopped = threading.Event()
    thread = threading.Thread(target=serve, args=(tmp_path, stopped))
    thread.start()
    until = time.monotonic() + 20
    while not state_file(tmp_path).exists() and time.monotonic() < until:
        time.sleep(0.02)
    first = sandbox.status(tmp_path)
    second = sandbox.reset(CONFIG, tmp_path)
    stopped.set()
    thread.join(20)
    assert first is not None
    assert first["pid"] == os.getpid()
    assert first["organization_id"] != second["organization_id"]
    assert not state_file(tmp_path).exists()


def test_a_sandbox_that_hangs_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answered a moment ago, and then did not."""
    from vend.sandbox import _background

    reach = {"pid": os.getpid(), "port": 9, "token": "x", "endpoint": "http://127.0.0.1:9", "environment": {}}
    monkeypatch.setattr(_background, "_find", lambda _: reach)
    with pytest.raises(SandboxError) as caught:
        sandbox.status(tmp_path)
    assert caught.value.diagnostics[0].code == "sandbox-unreachable"


def test_one_ends_with_its_owner(directory: Path) -> None:
    """A shell that is gone takes its sandbox with it, and the file that would name it."""
    owner = start_detached(("sleep", "300"), {"PATH": os.environ["PATH"]}, None, directory.with_name("log"))
    sandbox.start(CONFIG, directory, owner=owner)
    pid = json.loads((directory / "sandbox.json").read_text(encoding="utf-8"))["pid"]
    terminate(owner)
    until = time.monotonic() + 20
    while is_running(pid):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert not (directory / "sandbox.json").exists()
    with pytest.raises(SandboxError) as caught:
        sandbox.start(CONFIG, directory, owner=owner)
    assert caught.value.diagnostics[0].code == "sandbox-owner-gone"


def test_several_at_once_know_nothing_of_each_other(tmp_path: Path) -> None:
    """Each fleet has its own, at its own port, with its own organization; so has each command."""
    script = "import os; print(os.environ['AWS_ENDPOINT_URL'], os.environ['VEND_ORGANIZATION_ID'])"
    try:
        started = [sandbox.start(CONFIG, tmp_path / name).environment for name in ("one", "two")]
        assert len({environment["AWS_ENDPOINT_URL"] for environment in started}) == 2
        assert len({environment["VEND_ORGANIZATION_ID"] for environment in started}) == 2
        assert run_command(CONFIG, (sys.executable, "-c", script), os.environ) == 0
        keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        strangers = {**started[1], **{name: started[0][name] for name in keys}}
        code = "import boto3; boto3.client('sts').get_caller_identity()"
        refused = run(Command(argv=[sys.executable, "-c", code], env={**os.environ, **strangers}))
        assert "InvalidClientTokenId" in refused.stderr
    finally:
        stopped = [sandbox.stop(tmp_path / name) for name in ("one", "two")]
    assert stopped == [True, True]


def test_it_listens_on_the_loopback_address_alone() -> None:
    """Nobody reaches it from another machine."""
    with Sandbox(CONFIG) as running:
        server = running._running()[0].server
        assert server._server.server_address[0] == "127.0.0.1"


def test_two_starts_at_once_leave_one_sandbox(tmp_path: Path) -> None:
    """One starts it and the other is told so; what stop ends is what the first was given."""
    from concurrent.futures import ThreadPoolExecutor

    def attempt(_: int) -> str:
        try:
            return str(sandbox.start(SandboxConfig(), tmp_path / "sandbox").environment["AWS_ENDPOINT_URL"])
        except SandboxError as error:
            return error.diagnostics[0].code

    with ThreadPoolExecutor(2) as pool:
        got = sorted(pool.map(attempt, range(2)))
    try:
        found = sandbox.status(tmp_path / "sandbox")
        assert found is not None
        assert got == [found["endpoint"], "sandbox-running"]
    finally:
        assert sandbox.stop(tmp_path / "sandbox")
