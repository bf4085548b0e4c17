"""What is sensitive in one place of an account's plan is hidden in all the others."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.plans import PLANS, a_fleet, a_request, a_resource, a_stage, an_account
from vend.errors import Diagnostic, Related
from vend.models import Change
from vend.plan import AccountPlan, Operation, PolicyResult, ResourceChange
from vend.review import policy_input, review_of
from vend.settings import ReviewSettings

SECRET = 'Tr0ub4dor & "3"'


def _marked(value: Any = SECRET, name: str = "master") -> ResourceChange:
    """A resource that holds a value which Terraform marks."""
    return a_resource("aws_x.source", "no-op", before={name: value}, before_sensitive={name: True})


def _plan(*changes: ResourceChange, **values: Any) -> AccountPlan:
    request = values.pop("request", None) or a_request()
    return an_account(
        request, "update", a_stage("customizations", *changes), **{"unit_before": request.organizational_unit, **values}
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _told(plan: AccountPlan) -> str:
    """Every text of the review, and of what a fleet's policies see."""
    fleet = a_fleet(plan)
    return "\n".join([*_texts(review_of(fleet).to_json()), *_texts(policy_input(fleet, ReviewSettings()))])


def _attributes(copied: Any, *sources: ResourceChange) -> dict[str, str | None]:
    """Path and value of the attributes of a resource that is made, beside resources with secrets."""
    plan = _plan(*sources, a_resource("aws_y.copy", "create", after=copied))
    (account,) = review_of(a_fleet(plan)).accounts
    return {found.path: found.after for found in account.stages[0].changes[-1].attributes}


_COPIES: dict[str, Callable[[str], Any]] = {
    "attribute": lambda secret: {"a": secret},
    "part of a text": lambda secret: {"a": f"postgres://app:{secret}@db"},
    "map": lambda secret: {"tags_all": {"ok": secret}},
    "key of a map": lambda secret: {"tags": {secret: "x"}},
    "list": lambda secret: {"a": ["x", secret]},
    "blocks": lambda secret: {"a": [{"name": secret, "b": [{"c": secret}]}]},
    "JSON": lambda secret: {"a": json.dumps({"b": [secret]})},
    "JSON in JSON": lambda secret: {"a": json.dumps({"b": json.dumps({"c": secret})})},
    "part of a script": lambda secret: {"a": f"set -e\nx='{json.dumps({'b': secret})}'"},
    "Base64": lambda secret: {"a": base64.b64encode(secret.encode()).decode()},
}


@pytest.mark.parametrize("where", _COPIES)
def test_a_copy_is_hidden_wherever_it_stands(where: str) -> None:
    """In attributes, maps and their keys, lists, JSON, within other texts, and in Base64; the rest is shown."""
    change = a_resource("aws_y.copy", "create", after={**_COPIES[where](SECRET), "other": "shown"})
    plan = _plan(_marked(), change)
    told = _told(plan)
    assert all(
        form not in told for form in (SECRET, json.dumps(SECRET)[1:-1], base64.b64encode(SECRET.encode()).decode())
    )
    assert '"shown"' in told


_SOURCES: dict[str, Callable[[], AccountPlan]] = {
    "before": lambda: _plan(_marked()),
    "after": lambda: _plan(
        a_resource("x.y", "create", after={"a": {"b": [SECRET]}}, after_sensitive={"a": {"b": [True]}})
    ),
    "a whole map": lambda: _plan(a_resource("x.y", "create", after={"a": {"b": SECRET}}, after_sensitive={"a": True})),
    "drift": lambda: an_account(a_request(), "update", a_stage("settings", drift=(_marked(),))),
    "preview": lambda: an_account(a_request(), "create", a_stage("customizations", _marked(), preview=True)),
    "what is only read": lambda: _plan(a_resource("x.y", "read", after={"a": SECRET}, after_sensitive={"a": True})),
    "name": lambda: _plan(a_resource("x.y", "create", after={"password": SECRET})),
    "name in JSON": lambda: _plan(a_resource("x.y", "create", after={"a": json.dumps({"password": SECRET})})),
    "name in JSON in JSON": lambda: _plan(
        a_resource("x.y", "create", after={"a": json.dumps({"b": json.dumps({"password": SECRET})})})
    ),
    "name of a resource": lambda: _plan(a_resource("x.db_password", "create", after={"value": SECRET})),
    "operation": lambda: _plan(
        operations=(Operation(operation="tag", stage="settings", before={}, after={"DeployToken": SECRET}),)
    ),
    "tag": lambda: _plan(request=a_request(tags={"DeployToken": SECRET})),
    "custom field": lambda: _plan(request=a_request(custom_fields={"db_password": SECRET})),
    "JSON in a custom field": lambda: _plan(request=a_request(custom_fields={"x": json.dumps({"password": SECRET})})),
    "custom field that was": lambda: _plan(last=a_request(custom_fields={"db_password": SECRET}).to_json()),
}


