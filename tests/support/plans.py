"""Plans of every kind, for golden files: `PLANS` by name; each makes the same plan every time.

They hold raw values, secrets among them, as real plans do: `SECRETS` must show up in no form of any of them, and
of `HOSTILE` nothing may come to life.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from support.factories import a_unit, an_account_request
from vend.decide import Situation
from vend.errors import Diagnostic
from vend.lifecycle.plan._preview_choice import PreviewCandidate, left_out, unavailable
from vend.lifecycle.plan._preview_choice import failed as preview_of_failure
from vend.models import AccessAssignment, AccountRequest, AlternateContact, Change, Position, RootModule
from vend.plan import (
    AccountAction,
    AccountPlan,
    Controls,
    Operation,
    Plan,
    PolicyResult,
    ResourceChange,
    StagePlan,
    Subject,
)
from vend.review import (
    Manifest,
    RecordedAccount,
    RecordedChange,
    RecordedOperation,
    RecordedStage,
    change_digest,
    digest,
    operation_digest,
    reviewed_changes,
)

PRODUCT = "aws_servicecatalog_provisioned_product"
PRODUCT_ADDRESS = f"module.account.{PRODUCT}.this"
ORGANIZATION = "o-exampleorgid"
SECRETS = (
    *("hunter2", "hunter3", "s3cr3t-tag", "n3w-s3cr3t", "t0ken-before", "t0ken-after", "pr1vate"),
    *("m4rked-in-tags", "m4rked-then", "1nput-value", "in-JS0N", "f13ld-value", "dr1fted-value"),
)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "```\n# heading\n<!-- vend -->",
    "@platform-team please merge",
    "[click](javascript:alert(1))",
    "https://evil.example/?q=1",
    "</script></style></textarea>",
    "\x1b[31mred\x1b[0m\x07",
    "\u202egnp.exe",
    "::error file=x::pwned",
    "{{7*7}}${7*7}#{7*7}",
    "a|b|c\n|-|-|-|",
)

_FIELDS = (
    "name",
    "email",
    "organizational_unit",
    "tags",
    "custom_fields",
    "customizations",
    "alternate_contact.security",
    "access.PlatformAdmins",
    "opt_in_regions",
    "on_removal",
)


def a_request(account: str = "payments-prod", **overrides: Any) -> AccountRequest:
    """A request with places: each field on a line of its own in `account-requests/<account>.hcl`."""
    file = f"account-requests/{account}.hcl"
    positions = {"": Position(file=file, line=1, column=1)}
    positions |= {field: Position(file=file, line=at, column=3) for at, field in enumerate(_FIELDS, start=2)}
    fields: dict[str, Any] = {
        "account": account,
        "name": account.replace("-", " ").title(),
        "email": f"aws+{account}@example.com",
        "change": Change(requested_by="grace@example.com", reason="Card payments go live"),
        "positions": positions,
    }
    return an_account_request(**{**fields, **overrides})


def parameters(request: AccountRequest, unit: str) -> list[dict[str, str]]:
    """The parameters of a request's provisioned product."""
    return [
        {"key": "AccountEmail", "value": request.email},
        {"key": "AccountName", "value": request.name},
        {"key": "ManagedOrganizationalUnit", "value": unit},
    ]


def a_resource(address: str, action: str, **values: Any) -> ResourceChange:
    """A resource change; type and name come from its address."""
    kind, name = address.split("[", maxsplit=1)[0].split(".")[-2:]
    return ResourceChange(address=address, type=kind, name=name, action=action, **values)  # type: ignore[arg-type]


def a_stage(stage: str, *changes: ResourceChange, **values: Any) -> StagePlan:
    """A planned stage."""
    fields: dict[str, Any] = {
        "stage": stage,
        "state": "planned",
        "fingerprint": hashlib.sha256(stage.encode()).hexdigest(),
        "hooks": False,
        "changes": changes,
    }
    return StagePlan(**{**fields, **values})


def an_account(request: AccountRequest, action: AccountAction, /, *stages: StagePlan, **values: Any) -> AccountPlan:
    """The plan of a request; keyword arguments that `Subject` has go there."""
    subject = {name: values.pop(name) for name in tuple(values) if name in Subject.__slots__}
    return AccountPlan(
        account=request.account,
        action=action,
        stages=stages,
        subject=Subject(**{"request": request, "unit_after": request.organizational_unit, **subject}),
        **values,
    )


