"""AWS's own constraints on what a request says; botocore's service models are the source."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What is wrong with a value, and what would be right."""

    code: str
    summary: str
    hint: str | None = None


Check = Callable[[str], Violation | None]

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_CONTACT_EMAIL = re.compile(r"[\w+=.#|!&-]+@[\w.-]+\.[\w]+", re.ASCII)
_PHONE = re.compile(r"[\s0-9()+-]+", re.ASCII)
_SLUG = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_NAME = re.compile(r"[ -;=?-~]+")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+")
_UNIT_ID = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}")
_UNIT_WITH_ID = re.compile(r"(?P<name>.+\S) \((?P<id>[^()]*)\)")
_FIELD_KEY = re.compile(r"[a-zA-Z0-9._-]+")
_PERMISSION_SET = re.compile(r"[\w+=,.@-]+", re.ASCII)
_TAG_EXTRA = frozenset("_.:/=+-@")
_DEEPEST = 5


def slug(value: str) -> Violation | None:
    """The label of an account: servicecatalog's ProvisionedProductName; also a folder and a state key."""
    if _SLUG.fullmatch(value) and len(value) <= 128 and ".." not in value:  # noqa: PLR2004 - the model's limit
        return None
    return Violation(
        code="invalid-label",
        summary=f'"{value}" cannot be the label of an account',
        hint="1-128 letters, digits, dots, dashes and underscores, beginning with a letter or digit",
    )


def email(value: str) -> Violation | None:
    """Organizations' Email: 6-64 characters."""
    if _EMAIL.fullmatch(value) and 6 <= len(value) <= 64 and value.isprintable():  # noqa: PLR2004 - the model's limits
        return None
    if _EMAIL.fullmatch(value) and len(value) > 64:  # noqa: PLR2004 - the model's limit
        return Violation(
            code="invalid-email",
            summary=f"the email has {len(value)} characters; AWS takes at most 64",
            hint="shorten the part before the @",
        )
    return Violation(
        code="invalid-email",
        summary=f'"{value}" is no email address that AWS takes',
        hint="write it as name@example.com, 6-64 characters, without spaces",
    )


def account_name(value: str) -> Violation | None:
    """Account's AccountName (which a rename must pass) within organizations' CreateAccountName: 1-50 characters."""
    if _NAME.fullmatch(value) and len(value) <= 50 and value == value.strip():  # noqa: PLR2004 - the model's limit
        return None
    reason = f"has {len(value)} characters" if len(value) > 50 else "has a character that AWS refuses"  # noqa: PLR2004
    if value != value.strip():
        reason = "begins or ends with a blank"
    return Violation(
        code="invalid-account-name",
        summary=f'the name "{value}" {reason}' if value else "the name is empty",
        hint="1-50 characters of printable ASCII, without < and >, and no blank at either end",
    )


def organizational_unit(value: str) -> Violation | None:
    """A path below the root, `Name (ou-id)`, or `ou-id`; names 1-128 characters, at most five levels."""
    with_id = _UNIT_WITH_ID.fullmatch(value)
    if with_id is not None and with_id["id"].startswith("ou-"):
        return None if _UNIT_ID.fullmatch(with_id["id"]) else _unit(value, "ends in no valid id")
    if value.startswith("ou-") and "/" not in value and _UNIT_ID.fullmatch(value):
        return None
    reason = _path_problem(value)
    return _unit(value, reason) if reason else None


def _path_problem(value: str) -> str | None:
    names = value.split("/")
    if not value.strip():
        return "is empty"
    if any(not name.strip() or name != name.strip() for name in names):
        return "has an empty name, or blanks around one"
    if len(names) > _DEEPEST:
        return f"is {len(names)} levels deep; AWS has at most {_DEEPEST}"
    if any(len(name) > 128 for name in names):  # noqa: PLR2004 - the model's limit
        return "has a name of more than 128 characters"
    return None if value.isprintable() else "has a character that is not printable"


def _unit(value: str, reason: str) -> Violation:
    return Violation(
        code="invalid-organizational-unit",
        summary=f'the organizational unit "{value}" {reason}',
        hint='write a path below the root such as "Workloads/Prod", or "Prod (ou-ab12-cdefghij)"',
    )


def tag_key(value: str) -> Violation | None:
    """Organizations' TagKey: 1-128 characters; `aws:` is AWS's own."""
    if value.lower().startswith("aws:"):
        return Violation(code="invalid-tag", summary=f'the tag key "{value}" begins with "aws:", which is AWS\'s own')
    if 1 <= len(value) <= 128 and _taggable(value):  # noqa: PLR2004 - the model's limit
        return None
    return Violation(
        code="invalid-tag",
        summary=f'AWS takes no tag key "{value}"',
        hint="1-128 letters, digits, blanks and _ . : / = + - @",
    )


