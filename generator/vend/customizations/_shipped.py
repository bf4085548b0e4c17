"""The Terraform modules and the example fleet that ship with vend."""

from __future__ import annotations

from pathlib import Path

from vend.errors import Diagnostic, InvalidInputError

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_modules() -> Path:
    """The folder with vend's own Terraform modules: inside the wheel, or `modules/` of the checkout.

    Raises:
        InvalidInputError: the installation has none.
    """
    return _shipped("modules", _PACKAGE.parents[1] / "modules")


def shipped_example() -> Path:
    """The example fleet: inside the wheel, or the checkout itself.

    It is `vend.hcl`, `terraform.lock.hcl`, `account-requests` and `customizations`; a checkout has more besides.

    Raises:
        InvalidInputError: the installation has none.
    """
    return _shipped("example", _PACKAGE.parents[1])


def _shipped(name: str, in_checkout: Path) -> Path:
    in_wheel = _PACKAGE / "_shipped" / name
    if in_wheel.is_dir():
        return in_wheel
    if (_PACKAGE.parents[1] / "pyproject.toml").is_file() and in_checkout.is_dir():
        return in_checkout
    raise InvalidInputError(
        Diagnostic(
            code="installation-incomplete",
            summary=f"this installation of vend is missing {name}",
            detail=f"looked for {in_wheel}",
            hint="install vend again from its wheel, or run it from a checkout",
        )
    )