def a_fleet(*accounts: AccountPlan, **values: Any) -> Plan:
    """A plan of these accounts."""
    runs = 3 * sum(len(account.stages) for account in accounts)
    return Plan(
        **{
            "accounts": accounts,
            "digest": digest(accounts),
            "terraform_runs": runs,
            "fleet": "example",
            "organization_id": ORGANIZATION,
            **values,
        }
    )


def a_product_created(request: AccountRequest, unit: str = "Prod (ou-ab12-prodprod)") -> ResourceChange:
    """A new provisioned product."""
    return a_resource(
        PRODUCT_ADDRESS,
        "create",
        after={
            "name": request.account,
            "product_id": "prod-abcdefghijklm",
            "provisioning_parameters": parameters(request, unit),
            "tags": None,
        },
        after_unknown={"id": True, "outputs": True, "status": True},
    )


def a_product_moved(request: AccountRequest, before: str, after: str) -> ResourceChange:
    """A product whose organizational unit changes."""
    same = {"id": "pp-abcdefghijklm", "name": request.account, "product_id": "prod-abcdefghijklm"}
    return a_resource(
        PRODUCT_ADDRESS,
        "update",
        before={
            **same,
            "outputs": [{"key": "AccountId", "value": "222222222222"}],
            "provisioning_parameters": parameters(request, before),
        },
        after={**same, "provisioning_parameters": parameters(request, after)},
        after_unknown={"outputs": True},
    )


def _existing(request: AccountRequest, **values: Any) -> dict[str, Any]:
    """What is known of an account that exists and is where it should be."""
    return {
        "account_id": "222222222222",
        "name": request.name,
        "email": request.email,
        "unit_before": request.organizational_unit,
        "last": request.to_json(),
        **values,
    }


def _tag(before: Mapping[str, str], after: Mapping[str, str]) -> Operation:
    return Operation(operation="tag", stage="settings", before=dict(before), after=dict(after))


def _contact_added(kind: str = "SECURITY") -> ResourceChange:
    return a_resource(
        f'module.settings.aws_account_alternate_contact.this["{kind.lower()}"]',
        "create",
        after={
            "alternate_contact_type": kind,
            "email_address": "security@example.com",
            "name": "Security desk",
            "phone_number": "+1 555 0100",
            "title": "CSIRT",
        },
        after_unknown={"id": True},
    )


SECURITY = AlternateContact(
    kind="security", name="Security desk", title="CSIRT", email="security@example.com", phone="+1 555 0100"
)
ADMINISTRATORS = AccessAssignment(group="PlatformAdmins", permission_set="AdministratorAccess")


def _vpc() -> ResourceChange:
    return a_resource(
        "module.spoke-network.aws_vpc.this",
        "create",
        after={"cidr_block": "10.20.0.0/16", "enable_dns_hostnames": True, "tags": {"Name": "spoke"}},
        after_unknown={"arn": True, "id": True},
    )


def _cidr_changed(before: str, after: str) -> ResourceChange:
    same = {"name": "/vend/custom-fields/vpc_cidr", "type": "String", "tier": "Standard"}
    return a_resource(
        'aws_ssm_parameter.custom_field["vpc_cidr"]',
        "update",
        before={**same, "insecure_value": before, "version": 1},
        after={**same, "insecure_value": after},
        after_unknown={"version": True},
    )


def create() -> Plan:
    """A new account, its customizations previewed."""
    request = a_request(
        tags={"CostCenter": "4711"},
        customizations=("spoke-network",),
        custom_fields={"vpc_cidr": "10.20.0.0/16"},
        alternate_contacts=(SECURITY,),
        access=(ADMINISTRATORS,),
        opt_in_regions=("ap-east-1",),
    )
    return a_fleet(
        an_account(
            request,
            "create",
            a_stage("account", a_product_created(request), started=0.4, seconds=3.1),
            a_stage("settings", _contact_added(), started=0.4, seconds=2.8),
            a_stage("customizations", _vpc(), state="follows", preview=True, hooks=True, started=3.6, seconds=5.2),
            operations=(_tag({}, request.tags),),
            controls=Controls(gained=("AWS-GR_ENCRYPTED_VOLUMES", "AWS-GR_RESTRICT_ROOT_USER")),
        )
    )