@pytest.mark.parametrize("source", _SOURCES)
def test_a_secret_is_known_wherever_it_comes_from(source: str) -> None:
    """Marked by Terraform or given away by its name; in any stage, side, drift, preview, request or operation."""
    plan = _SOURCES[source]()
    copies = (
        a_resource("aws_y.copy", "update", before={"a": SECRET}, after={"b": f"<{SECRET}>"}),
        a_resource(f'aws_y.named["{SECRET}"]', "import", importing=f"id/{SECRET}", after={"c": "shown"}),
    )
    told = _told(replace(plan, stages=(*plan.stages, a_stage("account", *copies))))
    assert SECRET not in told
    assert json.dumps(SECRET)[1:-1] not in told
    assert "aws_y.copy" in told


def test_what_is_said_of_an_account_quotes_no_secret() -> None:
    """Diagnostics, of the account, a stage and the fleet; policies; reasons; the words of the request."""
    problem = Diagnostic(
        code="terraform-error",
        summary=f"{SECRET} is too short",
        detail=json.dumps({"value": SECRET}),
        hint=f"not {SECRET}",
        related=(Related(message=f"see {SECRET}", file="x", line=1, column=1),),
    )
    result = PolicyResult(
        code="x", severity="warn", summary=SECRET, detail=SECRET, hint=SECRET, digest="d" * 64, address=f'x["{SECRET}"]'
    )
    request = a_request(
        custom_fields={"note": f"it is {SECRET}", "json": json.dumps({"password": "x"})},
        tags={"Note": SECRET},
        customizations=(SECRET,),
        change=Change(requested_by=SECRET, reason=f"for {SECRET}"),
    )
    plan = _plan(
        _marked(),
        request=request,
        last=a_request().to_json(),
        policy=(result,),
        diagnostics=(problem,),
        operations=(
            Operation(operation="x", stage="account", before=SECRET, after=[{"a": SECRET}], precondition=SECRET),
        ),
    )
    plan = replace(plan, stages=tuple(replace(stage, diagnostics=(problem,)) for stage in plan.stages))
    assert SECRET not in _told(plan)
    for account in (None, plan.account, "another"):
        fleet = a_fleet(plan, diagnostics=(replace(problem, account=account),))
        assert SECRET not in repr(review_of(fleet))


@pytest.mark.parametrize("side", ["added", "removed", "changed"])
def test_json_with_a_secret_is_hidden_in_the_words_of_the_request_too(side: str) -> None:
    """A custom field whose value is JSON is hidden whole where it is told in a sentence."""
    fields = {"blob": json.dumps({"password": "LEAK-03"})}
    last, now = {"added": ({}, fields), "removed": (fields, {}), "changed": ({"blob": "{}"}, fields)}[side]
    request = a_request(custom_fields=now)
    plan = _plan(request=request, last=a_request(custom_fields=last).to_json())
    (change,) = review_of(a_fleet(plan)).accounts[0].semantic
    assert change.sensitive
    assert change.summary == f"custom field blob (sensitive{', changed)' if side == 'changed' else f') {side}'}"
    assert "LEAK-03" not in _told(plan)


@pytest.mark.parametrize(
    "value",
    ["", "1", "true", "false", "null", "prod", "gp3", "arm64", "eu-west-1", "us-gov-east-1a", "222222222222",
     "10.0.0.0/16", "vpc-0123456789abcdef0", "arn:aws:sns:eu-west-1:222222222222:topic", "payments-prod",
     "aws+payments-prod@example.com", "Workloads/Prod", "Payments Prod", True, 1, 443, None, [], {}, [True], {"a": ""}],
    ids=repr,
)  # fmt: skip
def test_what_stands_everywhere_blanks_nothing(value: Any) -> None:
    """Short values, names of things in AWS, and what the review says of the account itself, are shown elsewhere."""
    copies = {"a": value, "b": [value], "c": f"x {value} y", "d": {"e": value}}
    shown = _attributes(copies, _marked(value))
    assert shown == _attributes(copies)
    assert "(sensitive)" not in repr(shown)


