from dataclasses import replace
from typing import Any

import pytest

from support.factories import a_change, a_product, a_unit, an_account_request, an_organization_account
from vend.decide import (
    Departed,
    ProductState,
    Situation,
    decide,
    decide_departed,
    due_stages,
    needs_state,
    refine,
    send_parameters,
    tag_operation,
)
from vend.models import Applied, AppliedStage, Stage
from vend.plan import StagePlan

FINGERPRINTS: dict[Stage, str] = {"account": "a1", "settings": "s1", "customizations": "c1"}


def applied(**fingerprints: str) -> Applied:
    stages = {
        stage: AppliedStage(fingerprint=value, status="succeeded", run="r", at="2026-01-01T00:00:00+00:00")
        for stage, value in fingerprints.items()
    }
    return Applied(
        account="payments-prod", account_id="222222222222", organizational_unit="Workloads/Prod", stages=stages
    )


EVERYTHING = applied(account="a1", settings="s1", customizations="c1")


def a_situation(**overrides: Any) -> Situation:
    """An account that exists as wanted and was applied as it is."""
    fields: dict[str, Any] = {
        "request": an_account_request(),
        "product": a_product(),
        "account": an_organization_account(),
        "wanted_unit": a_unit(),
        "applied": EVERYTHING,
        "fingerprints": FINGERPRINTS,
    }
    return Situation(**{**fields, **overrides})


def test_an_account_that_is_as_wanted_needs_nothing() -> None:
    """The second run plans nothing."""
    assert decide(a_situation()).action == "none"
    assert decide(a_situation()).stages == ()


def test_what_does_not_exist_is_created_and_its_customizations_follow() -> None:
    """Account and settings are planned at once; customizations need the account."""
    decision = decide(a_situation(product=None, account=None, applied=None))
    assert decision.action == "create"
    assert decision.stages == ("account", "settings")
    assert decision.follows == ("customizations",)


def test_tags_of_a_new_account_are_an_operation() -> None:
    """Terraform has no resource for them, so the plan says it."""
    request = an_account_request(tags={"CostCenter": "4711"})
    decision = decide(a_situation(request=request, product=None, account=None, applied=None))
    assert [(o.operation, o.before, o.after) for o in decision.operations] == [("tag", {}, {"CostCenter": "4711"})]


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "email of another account": ({"product": None, "applied": None, "held_by": "payments"}, "email-in-use"),
    "label changed": ({"product": None, "held_by": "payments"}, "email-in-use"),
    "enrolled by its unit": (
        {"product": None, "account": an_organization_account(enrolled=True)},
        "enrolled-without-product",
    ),
    "to enrol, and suspended": (
        {"product": None, "account": an_organization_account(state="SUSPENDED")},
        "account-not-active",
    ),
    "to enrol, email in other letters": (
        {"product": None, "request": an_account_request(email="AWS+payments-prod@example.com")},
        "email-changed",
    ),
    "to enrol, another name": ({"product": None, "request": an_account_request(name="Other")}, "name-changed"),
    "half made": (
        {"product": a_product(status="ERROR", succeeded=False, account_id=None)},
        "account-half-made",
    ),
    "account left": ({"account": None}, "account-gone"),
    "account left, product terminated": ({"account": None, "product": None}, "account-gone"),
    "account left, product failed": (
        {"account": None, "product": a_product(status="ERROR", succeeded=False, account_id=None)},
        "account-gone",
    ),
    "failed, email held": (
        {"product": a_product(status="ERROR", succeeded=False, account_id=None), "held_by": "payments"},
        "email-in-use",
    ),
    "failed, email of a closed account": (
        {
            "product": a_product(status="ERROR", succeeded=False, account_id=None),
            "account": an_organization_account(state="CLOSED"),
        },
        "account-not-active",
    ),
    "name in other letters": ({"request": an_account_request(name="payments (PROD)")}, "name-changed"),
    "closed": ({"account": an_organization_account(state="CLOSED")}, "account-not-active"),
    "being closed": ({"account": an_organization_account(state="PENDING_CLOSURE")}, "account-not-active"),
    "not yet active": ({"account": an_organization_account(state="PENDING_ACTIVATION")}, "account-not-active"),
    "in a state of a kind that AWS adds": ({"account": an_organization_account(state="FROZEN")}, "account-not-active"),
    "suspended": ({"account": an_organization_account(state="SUSPENDED")}, "account-not-active"),
    "email changed": ({"request": an_account_request(email="other@example.com")}, "email-changed"),
    "name changed": ({"request": an_account_request(name="Other")}, "name-changed"),
}


