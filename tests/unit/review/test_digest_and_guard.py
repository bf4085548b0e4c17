from support.factories import a_change
from vend.plan import AccountPlan, ChangeAction, Operation, StagePlan
from vend.review import digest, operation_token, refuse_unreviewed, stage_digest


def an_account_plan(after: str, account_id: str | None = None, **overrides: object) -> AccountPlan:
    stage = StagePlan(
        stage="settings",
        state="planned",
        fingerprint="f",
        changes=(a_change(action="create", after={"account_id": after}),),
    )
    fields: dict[str, object] = {"account": "a", "action": "update", "account_id": account_id, "stages": (stage,)}
    return AccountPlan(**{**fields, **overrides})  # type: ignore[arg-type]  # a factory takes any field


def test_a_plan_made_with_a_placeholder_equals_the_one_with_the_accounts_id() -> None:
    """Settings of a new account are reviewed before its id is known."""
    before = an_account_plan("000000000000").stages[0]
    after = an_account_plan("123456789012", "123456789012").stages[0]
    assert stage_digest(before, None) == stage_digest(after, "123456789012")


def test_another_value_is_another_digest() -> None:
    """Nothing reviewed is applied if it has changed since."""
    assert digest([an_account_plan("x")]) != digest([an_account_plan("y")])


def test_an_operation_is_part_of_the_digest() -> None:
    """Tags are reviewed like everything else."""
    tag = Operation(operation="tag", stage="settings", before={}, after={"a": "b"})
    assert digest([an_account_plan("x")]) != digest([an_account_plan("x", operations=(tag,))])


def test_the_order_of_accounts_does_not_matter() -> None:
    """A batch plan and single plans give one digest."""
    one, two = an_account_plan("x"), an_account_plan("x", account="b")
    assert digest([one, two]) == digest([two, one])


def test_a_token_is_the_same_for_the_same_change() -> None:
    """A retried operation is the same operation to AWS."""
    assert operation_token("a", "b") == operation_token("a", "b")
    assert operation_token("a", "b") != operation_token("ab", "")


def test_what_nobody_reviewed_may_only_create() -> None:
    """Customizations of a new account are applied unseen, so they may not touch what is there."""
    changes: list[tuple[str, ChangeAction]] = [("x.a", "create"), ("x.b", "read"), ("x.c", "no-op"), ("x.d", "update")]
    assert ["x.d" in d.summary for d in refuse_unreviewed("a", changes, ("create",))] == [True]
