"""Of what changed outside Terraform, what a plan undoes or builds on."""

from __future__ import annotations

from typing import Any

import pytest

from support.plans import a_resource
from vend.plan import ResourceChange
from vend.terraform._drift import relevant_attributes, relevant_drift

ADDRESS = 'aws_ssm_parameter.a["k"]'
DRIFT = a_resource(
    ADDRESS,
    "update",
    before={"value": "one", "version": 1, "tags": None, "id": "/a"},
    after={"value": "two", "version": 2, "tags": {}, "id": "/a"},
    before_sensitive={"value": True},
    after_sensitive={"value": True, "tags": {}},
)
"""As Terraform 1.11.4 tells it of a parameter that somebody wrote: a value, a counter, and an empty map for none."""


def _planned(**after: Any) -> ResourceChange:
    before = {"value": "two", "version": 2, "tags": {}, "id": "/a"}
    return a_resource(ADDRESS, "update", before=before, after={**before, **after})


def test_what_the_plan_sets_back_is_shown_and_nothing_else() -> None:
    """A computed counter and an empty map are no news."""
    planned = a_resource(
        ADDRESS,
        "update",
        before={"value": "two", "version": 2, "tags": {}},
        after={"value": "one", "tags": {}},
        after_unknown={"version": True},
    )
    (found,) = relevant_drift([DRIFT], [planned], {})
    assert (found.before, found.after) == ({"value": "one"}, {"value": "two"})
    assert (found.before_sensitive, found.after_sensitive) == ({"value": True}, {"value": True})


def test_what_other_resources_build_on_is_shown() -> None:
    """Though the resource itself stays as somebody left it."""
    relevant = relevant_attributes([{"resource": ADDRESS, "attribute": ["value", 0, "x"]}])
    (found,) = relevant_drift([DRIFT], [], relevant)
    assert found.after == {"value": "two"}


@pytest.mark.parametrize("changes", [[], [_planned()], [_planned(id="/b")]])
def test_what_the_plan_has_nothing_to_do_with_is_not(changes: list[ResourceChange]) -> None:
    """What `ignore_changes` covers, and what a provider fills in, would bury what matters."""
    assert relevant_drift([DRIFT], changes, {"aws_vpc.other": frozenset({"value"})}) == ()


def test_a_resource_that_somebody_removed_is_shown_where_it_is_made_again() -> None:
    """And not where nobody wants it any more."""
    gone = a_resource("aws_s3_bucket.gone", "destroy", before={"bucket": "b"})
    again = a_resource("aws_s3_bucket.gone", "create", after={"bucket": "b"})
    assert relevant_drift([gone], [again], {}) == (gone,)
    assert relevant_drift([gone], [], {}) == ()