@pytest.mark.parametrize(("overrides", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_could_cost_an_account_is_refused(overrides: dict[str, Any], code: str) -> None:
    """Each refusal is a diagnostic of its own and plans nothing."""
    decision = decide(a_situation(**overrides))
    assert decision.action == "refused"
    assert [d.code for d in decision.diagnostics] == [code]
    assert decision.stages == ()
    assert decision.operations == ()


def test_an_email_is_compared_without_case() -> None:
    """AWS treats addresses that differ in case as one."""
    request = an_account_request(email="AWS+Payments-Prod@Example.com")
    assert decide(a_situation(request=request)).action == "none"


def test_an_account_that_nothing_manages_is_enrolled() -> None:
    """All its stages are planned, since it exists, and the operation names it: the digest holds that account."""
    account = an_organization_account(parent_id="r-ab12", enrolled=False)
    decision = decide(a_situation(product=None, account=account, applied=None))
    assert (decision.action, decision.stages, decision.follows) == (
        "enrol",
        ("account", "settings", "customizations"),
        (),
    )
    assert [(o.operation, o.stage, o.before, o.after) for o in decision.operations] == [
        ("enrol", "account", "222222222222", "Workloads/Prod")
    ]
    assert not decision.diagnostics
    assert not needs_state(a_situation(product=None, account=account, applied=None))


def test_an_account_whose_product_was_terminated_outside_is_enrolled_again() -> None:
    """Only its product is planned, and a warning says why."""
    decision = decide(a_situation(product=None, account=an_organization_account(enrolled=False)))
    assert (decision.action, decision.stages) == ("enrol", ("account",))
    assert [(d.severity, d.code) for d in decision.diagnostics] == [("warning", "product-missing")]


def test_an_operation_under_way_is_waited_for() -> None:
    """Nothing is planned against a product that is changing."""
    situation = a_situation(product=a_product(status="UNDER_CHANGE"), account=None, applied=None)
    assert decide(situation).action == "wait"
    assert not needs_state(situation)


def test_a_product_that_failed_before_there_was_an_account_is_made_anew() -> None:
    """It is terminated first, since its name is in use; then everything follows."""
    product = a_product(status="ERROR", succeeded=False, account_id=None)
    decision = decide(a_situation(product=product, account=None, applied=None))
    assert decision.action == "repair"
    assert [o.operation for o in decision.operations] == ["terminate_failed"]
    assert decision.follows == ("account", "settings", "customizations")


def test_an_orphan_product_is_adopted() -> None:
    """A run that was killed before the state was written leaves a product; it is imported, never asked for twice."""
    situation = a_situation(applied=None, state=ProductState(known=False))
    decision = decide(situation)
    assert decision.action == "adopt"
    assert decision.adopt == "pp-abcdefghijklm"
    assert decision.keep_adopted


def test_a_taint_is_lifted_and_never_replaced() -> None:
    """A create that timed out leaves a taint; replacing would ask for a second account."""
    situation = a_situation(applied=None, state=ProductState(known=True, tainted=True))
    decision = decide(situation)
    assert decision.action == "repair"
    assert [o.operation for o in decision.operations] == ["untaint"]
    assert "account" in decision.follows
    assert "account" not in decision.stages


def test_only_what_differs_is_planned() -> None:
    """A change of a customization plans that stage alone."""
    situation = a_situation(applied=applied(account="a1", settings="s1", customizations="old"))
    assert due_stages(situation) == ("customizations",)
    assert decide(situation).stages == ("customizations",)


def test_a_stage_that_failed_is_due_again() -> None:
    """Equal fingerprints count only after success."""
    failed = AppliedStage(fingerprint="c1", status="failed", run="r", at="2026-01-01T00:00:00+00:00")
    stages: dict[Stage, AppliedStage] = {**EVERYTHING.stages, "customizations": failed}
    situation = a_situation(applied=Applied(account="payments-prod", stages=stages))
    assert due_stages(situation) == ("customizations",)


def test_an_account_moved_by_hand_gets_its_parameters_sent_again() -> None:
    """Terraform sees no change, so vend sends them; the plan says from where to where."""
    situation = a_situation(
        account=an_organization_account(parent_id="ou-ab12-sandboxx"), state=ProductState(known=True)
    )
    decision = decide(situation)
    plans = (StagePlan(stage="account", state="planned", fingerprint="a1"),)
    operation = send_parameters(situation, plans)
    assert operation is not None
    assert (operation.before, operation.after) == ("ou-ab12-sandboxx", "ou-ab12-prodprod")
    assert refine(decision, situation, plans, (operation,)) == "repair"


def test_a_move_in_the_request_is_done_by_terraform() -> None:
    """When Terraform plans the update, nothing is sent besides."""
    situation = a_situation(
        account=an_organization_account(parent_id="ou-ab12-sandboxx"), state=ProductState(known=True)
    )
    plans = (StagePlan(stage="account", state="planned", fingerprint="a1", changes=(a_change(),)),)
    assert send_parameters(situation, plans) is None
    assert refine(decide(situation), situation, plans, ()) == "move"


def test_a_tainted_product_in_the_right_place_is_repaired() -> None:
    """A failed update is recorded as done in Terraform state, so the product's own status decides."""
    situation = a_situation(product=a_product(status="TAINTED"), state=ProductState(known=True))
    assert decide(situation).stages == ("account",)
    assert send_parameters(situation, ()) is not None


def test_a_tainted_product_that_never_succeeded_is_sent_again() -> None:
    """Its account is there, and an update is what makes it AVAILABLE; that holds for one tainted in the state too."""
    product = a_product(status="TAINTED", succeeded=False)
    assert send_parameters(a_situation(product=product, state=ProductState(known=True)), ()) is not None
    decision = decide(a_situation(product=product, applied=None, state=ProductState(known=True, tainted=True)))
    assert [o.operation for o in decision.operations] == ["untaint", "send_parameters"]


@pytest.mark.parametrize(
    ("found", "wanted", "operation"),
    [
        ({"CostCenter": "1"}, {"CostCenter": "1"}, None),
        ({"aws:cloudformation:stack-name": "x"}, {}, None),
        ({"CostCenter": "1", "Old": "x"}, {"CostCenter": "2"}, ({"CostCenter": "1", "Old": "x"}, {"CostCenter": "2"})),
    ],
)
def test_tags_become_exactly_the_requests(
    found: dict[str, str], wanted: dict[str, str], operation: tuple[dict[str, str], dict[str, str]] | None
) -> None:
    """Removed here, removed there; AWS's own tags stay."""
    planned = tag_operation(an_account_request(tags=wanted), found)
    assert (None if planned is None else (planned.before, planned.after)) == operation


@pytest.mark.parametrize(
    ("stage", "action"), [("settings", "update"), ("customizations", "customize"), ("account", "update")]
)
def test_the_action_is_called_what_it_does(stage: Stage, action: str) -> None:
    """The label follows from the stage that changes."""
    situation = a_situation(applied=None, state=ProductState(known=True))
    plans = (StagePlan(stage=stage, state="planned", fingerprint="x", changes=(a_change(),)),)
    assert refine(decide(situation), situation, plans, ()) == action


def test_an_account_moved_by_hand_to_where_its_request_puts_it_next_gets_its_baseline() -> None:
    """Organizations says that it is there, and its controls are still the other unit's: the product is updated."""
    account = an_organization_account(enrolled=True, enrolled_in="ou-ab12-sandboxx")
    situation = a_situation(account=account, state=ProductState(known=True))
    assert needs_state(situation)
    assert decide(situation).stages == ("account",)
    operation = send_parameters(situation, ())
    assert operation is not None
    assert (operation.before, operation.after) == ("ou-ab12-sandboxx", "ou-ab12-prodprod")


def test_a_product_in_error_that_had_succeeded_is_sent_again() -> None:
    """It has an account, and an update mends it."""
    situation = a_situation(product=a_product(status="ERROR"), state=ProductState(known=True))
    assert decide(situation).stages == ("account",)
    assert send_parameters(situation, ()) is not None


def test_a_state_that_names_another_product_is_read_again_and_the_present_one_adopted() -> None:
    """An import block does nothing for an address that the state has."""
    state = ProductState(known=True, product_id="pp-nolongerthere", tainted=True)
    decision = decide(a_situation(applied=None, state=state))
    assert (decision.action, decision.adopt, decision.follows) == ("repair", "pp-abcdefghijklm", ("account",))
    assert [(o.operation, o.before, o.after) for o in decision.operations] == [
        ("forget_product", "pp-nolongerthere", "pp-abcdefghijklm")
    ]


def a_departed(**overrides: Any) -> Departed:
    """An account that was vended, is as it was, and is in no request any more."""
    fields: dict[str, Any] = {
        "applied": replace(EVERYTHING, request={"on_removal": "close"}),
        "product": a_product(),
        "account": an_organization_account(),
    }
    return Departed(**{**fields, **overrides})


NEVER_MADE = Applied(account="payments-prod")
FAILED = a_product(status="ERROR", succeeded=False, account_id=None)
DEPARTURES: dict[str, tuple[dict[str, Any], str, list[str], list[str]]] = {
    "kept": ({"applied": EVERYTHING}, "none", [], ["request-gone"]),
    "not allowed": ({}, "refused", [], ["removal-not-allowed"]),
    "allowed": ({"allowed": True}, "close", ["unmanage", "close"], []),
    "allowed, without a product": ({"allowed": True, "product": None}, "close", ["close"], []),
    "closed by hand": (
        {"allowed": True, "account": an_organization_account(state="CLOSED")},
        "close",
        ["unmanage"],
        [],
    ),
    "left the organization": ({"account": None, "allowed": True}, "none", [], ["account-gone"]),
    "a new request has its name": ({"renamed_to": "pay"}, "refused", [], ["label-changed"]),
    "failed before there was an account": (
        {"applied": NEVER_MADE, "product": FAILED, "account": None, "email": "a@example.com"},
        "remove",
        ["terminate_failed"],
        ["product-left"],
    ),
    "failed, and what it was sent is not known": (
        {"applied": NEVER_MADE, "product": FAILED, "account": None},
        "none",
        [],
        ["product-left"],
    ),
    "failed, and the account is there": (
        {"applied": NEVER_MADE, "product": FAILED, "email": "a@example.com"},
        "none",
        [],
        ["product-left"],
    ),
    "made by a run that was killed": ({"applied": NEVER_MADE}, "none", [], ["product-left"]),
    "still in the making": (
        {"applied": NEVER_MADE, "product": a_product(status="UNDER_CHANGE"), "account": None},
        "none",
        [],
        ["product-left"],
    ),
    "nothing came of it": ({"applied": NEVER_MADE, "product": None, "account": None}, "none", [], []),
}


@pytest.mark.parametrize(("overrides", "action", "operations", "codes"), DEPARTURES.values(), ids=DEPARTURES.keys())
def test_what_becomes_of_an_account_whose_request_is_gone(
    overrides: dict[str, Any], action: str, operations: list[str], codes: list[str]
) -> None:
    """It is kept unless its removal was asked for and allowed; only what never had an account ends by itself."""
    decision = decide_departed(a_departed(**overrides))
    assert decision.action == action
    assert [operation.operation for operation in decision.operations] == operations
    assert [problem.code for problem in decision.diagnostics] == codes
    assert all(problem.hint for problem in decision.diagnostics)