def tag_value(value: str) -> Violation | None:
    """Organizations' TagValue: 0-256 characters."""
    if len(value) <= 256 and _taggable(value):  # noqa: PLR2004 - the model's limit
        return None
    return Violation(
        code="invalid-tag",
        summary=f'AWS takes no tag value "{value}"',
        hint="at most 256 letters, digits, blanks and _ . : / = + - @",
    )


def _taggable(value: str) -> bool:
    return all(c in _TAG_EXTRA or unicodedata.category(c)[0] in "LZN" for c in value)


def field_key(value: str) -> Violation | None:
    """The last part of an SSM parameter's name."""
    if _FIELD_KEY.fullmatch(value) and len(value) <= 128:  # noqa: PLR2004 - far below SSM's own limit of 1011
        return None
    return Violation(
        code="invalid-custom-field",
        summary=f'"{value}" cannot be the key of a custom field',
        hint="1-128 letters, digits, dots, dashes and underscores: it becomes the name of an SSM parameter",
    )


def field_value(value: str) -> Violation | None:
    """Ssm's standard parameter: 1-4096 characters, without `{{`."""
    if not value:
        return Violation(
            code="invalid-custom-field",
            summary="a custom field is empty, which SSM does not store",
            hint="leave the line out",
        )
    if len(value.encode()) > 4096:  # noqa: PLR2004 - a standard parameter's size
        return Violation(
            code="invalid-custom-field",
            summary=f"a custom field has {len(value.encode())} bytes; SSM stores at most 4096",
        )
    if "\0" in value:
        return Violation(code="invalid-custom-field", summary="a custom field contains a NUL character")
    if "{{" in value:
        return Violation(
            code="invalid-custom-field", summary='a custom field contains "{{", which SSM takes for a reference'
        )
    return None


def person(value: str) -> Violation | None:
    """A first or last name of the Identity Center user."""
    if value.strip() and len(value) <= 64 and value.isprintable():  # noqa: PLR2004 - what Account Factory's form takes
        return None
    return Violation(code="invalid-sso-user", summary=f'"{value}" is no name', hint="1-64 printable characters")


def note(value: str) -> Violation | None:
    """Something that is only stored."""
    if value.strip() and len(value) <= 1024 and "\0" not in value:  # noqa: PLR2004 - room for a paragraph
        return None
    return Violation(code="invalid-change", summary="it is empty, longer than 1024 characters, or has a NUL")


def region(value: str) -> Violation | None:
    """The name of a Region."""
    if _REGION.fullmatch(value):
        return None
    return Violation(code="invalid-region", summary=f'"{value}" is no Region', hint='write it as "eu-west-1"')


def on_removal(value: str) -> Violation | None:
    """What deleting the block means."""
    if value in {"retain", "unmanage", "close"}:
        return None
    return Violation(
        code="invalid-on-removal",
        summary=f'on_removal is "retain", "unmanage" or "close", not "{value}"',
    )


def group(value: str) -> Violation | None:
    """Identitystore's GroupDisplayName."""
    if 1 <= len(value) <= 1024 and value.isprintable() and value.strip():  # noqa: PLR2004 - the model's limit
        return None
    return Violation(code="invalid-access", summary=f'"{value}" cannot be a group of Identity Center')


def permission_set(value: str) -> Violation | None:
    """sso-admin's PermissionSetName: 1-32 characters."""
    if _PERMISSION_SET.fullmatch(value) and len(value) <= 32:  # noqa: PLR2004 - the model's limit
        return None
    return Violation(
        code="invalid-access",
        summary=f'"{value}" cannot be a permission set',
        hint="1-32 letters, digits and + = , . @ - _",
    )


def _contact(what: str, limit: int) -> Check:
    def check(value: str) -> Violation | None:
        if value.strip() and len(value) <= limit and value.isprintable():
            return None
        return Violation(
            code="invalid-contact", summary=f'"{value}" cannot be the {what} of a contact', hint=f"1-{limit} characters"
        )

    return check


def _contact_email(value: str) -> Violation | None:
    if _CONTACT_EMAIL.fullmatch(value) and len(value) <= 254:  # noqa: PLR2004 - the model's limit
        return None
    return Violation(
        code="invalid-contact",
        summary=f'"{value}" is no email address that AWS takes for a contact',
        hint="write it as name@example.com, at most 254 characters",
    )


def _phone(value: str) -> Violation | None:
    if _PHONE.fullmatch(value) and len(value) <= 25 and value.strip():  # noqa: PLR2004 - the model's limit
        return None
    return Violation(
        code="invalid-contact",
        summary=f'"{value}" is no phone number that AWS takes',
        hint='1-25 digits, blanks and ( ) + -, such as "+1 555 0100"',
    )


CONTACT: dict[str, Check] = {
    "name": _contact("name", 64),
    "title": _contact("title", 50),
    "email": _contact_email,
    "phone": _phone,
}
"""account's PutAlternateContact."""