def create_without_preview() -> Plan:
    """A new account whose customizations follow."""
    request = a_request(customizations=("spoke-network",))
    return a_fleet(
        an_account(
            request,
            "create",
            a_stage("account", a_product_created(request)),
            a_stage("settings"),
            a_stage("customizations", state="follows", hooks=True),
        )
    )


def preview_failed() -> Plan:
    """A new account whose preview could not be made, which fails nothing."""
    request = a_request(customizations=("spoke-network",))
    problem = Diagnostic(
        code="terraform-error",
        summary="Invalid value for variable",
        detail="vpc_cidr is no network",
        file="customizations/spoke-network/main.tf",
        line=4,
        column=3,
    )
    return a_fleet(
        an_account(
            request,
            "create",
            a_stage("account", a_product_created(request)),
            a_stage(
                "customizations",
                state="follows",
                diagnostics=(preview_of_failure(problem, request, "555555555555"),),
            ),
        )
    )


def previews_left_out() -> Plan:
    """Three new accounts, of which one plan may preview one."""
    wanted = [a_previewable(name, "spoke-network") for name in ("payments-prod", "payments-test")]
    wanted.append(a_previewable("sandbox", "ci-deploy"))
    unseen = left_out(wanted, wanted[:1], 1)
    return a_fleet(
        *(
            an_account(
                one.situation.request,
                "create",
                a_stage("account", a_product_created(one.situation.request)),
                a_stage(
                    "customizations",
                    *(() if one.account in unseen else (_vpc(),)),
                    state="follows",
                    preview=one.account not in unseen,
                    diagnostics=(unseen[one.account],) if one.account in unseen else (),
                ),
            )
            for one in wanted
        )
    )


def previews_unavailable() -> Plan:
    """A new account, and no emulated AWS to preview it in."""
    problem = unavailable("the sandbox needs a library that is not installed: moto", hint="install `vend[sandbox]`")
    return replace(create_without_preview(), diagnostics=(problem,))


def a_previewable(account: str, *customizations: str) -> PreviewCandidate:
    """A new account with these customizations."""
    request = a_request(account=account, email=f"{account}@example.com", customizations=customizations)
    situation = Situation(
        request=request, wanted_unit=a_unit(), product=None, account=None, applied=None, fingerprints={}
    )
    root = RootModule(account=account, stage="customizations", files={}, digest="")
    return PreviewCandidate(situation=situation, root=root)


def update() -> Plan:
    """Tags, contact, access, Region, customization and custom field of an account change."""
    before = a_request(
        tags={"CostCenter": "4711", "Owner": "kim"},
        custom_fields={"vpc_cidr": "10.20.0.0/16"},
        customizations=("spoke-network", "ci-deploy"),
        alternate_contacts=(replace(SECURITY, kind="billing"), replace(SECURITY, kind="operations")),
    )
    request = replace(
        before,
        tags={"CostCenter": "4712", "Team": "payments"},
        custom_fields={"vpc_cidr": "10.21.0.0/16", "tier": "1"},
        customizations=("account-baseline", "spoke-network"),
        alternate_contacts=(SECURITY, replace(SECURITY, kind="operations", phone="+1 555 0199")),
        access=(ADMINISTRATORS,),
        opt_in_regions=("ap-east-1",),
    )
    return a_fleet(
        an_account(
            request,
            "update",
            a_stage("settings", _contact_added()),
            a_stage("customizations", _cidr_changed("10.20.0.0/16", "10.21.0.0/16"), hooks=True),
            operations=(_tag(before.tags, request.tags),),
            **_existing(request, last=before.to_json()),
        )
    )


def update_without_ledger() -> Plan:
    """Settings of an account of which nobody knows what was applied last: the plan itself tells."""
    request = a_request(alternate_contacts=(SECURITY,), access=(ADMINISTRATORS,), opt_in_regions=("ap-east-1",))
    assignment = 'module.settings.aws_ssoadmin_account_assignment.this["PlatformAdmins/AdministratorAccess"]'
    return a_fleet(
        an_account(
            request,
            "update",
            a_stage(
                "settings",
                _contact_added(),
                a_resource(assignment, "create", after={"principal_type": "GROUP"}),
                a_resource(
                    'module.settings.aws_account_region.this["ap-east-1"]',
                    "destroy",
                    before={"region_name": "ap-east-1", "enabled": True},
                ),
            ),
            **_existing(request, last=None),
        )
    )


