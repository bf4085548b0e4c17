"""AWS's constraints on alternate contacts, from botocore's service models; tests compare them."""

from __future__ import annotations

import re

from vend.requests.language._language import NOT_BLANK, Check, InvalidValue, Rule

_CONTACT_EMAIL = re.compile(r"[\w+=.#|!&-]+@[\w.-]+\.[\w]+", re.ASCII)
_PHONE = re.compile(r"[\s0-9()+-]+", re.ASCII)


def _contact(what: str, limit: int) -> Check:
    def check(value: str) -> InvalidValue | None:
        if value.strip() and len(value) <= limit and value.isprintable():
            return None
        return InvalidValue(
            code="invalid-contact",
            summary=f'"{value}" is not a valid {what} for a contact',
            hint=f"1-{limit} characters",
        )

    return check


def _contact_email(value: str) -> InvalidValue | None:
    if _CONTACT_EMAIL.fullmatch(value) and len(value) <= 254:  # noqa: PLR2004 - the model's limit
        return None
    return InvalidValue(
        code="invalid-contact",
        summary=f'"{value}" is not a valid email address for an alternate contact',
        hint="write it as name@example.com, at most 254 characters: letters, digits and + = . # | ! & - _ before the @",
    )


def _phone(value: str) -> InvalidValue | None:
    if _PHONE.fullmatch(value) and len(value) <= 25 and value.strip():  # noqa: PLR2004 - the model's limit
        return None
    return InvalidValue(
        code="invalid-contact",
        summary=f'"{value}" is not a valid phone number in AWS',
        hint='1-25 digits, spaces and ( ) + -, such as "+1 555 0100"',
    )


CONTACT_NAME = Rule(
    check=_contact("name", 64),
    accepts="1-64 printable characters",
    shortest=1,
    longest=64,
    pattern=NOT_BLANK,
    model=("account", "Name"),
)
CONTACT_TITLE = Rule(
    check=_contact("title", 50),
    accepts="1-50 printable characters",
    shortest=1,
    longest=50,
    pattern=NOT_BLANK,
    model=("account", "Title"),
)
CONTACT_EMAIL = Rule(
    check=_contact_email,
    accepts="an address of at most 254 characters: letters, digits and `+ = . # | ! & - _` before the `@`",
    shortest=1,
    longest=254,
    pattern=r"^[a-zA-Z0-9_+=.#|!&-]+@[a-zA-Z0-9_.-]+\.[a-zA-Z0-9_]+$",
    model=("account", "EmailAddress"),
)
PHONE = Rule(
    check=_phone,
    accepts="1-25 digits, spaces and `( ) + -`",
    shortest=1,
    longest=25,
    pattern=r"^[\s0-9()+-]+$",
    model=("account", "PhoneNumber"),
)


def _kind(value: str) -> InvalidValue | None:
    from vend.errors import did_you_mean

    if value in CONTACT_KIND.choices:
        return None
    return InvalidValue(
        code="unknown-contact-kind",
        summary=f'unknown kind of alternate contact "{value}"',
        hint=did_you_mean(value, CONTACT_KIND.choices, listing=3),
    )


CONTACT_KIND = Rule(
    check=_kind, accepts="`billing`, `operations` or `security`", choices=("billing", "operations", "security")
)
"""account's AlternateContactType, in lower case."""
