"""The rules that come with vend, approvals, and who is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from support.factories import a_change, an_account_request
from vend.models import Approval, Position
from vend.plan import AccountAction, AccountPlan, PolicyResult, StagePlan, Subject
from vend.review import Facts, Policies, denials, judge, own_results, policy_digest, refused_by_policy
from vend.settings import ReviewSettings

TODAY = date(2026, 1, 31)
EVERYTHING = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
ANYBODY = json.dumps({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}})

ANYBODY_AT_ALL = ANYBODY.replace('{"AWS": "*"}', '"*"')


def _planned(
    *changes: Any, action: AccountAction = "update", before: str = "Workloads/Prod", after: str = "Workloads/Prod"
) -> AccountPlan:
    return AccountPlan(
        account="payments-prod",
        account_id="222222222222",
        action=action,
        stages=(StagePlan(stage="customizations", state="planned", fingerprint="f", changes=changes),),
        subject=Subject(request=an_account_request(), unit_before=before, unit_after=after),
    )


def _codes(plan: AccountPlan, **facts: Any) -> list[str]:
    return [result.code for result in judge([plan], Policies(today=TODAY, facts=Facts(**facts)))]


@pytest.mark.parametrize("action", ["replace", "destroy", "forget"])
@pytest.mark.parametrize("kind", ["aws_servicecatalog_provisioned_product", "aws_organizations_account"])
def test_nothing_that_ends_an_account_passes(action: str, kind: str) -> None:
    """prevent_destroy has holes; this has none: no setting and no approval changes it."""
    plan = _planned(a_change(action=action, type=kind))
    settings = ReviewSettings(rules={"product-would-end": "off"})
    (open_,) = judge([plan], Policies(today=TODAY))
    approval = Approval(violation=open_.digest[:16], by="grace")
    assert open_.code == "product-would-end"
    assert open_.denies
    (again,) = judge([plan], Policies(today=TODAY, facts=Facts(), approvals=[approval]))
    assert again.denies
    assert judge([plan], Policies(today=TODAY, facts=Facts(settings=settings)))[0].denies


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (a_change(action="update"), []),
        (a_change(type="aws_s3_bucket", action="destroy"), ["data-would-be-lost"]),
        (a_change(type="aws_kms_key", action="replace"), ["data-would-be-lost"]),
        (a_change(type="aws_s3_bucket", action="create"), []),
        (a_change(type="aws_s3_bucket", action="forget"), []),
        (a_change(type="aws_vpc", action="destroy"), []),
        (a_change(type="own_database", action="destroy"), ["data-would-be-lost"]),
    ],
)
def test_losing_data_is_denied(change: Any, codes: list[str]) -> None:
    """Destroying what holds data, or the key to it, is; making it or letting go of it is not."""
    assert _codes(_planned(change), settings=ReviewSettings(data_types=("own_database",))) == codes


@pytest.mark.parametrize(
    ("kind", "before", "after", "codes"),
    [
        ("aws_iam_policy", None, {"policy": EVERYTHING}, ["root-like-permissions"]),
        ("aws_iam_role_policy", {"policy": "{}"}, {"policy": EVERYTHING}, ["root-like-permissions"]),
        ("aws_iam_policy", {"policy": EVERYTHING}, {"policy": EVERYTHING, "tags": {}}, []),
        ("aws_iam_policy", None, {"policy": EVERYTHING.replace('"*", "Resource"', '["s3:Get*"], "Resource"')}, []),
        ("aws_iam_policy", None, {"policy": EVERYTHING.replace("Action", "NotAction")}, ["root-like-permissions"]),
        ("aws_iam_policy", None, {"policy": EVERYTHING.replace('"Allow"', '"Deny"')}, []),
        ("aws_iam_policy", None, {"policy": EVERYTHING.replace("}]", ', "Condition": {"Bool": {"a": "b"}}}]')}, []),
        ("aws_iam_policy", None, {"policy": "no json"}, []),
        ("aws_iam_policy", None, {"policy": None}, []),
        ("aws_iam_role", None, {"assume_role_policy": ANYBODY}, ["root-like-permissions"]),
        (
            "aws_iam_role",
            None,
            {"assume_role_policy": ANYBODY.replace('{"AWS": "*"}', '"*"')},
            ["root-like-permissions"],
        ),
        ("aws_iam_role", None, {"assume_role_policy": ANYBODY.replace('"*"', '"arn:aws:iam::1:root"')}, []),
        ("aws_iam_role", None, {"inline_policy": [{"name": "a", "policy": EVERYTHING}]}, ["root-like-permissions"]),
        (
            "aws_ssoadmin_permission_set_inline_policy",
            None,
            {"inline_policy": EVERYTHING},
            ["root-like-permissions"],
        ),
        ("aws_sqs_queue_policy", None, {"policy": EVERYTHING}, []),
        (
            "aws_iam_role_policy_attachment",
            None,
            {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
            ["administrator-access"],
        ),
        ("aws_iam_role_policy_attachment", None, {"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, []),
        (
            "aws_iam_role_policy_attachments_exclusive",
            None,
            {"policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
            ["administrator-access"],
        ),
        (
            "aws_iam_role",
            {"managed_policy_arns": []},
            {"managed_policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
            ["administrator-access"],
        ),
    ],
)
def test_permissions_like_the_root_users_are_found(kind: str, before: Any, after: Any, codes: list[str]) -> None:
    """Documents that allow everything or let anybody in, where a change brings them."""
    action = "create" if before is None else "update"
    assert _codes(_planned(a_change(type=kind, action=action, before=before, after=after))) == codes


@pytest.mark.parametrize(
    ("actions", "resources", "found"),
    [
        ("**", "**", True),
        ("?*", "arn:*", True),
        ("*:*", "arn:aws:*", True),
        (["s3:GetObject", "*:?*"], ["arn:aws-cn:*:*:*:*"], True),
        ([f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"], "a*", True),
        ([f"{letter}*:*" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"], "arn:aws:*:*:222222222222:*", True),
        ("*", "arn:aws:s3:::*", False),
        ("*", "arn:aws:*:eu-west-1:*:*", False),
        ("*", ["arn:aws:iam::222222222222:*", "arn:aws:s3:::*"], False),
        (["iam:*", "s3:*", "kms:*"], "*", False),
        ("*:Get*", "*", False),
        ("[a-z]*", "*", False),
    ],
)
def test_everything_is_everything_however_it_is_written(actions: Any, resources: Any, *, found: bool) -> None:
    """Any pattern, or several together, that match actions and resources of every service; no other."""
    document = json.dumps({"Statement": {"Effect": "Allow", "Action": actions, "Resource": resources}})
    change = a_change(type="aws_iam_policy", action="create", before=None, after={"policy": document})
    assert _codes(_planned(change)) == (["root-like-permissions"] if found else [])


def test_a_pattern_made_to_be_slow_is_not() -> None:
    """Patterns are other people's: what backtracks would hang the plan."""
    document = json.dumps({"Statement": {"Effect": "Allow", "Action": "*?" * 5000 + "!", "Resource": "*"}})
    change = a_change(type="aws_iam_policy", action="create", before=None, after={"policy": document})
    assert _codes(_planned(change)) == []


