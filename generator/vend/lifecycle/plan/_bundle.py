"""From a plan to its bundle, and from a bundle back to a plan that may be applied."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vend.errors import Diagnostic, InvalidInputError, RefusedError, did_you_mean
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.plan._account_plans import PlanSources
from vend.lifecycle.plan._manifest import observed_facts, record, record_account, state_identity
from vend.lifecycle.plan._plan import plan_scope
from vend.lifecycle.roots._roots import RootRun
from vend.lifecycle.survey._scope import choose_accounts
from vend.plan import AccountPlan, Plan, Selection, StagePlan
from vend.review import (
    Bundle,
    Manifest,
    RecordedAccount,
    changed_since_review,
    differences,
    pack,
    plan_name,
    review_of,
    reviewed_changes,
    unreviewed,
)
from vend.settings import SavedPlans

if TYPE_CHECKING:
    from vend.review import Key

_INERT = frozenset({"refused", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """How a bundle is kept from others.

    Attributes:
        saved_plans: what becomes of them.
        key: signs the manifest, and encrypts saved plans where that was asked for.

    Raises:
        RefusedError: saved plans are to be encrypted, and there is no key.
    """

    saved_plans: SavedPlans = "omit"
    key: Key | None = None

    def __post_init__(self) -> None:
        """Refuses to encrypt without a key."""
        if self.saved_plans == "encrypt" and self.key is None:
            raise RefusedError(
                Diagnostic(
                    code="bundle-key-missing",
                    summary="saved plans are to be encrypted, and there is no key",
                    hint="set VEND_BUNDLE_KEY to what `openssl rand -base64 32` gives, or use --saved-plans omit",
                )
            )


def bundle(workspace: Workspace, plan: Plan, selection: Selection, sealing: Sealing) -> Bundle:
    """The bundle of a plan that was made in this workspace.

    Raises:
        AwsError: a state cannot be read.
    """
    manifest = record(workspace, plan, selection)
    review = review_of(plan, workspace.fleet.settings.review)
    saved = _saved_plans(plan) if sealing.saved_plans != "omit" else {}
    sealed = sealing.saved_plans == "encrypt"
    names = {key: plan_name(*key, sealed=sealed) for key in saved}
    content = {names[key]: path.read_bytes() for key, path in saved.items()}
    if sealed and sealing.key is not None:
        content = {name: sealing.key.encrypt(name, plain) for name, plain in content.items()}
    return pack(
        replace(manifest, accounts=tuple(_named(manifest, names)), sealed=sealed),
        replace(review, created=manifest.created, expires=manifest.expires),
        content,
        sealing.key,
    )


def plan_of_bundle(
    workspace: Workspace, bundle: Bundle, key: Key | None = None, accounts: Collection[str] = ()
) -> Plan:
    """What of a bundle may be applied now: each account as it was reviewed, or refused with what differs.

    Accounts that the bundle does not change are left alone, whatever became of them in between. A root whose saved
    plan is there, and of which nothing changed since, is not planned again: its saved plan is read back, and must be
    what was reviewed. All others are planned again, and must be the same.

    Args:
        workspace: to apply it in.
        bundle: held against what it says of itself.
        key: decrypts saved plans.
        accounts: only these; all where empty.

    Raises:
        RefusedError: it has expired, or is of another organization, fleet, Terraform, provider or policy.
        InvalidInputError: an account is named that the bundle does not have; requests that AWS shows to be wrong.
        AwsError: AWS refused a look-up.
        InterruptedRunError: the user asked to stop.
    """
    manifest = bundle.manifest
    _refuse_unknown(manifest, accounts)
    reviewed = {a.account: a for a in manifest.accounts if a.acts and (not accounts or a.account in accounts)}
    _refuse_other_fleet(workspace, manifest)
    selection = manifest.selection
    planned = Plan(accounts=(), digest="", terraform_runs=0)
    scope = choose_accounts(workspace, reviewed, ignore_unknown=True) if reviewed else None
    if scope is not None and not scope.is_empty:
        planned = plan_scope(
            workspace, scope, replace(selection, accounts=()), PlanSources(saved=_SavedPlans(workspace, bundle, key))
        )
        _refuse_other_policies(manifest, planned)
    present = record(workspace, replace(planned, accounts=()), selection)
    present = replace(present, artifact=_artifact(workspace, manifest))
    now = {account.account: account for account in planned.accounts}
    return replace(
        planned,
        accounts=tuple(
            _compare_with_review(workspace, recorded, now.get(name), (manifest, present))
            for name, recorded in reviewed.items()
        ),
        digest=manifest.digest,
        fleet=manifest.fleet,
        organization_id=manifest.organization_id,
    )


class _SavedPlans:
    """The saved plans of a bundle that can still be applied: nothing that they were made from has changed.

    Raises:
        RefusedError: they are encrypted, and the key is missing or wrong.
    """

    def __init__(self, workspace: Workspace, bundle: Bundle, key: Key | None) -> None:
        self._workspace = workspace
        self._manifest = bundle.manifest
        self._content = {name: bundle.plan(name, key) for name in bundle.plans}
        self._recorded = {
            (account.account, stage.stage): (account, stage)
            for account in bundle.manifest.accounts
            for stage in account.stages
            if stage.plan in self._content
        }

    def __call__(self, run: RootRun) -> bytes | None:
        """The saved plan of a root, if it is fresh."""
        account, stage = self._recorded.get(run.key, (None, None))
        if account is None or stage is None or stage.plan is None:
            return None
        prepared = self._workspace.prepared[run.account]
        fresh = (
            prepared.situation.fingerprints.get(run.stage) == stage.fingerprint
            and observed_facts(prepared) == account.found
            and state_identity(self._workspace, run.account, run.stage) == (stage.lineage, stage.serial)
            and (run.stage != "account" or _artifact(self._workspace, self._manifest) == self._manifest.artifact)
        )
        return self._content[stage.plan] if fresh else None


def _compare_with_review(
    workspace: Workspace, reviewed: RecordedAccount, now: AccountPlan | None, manifests: tuple[Manifest, Manifest]
) -> AccountPlan:
    if now is None:
        return _without_request(reviewed)
    if now.action in _INERT:
        return now
    recorded = record_account(workspace, now)
    changed = unreviewed(reviewed, now, recorded)
    if not changed:
        return now
    causes = differences(reviewed, recorded, *manifests)
    problem = changed_since_review(now.account, changed, causes)
    position = now.subject.request.position() if now.subject and now.subject.request else None
    return replace(now, action="refused", diagnostics=(*now.diagnostics, problem.at(position)))


def _without_request(reviewed: RecordedAccount) -> AccountPlan:
    """An account that no request names any more: it was removed as reviewed, or its request went away in between."""
    if not reviewed.request:
        return AccountPlan(account=reviewed.account, account_id=reviewed.account_id, action="none")
    problem = changed_since_review(reviewed.account, (), ("request: removed",))
    return AccountPlan(
        account=reviewed.account, account_id=reviewed.account_id, action="refused", diagnostics=(problem,)
    )


def _refuse_unknown(manifest: Manifest, accounts: Collection[str]) -> None:
    known = {account.account for account in manifest.accounts}
    unknown = [name for name in dict.fromkeys(accounts) if name not in known]
    if unknown:
        raise InvalidInputError(
            Diagnostic(
                code="unknown-account",
                summary=f'the plan bundle has no account "{name}"',
                hint=did_you_mean(name, known) or "`vend show BUNDLE` shows what is in it",
            )
            for name in unknown
        )


def _refuse_other_fleet(workspace: Workspace, manifest: Manifest) -> None:
    problems = [*_other_fleet(workspace, manifest), *_expired(manifest, workspace.clock())]
    if not problems and any(account.stages for account in manifest.accounts):
        problems += _other_tools(workspace, manifest)
    if problems:
        raise RefusedError(problems)


def _other_fleet(workspace: Workspace, manifest: Manifest) -> Iterator[Diagnostic]:
    organization = workspace.aws.organization_id
    if manifest.organization_id != organization:
        yield Diagnostic(
            code="bundle-organization",
            summary=f"the plan bundle is of organization {manifest.organization_id}, and this is {organization}",
            hint="use credentials of the organization that it was made for",
        )
    name = workspace.fleet.settings.name
    if manifest.fleet != name:
        yield Diagnostic(
            code="bundle-organization",
            summary=f'the plan bundle is of fleet "{manifest.fleet}", and this is "{name}"',
            hint="apply it in a checkout of the fleet that it was made for",
        )


def _expired(manifest: Manifest, now: datetime) -> Iterator[Diagnostic]:
    if now >= datetime.fromisoformat(manifest.expires):
        yield Diagnostic(
            code="bundle-expired",
            summary=f"the plan bundle expired at {manifest.expires}",
            detail=f"It was made at {manifest.created}.",
            hint="run `vend plan` again; `review { bundle_expires_hours }` in vend.hcl says how long a bundle is good",
        )


def _other_tools(workspace: Workspace, manifest: Manifest) -> Iterator[Diagnostic]:
    """What every account would be refused for, said once."""
    binary = workspace.terraform.binary
    present = {"terraform": f"{binary.flavour} {binary.version}"}
    present |= {f"provider {name}": v for name, v in workspace.fleet.settings.terraform.required_providers.items()}
    before = {"terraform": manifest.terraform} | {f"provider {name}": v for name, v in manifest.providers.items()}
    for name in sorted({*before, *present}):
        if before.get(name) != present.get(name):
            yield Diagnostic(
                code="changed-since-review",
                summary=f"the plan bundle was made with {before.get(name) or f'no {name}'}, and here is "
                f"{present.get(name) or f'no {name}'}"
                if name == "terraform"
                else f"the plan bundle was made with {name} {before.get(name)}, and here is {present.get(name)}",
                hint="apply with the versions that it was planned with, or run `vend plan` again",
            )


def _refuse_other_policies(manifest: Manifest, planned: Plan) -> None:
    if planned.policy_digest == manifest.policy_digest:
        return
    raise RefusedError(
        Diagnostic(
            code="changed-since-review",
            summary="the policies are not those that the plan bundle was judged by",
            hint="run `vend plan` again, so that it is judged by the policies of today",
        )
    )


def _saved_plans(plan: Plan) -> dict[tuple[str, str], Path]:
    """The saved plans that an apply could use, by account and stage."""
    return {
        (account.account, stage.stage): Path(stage.plan_file)
        for account in plan.accounts
        if account.action not in _INERT
        for stage in account.stages
        if stage.plan_file is not None and _is_usable(account, stage)
    }


def _is_usable(account: AccountPlan, stage: StagePlan) -> bool:
    """Whether a saved plan can be applied: settings of a new account are planned with a placeholder for its id."""
    placeholder = account.account_id is None and stage.stage != "account"
    return bool(reviewed_changes(stage)) and not placeholder and stage.plan_file is not None


def _named(manifest: Manifest, names: Mapping[tuple[str, str], str]) -> Iterator[RecordedAccount]:
    for account in manifest.accounts:
        stages = (replace(s, plan=names.get((account.account, s.stage))) for s in account.stages)
        yield replace(account, stages=tuple(stages))


def _artifact(workspace: Workspace, manifest: Manifest) -> str | None:
    return workspace.aws.account_factory().provisioning_artifact_id if manifest.artifact is not None else None
