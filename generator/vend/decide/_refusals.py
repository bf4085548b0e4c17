"""Why an account is left alone, each reason at the place in the request that it concerns, with a way out.

A hint names commands and edits as they are to be typed; a test follows each until nothing is left to do.
"""

from __future__ import annotations

import shlex

from vend.decide._facts import CLOSED
from vend.decide._situation import Situation
from vend.errors import Diagnostic
from vend.models import OrganizationAccount, Stage


def terminating(product_id: str) -> str:
    """The command that terminates a provisioned product."""
    return f"`aws servicecatalog terminate-provisioned-product --provisioned-product-id {product_id}`"


def _setting(situation: Situation, field: str, value: str) -> str:
    return f"`vend set {situation.request.account} {shlex.quote(f'{field}={value}')}`"


def _at(situation: Situation, path: str, problem: Diagnostic) -> Diagnostic:
    return problem.at(situation.request.position(path), situation.request.account)


def _known(situation: Situation) -> OrganizationAccount:
    if situation.account is None:
        raise LookupError("a refusal that is about an account was given without one")
    return situation.account


def email_in_use(situation: Situation) -> tuple[Diagnostic, ...]:
    """Another product manages the account that has the request's email."""
    name, account = situation.request.account, _known(situation)
    return (
        _at(
            situation,
            "email",
            Diagnostic(
                code="email-in-use",
                summary=f'the email belongs to account {account.id} ("{account.name}")',
                detail=f'Provisioned product "{situation.held_by}" manages the account, and none is named "{name}".'
                if situation.product is None
                else f'Provisioned product "{situation.held_by}" manages the account.',
                hint=f'if the account request was renamed, give it its old label back: account "{situation.held_by}"; '
                f"otherwise give it another email: `vend set {name} email=ADDRESS`",
            ),
        ),
    )


def label_changed(situation: Situation) -> tuple[Diagnostic, ...]:
    """A new label for what is probably the account of one that is gone."""
    name, before = situation.request.account, situation.renamed_from
    return (
        _at(
            situation,
            "",
            Diagnostic(
                code="label-changed",
                summary=f'"{name}" is new, and has the email or name of "{before}", which is gone',
                detail="A label does not change: under another one, the account would be made anew.",
                hint=f'give the account its old label back: account "{before}" {{ … }}; if a new account is meant, let '
                f"go of the old one, which stays as it is: `vend forget {before}`",
            ),
        ),
    )


def product_missing(situation: Situation, account: OrganizationAccount) -> Diagnostic:
    """A warning: the account is enrolled again."""
    name = situation.request.account
    return _at(
        situation,
        "",
        Diagnostic(
            severity="warning",
            code="product-missing",
            summary=f'account {account.id} has no provisioned product "{name}" any more',
            detail="The account was vended before; its product was terminated outside vend.",
            hint=f"applying this enrols the account again; if it is not to be managed: `vend remove {name}`",
        ),
    )


def enrolled_without_product(situation: Situation) -> tuple[Diagnostic, ...]:
    """Account Factory does not take on what its unit has enrolled."""
    name = situation.request.account
    return (
        _at(
            situation,
            "",
            Diagnostic(
                code="enrolled-without-product",
                summary=f"account {_known(situation).id} is enrolled in Control Tower, and has no provisioned product",
                detail="It was enrolled by its organizational unit. Account Factory, through which vend manages "
                "accounts, does not take on an account that is enrolled.",
                hint="unmanage the account in Control Tower, so that vend enrols it again; or leave it out of the "
                f"fleet: `vend remove {name}`",
            ),
        ),
    )


def stage_too_early(situation: Situation, stage: Stage) -> Diagnostic:
    """A stage alone was asked for, of an account that is not there yet."""
    account = situation.account
    return _at(
        situation,
        "",
        Diagnostic(
            code="stage-too-early",
            summary=f"{stage} cannot be applied yet: the account is still to be "
            + (f"enrolled ({account.id})" if account else "made"),
            hint=f"apply the account without `--stage` first: `vend apply --account {situation.request.account}`",
        ),
    )