def test_a_group_that_becomes_administrator_is_told() -> None:
    """Its assignment's key names group and permission set; other permission sets are nothing to tell."""
    address = 'module.settings.aws_ssoadmin_account_assignment.this["Platform/Admins/{}"]'
    changes = [
        a_change(type="aws_ssoadmin_account_assignment", action="create", address=address.format(permission_set))
        for permission_set in ("AdministratorAccess", "ReadOnlyAccess")
    ]
    (found,) = judge([_planned(*changes)], Policies(today=TODAY))
    assert (found.code, found.summary) == (
        "administrator-access",
        'group "Platform/Admins" becomes an administrator (AdministratorAccess)',
    )


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        ("Workloads/Prod", "Sandbox", ["move-out-of-production"]),
        ("Workloads/Prod/Eu", "Workloads/Test", ["move-out-of-production"]),
        ("Workloads/Prod", "Workloads/Prod/Eu", []),
        ("Workloads/Test", "Workloads/Prod", []),
        ("Workloads/Products", "Sandbox", []),
        ("", "Sandbox", []),
    ],
)
def test_leaving_production_is_denied(before: str, after: str, codes: list[str]) -> None:
    """By the paths of the units, as the settings draw the line."""
    assert _codes(_planned(action="move", before=before, after=after)) == codes


_WANTED = {
    "AccountEmail": "aws+payments-prod@example.com",
    "AccountName": "Payments",
    "ManagedOrganizationalUnit": "Prod (ou-1)",
}


