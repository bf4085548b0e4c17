"""What of one account must not be shown, collected from all of its plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from vend.errors import Diagnostic
from vend.plan import AccountPlan, PolicyResult, ResourceChange
from vend.review._decoding import decoded, opened
from vend.review._masking import Masking, called
from vend.review._secrets import Secrets
from vend.settings import ReviewSettings


def masking_of(plan: AccountPlan, masking: Masking) -> Masking:
    """The masking with an account's secrets: what is sensitive somewhere in its plan is hidden in all of its review.

    Args:
        plan: with every value, sensitive ones in clear.
        masking: says what is sensitive by its name, besides what Terraform marks.
    """
    return replace(masking, secrets=Secrets.of(_sensitive(plan, masking), _stated(plan)))


def without_secrets(
    diagnostics: Iterable[Diagnostic], plan: AccountPlan, settings: ReviewSettings
) -> tuple[Diagnostic, ...]:
    """What is said of an account outside its review, without what is sensitive in its plan.

    Args:
        diagnostics: of planning or applying it.
        plan: with every value, sensitive ones in clear.
        settings: the `review` block of vend.hcl.
    """
    found = tuple(diagnostics)
    if not found:
        return ()
    masking = masking_of(plan, Masking(settings.sensitive_patterns))
    return tuple(scrubbed_diagnostic(diagnostic, masking) for diagnostic in found)


def scrubbed_diagnostic(diagnostic: Diagnostic, masking: Masking) -> Diagnostic:
    """The diagnostic without secrets: providers and validations quote the values that they refuse."""
    return replace(
        diagnostic,
        summary=masking.scrubbed(diagnostic.summary),
        detail=scrubbed(diagnostic.detail, masking),
        hint=scrubbed(diagnostic.hint, masking),
        related=tuple(replace(each, message=masking.scrubbed(each.message)) for each in diagnostic.related),
    )


def scrubbed_policy(result: PolicyResult, masking: Masking) -> PolicyResult:
    """What a policy says without secrets; its digest is of what it said with them."""
    return replace(
        result,
        summary=masking.scrubbed(result.summary),
        detail=scrubbed(result.detail, masking),
        hint=scrubbed(result.hint, masking),
        address=scrubbed(result.address, masking),
    )


def scrubbed(text: str | None, masking: Masking) -> str | None:
    """The text without secrets; None stays None."""
    return None if text is None else masking.scrubbed(text)


def _sensitive(plan: AccountPlan, masking: Masking) -> Iterator[Any]:
    for stage in plan.stages:
        for change in (*stage.changes, *stage.drift):
            yield from _of_resource(change, masking)
    for operation in plan.operations:
        yield from _named(operation.before, masking)
        yield from _named(operation.after, masking)
    if plan.subject is not None:
        request, last = plan.subject.request, plan.subject.last or {}
        for values in (
            *((request.tags, request.custom_fields) if request else ()),
            *(last.get(name) for name in ("tags", "custom_fields")),
        ):
            yield from _named(values, masking)


def _of_resource(change: ResourceChange, masking: Masking) -> Iterator[Any]:
    names = called(change)
    for value, marks in (
        (change.before, change.before_sensitive),
        (change.after, change.after_sensitive),
    ):
        yield from _marked(value, marks)
        yield from _named(value, masking, names)


def _named(value: Any, masking: Masking, names: Iterable[str] = ()) -> Iterator[Any]:
    """What is sensitive by its name. Of JSON in a text that is the values that are so called, not all of the text."""
    read = opened(value)
    for found in _marked(read, masking.marks(read, names)):
        yield found
        if isinstance(found, str) and (inner := decoded(found)) is not found:
            yield from _named(inner, masking)


def _marked(value: Any, mark: Any) -> Iterator[Any]:
    """The parts of a value whose marks are true."""
    if mark is True:
        yield value
    elif isinstance(value, Mapping) and isinstance(mark, Mapping):
        for key, below in mark.items():
            if key in value:
                yield from _marked(value[key], below)
    elif isinstance(value, list | tuple) and isinstance(mark, list | tuple):
        for item, below in zip(value, mark, strict=False):
            yield from _marked(item, below)


def _stated(plan: AccountPlan) -> Iterator[str]:
    """What a review says of an account whatever is sensitive."""
    subject = plan.subject
    request = subject.request if subject else None
    found = (
        plan.account,
        plan.account_id,
        *((subject.name, subject.email, subject.unit_before, subject.unit_after) if subject else ()),
        *((request.name, request.email, request.organizational_unit) if request else ()),
    )
    yield from (text for text in found if text)
