"""AWS's constraints on the values of a request, from botocore's service models; tests compare them."""

from __future__ import annotations

import re
import unicodedata

from vend.requests.language._language import NOT_BLANK, InvalidValue, Rule

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_ROOT_LOCAL = re.compile(r"""[^\s"'()<>\[\]:;,\\|%&@.][^\s"'()<>\[\]:;,\\|%&@]*""")
_ROOT_DOMAIN = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?")
_SLUG = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_NAME = re.compile(r"[ -;=?-~]+")
_UNIT_ID = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}")
_UNIT_WITH_ID = re.compile(r"(?P<name>.+\S) \((?P<id>[^()]*)\)")
_FIELD_KEY = re.compile(r"[a-zA-Z0-9._-]+")
_PERMISSION_SET = re.compile(r"[\w+=,.@-]+", re.ASCII)
_TAG_EXTRA = frozenset("_.:/=+-@")
_IDENTITY_EXTRA = frozenset(" \xa0\u3000")
_DEEPEST = 5
_TAG_CHARACTER = r"([^\x00-\x7f]|[a-zA-Z0-9 _.:/=+@-])"
"""Beyond ASCII the check alone knows what a letter is: Python's expressions have no word for it."""
_UNIT = (
    r"^(([^/\s]|[^/\s][^/]*[^/\s])(/([^/\s]|[^/\s][^/]*[^/\s])){0,4}"
    r"|[\s\S]*\S \(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}\))$"
)


def _slug(value: str) -> InvalidValue | None:
    if _SLUG.fullmatch(value) and len(value) <= 128 and ".." not in value:  # noqa: PLR2004 - the model's limit
        return None
    return InvalidValue(
        code="invalid-label",
        summary=f'"{value}" is not a valid account label',
        hint="1-128 letters, digits, dots, dashes and underscores, starting with a letter or digit, without two dots "
        "in a row",
    )


SLUG = Rule(
    check=_slug,
    accepts="1-128 letters, digits, `.`, `-` and `_`, starting with a letter or digit, without `..`",
    shortest=1,
    longest=128,
    pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]*$",
    model=("servicecatalog", "ProvisionedProductName"),
)
"""Also the name of a folder and part of a state key, hence no `..`."""


def _email(value: str) -> InvalidValue | None:
    if not _EMAIL.fullmatch(value) or not value.isprintable():
        return _bad_email(f'"{value}" is not a valid email address for an AWS account')
    if len(value) > 64:  # noqa: PLR2004 - the model's limit
        return _bad_email(
            f"the email has {len(value)} characters; AWS allows at most 64", "shorten the part before the @"
        )
    if len(value) < 6:  # noqa: PLR2004 - the model's limit
        return _bad_email(f'the email "{value}" has fewer than 6 characters')
    return _email_parts(value)


def _email_parts(value: str) -> InvalidValue | None:
    local, _, domain = value.rpartition("@")
    if not value.isascii():
        return _bad_email(f'the email "{value}" has a character outside ASCII, which AWS does not allow')
    if not _ROOT_LOCAL.fullmatch(local):
        return _bad_email(
            f'the email "{value}" has a part before the @ that AWS does not allow',
            "it must not start with a dot or contain a space or any of \" ' ( ) < > [ ] : ; , \\ | % &",
        )
    if not _ROOT_DOMAIN.fullmatch(domain):
        return _bad_email(
            f'the email "{value}" has a domain that AWS does not allow',
            "use letters, digits, dots and dashes, without a dot or dash at either end",
        )
    return None


def _bad_email(
    summary: str, hint: str = "write it as name@example.com, 6-64 characters, without spaces"
) -> InvalidValue:
    return InvalidValue(code="invalid-email", summary=summary, hint=hint)


EMAIL = Rule(
    check=_email,
    accepts="an address of 6-64 ASCII characters, without spaces or any of `\" ' ( ) < > [ ] : ; , \\ | % &`; the part "
    "before the `@` must not start with a dot; the domain consists of letters, digits, dots and dashes, without a dot "
    "or dash at either end",
    shortest=6,
    longest=64,
    pattern=r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    model=("organizations", "Email"),
)
"""The root user's address; the characters are those of CreateAccount's documentation."""


def _user_email(value: str) -> InvalidValue | None:
    printable = all(_is_identity_text(c) and c not in _IDENTITY_EXTRA for c in value)
    if _EMAIL.fullmatch(value) and len(value) <= 128 and printable:  # noqa: PLR2004 - the model's limit
        return None
    return InvalidValue(
        code="invalid-email",
        summary=f'"{value}" is not a valid email address for Identity Center',
        hint="write it as name@example.com, at most 128 characters, without spaces",
    )