def _product(action: str, before: Any, after: Any, **values: Any) -> Any:
    def blocks(given: Any) -> Any:
        given = given.items() if isinstance(given, dict) else given
        return given and {"provisioning_parameters": [{"key": key, "value": value} for key, value in given]}

    kind = "aws_servicecatalog_provisioned_product"
    return a_change(type=kind, action=action, before=blocks(before), after=blocks(after), **values)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        (_product("create", None, _WANTED), []),
        (_product("create", None, {**_WANTED, "ManagedOrganizationalUnit": "Test (ou-2)"}), ["organizational_unit"]),
        (_product("create", None, {**_WANTED, "AccountEmail": "a@b.example"}), ["email"]),
        (_product("create", None, {**_WANTED, "AccountName": "Other"}), ["name"]),
        (_product("create", None, {**_WANTED, "AccountName": None}), ["name"]),
        (_product("create", None, None), ["organizational_unit", "email", "name"]),
        (
            _product("create", None, [*_WANTED.items(), ("ManagedOrganizationalUnit", "Test (ou-2)")]),
            ["organizational_unit"],
        ),
        (_product("update", _WANTED, {**_WANTED, "ManagedOrganizationalUnit": "Test (ou-2)"}), ["organizational_unit"]),
        (_product("update", {**_WANTED, "ManagedOrganizationalUnit": "Test (ou-2)"}, _WANTED), []),
        (_product("update", _WANTED, {**_WANTED, "AccountName": "Other"}), []),
        (_product("update", {"ManagedOrganizationalUnit": "Old"}, {"ManagedOrganizationalUnit": "Old"}), []),
        (_product("update", None, None, after_unknown={"provisioning_parameters": True}), ["organizational_unit"]),
        (_product("import", None, None), []),
    ],
)
def test_the_product_is_given_what_the_request_says(change: Any, fields: list[str]) -> None:
    """Whatever module or template a fleet has: what was reviewed is the request."""
    request = an_account_request(email=_WANTED["AccountEmail"], name=_WANTED["AccountName"])
    request = replace(request, positions={name: Position(file=name, line=1, column=1) for name in ("email", "name")})
    subject = Subject(request=request, unit_after="Workloads/Prod", unit_parameter="Prod (ou-1)")
    found = judge([replace(_planned(change), subject=subject)], Policies(today=TODAY))
    assert {result.code for result in found} <= {"product-not-as-requested"}
    names = {"AccountEmail": "email", "AccountName": "name", "ManagedOrganizationalUnit": "organizational_unit"}
    assert [names[result.summary.split()[2]] for result in found] == fields
    assert all(result.denies for result in found)


@pytest.mark.parametrize(
    ("action", "drift", "codes"),
    [
        ("create", "DRIFTED", ["landing-zone-drift"]),
        ("enrol", "DRIFTED", ["landing-zone-drift"]),
        ("customize", "DRIFTED", []),
        ("create", "IN_SYNC", []),
        ("create", None, []),
    ],
)
def test_account_operations_wait_for_the_landing_zone(
    action: AccountAction, drift: str | None, codes: list[str]
) -> None:
    """Only what Control Tower does is denied, and only where it says that it has drifted."""
    assert _codes(_planned(action=action), drift=drift) == codes


@pytest.mark.parametrize("action", ["close", "unmanage"])
def test_the_end_of_an_account_is_told(action: AccountAction) -> None:
    """It was asked for and allowed; a reviewer sees it among the policies all the same."""
    (found,) = judge([_planned(action=action)], Policies(today=TODAY))
    assert (found.code, found.severity) == ("account-would-end", "warn")


def test_many_accounts_at_once_are_told() -> None:
    """A warning of the fleet, once; accounts that stay as they are do not count."""
    plans = [replace(_planned(), account=f"a{at}", action="none" if at < 5 else "update") for at in range(10)]
    assert not judge(plans, Policies(today=TODAY, facts=Facts(settings=ReviewSettings(max_accounts=5))))
    (found,) = judge(plans, Policies(today=TODAY, facts=Facts(settings=ReviewSettings(max_accounts=4))))
    assert (found.code, found.severity, found.account) == ("many-accounts", "warn", None)


