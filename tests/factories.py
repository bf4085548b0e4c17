"""Values for tests, valid unless a test says otherwise."""

from __future__ import annotations

from typing import Any

from vend.models import AccountRequest, SsoUser


def an_account_request(**overrides: Any) -> AccountRequest:
    """A valid account request; keyword arguments replace fields."""
    fields: dict[str, Any] = {
        "account": "payments-prod",
        "name": "Payments (prod)",
        "email": "aws+payments-prod@example.com",
        "organizational_unit": "Workloads/Prod",
        "sso_user": SsoUser(email="grace@example.com", first_name="Grace", last_name="Hopper"),
    }
    return AccountRequest(**{**fields, **overrides})
