"""Sessions and clients: from an environment to calls that are signed, retried and refreshed."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from vend.aws._failures import is_denied, translated
from vend.errors import AwsError, Diagnostic

SESSION_SECONDS = 3600
"""How long an assumed session lasts: the longest that AWS gives to a role assumed from a role."""

_LOOPBACK = "127.0.0.1"
_SESSION_NAME = re.compile(r"[^A-Za-z0-9_+=,.@-]+")


def session_name(slug: str = "") -> str:
    """A role session name that says who it is for: `vend`, or `vend-<slug>` with at most 64 characters."""
    return _SESSION_NAME.sub("-", f"vend-{slug}" if slug else "vend")[:64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCredentials:
    """Frozen credentials; what they hold stays out of `repr`.

    Attributes:
        expiration: UTC; None where it is not known (keys of a user, for example).
    """

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False, default=None)
    expiration: datetime | None = None

    def environment(self) -> dict[str, str]:
        """The variables in which AWS's tools take them."""
        variables = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        return {**variables, "AWS_SESSION_TOKEN": self.token} if self.token else variables


class CredentialSource:
    """Credentials that are fresh whenever they are asked for; thread-safe.

    Args:
        credentials: botocore's, refreshable or not.
        purpose: whose they are, for people.
    """

    def __init__(self, credentials: Any, purpose: str) -> None:
        self._credentials = credentials
        self.purpose = purpose

    def __repr__(self) -> str:
        return f"CredentialSource({self.purpose!r})"

    @property
    def botocore(self) -> Any:
        """The credentials as botocore's sessions take them."""
        return self._credentials

    def current(self) -> SessionCredentials:
        """What is valid now; assumes the role again when it is about to expire.

        Raises:
            AwsError: they cannot be refreshed.
        """
        with translated(f"getting credentials for {self.purpose}"):
            frozen = self._credentials.get_frozen_credentials()
        return SessionCredentials(
            access_key=frozen.access_key,
            secret_key=frozen.secret_key,
            token=frozen.token,
            # botocore tells nobody when refreshable credentials expire.
            expiration=getattr(self._credentials, "_expiry_time", None),
        )


class Connection:
    """Clients for one set of credentials, made once each; thread-safe.

    Args:
        session: a botocore session.
        environ: where endpoints come from (`AWS_ENDPOINT_URL` and one per service).
        region: where calls go unless said otherwise.
    """

    def __init__(self, session: Any, environ: Mapping[str, str], region: str) -> None:
        self._session = session
        self._environ = environ
        self.region = region
        self._clients: dict[tuple[str, str, bool], Any] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Connection(region={self.region!r})"

    def client(self, service: str, region: str | None = None, *, patient: bool = True) -> Any:
        """A client for a service; `patient=False` gives up after three attempts, for the first contact."""
        key = (service, region or self.region, patient)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._create(*key)
            return self._clients[key]

    def _create(self, service: str, region: str, patient: bool) -> Any:  # noqa: FBT001 (a part of the cache's key)
        from botocore.config import Config

        endpoint = self._endpoint(service)
        with translated(f"preparing calls to {service}"):
            return self._session.create_client(
                service,
                region_name=region,
                endpoint_url=endpoint,
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": 8 if patient else 3},
                    connect_timeout=5,
                    read_timeout=60 if patient else 20,
                    max_pool_connections=32,
                    user_agent_extra="vend",
                    # Without an endpoint of ours botocore would take one from the environment of this process.
                    ignore_configured_endpoint_urls=True if endpoint is None and self._strange_endpoint() else None,
                    # A proxy, which botocore takes from there too, knows another machine by this address.
                    proxies={} if urlsplit(endpoint or "").hostname == _LOOPBACK else None,
                ),
            )

    def _strange_endpoint(self) -> bool:
        return any(name.startswith("AWS_ENDPOINT_URL") and _differs(self._environ, name) for name in os.environ)

    def _endpoint(self, service: str) -> str | None:
        if self._environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
            return None
        service_id = str(self._session.get_service_model(service).service_id)
        own = self._environ.get(f"AWS_ENDPOINT_URL_{service_id.upper().replace(' ', '_').replace('-', '_')}")
        return own or self._environ.get("AWS_ENDPOINT_URL") or None

    def source(self, purpose: str) -> CredentialSource:
        """The connection's own credentials.

        Raises:
            AwsError: there are none.
        """
        from botocore.exceptions import NoCredentialsError

        with translated(f"looking for credentials of {purpose}"):
            credentials = self._session.get_credentials()
            if credentials is None:
                raise NoCredentialsError
        return CredentialSource(credentials, purpose)

    def with_credentials(self, source: CredentialSource) -> Connection:
        """The same connection with other credentials; service models are shared, since reading them is slow."""
        import botocore.session

        session = botocore.session.Session()
        session.register_component("data_loader", self._session.get_component("data_loader"))
        session.set_config_variable("ca_bundle", self._session.get_config_variable("ca_bundle"))
        session._credentials = source.botocore  # noqa: SLF001 (`set_credentials` takes static ones only)
        return Connection(session, self._environ, self.region)

    def assume(self, role: AssumedRole) -> CredentialSource:
        """A session of a role, assumed now and again before it expires.

        Raises:
            AwsError: `role-not-assumed` when AWS denies it.
        """
        from botocore.credentials import RefreshableCredentials

        sts = self.client("sts")
        arguments: dict[str, Any] = {
            "RoleArn": role.arn,
            "RoleSessionName": role.session_name,
            "DurationSeconds": SESSION_SECONDS,
        }
        if role.policy:
            arguments["Policy"] = role.policy

        def refresh() -> dict[str, str]:
            answer = _assume(sts, arguments, role)
            return {
                "access_key": answer["AccessKeyId"],
                "secret_key": answer["SecretAccessKey"],
                "token": answer["SessionToken"],
                "expiry_time": answer["Expiration"].isoformat(),
            }

        credentials = RefreshableCredentials.create_from_metadata(
            metadata=refresh(), refresh_using=refresh, method="sts-assume-role"
        )
        return CredentialSource(credentials, role.purpose)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedRole:
    """A role to assume.

    Attributes:
        policy: a session policy (JSON) that narrows what the role may do.
        purpose: what the session is for, for people.
        hint: what to do when AWS denies it.
    """

    arn: str
    session_name: str
    purpose: str
    hint: str
    policy: str | None = None