def move() -> Plan:
    """An account moves to another unit, and its controls with it."""
    request = a_request("sandbox-kim", organizational_unit="Sandbox")
    return a_fleet(
        an_account(
            request,
            "move",
            a_stage("account", a_product_moved(request, "Prod (ou-ab12-prodprod)", "Sandbox (ou-ab12-sandboxx)")),
            **_existing(
                request=request,
                unit_before="Workloads/Prod",
                controls=Controls(
                    gained=("AWS-GR_REGION_DENY",),
                    lost=("AWS-GR_ENCRYPTED_VOLUMES", "AWS-GR_RESTRICT_ROOT_USER"),
                ),
            ),
        )
    )


def move_with_unknown_controls() -> Plan:
    """Controls may not be listed: that is said, and fails nothing."""
    (account,) = move().accounts
    assert account.subject is not None
    subject = replace(account.subject, controls=Controls(problem="AWS denied ListEnabledControls"))
    return a_fleet(replace(account, subject=subject))


def rename() -> Plan:
    """Another name for an account is refused."""
    request = a_request(name="Payments (live)")
    problem = Diagnostic(
        code="name-changed",
        summary='account 222222222222 is named "Payments Prod"',
        detail="Control Tower cannot rename an account by an update of its product.",
        hint="write the account's own name into the request",
        file="account-requests/payments-prod.hcl",
        line=2,
        column=3,
        account=request.account,
    )
    return a_fleet(an_account(request, "refused", diagnostics=(problem,), **_existing(request, name="Payments Prod")))


def email_in_use() -> Plan:
    """A new account with an email that is given away is refused."""
    request = a_request("tooling")
    problem = Diagnostic(
        code="email-in-use",
        summary='the email belongs to account 333333333333 ("Old")',
        detail="No provisioned product has this name.\nSo a second account would be asked for.",
        hint="use another email",
        file="account-requests/tooling.hcl",
        line=3,
        column=3,
        account="tooling",
    )
    return a_fleet(an_account(request, "refused", diagnostics=(problem,)))


def adopt() -> Plan:
    """A product that exists is taken over without a change."""
    request = a_request("shared-network")
    imported = a_resource(
        PRODUCT_ADDRESS,
        "import",
        importing="pp-abcdefghijklm",
        before={"name": request.account, "id": "pp-abcdefghijklm"},
        after={"name": request.account, "id": "pp-abcdefghijklm"},
    )
    return a_fleet(
        an_account(
            request,
            "adopt",
            a_stage("account", imported),
            a_stage("settings", state="unchanged"),
            **_existing(request, last=None),
        )
    )


def adopt_and_change() -> Plan:
    """A product is taken over and changed at once: Terraform counts it twice, and so does vend."""
    request = a_request("shared-network")
    change = replace(
        a_product_moved(request, "Old (ou-ab12-oldoldol)", "Prod (ou-ab12-prodprod)"), importing="pp-abcdefghijklm"
    )
    return a_fleet(
        an_account(request, "adopt", a_stage("account", change), **_existing(request, last=None, unit_before="Old"))
    )


def unmanage() -> Plan:
    """An account leaves Control Tower, as its request asked and somebody allowed."""
    return _removed(
        "unmanage",
        Operation(
            operation="unmanage",
            stage="account",
            before="pp-abcdefghijklm",
            precondition="the product still belongs to this account",
        ),
    )


def close() -> Plan:
    """An account is closed, likewise."""
    return _removed(
        "close",
        Operation(
            operation="unmanage",
            stage="account",
            before="pp-abcdefghijklm",
            precondition="the product still belongs to this account",
        ),
        Operation(operation="close", stage="account", before="222222222222", precondition="the account is unmanaged"),
    )


def _removed(action: AccountAction, *operations: Operation, **values: Any) -> Plan:
    request = a_request("legacy-batch", on_removal="close" if action == "close" else "unmanage")
    known = _existing(request, **values)
    return a_fleet(an_account(request, action, operations=operations, **{**known, "request": None, "unit_after": None}))


def removal_refused() -> Plan:
    """A request is gone that asked for its account's end, and nobody allowed that."""
    problem = Diagnostic(
        code="removal-not-allowed",
        summary='no request names "legacy-batch" any more, and its last one said on_removal = "close"',
        detail="Account 222222222222 is left as it is until its removal is allowed by name.",
        hint="vend apply --allow-removal legacy-batch",
        account="legacy-batch",
    )
    return _removed("refused", diagnostics=(problem,))


