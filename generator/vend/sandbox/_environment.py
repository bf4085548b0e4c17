"""The environment that leads a command to a sandbox, and away from any other AWS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vend.sandbox._front import Front

CONTROL_VARIABLE = "VEND_SANDBOX"
"""Names the directory by which `vend sandbox status` and `fault` inside of `vend sandbox run` find their sandbox."""
_PROXY_VARIABLES = frozenset({"http_proxy", "all_proxy", "no_proxy"})


def variables(front: Front, port: int, empty: Path) -> dict[str, str]:
    """What a command needs to reach a sandbox.

    Host-prefixed calls (S3 Control: `http://ACCOUNT.127.0.0.1`) have no address of their own; through the proxy they
    come here too. Go's HTTP library never asks a proxy for 127.0.0.1 itself.
    """
    endpoint = f"http://127.0.0.1:{port}"
    zone = front.zone
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": zone.access_key,
        "AWS_SECRET_ACCESS_KEY": zone.secret_key,
        "AWS_REGION": zone.config.home_region,
        "AWS_DEFAULT_REGION": zone.config.home_region,
        "AWS_CONFIG_FILE": str(empty),
        "AWS_SHARED_CREDENTIALS_FILE": str(empty),
        "AWS_EC2_METADATA_DISABLED": "true",
        # A fleet that pins its organization can be rehearsed here; a command meant for here works nowhere else.
        "VEND_ORGANIZATION_ID": zone.organization.id,
        "HTTP_PROXY": endpoint,
        "http_proxy": endpoint,
        "NO_PROXY": "",
        "no_proxy": "",
    }


def without_aws(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without variables that could lead a command to a real AWS."""
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith("AWS_") and name.lower() not in _PROXY_VARIABLES
    }