def half_made(situation: Situation) -> tuple[Diagnostic, ...]:
    """A product in ERROR, and an account that came of it, or was there before."""
    account, product = _known(situation), situation.product
    message = product.status_message if product else None
    ending = terminating(product.id if product else "")
    return (
        _at(
            situation,
            "",
            Diagnostic(
                code="account-half-made",
                summary=f"Control Tower failed while it made account {account.id}",
                detail=message,
                hint=f"mend the cause, then end the product that failed: {ending}; `vend apply` enrols the account "
                "that is left",
            ),
        ),
    )


def account_gone(situation: Situation) -> tuple[Diagnostic, ...]:
    """The label had an account that the organization does not have any more."""
    request, product = situation.request, situation.product
    name, account_id = request.account, situation.gone_account_id or "unknown"
    known = situation.applied is not None and situation.applied.account_id is not None
    renewing = f"then, unless its email is free again, `vend set {name} email=ADDRESS`"
    if product is None:
        summary = f"account {account_id} of this label is not in the organization any more"
        detail = "It left, or was closed more than 90 days ago; vend makes no second account for a label by itself."
        hint = f"if a new account is meant: `vend forget {name}`, {renewing}; if none is: `vend remove {name}`"
    else:
        summary = f"product {product.id} exists, but its account is not in the organization"
        detail = f"The product is {product.status}; its account is {account_id}."
        forgetting = f", then `vend forget {name}`" if known else ""
        hint = (
            f"if a new account is meant: {terminating(product.id)}{forgetting}, {renewing}; if none is: "
            f"`vend remove {name}`"
        )
    problem = Diagnostic(code="account-gone", summary=summary, detail=detail, hint=hint)
    return (_at(situation, "", problem),)


def mismatches(situation: Situation) -> tuple[Diagnostic, ...]:
    """What keeps an account from being the one that the request means.

    To enrol an account its email must be the account's own in every letter; otherwise case does not count in it.
    """
    request, account = situation.request, _known(situation)
    found = []
    if account.state != "ACTIVE":
        found.append(_at(situation, "", _not_active(situation, account)))
    exact = situation.product is None
    if account.email != request.email and (exact or account.email.casefold() != request.email.casefold()):
        found.append(
            _at(
                situation,
                "email",
                Diagnostic(
                    code="email-changed",
                    summary=f'account {account.id} has the email "{account.email}"',
                    detail="Control Tower cannot change an account's email by an update of its product.",
                    hint="write the account's own email into the request: "
                    + _setting(situation, "email", account.email),
                ),
            )
        )
    if account.name != request.name:
        found.append(
            _at(
                situation,
                "name",
                Diagnostic(
                    code="name-changed",
                    summary=f'account {account.id} is named "{account.name}"',
                    detail="Control Tower cannot rename an account by an update of its product.",
                    hint="write the account's own name into the request: " + _setting(situation, "name", account.name),
                ),
            )
        )
    return tuple(found)


def _not_active(situation: Situation, account: OrganizationAccount) -> Diagnostic:
    name = situation.request.account
    leaving = f"take the request away: `vend remove {name}`"
    if account.state in CLOSED:
        known = situation.applied is not None and situation.applied.account_id == account.id
        ending = f"{terminating(situation.product.id)}, then " if situation.product is not None else ""
        anew = ending + (f"`vend forget {name}`, then " if known else "")
        hint = (
            f"{leaving}; for a new account under this label: {anew}`vend set {name} email=ADDRESS`; AWS Support "
            "can reinstate the account within 90 days of its closing"
        )
    elif account.state == "PENDING_ACTIVATION":
        hint = f"AWS is still activating it: run `vend apply --account {name}` again once it is ACTIVE"
    else:
        hint = f"{leaving}; or ask AWS Support, who have restricted the account, and run `vend apply` again"
    return Diagnostic(code="account-not-active", summary=f"account {account.id} is {account.state}", hint=hint)
