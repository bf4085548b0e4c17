from __future__ import annotations

import socket
import time

import pytest

from vend.aws import Aws
from vend.errors import AwsError
from vend.settings import Settings


def test_an_endpoint_that_nobody_serves_is_diagnosed_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first contact gives up after three attempts, and says what it tried."""
    for proxy in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        environ = {
            "AWS_ACCESS_KEY_ID": "AKIAMADEUPMADEUPMADE",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_ENDPOINT_URL": endpoint,
        }
        began = time.monotonic()
        with pytest.raises(AwsError) as error:
            Aws.connect(Settings(name="example", home_region="eu-west-1"), environ)
        assert time.monotonic() - began < 20
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "aws-unreachable"
    assert endpoint in (diagnostic.detail or "")
    assert "GetCallerIdentity" in (diagnostic.detail or "")
