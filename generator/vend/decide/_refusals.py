"""Why an account is left alone, each reason at the place in the request that it concerns."""

from __future__ import annotations

from vend.decide._situation import Situation
from vend.errors import Diagnostic
from vend.models import OrganizationAccount, ProvisionedProduct, Stage


def _at(situation: Situation, path: str, problem: Diagnostic) -> Diagnostic:
    return problem.at(situation.request.position(path), situation.request.account)


def email_in_use(situation: Situation, account: OrganizationAccount, holder: str) -> Diagnostic:
    return _at(
        situation,
        "email",
        Diagnostic(
            code="email-in-use",
            summary=f'the email belongs to account {account.id} ("{account.name}")',
            detail=f'The account is managed by provisioned product "{holder}"; none is named '
            f'"{situation.request.account}".',
            hint=f'if the account request was renamed, give it its old label back: "{holder}"; else use another email',
        ),
    )


def label_changed(situation: Situation, before: str) -> Diagnostic:
    return _at(
        situation,
        "",
        Diagnostic(
            code="label-changed",
            summary=f'"{situation.request.account}" is new, and has the email or name of "{before}", which is gone',
            detail="A label does not change: under another one, the account would be made anew.",
            hint=f'give the account its old label back: account "{before}" {{ … }}',
        ),
    )


def product_missing(situation: Situation, account: OrganizationAccount) -> Diagnostic:
    return _at(
        situation,
        "",
        Diagnostic(
            severity="warning",
            code="product-missing",
            summary=f'account {account.id} has no provisioned product "{situation.request.account}" any more',
            detail="The account was vended before; its product was terminated outside vend.",
            hint="applying this enrols the account again; if it is not to be managed, take its request away",
        ),
    )


def enrolled_without_product(situation: Situation, account: OrganizationAccount) -> Diagnostic:
    return _at(
        situation,
        "",
        Diagnostic(
            code="enrolled-without-product",
            summary=f"account {account.id} is enrolled in Control Tower, and has no provisioned product",
            detail="It was enrolled by its organizational unit. Account Factory, through which vend manages accounts, "
            "does not take on an account that is enrolled.",
            hint="unmanage the account in Control Tower, so that vend enrols it again, or leave it out of the fleet",
        ),
    )


def stage_too_early(situation: Situation, stage: Stage) -> Diagnostic:
    account = situation.account
    return _at(
        situation,
        "",
        Diagnostic(
            code="stage-too-early",
            summary=f"{stage} cannot be applied yet: the account is still to be "
            + (f"enrolled ({account.id})" if account else "made"),
            hint="apply the account without `--stage` first",
        ),
    )


def half_made(situation: Situation, product: ProvisionedProduct) -> Diagnostic:
    account = situation.account
    return _at(
        situation,
        "",
        Diagnostic(
            code="account-half-made",
            summary=f"Control Tower failed while it made account {account.id if account else ''}",
            detail=product.status_message,
            hint=f"mend the cause, move the account to the root, terminate product {product.id} in Service Catalog, "
            "then run `vend apply` again",
        ),
    )


def account_gone(situation: Situation, product: ProvisionedProduct) -> Diagnostic:
    return _at(
        situation,
        "",
        Diagnostic(
            code="account-gone",
            summary=f"product {product.id} exists, but its account is not in the organization",
            detail=f"The product is {product.status}; its account is {product.account_id or 'unknown'}.",
            hint="an account that left the organization stays refused until its product is terminated",
        ),
    )


def mismatches(situation: Situation, account: OrganizationAccount, *, exact: bool = False) -> list[Diagnostic]:
    """What keeps an account from being the one that the request means; `exact`: case counts in the email."""
    request = situation.request
    problems = []
    if account.state != "ACTIVE":
        problems.append(
            _at(
                situation,
                "",
                Diagnostic(
                    code="account-not-active",
                    summary=f"account {account.id} is {account.state}",
                    hint="a suspended account can be reinstated by AWS Support within 90 days",
                ),
            )
        )
    same = account.email == request.email if exact else account.email.casefold() == request.email.casefold()
    if not same:
        problems.append(
            _at(
                situation,
                "email",
                Diagnostic(
                    code="email-changed",
                    summary=f'account {account.id} has the email "{account.email}"',
                    detail="Control Tower cannot change an account's email by an update of its product.",
                    hint="write the account's own email into the request",
                ),
            )
        )
    if account.name != request.name:
        problems.append(
            _at(
                situation,
                "name",
                Diagnostic(
                    code="name-changed",
                    summary=f'account {account.id} is named "{account.name}"',
                    detail="Control Tower cannot rename an account by an update of its product.",
                    hint="write the account's own name into the request",
                ),
            )
        )
    return problems