USER_EMAIL = Rule(
    check=_user_email,
    accepts="an address of at most 128 characters, without spaces; it is also the user's name",
    shortest=5,
    longest=128,
    pattern=r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    model=("identitystore", "UserName"),
)
"""The product's own pattern for SSOUserEmail, within what the name of a user may be."""


def _account_name(value: str) -> InvalidValue | None:
    if _NAME.fullmatch(value) and len(value) <= 50 and value == value.strip():  # noqa: PLR2004 - the model's limit
        return None
    reason = f"has {len(value)} characters" if len(value) > 50 else "has a character that AWS does not allow"  # noqa: PLR2004
    if value != value.strip():
        reason = "starts or ends with a space"
    return InvalidValue(
        code="invalid-account-name",
        summary=f'the name "{value}" {reason}' if value else "the name is empty",
        hint="1-50 printable ASCII characters without < and >, with no space at either end",
    )


ACCOUNT_NAME = Rule(
    check=_account_name,
    accepts="1-50 printable ASCII characters without `<` and `>`, with no space at either end",
    shortest=1,
    longest=50,
    pattern=r"^[ -;=?-~]+$",
    model=("account", "AccountName"),
)
"""Account's PutAccountName, which a rename must pass, is within organizations' CreateAccountName."""


def _organizational_unit(value: str) -> InvalidValue | None:
    with_id = _UNIT_WITH_ID.fullmatch(value)
    if with_id is not None and with_id["id"].startswith("ou-"):
        return None if _UNIT_ID.fullmatch(with_id["id"]) else _unit(value, "does not end with a valid id")
    if value.startswith("ou-") and "/" not in value and _UNIT_ID.fullmatch(value):
        return None
    reason = _path_problem(value)
    return _unit(value, reason) if reason else None


def _path_problem(value: str) -> str | None:
    names = value.split("/")
    if not value.strip():
        return "is empty"
    if any(not name.strip() or name != name.strip() for name in names):
        return "has an empty name, or spaces around a name"
    if len(names) > _DEEPEST:
        return f"is {len(names)} levels deep; AWS allows at most {_DEEPEST}"
    if any(len(name) > 128 for name in names):  # noqa: PLR2004 - the model's limit
        return "has a name of more than 128 characters"
    return None if value.isprintable() else "has a non-printable character"


def _unit(value: str, reason: str) -> InvalidValue:
    return InvalidValue(
        code="invalid-organizational-unit",
        summary=f'the organizational unit "{value}" {reason}',
        hint='write a path below the root such as "Workloads/Prod", or "Prod (ou-ab12-cdefghij)"',
    )


ORGANIZATIONAL_UNIT = Rule(
    check=_organizational_unit,
    accepts="a path below the root (`Workloads/Prod`, at most five levels, names of 1-128 characters), "
    "`Prod (ou-ab12-cdefghij)`, or `ou-ab12-cdefghij`",
    shortest=1,
    longest=_DEEPEST * 129 - 1,
    pattern=_UNIT,
)
"""Organizations' OrganizationalUnitName at every level, or its OrganizationalUnitId."""


def _tag_key(value: str) -> InvalidValue | None:
    if value.lower().startswith("aws:"):
        return InvalidValue(
            code="invalid-tag", summary=f'the tag key "{value}" starts with "aws:", which is reserved for AWS'
        )
    if 1 <= len(value) <= 128 and _taggable(value):  # noqa: PLR2004 - the model's limit
        return None
    return InvalidValue(
        code="invalid-tag",
        summary=f'"{value}" is not a valid tag key',
        hint="1-128 letters, digits, spaces and _ . : / = + - @",
    )


def _tag_value(value: str) -> InvalidValue | None:
    if len(value) <= 256 and _taggable(value):  # noqa: PLR2004 - the model's limit
        return None
    return InvalidValue(
        code="invalid-tag",
        summary=f'"{value}" is not a valid tag value',
        hint="at most 256 letters, digits, spaces and _ . : / = + - @",
    )


def _taggable(value: str) -> bool:
    return all(c in _TAG_EXTRA or unicodedata.category(c)[0] in "LZN" for c in value)


TAG_KEY = Rule(
    check=_tag_key,
    accepts="1-128 letters, digits, spaces and `_ . : / = + - @`, not starting with `aws:`",
    shortest=1,
    longest=128,
    pattern=rf"^(?![aA][wW][sS]:){_TAG_CHARACTER}+$",
    model=("organizations", "TagKey"),
)
TAG_VALUE = Rule(
    check=_tag_value,
    accepts="at most 256 letters, digits, spaces and `_ . : / = + - @`",
    longest=256,
    pattern=rf"^{_TAG_CHARACTER}*$",
    model=("organizations", "TagValue"),
)