@pytest.mark.parametrize(
    ("value", "copies"),
    [
        ("hunter2", {'"hunter2"': False, '"u:hunter2@db"': False, '"hunter22"': True, '"my_hunter2"': True}),
        ("hunter22", {'"hunter22"': False, '"xhunter222"': False}),
        ("production", {'"production"': False, '"production-vpc"': True, '"is \\"production\\""': False}),
        ("1234567", {'"1234567"': False, "1234567": False, '"x-1234567-y"': True}),
        ("correcthorsebattery", {'"xcorrecthorsebatteryx"': False}),
        (12345678, {"12345678": False, '"12345678"': False, "123456789": True}),
    ],
)
def test_how_much_like_a_secret_a_copy_must_be(value: Any, copies: Mapping[str, bool]) -> None:
    """Shorter ones must stand by themselves, plain words and numbers be all of the text or stand in quotes."""
    for copy, shown in copies.items():
        assert _attributes({"a": json.loads(copy)}, _marked(value)) == {"a": copy if shown else "(sensitive)"}


def test_an_object_that_is_sensitive_as_a_whole_is_found_again() -> None:
    """Also where its values are short, and where its copy is written as JSON in another form."""
    source = _marked({"pin": 42, "on": True})
    assert _attributes({"a": {"on": True, "pin": 42}, "b": {"pin": 43}}, source) == {"a": "(sensitive)", "b.pin": "43"}
    assert _attributes({"a": '{ "on": true, "pin": 42 }'}, source) == {"a": "(sensitive)"}
    assert _attributes({"a": '{ "on": true, "pin": 42 }'}, _marked('{"pin":42,"on":true}')) == {"a": "(sensitive)"}


def test_json_that_holds_a_secret_among_others_stays_readable() -> None:
    """The secret's copies are hidden, and not every place that has the same document."""
    document = json.dumps({"password": SECRET, "level": "info"})
    shown = _attributes({"a": document, "b": SECRET, "c": "info"}, a_resource("x.y", "no-op", before={"z": document}))
    assert shown == {"a.level": '"info"', "a.password": "(sensitive)", "b": "(sensitive)", "c": '"info"'}


def test_another_account_hides_nothing_here() -> None:
    """Each account is reviewed alike, alone or among others."""
    one = _plan(_marked(), request=a_request("one"))
    other = _plan(a_resource("x.y", "create", after={"a": SECRET}), request=a_request("other"))
    together = {account.account: account for account in review_of(a_fleet(one, other)).accounts}
    assert together == {plan.account: review_of(a_fleet(plan)).accounts[0] for plan in (one, other)}


@pytest.mark.parametrize("name", PLANS)
def test_the_digest_is_of_what_will_be_done(name: str) -> None:
    """Whatever is hidden, two change sets that differ have two digests."""
    plan = PLANS[name]()
    assert review_of(plan).digest == plan.digest


_SECRETS = st.builds("".join, st.tuples(st.text(), st.just("§0µ"), st.text(min_size=8)))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_WAYS: list[Callable[[Any], Any]] = [
    lambda value: {"a": value},
    lambda value: [value],
    lambda value: {"x": [value, 1]},
    json.dumps,
    lambda value: json.dumps([value]),
    lambda value: value,
    lambda value: {value: 1} if isinstance(value, str) else value,
    lambda value: f"({value})" if isinstance(value, str) else value,
]


@given(_SECRETS, st.lists(st.sampled_from(_WAYS), max_size=5), _JSON, st.sampled_from(["before", "after", "both"]))
def test_no_copy_of_any_value_is_shown(secret: str, ways: list[Callable[[Any], Any]], other: Any, side: str) -> None:
    """Whatever a secret is, and however it is wrapped, nested or quoted elsewhere."""
    copy: Any = secret
    for way in ways:
        copy = way(copy)
    sides = {name: {"a": copy if side in {name, "both"} else other, "b": other} for name in ("before", "after")}
    plan = _plan(_marked(secret), a_resource("aws_y.copy", "update", **sides))
    assert "§0µ" not in _told(plan)
    assert json.dumps("§0µ")[1:-1] not in _told(plan)