def _assume(sts: Any, arguments: Mapping[str, Any], role: AssumedRole) -> Any:
    from botocore.exceptions import ClientError

    doing = f"assuming {role.arn} for {role.purpose}"
    with translated(doing):
        try:
            return sts.assume_role(**arguments)["Credentials"]
        except ClientError as error:
            if not is_denied(error):
                raise
            message = error.response.get("Error", {}).get("Message", "")
            raise AwsError(
                Diagnostic(
                    code="role-not-assumed",
                    summary=f"the role {role.arn} cannot be assumed",
                    detail=f"{doing}: AssumeRole answered AccessDenied: {message}",
                    hint=role.hint,
                )
            ) from error


def connection_from(environ: Mapping[str, str], region: str) -> Connection:
    """A connection with the caller's own credentials.

    Keys, profile, files, container endpoint, endpoints and CA bundle come from `environ`, whatever the
    environment of this process says. Proxies, web identity and the SSO cache are the process's own.

    Raises:
        AwsError: the profile does not exist.
    """
    import botocore.session
    from botocore.credentials import ContainerProvider, EnvProvider

    session = botocore.session.Session()
    store = session.get_component("config_store")
    home = environ.get("HOME", "~")
    for variable, names, default in (
        ("profile", ("AWS_DEFAULT_PROFILE", "AWS_PROFILE"), None),
        ("config_file", ("AWS_CONFIG_FILE",), f"{home}/.aws/config"),
        ("credentials_file", ("AWS_SHARED_CREDENTIALS_FILE",), f"{home}/.aws/credentials"),
    ):
        store.set_config_variable(variable, _first(environ, names) or default)
    # A bundle may stand in the configuration file too: botocore may look there unless a variable says otherwise.
    if _differs(environ, "AWS_CA_BUNDLE"):
        store.set_config_variable("ca_bundle", environ.get("AWS_CA_BUNDLE") or None)
    with translated("reading the AWS configuration"):
        resolver = session.get_component("credential_provider")
        resolver.insert_before("env", EnvProvider(environ=environ))
        resolver.providers.pop(1)
        resolver.insert_before("container-role", ContainerProvider(environ=environ))
        resolver.providers.pop([p.METHOD for p in resolver.providers].index("container-role") + 1)
        if environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
            resolver.remove("iam-role")
    return Connection(session, environ, region)


def _first(environ: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _differs(environ: Mapping[str, str], name: str) -> bool:
    return (environ.get(name) or None) != (os.environ.get(name) or None)
