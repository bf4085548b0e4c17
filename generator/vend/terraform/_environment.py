"""The environment of a Terraform process: built, never inherited."""

from __future__ import annotations

import os
from collections.abc import Mapping

_KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "AWS_CA_BUNDLE",
)
_KEPT_PREFIXES = ("AWS_ENDPOINT_URL",)
_INIT_ONLY = ("SSH_AUTH_SOCK",)
_INIT_ONLY_PREFIXES = ("TF_TOKEN_",)

# Both Terraform and its provider are short-lived Go programs that decode a large schema and then end: collecting
# garbage takes a third of their time. They collect less, until they have as much memory as a slot allows for
# (docs/surprises.md has the figures).
_COLLECTOR = {"GOGC": "800", "GOMEMLIMIT": "768MiB"}


def terraform_environment(
    environ: Mapping[str, str], session: Mapping[str, str], extra: Mapping[str, str], *, downloads: bool = False
) -> dict[str, str]:
    """Everything a Terraform process sees.

    Args:
        environ: the caller's environment; proxies, CA files, endpoints and the path are taken from it, nothing else.
        session: AWS session variables of this run; they win over the defaults here.
        extra: what the driver sets, such as TF_DATA_DIR; it wins over everything.
        downloads: whether modules and providers may be fetched (init): registry tokens and the SSH agent are there
            then, and never while a customization's code runs.
    """
    kept = {name: environ[name] for name in _KEPT if name in environ}
    kept |= {name: value for name, value in environ.items() if name.startswith(_KEPT_PREFIXES)}
    if downloads:
        kept |= {name: environ[name] for name in _INIT_ONLY if name in environ}
        kept |= {name: value for name, value in environ.items() if name.startswith(_INIT_ONLY_PREFIXES)}
    return {
        "PATH": os.defpath,
        **kept,
        # The SDK asks shared files before a container's credentials: somebody's default profile must not win.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **session,
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        **_COLLECTOR,
        **extra,
    }
