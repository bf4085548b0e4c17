"""Denials that moto lacks: other accounts' buckets, and what a session policy does not allow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from vend.sandbox.access._callers import Identities, Identity
from vend.sandbox.access._iam_policy import Access, parse, verdict
from vend.sandbox.protocol._call import ApiCall, ApiError

_S3_ACTIONS: Mapping[str, str] = {
    "HeadObject": "GetObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListParts": "ListMultipartUploadParts",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "DeleteObjects": "DeleteObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListBuckets": "ListAllMyBuckets",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteBucketCors": "PutBucketCORS",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
}
"""Operations whose permission has another name (service authorization reference, Amazon S3)."""


_MEMBERS_MAY = frozenset(
    {"DescribeEffectivePolicy", "DescribeOrganization", "LeaveOrganization", "ListHandshakesForAccount"}
)
"""What Organizations answers to member accounts (its API reference names the caller of each operation)."""


class Guards:
    """Checks a call before it reaches moto.

    Args:
        identities: for the condition keys of a caller.
        management_account_id: who may use Organizations.
    """

    def __init__(self, identities: Identities, management_account_id: str) -> None:
        self._identities = identities
        self._management_account_id = management_account_id

    def check(self, call: ApiCall, identity: Identity) -> None:
        """Checks that a call is allowed.

        Raises:
            ApiError: AWS would deny it.
        """
        if call.service == "s3":
            self._check_s3(call, identity)
        elif call.service == "s3control":
            _check_s3_control(call, identity)
        elif identity.session_policy is not None and call.name != "sts:GetCallerIdentity":
            self._check_session(identity, self._access(call, identity))
        member = identity.account_id != self._management_account_id
        if call.service == "organizations" and member and call.operation not in _MEMBERS_MAY:
            raise ApiError("AccessDeniedException", "You don't have permissions to access this resource.", 400)

    def _check_s3(self, call: ApiCall, identity: Identity) -> None:
        from moto.s3.models import s3_backends

        bucket, _, key = call.request.path.lstrip("/").partition("/")
        bucket, key = unquote(bucket), unquote(key)
        action = f"s3:{_S3_ACTIONS.get(call.operation, call.operation)}"
        resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}" if bucket else "*"
        if call.operation == "DeleteObjects":
            resource = f"arn:aws:s3:::{bucket}/*"
        access = Access(
            action=action,
            resource=resource,
            principals=identity.names,
            keys={**self._identities.keys_of(identity), **_s3_keys(call)},
        )
        if identity.session_policy is not None:
            self._check_session(identity, access)
        owner = s3_backends.bucket_accounts.get(bucket)
        if owner is None:
            if identity.kind == "anonymous":
                raise ApiError("AccessDenied", "Access Denied", 403)
            return
        partition, account_id = owner
        policy = s3_backends[account_id][partition].buckets[bucket].policy
        decision = "none"
        if policy:
            text = policy.decode() if isinstance(policy, bytes) else policy
            decision = verdict(parse(text), access, with_principal=True)
        if decision == "deny":
            raise _denied(identity, action, resource, "with an explicit deny in a resource-based policy")
        if decision != "allow" and account_id != identity.account_id:
            raise _denied(identity, action, resource, f"because no resource-based policy allows the {action} action")

    @staticmethod
    def _check_session(identity: Identity, access: Access) -> None:
        document = identity.session_policy
        if document is not None and verdict(document, access) != "allow":
            resource = access.resource or "*"
            reason = f"because no session policy allows the {access.action} action"
            raise _denied(identity, access.action, resource, reason, s3=access.action.startswith("s3:"))

    def _access(self, call: ApiCall, identity: Identity) -> Access:
        # botocore's name of a service is its IAM prefix for most; these differ.
        prefix = {"sso-admin": "sso", "cloudwatch": "monitoring"}.get(call.service, call.signing_name)
        keys = {**self._identities.keys_of(identity), "aws:requestedregion": (call.region,)}
        return Access(
            action=f"{'cloudwatch' if prefix == 'monitoring' else prefix}:{call.operation}",
            resource=_dynamodb_table(call, identity) if call.service == "dynamodb" else None,
            keys=keys,
        )


def _dynamodb_table(call: ApiCall, identity: Identity) -> str | None:
    try:
        table = json.loads(call.request.body or b"{}").get("TableName")
    except ValueError:
        return None
    if not isinstance(table, str):
        return None
    return table if table.startswith("arn:") else f"arn:aws:dynamodb:{call.region}:{identity.account_id}:table/{table}"


def _s3_keys(call: ApiCall) -> dict[str, tuple[str, ...]]:
    query = dict(parse_qsl(call.request.query, keep_blank_values=True))
    keys: dict[str, tuple[str, ...]] = {
        f"s3:{name}": (query[name],) for name in ("prefix", "delimiter", "max-keys", "versionid") if name in query
    }
    if call.operation in {"ListObjects", "ListObjectsV2"}:
        keys.setdefault("s3:prefix", ("",))
    for name, value in call.request.headers.items():
        if name.startswith("x-amz-") and not name.startswith("x-amz-meta-"):
            keys[f"s3:{name}"] = (value,)
    return keys


def _check_s3_control(call: ApiCall, identity: Identity) -> None:
    account_id = call.request.headers.get("x-amz-account-id") or call.host_prefix
    if account_id and account_id != identity.account_id:
        raise ApiError("AccessDenied", "Access Denied", 403)


def _denied(identity: Identity, action: str, resource: str, reason: str, *, s3: bool = True) -> ApiError:
    if identity.kind == "anonymous":
        return ApiError("AccessDenied", "Access Denied", 403)
    quoted = f'"{resource}"' if s3 else resource
    message = f"User: {identity.arn} is not authorized to perform: {action} on resource: {quoted} {reason}"
    return ApiError("AccessDenied" if s3 else "AccessDeniedException", message, 403 if s3 else 400)