def request_gone() -> Plan:
    """A request is gone and its account is kept."""
    problem = Diagnostic(
        severity="warning",
        code="request-gone",
        summary='no request names "legacy-batch" any more; account 222222222222 is kept as it is',
        account="legacy-batch",
    )
    return _removed("none", diagnostics=(problem,))


def failed() -> Plan:
    """One account could not be planned; the other was."""
    problem = Diagnostic(
        code="terraform-error",
        summary="Unsupported argument",
        detail='An argument named "cidr" is not expected here.',
        hint="mend the customization",
        file="customizations/spoke-network/main.tf",
        line=12,
        column=3,
        account="payments-test",
    )
    (good,) = create_without_preview().accounts
    request = a_request("payments-test")
    return a_fleet(good, an_account(request, "failed", diagnostics=(problem,), **_existing(request)))


def sensitive() -> Plan:
    """Secrets that Terraform marks, and secrets that only their names tell."""
    before = a_request(
        tags={"DeployToken": "s3cr3t-tag", "CostCenter": "4711"}, custom_fields={"api_token": "t0ken-before"}
    )
    request = replace(
        before,
        tags={"DeployToken": "n3w-s3cr3t", "CostCenter": "4712"},
        custom_fields={"api_token": "t0ken-after", "db_password": "hunter2"},
    )
    return a_fleet(
        an_account(
            request,
            "update",
            a_stage("settings"),
            a_stage(
                "customizations",
                a_resource(
                    'aws_ssm_parameter.custom_field["api_token"]',
                    "update",
                    before={"name": "/vend/custom-fields/api_token", "insecure_value": "t0ken-before", "version": 3},
                    after={"name": "/vend/custom-fields/api_token", "insecure_value": "t0ken-after"},
                    after_unknown={"version": True},
                ),
                a_resource(
                    "module.baseline.aws_db_instance.this",
                    "update",
                    before={"password": "hunter2", "engine": "postgres", "size": 1},
                    after={"password": "hunter3", "engine": "postgres", "size": 2},
                    before_sensitive={"password": True},
                    after_sensitive={"password": True},
                ),
                a_resource(
                    "module.baseline.aws_lambda_function.this",
                    "update",
                    before={"environment": [{"variables": {"DB_PASSWORD": "hunter2", "LEVEL": "info"}}]},
                    after={"environment": [{"variables": {"DB_PASSWORD": "hunter3", "LEVEL": "debug"}}]},
                ),
                a_resource(
                    "module.baseline.aws_ecs_task_definition.this",
                    "create",
                    after={
                        "family": "app",
                        "container_definitions": '[{"name":"app","environment":'
                        '[{"name":"SIGNING_KEY","value":"pr1vate"},{"name":"LEVEL","value":"info"}]}]',
                    },
                ),
            ),
            operations=(_tag(before.tags, request.tags),),
            **_existing(request, last=before.to_json()),
        )
    )


