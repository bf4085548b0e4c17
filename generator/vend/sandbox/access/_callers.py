"""Who calls: access keys, sessions, and who may assume which role."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl

from vend.sandbox.access._iam_policy import Access, Document, parse, verdict
from vend.sandbox.protocol._call import Answer, ApiCall, ApiError

_CHAINED_SESSION_SECONDS = 3600
"""Longest session of a role assumed from a role (IAM user guide, role chaining)."""
_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):role/(.+)")
_ACCESS_KEY = re.compile(rb"<AccessKeyId>(\w+)</AccessKeyId>")
_SESSION_ARN = re.compile(rb"<Arn>([^<]+)</Arn>")
_EXPIRED = {"query": "ExpiredToken", "s3": "ExpiredToken", "rest-xml": "ExpiredToken", "ec2": "RequestExpired"}
_UNKNOWN = {
    "query": "InvalidClientTokenId",
    "s3": "InvalidAccessKeyId",
    "rest-xml": "InvalidClientTokenId",
    "ec2": "AuthFailure",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A caller.

    Attributes:
        arn: of the session or user, as `GetCallerIdentity` gives it.
        principal: of the role or user behind it, as policies and portfolios name it.
        session_policy: what narrows the session.
        expires: seconds since the epoch; None for keys of users.
    """

    account_id: str
    arn: str
    principal: str
    kind: Literal["user", "role", "root", "anonymous"]
    session_policy: Document | None = None
    expires: float | None = None

    @property
    def names(self) -> frozenset[str]:
        """How a policy may name it as a principal of an AWS account."""
        if self.kind == "anonymous":
            return frozenset()
        return frozenset({self.arn, self.principal, self.account_id, f"arn:aws:iam::{self.account_id}:root"})


ANONYMOUS = Identity(account_id="", arn="anonymous", principal="", kind="anonymous")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assumption:
    """An AssumeRole call that was allowed."""

    role_arn: str
    session_policy: Document | None
    seconds: int


