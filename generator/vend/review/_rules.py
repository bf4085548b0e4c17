"""The rules that come with vend: what a change set may not do, or is told for doing.

Each is a pure function from one account's part of the change set to its violations, and stands in `RULES` with what
the reference page says of it. A violation is told apart from others of its rule by its `subject`, and by nothing that
a new plan of the same change could change.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from vend.decide import PRODUCT_TYPE
from vend.plan import AccountPlan, PolicySeverity, ResourceChange
from vend.review._permissions import administrator, unlimited
from vend.settings import ReviewSettings

DATA_TYPES = frozenset(
    {
        *("aws_backup_vault", "aws_cloudwatch_log_group", "aws_cognito_user_pool", "aws_docdb_cluster"),
        *("aws_dynamodb_table", "aws_ebs_volume", "aws_ecr_repository", "aws_efs_file_system"),
        *(
            "aws_elasticache_cluster",
            "aws_elasticache_replication_group",
            "aws_fsx_lustre_file_system",
            "aws_fsx_ontap_file_system",
        ),
        *("aws_fsx_openzfs_file_system", "aws_fsx_windows_file_system", "aws_glacier_vault", "aws_keyspaces_table"),
        *("aws_kinesis_stream", "aws_kms_key", "aws_memorydb_cluster", "aws_msk_cluster", "aws_db_instance"),
        *("aws_neptune_cluster", "aws_opensearch_domain", "aws_rds_cluster", "aws_rds_global_cluster"),
        *("aws_redshift_cluster", "aws_s3_bucket", "aws_secretsmanager_secret", "aws_sqs_queue"),
        "aws_timestreamwrite_table",
    }
)
"""Types of the AWS provider whose destruction loses data, or the key to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules compare an account's plan with.

    Attributes:
        settings: the `review` block of vend.hcl.
        drift: what Control Tower says of the landing zone: DRIFTED, IN_SYNC, or None where that is unknown.
    """

    settings: ReviewSettings = field(default_factory=ReviewSettings)
    drift: str | None = None

    def holds_data(self, kind: str) -> bool:
        """Whether destroying this type loses data."""
        return kind in DATA_TYPES or kind in self.settings.data_types

    def is_production(self, path: str) -> bool:
        """Whether an organizational unit is for production."""
        return any(fnmatch.fnmatchcase(path, pattern) for pattern in self.settings.production)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What violates a rule that comes with vend.

    Attributes:
        subject: what tells it from other violations of the rule in the same account.
        field: path of the request's field it concerns, such as `organizational_unit`.
    """

    summary: str
    subject: tuple[str, ...]
    address: str | None = None
    field: str = ""
    detail: str | None = None
    hint: str | None = None