def copied_secrets() -> Plan:
    """Secrets that providers, modules and people copy to where nothing says that they are any."""
    before = a_request(tags={"Team": "core"}, custom_fields={"blob": '{"password":"in-JS0N","level":"info"}'})
    request = replace(
        before,
        tags={"Team": "core", "Note": "in-JS0N"},
        custom_fields={
            "blob": '{"password":"in-JS0N","level":"debug"}',
            "db_password": "f13ld-value",
            "dsn": "postgres://app:f13ld-value@db.example.com/app",
        },
        change=Change(requested_by="grace@example.com", reason="f13ld-value was in a chat"),
    )
    problem = Diagnostic(
        severity="warning",
        code="terraform-warning",
        summary='"m4rked-then" is not a name',
        detail='tags = { ok = "m4rked-then" }',
        hint="choose another one than m4rked-then",
    )
    return a_fleet(
        an_account(
            request,
            "update",
            a_stage("settings"),
            a_stage(
                "customizations",
                a_resource(
                    "module.baseline.aws_instance.this",
                    "update",
                    before={"tags": {"ok": "m4rked-in-tags"}, "tags_all": {"ok": "m4rked-in-tags", "Team": "core"}},
                    after={"tags": {"ok": "m4rked-then"}, "tags_all": {"ok": "m4rked-then", "Team": "core"}},
                    before_sensitive={"tags": {"ok": True}},
                    after_sensitive={"tags": {"ok": True}},
                ),
                a_resource(
                    "module.baseline.terraform_data.this",
                    "replace",
                    before={"input": {"a": "1nput-value"}, "output": {"a": "1nput-value"}, "triggers_replace": "1"},
                    after={"input": {"a": "1nput-value"}, "triggers_replace": "2"},
                    after_unknown={"output": True},
                    before_sensitive={"input": {"a": True}},
                    after_sensitive={"input": {"a": True}},
                    replace_paths=(("triggers_replace",),),
                ),
                a_resource(
                    "module.baseline.aws_ssm_parameter.dsn",
                    "create",
                    after={"insecure_value": "f13ld-value", "name": "/app/dsn", "type": "String"},
                ),
                a_resource(
                    "module.baseline.aws_ssm_parameter.switch",
                    "create",
                    after={"name": "/app/switch", "type": "String", "value": "true", "tier": "Standard"},
                    after_sensitive={"value": True},
                ),
                a_resource(
                    "module.baseline.aws_s3_bucket_object.script",
                    "create",
                    after={"acl": "true", "metadata": '{"note": ["uses f13ld-value and in-JS0N"], "debug": "true"}'},
                ),
                drift=(
                    a_resource(
                        "module.baseline.aws_lambda_function.this",
                        "update",
                        before={"description": "none", "password": "dr1fted-value"},
                        after={"description": "its password was dr1fted-value", "password": "dr1fted-value"},
                    ),
                ),
                diagnostics=(problem,),
            ),
            operations=(_tag(before.tags, request.tags),),
            diagnostics=(problem,),
            **_existing(request, last=before.to_json()),
        ),
        diagnostics=(problem,),
    )


def hostile() -> Plan:
    """Values that would come to life where they are not escaped, in every field that others may choose."""
    text = " ".join(HOSTILE)
    request = a_request(
        name=text,
        tags={HOSTILE[0]: HOSTILE[2], "Team": text},
        custom_fields={"field": text},
        change=Change(requested_by=HOSTILE[3], reason=text),
        access=(AccessAssignment(group=HOSTILE[1], permission_set=HOSTILE[4]),),
    )
    before = replace(request, tags={}, custom_fields={"field": HOSTILE[2]}, access=())
    problem = Diagnostic(
        severity="warning",
        code="terraform-warning",
        summary=HOSTILE[0],
        detail=text,
        hint=HOSTILE[4],
        file=f"customizations/{HOSTILE[1]}/main.tf",
        line=1,
        column=1,
    )
    policy = PolicyResult(
        code="fleet-rule",
        severity="warn",
        summary=HOSTILE[0],
        detail=text,
        hint=HOSTILE[5],
        digest="c" * 64,
        account=request.account,
        reference="javascript:alert(1)",
        approved_by=(HOSTILE[3],),
    )
    return a_fleet(
        an_account(
            request,
            "update",
            a_stage("settings"),
            a_stage(
                "customizations",
                a_resource(
                    f'module.x.aws_iam_role.this["{HOSTILE[0]}"]',
                    "update",
                    before={"description": "plain", HOSTILE[1]: "a", "policy": f'{{"Sid":"{HOSTILE[0]}"}}'},
                    after={"description": text, HOSTILE[1]: HOSTILE[2], "policy": f'{{"Sid":"{HOSTILE[4]}"}}'},
                ),
                diagnostics=(problem,),
            ),
            operations=(_tag(before.tags, request.tags),),
            policy=(policy,),
            diagnostics=(problem,),
            **_existing(request, last=before.to_json(), unit_before=f"Workloads/{HOSTILE[0]}"),
        ),
        fleet=HOSTILE[0],
    )


def one_account() -> Plan:
    """The smallest change: one tag of one account."""
    request = a_request(tags={"CostCenter": "4712"})
    return a_fleet(
        an_account(
            request,
            "update",
            a_stage("settings"),
            operations=(_tag({"CostCenter": "4711"}, request.tags),),
            **_existing(request),
        )
    )


