"""From the inputs of AFT's module to an account request; problems are reported at the value's position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vend.errors import did_you_mean
from vend.models import AccountRequest, Change, Position, SsoUser
from vend.requests.aft._call_inputs import RequestInputs
from vend.requests.aft._configuration import NOT_GIVEN
from vend.requests.aft._module import (
    CHANGE,
    CUSTOMIZATIONS,
    FIELDS,
    PARAMETERS,
    TAGS,
    RequestModule,
)
from vend.requests.aft._terraform_strings import Plain, as_text, is_scalar, kind
from vend.requests.language import _constraints as constraints
from vend.requests.language._language import Rule
from vend.requests.language._problems import Problems
from vend.requests.language._request_fields import ACCOUNT

_SSO = {"email": "SSOUserEmail", "first_name": "SSOUserFirstName", "last_name": "SSOUserLastName"}
_ACCOUNT = {"AccountEmail": "email", "AccountName": "name", "ManagedOrganizationalUnit": "organizational_unit"}
_CHECKS: Mapping[str, Rule] = {
    "AccountEmail": constraints.EMAIL,
    "AccountName": constraints.ACCOUNT_NAME,
    "ManagedOrganizationalUnit": constraints.ORGANIZATIONAL_UNIT,
    "SSOUserEmail": constraints.USER_EMAIL,
    "SSOUserFirstName": constraints.PERSON,
    "SSOUserLastName": constraints.PERSON,
}
_MAPS: Mapping[str, tuple[str, Rule, Rule]] = {
    TAGS: ("tags", constraints.TAG_KEY, constraints.TAG_VALUE),
    FIELDS: ("custom_fields", constraints.FIELD_KEY, constraints.FIELD_VALUE),
}


def slug(account_name: str) -> str:
    """The name that AFT gives the provisioned product of an account.

    >>> slug(" Payments Prod ")
    'Payments-Prod'
    """
    return account_name.strip().replace(" ", "-")


def to_request(request_inputs: RequestInputs, module: RequestModule, problems: Problems) -> AccountRequest | None:
    """The account request; None where it has no name to go by. What is wrong is diagnosed."""
    return _Reader(request_inputs, module, problems).request()


class _Reader:
    def __init__(self, request_inputs: RequestInputs, module: RequestModule, problems: Problems) -> None:
        self._request_inputs = request_inputs
        self._module = module
        self._problems = problems
        self._positions: dict[str, Position] = {"": request_inputs.call.place}

    def request(self) -> AccountRequest | None:
        if not self._request_inputs.evaluated:
            self._inputs()
        parameters = self._object(PARAMETERS)
        name = parameters.get("AccountName", "")
        account = slug(name)
        with self._problems.about(account or None):
            request = self._account(account, name, parameters)
        return request if account else None

    def _account(self, account: str, name: str, parameters: dict[str, str]) -> AccountRequest:
        for field, path in _ACCOUNT.items():
            self._required(parameters, field)
            self._positions[path] = self._request_inputs.place(PARAMETERS, field)
        for field, check in _CHECKS.items():
            if parameters.get(field):
                self._check(parameters[field], check, self._request_inputs.place(PARAMETERS, field))
        if account:
            self._check(account, constraints.SLUG, self._request_inputs.place(PARAMETERS, "AccountName"))
        return AccountRequest(
            account=account,
            name=name,
            email=parameters.get("AccountEmail", ""),
            organizational_unit=parameters.get("ManagedOrganizationalUnit", ""),
            sso_user=self._sso_user(parameters),
            tags=self._map(TAGS),
            custom_fields=self._map(FIELDS),
            customizations=self._customizations(),
            change=self._change(),
            positions=self._positions,
        )

    def _inputs(self) -> None:
        """Terraform refuses an input that the module does not declare, and misses one that has no default."""
        declared = self._module.variables
        for name in self._request_inputs.values if declared else ():
            if name not in declared and name not in NOT_GIVEN:
                self._problems.add(
                    "unknown-field",
                    self._request_inputs.place(name),
                    f'the module has no input "{name}"',
                    hint=did_you_mean(name, declared),
                )
        for variable in declared.values():
            if variable.required and variable.name not in self._request_inputs.values and variable.name != PARAMETERS:
                self._problems.warn(
                    "aft-input-missing",
                    self._request_inputs.call.place,
                    f'the module requires "{variable.name}": AFT fails without it; vend does not need it',
                )

    def _object(self, name: str) -> dict[str, str]:
        """The strings of an object, without those that are null, empty or unknown to the module."""
        given = self._request_inputs.values.get(name)
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            self._wrong_type(name, "a map", given, self._request_inputs.place(name))
            return {}
        variable = self._module.variables.get(name)
        kept = variable.attributes if variable is not None else None
        found = {}
        for key, value in given.items():
            if kept is not None and key not in kept:
                continue
            if not is_scalar(value):
                self._wrong_type(key, "a string", value, self._request_inputs.place(name, key))
            elif text := as_text(value):
                found[key] = text
        return found

    def _required(self, parameters: Mapping[str, str], field: str) -> None:
        given = self._request_inputs.values.get(PARAMETERS)
        known = given if isinstance(given, Mapping) else {}
        if field in parameters or not is_scalar(known.get(field)):
            return
        stands = field in known
        others = [key for key in known if key not in _CHECKS]
        self._problems.add(
            "missing-field",
            self._request_inputs.place(PARAMETERS, field),
            f'"{field}" is empty' if stands else f'the request has no "{field}"',
            hint=None if stands else did_you_mean(field, others) or f'{field} = "…"',
        )

    def _sso_user(self, parameters: Mapping[str, str]) -> SsoUser:
        """As in vend's own requests: all three, or the root user."""
        email = parameters.get("AccountEmail", "")
        values = {path: parameters.get(field, "") for path, field in _SSO.items()}
        if not any(values.values()):
            return SsoUser(email=email, first_name="Account", last_name="Owner")
        self._positions["sso_user"] = self._request_inputs.place(PARAMETERS)
        for path, field in _SSO.items():
            self._positions[f"sso_user.{path}"] = self._request_inputs.place(PARAMETERS, field)
            self._required(parameters, field)
        return SsoUser(**values)

    def _map(self, name: str) -> dict[str, str]:
        path, key_check, value_check = _MAPS[name]
        given = self._request_inputs.values.get(name)
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            self._wrong_type(name, "a map", given, self._request_inputs.place(name))
            return {}
        variable = self._module.variables.get(name)
        strings = variable is not None and variable.strings
        found: dict[str, str] = {}
        self._positions[path] = self._request_inputs.place(name)
        for key, value in sorted(given.items()):
            place = self._request_inputs.place(name, key)
            text = as_text(value)
            if text is None:
                continue
            if strings and not is_scalar(value):
                self._wrong_type(key, "a string", value, place)
                continue
            found[key] = text
            self._positions[f"{path}.{key}"] = place
            self._check(key, key_check, self._request_inputs.key(name, key))
            self._check(text, value_check, place)
        most = field.most if (field := ACCOUNT.field(path)) is not None else None
        if most is not None and len(found) > most:
            self._problems.add(
                "invalid-tag",
                self._request_inputs.place(name),
                f"the account has {len(found)} tags; AWS allows at most {most}",
            )
        return found

    def _customizations(self) -> tuple[str, ...]:
        """One name as AFT has it; a list of them as forks of it have it."""
        given = self._request_inputs.values.get(CUSTOMIZATIONS)
        names = [given] if is_scalar(given) or isinstance(given, Mapping) else given
        found: list[str] = []
        for index, value in enumerate(names if isinstance(names, Sequence) else ()):
            place = self._request_inputs.place(CUSTOMIZATIONS, str(index))
            if not is_scalar(value):
                self._wrong_type(CUSTOMIZATIONS, "a string", value, place)
            elif text := as_text(value):
                self._positions[f"customizations[{len(found)}]"] = place
                found.append(text)
        return tuple(dict.fromkeys(found))

    def _change(self) -> Change | None:
        values = self._object(CHANGE)
        reason, by = values.get("change_reason"), values.get("change_requested_by")
        if reason is None and by is None:
            return None
        self._positions["change"] = self._request_inputs.place(CHANGE)
        for path, field, value in (("reason", "change_reason", reason), ("requested_by", "change_requested_by", by)):
            self._positions[f"change.{path}"] = self._request_inputs.place(CHANGE, field)
            if value is not None:
                self._check(value, constraints.NOTE, self._request_inputs.place(CHANGE, field))
        return Change(requested_by=by, reason=reason)

    def _check(self, value: str, rule: Rule, place: Position) -> None:
        violation = rule(value)
        if violation is not None:
            self._problems.violation(place, violation)

    def _wrong_type(self, name: str, request_inputs: str, value: Plain, place: Position) -> None:
        self._problems.add("wrong-type", place, f'"{name}" must be {request_inputs}, not {kind(value)}')
