"""Changes of users and groups in the identity store, which moto can only make and delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.protocol._call import ApiError

Input = Mapping[str, Any]
Output = dict[str, Any]
_SIMPLE = {
    "userName": "UserName",
    "displayName": "DisplayName",
    "nickName": "NickName",
    "profileUrl": "ProfileUrl",
    "emails": "Emails",
    "addresses": "Addresses",
    "phoneNumbers": "PhoneNumbers",
    "userType": "UserType",
    "title": "Title",
    "preferredLanguage": "PreferredLanguage",
    "locale": "Locale",
    "timezone": "Timezone",
}
_NAMES = {
    "formatted": "Formatted",
    "familyName": "FamilyName",
    "givenName": "GivenName",
    "middleName": "MiddleName",
    "honorificPrefix": "HonorificPrefix",
    "honorificSuffix": "HonorificSuffix",
}
_GROUP = {"displayName": "DisplayName", "description": "Description"}


class IdentityStoreApi:
    """The operations, by botocore's names.

    Args:
        region: the home Region.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("revisions",)

    def __init__(self, region: str) -> None:
        self._region = region
        self.revisions: dict[str, int] = {}
        """Changes of each user and group."""

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here; moto answers the others."""
        return {"UpdateUser": self._update_user, "UpdateGroup": self._update_group}

    def _store(self, caller: Identity, params: Input) -> Any:
        from moto.identitystore.models import identitystore_backends

        stores = identitystore_backends[caller.account_id][self._region].identity_stores
        store = stores.get(params["IdentityStoreId"].rpartition("/")[2])
        if store is None:
            raise _missing("IDENTITY_STORE")
        return store

    def _update_user(self, caller: Identity, params: Input) -> Output:
        users = self._store(caller, params).users
        user_id = params["UserId"].rpartition("/")[2]
        user = users.get(user_id)
        if user is None:
            raise _missing("USER")
        changes: dict[str, Any] = {}
        names: dict[str, Any] = {}
        for operation in params["Operations"]:
            path, value = operation["AttributePath"], operation.get("AttributeValue")
            if path in _SIMPLE:
                changes[_SIMPLE[path]] = _capitalized(value)
            elif path == "name" and isinstance(value, dict):
                names |= {_NAMES[key]: item for key, item in value.items() if key in _NAMES}
            elif path.removeprefix("name.") in _NAMES:
                names[_NAMES[path.removeprefix("name.")]] = value
            else:
                raise ApiError("ValidationException", f"The attribute {path} is not supported.")
        name = changes.get("UserName")
        if name is not None and any(one.UserName == name and one.UserId != user_id for one in users.values()):
            raise ApiError("ConflictException", "Duplicate UserName")
        if names:
            changes["Name"] = _name_of(user)._replace(**names)
        users[user_id] = user._replace(**changes)
        return self._changed(params, "User", user_id)

    def _update_group(self, caller: Identity, params: Input) -> Output:
        groups = self._store(caller, params).groups
        group_id = params["GroupId"].rpartition("/")[2]
        group = groups.get(group_id)
        if group is None:
            raise _missing("GROUP")
        changes: dict[str, Any] = {}
        for operation in params["Operations"]:
            path = operation["AttributePath"]
            if path not in _GROUP:
                raise ApiError("ValidationException", f"The attribute {path} is not supported.")
            changes[_GROUP[path]] = operation.get("AttributeValue")
        name = changes.get("DisplayName")
        if name is not None and any(one.DisplayName == name and one.GroupId != group_id for one in groups.values()):
            raise ApiError("ConflictException", "Duplicate GroupDisplayName")
        groups[group_id] = group._replace(**changes)
        return self._changed(params, "Group", group_id)

    def _changed(self, params: Input, kind: str, identifier: str) -> Output:
        self.revisions[identifier] = self.revisions.get(identifier, 0) + 1
        return {
            "IdentityStoreId": params["IdentityStoreId"],
            f"{kind}Id": identifier,
            f"{kind}Arn": f"arn:aws:identitystore:::{kind.lower()}/{identifier}",
            "Revision": str(self.revisions[identifier]),
        }


def _name_of(user: Any) -> Any:
    from moto.identitystore.models import Name

    return user.Name or Name(None, None, None, None, None, None)


def _capitalized(value: Any) -> Any:
    """Values of operations are documents with keys in lower camel case; the store's own begin with a capital."""
    if isinstance(value, list):
        return [_capitalized(item) for item in value]
    if isinstance(value, dict):
        return {f"{key[:1].upper()}{key[1:]}": item for key, item in value.items()}
    return value


def _missing(kind: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"{kind} not found.", members={"ResourceType": kind})