def customize() -> Plan:
    """A customization replaces, destroys, forgets, and changes what a policy document says."""
    request = a_request("shared-network", customizations=("spoke-network",))
    network = {"enable_dns_hostnames": True, "tags": {"Name": "spoke"}}
    return a_fleet(
        an_account(
            request,
            "customize",
            a_stage(
                "customizations",
                a_resource(
                    'module.spoke-network.aws_vpc.this["main"]',
                    "replace",
                    before={"cidr_block": "10.20.0.0/16", "id": "vpc-1", **network},
                    after={"cidr_block": "10.21.0.0/16", **network},
                    after_unknown={"id": True},
                    replace_paths=(("cidr_block",),),
                ),
                a_resource("module.global.aws_iam_role.old", "destroy", before={"name": "old"}),
                a_resource("module.global.aws_s3_bucket.logs", "forget", before={"bucket": "logs"}),
                a_resource(
                    "module.global.aws_iam_policy.deploy",
                    "update",
                    before={"policy": '{"Statement":[{"Action":"s3:Get*","Effect":"Allow"}]}'},
                    after={"policy": '{"Statement":[{"Action":"s3:*","Effect":"Allow"}]}'},
                ),
                hooks=True,
            ),
            **_existing(request),
        )
    )


def repair() -> Plan:
    """An account that was moved by hand is moved back; another's taint is lifted."""
    moved, tainted = a_request("moved-by-hand"), a_request("tainted")
    return a_fleet(
        an_account(
            moved,
            "repair",
            a_stage("account"),
            operations=(
                Operation(
                    operation="send_parameters",
                    stage="account",
                    before="ou-ab12-sandboxx",
                    after="ou-ab12-prodprod",
                    precondition="no operation on the product is under way",
                ),
            ),
            **_existing(moved, unit_before="Sandbox"),
        ),
        an_account(
            tainted,
            "repair",
            a_stage("account", state="follows"),
            operations=(
                Operation(
                    operation="untaint",
                    stage="account",
                    before="pp-abcdefghijklm",
                    precondition="the product is AVAILABLE or TAINTED in Service Catalog and its account is ACTIVE",
                ),
            ),
            **_existing(tainted),
        ),
    )


def product_would_end() -> Plan:
    """A plan that would replace a product is refused."""
    request = a_request()
    change = a_resource(
        PRODUCT_ADDRESS,
        "replace",
        before={"name": "payments-prod"},
        after={"name": "payments"},
        replace_paths=(("name",),),
    )
    result = PolicyResult(
        code="product-would-end",
        severity="deny",
        summary=f"the plan would replace {PRODUCT_ADDRESS}",
        digest="e" * 64,
        account=request.account,
        address=PRODUCT_ADDRESS,
        detail="That would unmanage the account, or request a second one with an email address in use.",
        hint="find out why Terraform plans it: a changed label, a taint, or a `removed` block in an override",
    )
    return a_fleet(an_account(request, "refused", a_stage("account", change), policy=(result,), **_existing(request)))


def drift() -> Plan:
    """Somebody changed what a plan depends on, outside Terraform."""
    request = a_request()
    rule = 'module.global.aws_security_group.this["web"]'
    same = {"description": "web", "name": "web"}
    found = a_resource(
        rule, "update", before={**same, "ingress": ["10.0.0.0/8"]}, after={**same, "ingress": ["0.0.0.0/0"]}
    )
    gone = a_resource("module.global.aws_iam_role.audit", "destroy", before={"name": "audit"})
    return a_fleet(
        an_account(
            request,
            "customize",
            a_stage(
                "customizations",
                a_resource(
                    rule, "update", before={**same, "ingress": ["0.0.0.0/0"]}, after={**same, "ingress": ["10.0.0.0/8"]}
                ),
                a_resource("module.global.aws_iam_role.audit", "create", after={"name": "audit"}),
                drift=(found, gone),
            ),
            **_existing(request),
        )
    )


def policy() -> Plan:
    """Policies deny one thing, warn of another, and somebody approved a third."""
    (account,) = customize().accounts
    place = Position(file="account-requests/shared-network.hcl", line=7, column=3)
    results = (
        PolicyResult(
            code="destroy-data",
            severity="deny",
            summary="destroys a bucket that may hold data",
            digest="a" * 64,
            account=account.account,
            address="module.global.aws_s3_bucket.logs",
            hint="keep it, or have the change approved",
            reference="docs/reference/policies.md#destroy-data",
        ),
        PolicyResult(
            code="root-like-access",
            severity="warn",
            summary="grants s3:* on everything",
            digest="b" * 64,
            account=account.account,
            position=place,
        ),
        PolicyResult(
            code="destroy-role",
            severity="deny",
            summary="destroys a role",
            digest="c" * 64,
            account=account.account,
            approved_by=("ada@example.com", "grace@example.com"),
        ),
    )
    many = PolicyResult(code="many-accounts", severity="warn", summary="changes 12 accounts at once", digest="d" * 64)
    return a_fleet(replace(account, action="refused", policy=results), policy=(many,))