_ADMINISTRATORS = frozenset({"AdministratorAccess", "AWSAdministratorAccess"})
MANY_ACCOUNTS = "many-accounts"
ORGANIZATION_ACCOUNT = "aws_organizations_account"
Check = Callable[[AccountPlan, Facts], Iterator[Violation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that comes with vend.

    Attributes:
        severity: unless vend.hcl says otherwise.
        summary: when it is violated, in one sentence.
        reason: why that matters.
    """

    severity: PolicySeverity
    summary: str
    reason: str
    check: Check = field(repr=False)


def _changes(plan: AccountPlan) -> tuple[ResourceChange, ...]:
    """Every resource change that would be applied; a preview never is."""
    return tuple(change for stage in plan.stages if not stage.preview for change in stage.changes)


def _product_would_end(plan: AccountPlan, _: Facts) -> Iterator[Violation]:
    for change in _changes(plan):
        if change.type in {PRODUCT_TYPE, ORGANIZATION_ACCOUNT} and change.action in {"replace", "destroy", "forget"}:
            yield Violation(
                summary=f"the plan would {change.action} {change.address}",
                subject=(change.address, change.action),
                address=change.address,
                detail="That would unmanage the account, or request a second one with an email address in use.",
                hint="find out why Terraform plans it: a changed label, a taint, or a `removed` block in an override",
            )


def _data_would_be_lost(plan: AccountPlan, facts: Facts) -> Iterator[Violation]:
    for change in _changes(plan):
        if change.action in {"replace", "destroy"} and facts.holds_data(change.type):
            yield Violation(
                summary=f"the plan would {change.action} {change.address} and the data it holds",
                subject=(change.address, change.action),
                address=change.address,
                hint="keep the resource, remove it from the state with a `removed` block, or have the loss approved",
            )


def _account_would_end(plan: AccountPlan, _: Facts) -> Iterator[Violation]:
    action = plan.action
    meanings = {"close": "closes the account", "unmanage": "removes the account from Control Tower"}
    if action in meanings:
        yield Violation(
            summary=f"{meanings[action]} {plan.account_id}",
            subject=(action, plan.account_id or ""),
            detail="Its last applied request says so, and it was allowed by name.",
        )


def _move_out_of_production(plan: AccountPlan, facts: Facts) -> Iterator[Violation]:
    before, after = (plan.subject.unit_before, plan.subject.unit_after) if plan.subject else (None, None)
    if before is None or after is None or before == after:
        return
    if facts.is_production(before) and not facts.is_production(after):
        yield Violation(
            summary=f"moves from {before} to {after}: the production controls no longer apply",
            subject=(before, after),
            field="organizational_unit",
            hint="leave the account where it is, or have the move approved",
        )


def _product_not_as_requested(plan: AccountPlan, _: Facts) -> Iterator[Violation]:
    subject = plan.subject
    if subject is None or subject.request is None or subject.unit_parameter is None:
        return
    for change in _changes(plan):
        if change.type != PRODUCT_TYPE or change.action not in {"create", "update"}:
            continue
        unknown = _holds_true(_parameters_of(change.after_unknown))
        if change.action == "update" and not unknown and _parameters_of(change.before) == _parameters_of(change.after):
            continue  # what it has already is not sent to Control Tower again
        asked = {"ManagedOrganizationalUnit": ("organizational_unit", subject.unit_parameter)}
        if change.action == "create":  # Control Tower changes neither afterwards
            asked |= {"AccountEmail": ("email", subject.request.email), "AccountName": ("name", subject.request.name)}
        for name, (field_name, wanted) in asked.items():
            found = _given(change.after, name)
            if found != [wanted]:
                told = " and ".join(f'"{value}"' for value in found if value is not None)
                yield Violation(
                    summary=f"the product's {name} would be {told or 'known only after apply'}; "
                    f'the request asks for "{wanted}"',
                    subject=(change.address, name, told, wanted),
                    address=change.address,
                    field=field_name,
                    detail="The account's root module, or one of its templates, is overridden in this fleet.",
                    hint="pass the module's input on to the product unchanged",
                )


def _parameters_of(values: object) -> object:
    return values.get("provisioning_parameters") if isinstance(values, Mapping) else None


def _given(values: object, name: str) -> list[object]:
    """The values of a product's parameter: one, where all is well; None for one that is not known before the apply."""
    given = _parameters_of(values)
    blocks = given if isinstance(given, list | tuple) else ()
    return [block.get("value") for block in blocks if isinstance(block, Mapping) and block.get("key") == name]


def _holds_true(mirror: object) -> bool:
    if isinstance(mirror, Mapping):
        return any(map(_holds_true, mirror.values()))
    if isinstance(mirror, list | tuple):
        return any(map(_holds_true, mirror))
    return mirror is True


def _root_like_permissions(plan: AccountPlan, _: Facts) -> Iterator[Violation]:
    for change in _changes(plan):
        for found in unlimited(change):
            yield Violation(
                summary=f"{change.address} {found}",
                subject=(change.address, found),
                address=change.address,
                hint="list the intended actions, resources and principals, or add a condition",
            )


def _administrator_access(plan: AccountPlan, _: Facts) -> Iterator[Violation]:
    for change in _changes(plan):
        if administrator(change):
            yield Violation(
                summary=f"{change.address} gives AdministratorAccess", subject=(change.address,), address=change.address
            )
        elif change.type == "aws_ssoadmin_account_assignment" and change.action in {"create", "replace"}:
            group, given = _assignment(change.address)
            if given in _ADMINISTRATORS:
                yield Violation(
                    summary=f'group "{group}" becomes an administrator ({given})',
                    subject=(group, given),
                    address=change.address,
                    field=f"access.{group}",
                )


def _assignment(address: str) -> tuple[str, str]:
    """Group and permission set, from the key that `modules/account-settings` gives an assignment."""
    key = address.partition('["')[2].removesuffix('"]')
    group, _, permission_set = key.rpartition("/")
    return group, permission_set


def _landing_zone_drift(plan: AccountPlan, facts: Facts) -> Iterator[Violation]:
    if facts.drift == "DRIFTED" and plan.action in {"create", "enrol", "move", "repair"}:
        yield Violation(
            summary="Control Tower reports that the landing zone has drifted",
            subject=(plan.action,),
            detail="Account operations may fail halfway, or leave the account without its controls.",
            hint="repair the landing zone first: in the console, or with ResetLandingZone",
        )


RULES: Mapping[str, Rule] = {
    "account-would-end": Rule(
        severity="warn",
        summary="An account is unmanaged or closed: its last applied request says so, and it was allowed by name.",
        reason="A closed account is deleted after 90 days; an unmanaged one no longer has any controls.",
        check=_account_would_end,
    ),
    "administrator-access": Rule(
        severity="warn",
        summary="A group or a role gains administrator access.",
        reason="An administrator can also remove guardrails.",
        check=_administrator_access,
    ),
    "data-would-be-lost": Rule(
        severity="deny",
        summary="A resource that holds data, or the key to it, is destroyed or replaced.",
        reason="Its data is not in git and does not come back with the next apply.",
        check=_data_would_be_lost,
    ),
    "landing-zone-drift": Rule(
        severity="deny",
        summary="An account is created, enrolled or moved while the landing zone has drifted.",
        reason="Control Tower may fail halfway, or leave an account without its controls.",
        check=_landing_zone_drift,
    ),
    MANY_ACCOUNTS: Rule(
        severity="warn",
        summary="The plan changes more accounts than `max_accounts` in the review block.",
        reason="Reviewers do not read three hundred changes as carefully as three.",
        check=lambda _plan, _facts: iter(()),
    ),
    "move-out-of-production": Rule(
        severity="deny",
        summary="An account moves out of a production organizational unit.",
        reason="The production controls no longer apply to it.",
        check=_move_out_of_production,
    ),
    "product-not-as-requested": Rule(
        severity="deny",
        summary="The product would get an organizational unit, email or name that differs from the request.",
        reason="The request is what gets reviewed; an overridden module or template must not contradict it.",
        check=_product_not_as_requested,
    ),
    "product-would-end": Rule(
        severity="deny",
        summary="A provisioned product, or an account in Organizations, is destroyed, replaced or forgotten.",
        reason="That would unmanage the account, or request a second one with an email address in use.",
        check=_product_would_end,
    ),
    "root-like-permissions": Rule(
        severity="deny",
        summary="A policy allows every action on every resource, or a role can be assumed by any AWS account.",
        reason="That is as powerful as the root user, without its protections.",
        check=_root_like_permissions,
    ),
}