class Identities:
    """Access keys of this sandbox.

    Args:
        is_usable: whether calls from inside an account are answered: not if it is suspended or closed.
        organization_id: for conditions on `aws:PrincipalOrgID`.
        clock: seconds since the epoch.
        look_into: told of an account and a service whose roles are looked for.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("_by_key", "_organization_id")

    def __init__(
        self,
        *,
        is_usable: Callable[[str], bool],
        organization_id: str,
        clock: Callable[[], float],
        before_role_lookup: Callable[[str, str], None],
    ) -> None:
        self._by_key: dict[str, Identity] = {}
        self._is_usable = is_usable
        self._organization_id = organization_id
        self._clock = clock
        self._before_role_lookup = before_role_lookup

    def add(self, access_key: str, identity: Identity) -> None:
        """Registers an access key."""
        self._by_key[access_key] = identity

    def of(self, call: ApiCall) -> Identity:
        """The identity that makes a call.

        Raises:
            ApiError: the key is unknown, the session has expired, or the account is closed.
        """
        if call.access_key is None:
            if call.service == "s3" or call.name in {"sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"}:
                return ANONYMOUS
            raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        identity = self._by_key.get(call.access_key) or self._user(call.access_key)
        if identity is None:
            code = _UNKNOWN.get(call.protocol, "UnrecognizedClientException")
            raise ApiError(code, "The security token included in the request is invalid.", 403)
        if identity.expires is not None and identity.expires <= self._clock():
            code = _EXPIRED.get(call.protocol, "ExpiredTokenException")
            raise ApiError(code, "The security token included in the request is expired", 403)
        if not self._is_usable(identity.account_id):
            code = _UNKNOWN.get(call.protocol, "UnrecognizedClientException")
            raise ApiError(code, "The security token included in the request is invalid.", 403)
        return identity

    def _user(self, access_key: str) -> Identity | None:
        from moto.iam.models import iam_backends

        for account_id, backends in list(iam_backends.items()):
            user = backends["aws"].get_user_from_access_key_id(access_key)
            if user is not None:
                return Identity(account_id=account_id, arn=user.arn, principal=user.arn, kind="user")
        return None

    def keys_of(self, identity: Identity) -> dict[str, tuple[str, ...]]:
        """The condition keys that every call of an identity has."""
        if identity.kind == "anonymous":
            return {"aws:securetransport": ("true",), "aws:principaltype": ("Anonymous",)}
        return {
            "aws:principalaccount": (identity.account_id,),
            "aws:principalarn": (identity.principal,),
            "aws:principalorgid": (self._organization_id,),
            "aws:securetransport": ("true",),
        }

    def allow_assumption(self, call: ApiCall, identity: Identity) -> _Assumption:
        """Checks AssumeRole and AssumeRoleWithWebIdentity against the role's trust policy.

        Raises:
            ApiError: the role does not exist, does not trust the caller, or its account is closed.
        """
        parameters = dict(parse_qsl(call.request.body.decode() or call.request.query, keep_blank_values=True))
        arn = parameters.get("RoleArn", "")
        action = f"sts:{call.operation}"
        refusal = _not_authorized(identity, action, arn)
        role = self._role(arn)
        if role is None:
            raise refusal
        trust = role.assume_role_policy_document
        document = parse(trust if isinstance(trust, str) else json.dumps(trust))
        access = self._access(call, identity, parameters, action)
        if verdict(document, access, with_principal=True) != "allow":
            raise refusal
        seconds = int(parameters.get("DurationSeconds") or 3600)
        self._check_duration(identity, role, seconds)
        return _Assumption(role_arn=arn, session_policy=_session_policy(parameters.get("Policy")), seconds=seconds)

    def _role(self, arn: str) -> Any:
        from moto.iam.exceptions import NotFoundException
        from moto.iam.models import iam_backends

        match = _ROLE_ARN.fullmatch(arn)
        if match is None:
            raise ApiError("ValidationError", f"{arn} is invalid", 400)
        if not self._is_usable(match[1]):
            return None
        backend = iam_backends[match[1]]["aws"]
        if not any(role.arn == arn for role in backend.get_roles()):
            self._before_role_lookup(match[1], "iam")
        try:
            return backend.get_role_by_arn(arn)
        except NotFoundException:
            return None

    def _access(self, call: ApiCall, identity: Identity, parameters: Mapping[str, str], action: str) -> Access:
        keys = {**self.keys_of(identity), "aws:requestedregion": (call.region,)}
        if parameters.get("ExternalId"):
            keys["sts:externalid"] = (parameters["ExternalId"],)
        keys["sts:rolesessionname"] = (parameters.get("RoleSessionName", ""),)
        principals = identity.names
        if call.operation == "AssumeRoleWithWebIdentity":
            claims = _claims(parameters.get("WebIdentityToken", ""))
            issuer = str(claims.get("iss", "")).removeprefix("https://")
            account = parameters["RoleArn"].split(":")[4]
            principals = frozenset({issuer, f"arn:aws:iam::{account}:oidc-provider/{issuer}"})
            for claim, value in claims.items():
                values = value if isinstance(value, list) else [value]
                keys[f"{issuer}:{claim}".lower()] = tuple(str(one) for one in values)
        return Access(action=action, principals=principals, keys=keys)

    @staticmethod
    def _check_duration(identity: Identity, role: Any, seconds: int) -> None:
        if identity.kind == "role" and seconds > _CHAINED_SESSION_SECONDS:
            raise ApiError(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            )
        if seconds > int(role.max_session_duration or _CHAINED_SESSION_SECONDS):
            raise ApiError(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            )

    def remember(self, assumption: _Assumption, answer: Answer) -> None:
        """Records the session in an answer of AssumeRole."""
        key, arn = _ACCESS_KEY.search(answer.body), _SESSION_ARN.search(answer.body)
        if answer.status != HTTPStatus.OK or key is None or arn is None:
            return
        self._by_key[key[1].decode()] = Identity(
            account_id=assumption.role_arn.split(":")[4],
            arn=arn[1].decode(),
            principal=assumption.role_arn,
            kind="role",
            session_policy=assumption.session_policy,
            expires=self._clock() + assumption.seconds,
        )


def _not_authorized(identity: Identity, action: str, resource: str) -> ApiError:
    if identity.kind == "anonymous":
        return ApiError("AccessDenied", f"Not authorized to perform {action}", 403)
    message = f"User: {identity.arn} is not authorized to perform: {action} on resource: {resource}"
    return ApiError("AccessDenied", message, 403)


def _session_policy(text: str | None) -> Document | None:
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise ApiError("MalformedPolicyDocument", f"The policy is not in the valid JSON format: {error}") from error


def _claims(token: str) -> dict[str, Any]:
    """A token's claims; its signature is not checked: the sandbox has no issuer's keys."""
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError, binascii.Error) as error:
        raise ApiError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.") from error
    return claims if isinstance(claims, dict) else {}