def wait() -> Plan:
    """Control Tower is at work on an account."""
    request = a_request()
    return a_fleet(
        an_account(
            request,
            "wait",
            a_stage("account", state="follows"),
            a_stage("settings", state="follows"),
            **_existing(request),
        )
    )


def unchanged() -> Plan:
    """Nothing to do."""
    requests = [a_request("payments-prod"), a_request("payments-test")]
    return a_fleet(*(an_account(request, "none", **_existing(request)) for request in requests))


def empty() -> Plan:
    """No accounts at all, and a warning."""
    problem = Diagnostic(severity="warning", code="no-requests", summary="the fleet has no account requests")
    return a_fleet(diagnostics=(problem,))


def mixed() -> Plan:
    """Something of each, as pull requests have it."""
    plans = {
        "legacy-batch": close(),
        "payments-prod": create(),
        "payments-test": rename(),
        "sandbox-kim": move(),
        "shared-network": customize(),
        "taken-over": adopt(),
        "tooling": unchanged(),
    }
    return a_fleet(*(replace(plan.accounts[0], account=name) for name, plan in plans.items()))


def fleet_of_300() -> Plan:
    """Three hundred accounts change: most alike, and some that must not drown among them."""
    accounts = []
    for number in range(300):
        request = a_request(f"team-{number:03d}", tags={"CostCenter": f"{4000 + number}"})
        known = _existing(request, account_id=f"{222222222222 + number:012d}")
        if number % 100 == 7:
            problem = Diagnostic(code="name-changed", summary="the name differs", account=request.account)
            accounts.append(an_account(request, "refused", diagnostics=(problem,), **known))
        elif number % 100 == 13:
            operation = Operation(operation="close", stage="account", before=known["account_id"])
            accounts.append(
                an_account(request, "close", operations=(operation,), **{**known, "request": None, "unit_after": None})
            )
        elif number % 3 == 0:
            accounts.append(an_account(request, "create", a_stage("account", a_product_created(request))))
        else:
            change = _cidr_changed("10.0.0.0/16", f"10.{number % 250}.0.0/16")
            accounts.append(
                an_account(
                    request,
                    "update",
                    a_stage("settings"),
                    a_stage("customizations", change),
                    operations=(_tag({}, request.tags),),
                    **known,
                )
            )
    return a_fleet(*accounts)


def recorded(plan: Plan) -> Manifest:
    """What a bundle of this plan says of itself, as far as the plan alone tells."""
    return Manifest(
        fleet=plan.fleet,
        organization_id=ORGANIZATION,
        created="2026-01-01T12:00:00+00:00",
        expires="2026-01-04T12:00:00+00:00",
        accounts=tuple(
            RecordedAccount(
                account=account.account,
                action=account.action,
                account_id=account.account_id,
                operations=tuple(
                    RecordedOperation(operation=o.operation, stage=o.stage, digest=operation_digest(o))
                    for o in account.operations
                ),
                stages=tuple(
                    RecordedStage(
                        stage=stage.stage,
                        state=stage.state,
                        fingerprint=stage.fingerprint,
                        changes=tuple(
                            RecordedChange(
                                address=change.address,
                                type=change.type,
                                action=change.action,
                                digest=change_digest(change, account.account_id),
                                unknown=change.after_unknown,
                            )
                            for change in reviewed_changes(stage)
                        ),
                    )
                    for stage in account.stages
                ),
            )
            for account in plan.accounts
        ),
    )


PLANS: Mapping[str, Callable[[], Plan]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        adopt,
        adopt_and_change,
        close,
        copied_secrets,
        create,
        create_without_preview,
        customize,
        drift,
        email_in_use,
        empty,
        failed,
        fleet_of_300,
        hostile,
        mixed,
        move,
        move_with_unknown_controls,
        one_account,
        policy,
        preview_failed,
        previews_left_out,
        previews_unavailable,
        product_would_end,
        removal_refused,
        rename,
        repair,
        request_gone,
        sensitive,
        unchanged,
        unmanage,
        update,
        update_without_ledger,
        wait,
    )
}