def test_severities_are_the_fleets() -> None:
    """`off` is silent, `warn` lets pass."""
    plan = _planned(a_change(type="aws_s3_bucket", action="destroy"))

    def denied(severity: str) -> list[bool]:
        settings = ReviewSettings(rules={"data-would-be-lost": severity})
        return [result.denies for result in judge([plan], Policies(today=TODAY, facts=Facts(settings=settings)))]

    assert (denied("off"), denied("warn"), denied("deny")) == ([], [False], [True])


def test_an_approval_passes_that_violation_and_no_other() -> None:
    """It survives a plan in which other things change; another resource, account or rule is another violation."""
    one, other = (
        a_change(type="aws_s3_bucket", action="destroy", address=f"aws_s3_bucket.{name}") for name in ("a", "b")
    )
    (first,) = judge([_planned(one)], Policies(today=TODAY))
    approvals = [Approval(violation=first.digest[:12], by="grace@example.com")]
    later = judge([_planned(one, other, a_change())], Policies(today=TODAY, approvals=approvals))
    assert [(result.address, result.approved_by, result.denies) for result in later] == [
        ("aws_s3_bucket.a", ("grace@example.com",), False),
        ("aws_s3_bucket.b", (), True),
    ]
    elsewhere = judge([replace(_planned(one), account="other")], Policies(today=TODAY, approvals=approvals))
    assert [result.denies for result in elsewhere] == [True]


@pytest.mark.parametrize(("expires", "denied"), [(TODAY, False), (date(2026, 1, 30), True), (None, False)])
def test_an_approval_counts_to_the_end_of_its_last_day(expires: date | None, *, denied: bool) -> None:
    """An expired one counts no more."""
    plan = _planned(a_change(type="aws_s3_bucket", action="destroy"))
    (found,) = judge([plan], Policies(today=TODAY))
    approvals = [Approval(violation=found.digest, by="grace", expires=expires)]
    assert [result.denies for result in judge([plan], Policies(today=TODAY, approvals=approvals))] == [denied]


def _own(account: str | None, severity: Any = "deny") -> tuple[PolicyResult, ...]:
    result = PolicyResult(code="own", severity=severity, summary="no", digest="", account=account)
    return own_results([result], Policies(today=TODAY))


def test_a_denied_account_is_refused_and_no_other() -> None:
    """Its diagnostics say which rule, and how to approve it; nothing is refused that would do nothing."""
    plans = [replace(_planned(), account=name) for name in ("a", "b")]
    refused, other = refused_by_policy(plans, _own("a"))
    assert (refused.action, other.action) == ("refused", "update")
    (said,) = denials(refused)
    assert said.code == "policy-denied"
    assert refused.policy[0].digest[:16] in (said.hint or "")
    (quiet,) = refused_by_policy([replace(plans[0], action="none")], _own("a"))
    assert quiet.action == "none"


@pytest.mark.parametrize("everything", [True, False])
def test_a_denial_of_the_whole_refuses_everything(*, everything: bool) -> None:
    """So does a policy that could not be judged; each refused account says so."""
    plans = [replace(_planned(), account=name) for name in ("a", "b")]
    results = () if everything else _own(None)
    refused = refused_by_policy(plans, results, everything=everything)
    assert [plan.action for plan in refused] == ["refused", "refused"]
    assert [problem.code for plan in refused for problem in denials(plan)] == ["policy-denied"] * 2


def test_a_warning_refuses_nothing() -> None:
    """Neither of an account nor of the fleet."""
    plans = [_planned()]
    assert refused_by_policy(plans, _own(None, "warn"))[0].action == "update"


def test_the_digest_of_policies_is_of_all_that_judges() -> None:
    """Settings of rules and files count, approvals and what is hidden do not."""
    base = policy_digest(ReviewSettings(), {"policies/a.rego": "x"})
    assert base == policy_digest(ReviewSettings(sensitive_patterns=("a b",)), {"policies/a.rego": "x"})
    others = [
        policy_digest(ReviewSettings(max_accounts=7), {"policies/a.rego": "x"}),
        policy_digest(ReviewSettings(rules={"many-accounts": "off"}), {"policies/a.rego": "x"}),
        policy_digest(ReviewSettings(production=("X",)), {"policies/a.rego": "x"}),
        policy_digest(ReviewSettings(data_types=("x_y",)), {"policies/a.rego": "x"}),
        policy_digest(ReviewSettings(), {"policies/a.rego": "y"}),
        policy_digest(ReviewSettings(), {}),
    ]
    assert len({base, *others}) == 7