def _field_key(value: str) -> InvalidValue | None:
    if _FIELD_KEY.fullmatch(value) and len(value) <= 128:  # noqa: PLR2004 - far below SSM's own limit of 1011
        return None
    return InvalidValue(
        code="invalid-custom-field",
        summary=f'"{value}" is not a valid key for a custom field',
        hint="1-128 letters, digits, dots, dashes and underscores: it becomes the name of an SSM parameter",
    )


def _field_value(value: str) -> InvalidValue | None:
    if not value:
        return InvalidValue(
            code="invalid-custom-field",
            summary="a custom field is empty; SSM does not store empty values",
            hint="remove the line",
        )
    if len(value.encode()) > 4096:  # noqa: PLR2004 - a standard parameter's size
        return InvalidValue(
            code="invalid-custom-field",
            summary=f"a custom field has {len(value.encode())} bytes; SSM stores at most 4096",
        )
    if "\0" in value:
        return InvalidValue(code="invalid-custom-field", summary="a custom field contains a NUL character")
    if "{{" in value:
        return InvalidValue(
            code="invalid-custom-field", summary='a custom field contains "{{", which SSM reads as a reference'
        )
    return None


FIELD_KEY = Rule(
    check=_field_key,
    accepts="1-128 letters, digits, `.`, `-` and `_`",
    shortest=1,
    longest=128,
    pattern=r"^[a-zA-Z0-9._-]+$",
)
"""The last part of an SSM parameter's name."""
FIELD_VALUE = Rule(
    check=_field_value,
    accepts="1-4096 bytes without `{{`",
    shortest=1,
    longest=4096,
    pattern=r"^(?![\s\S]*\{\{)[^\x00]+$",
)
"""A standard parameter of SSM."""


def _is_identity_text(character: str) -> bool:
    return character in _IDENTITY_EXTRA or unicodedata.category(character)[0] in "LMSNP"


def _person(value: str) -> InvalidValue | None:
    if value.strip() and len(value) <= 64 and all(map(_is_identity_text, value)):  # noqa: PLR2004 - Account Factory's form
        return None
    return InvalidValue(
        code="invalid-sso-user", summary=f'"{value}" is not a valid name', hint="1-64 printable characters on one line"
    )


PERSON = Rule(
    check=_person,
    accepts="1-64 printable characters",
    shortest=1,
    longest=64,
    pattern=NOT_BLANK,
    model=("identitystore", "SensitiveStringType"),
)


def _note(value: str) -> InvalidValue | None:
    if value.strip() and len(value) <= 1024 and "\0" not in value:  # noqa: PLR2004 - room for a paragraph
        return None
    return InvalidValue(code="invalid-change", summary="it is empty, longer than 1024 characters, or has a NUL")


NOTE = Rule(check=_note, accepts="1-1024 characters", shortest=1, longest=1024, pattern=NOT_BLANK)
"""Something that is only stored."""


def _on_removal(value: str) -> InvalidValue | None:
    if value in ON_REMOVAL.choices:
        return None
    return InvalidValue(
        code="invalid-on-removal",
        summary=f'on_removal must be "retain", "unmanage" or "close", not "{value}"',
    )


ON_REMOVAL = Rule(
    check=_on_removal, accepts='`"retain"`, `"unmanage"` or `"close"`', choices=("retain", "unmanage", "close")
)


def _group(value: str) -> InvalidValue | None:
    if 1 <= len(value) <= 1024 and value.strip() and all(map(_is_identity_text, value)):  # noqa: PLR2004 - the model's limit
        return None
    return InvalidValue(
        code="invalid-access",
        summary=f'"{value}" is not a valid Identity Center group name',
        hint="1-1024 printable characters on one line",
    )


GROUP = Rule(
    check=_group,
    accepts="1-1024 printable characters",
    shortest=1,
    longest=1024,
    pattern=NOT_BLANK,
    model=("identitystore", "GroupDisplayName"),
)


def _permission_set(value: str) -> InvalidValue | None:
    if _PERMISSION_SET.fullmatch(value) and len(value) <= 32:  # noqa: PLR2004 - the model's limit
        return None
    return InvalidValue(
        code="invalid-access",
        summary=f'"{value}" is not a valid permission set name',
        hint="1-32 letters, digits and + = , . @ - _",
    )


PERMISSION_SET = Rule(
    check=_permission_set,
    accepts="the name, 1-32 letters, digits and `+ = , . @ - _`",
    shortest=1,
    longest=32,
    pattern=r"^[a-zA-Z0-9_+=,.@-]+$",
    model=("sso-admin", "PermissionSetName"),
)
