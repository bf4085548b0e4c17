"""What of a resource change is shown."""

from __future__ import annotations

from typing import Any

import pytest

from vend.plan import ResourceChange
from vend.review import attribute_changes


def _shown(**fields: Any) -> dict[str, tuple[str | None, str | None]]:
    change = ResourceChange(**{"address": "t.n", "type": "t", "name": "n", "action": "update", **fields})
    return {found.path: (found.before, found.after) for found in attribute_changes(change)}


def test_only_what_changes_is_shown() -> None:
    """Attributes that stay, and empty ones, are left out."""
    before = {"a": 1, "b": "x", "none": None, "list": []}
    after = {"a": 2, "b": "x", "none": None, "list": None}
    assert _shown(before=before, after=after) == {"a": ("1", "2")}


def test_maps_are_gone_into_and_plain_lists_are_not() -> None:
    """A tag is shown by its key; a list of strings as a whole."""
    before = {"tags": {"Team": "a", "Old one": "x"}, "ids": ["a", "b"]}
    after = {"tags": {"Team": "b"}, "ids": ["a", "c"]}
    assert _shown(before=before, after=after) == {
        "ids": ('["a", "b"]', '["a", "c"]'),
        "tags.Team": ('"a"', '"b"'),
        'tags["Old one"]': ('"x"', None),
    }


def test_list_elements_are_named_by_their_key() -> None:
    """A parameter of a product is shown by its key, not its place; without one its place is shown."""
    before = {"parameters": [{"key": "OU", "value": "A"}], "rules": [{"port": 1}]}
    after = {"parameters": [{"key": "OU", "value": "B"}], "rules": [{"port": 2}]}
    assert _shown(before=before, after=after) == {
        'parameters["OU"].value': ('"A"', '"B"'),
        "rules[0].port": ("1", "2"),
    }


@pytest.mark.parametrize(
    ("before_sensitive", "after_sensitive"),
    [({"v": True}, {}), ({}, {"v": True}), ({"v": True}, {"v": True}), (True, True), (True, False)],
)
def test_a_value_that_is_sensitive_on_one_side_is_masked_on_both(
    before_sensitive: object, after_sensitive: object
) -> None:
    """A mark on either side hides the value on both, since they are often the same."""
    shown = _shown(
        before={"v": "hunter2"},
        after={"v": "hunter3"},
        before_sensitive=before_sensitive,
        after_sensitive=after_sensitive,
    )
    assert list(shown.values()) == [("(sensitive)", "(sensitive, changed)")]


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        ({"in": ["x", "hunter2"]}, {"in": [False, True]}),
        ([{"deep": {"er": "hunter2"}}], [{"deep": {"er": True}}]),
        ('{"json": "hunter2"}', True),
        ({"in": "hunter2"}, True),
    ],
)
@pytest.mark.parametrize("action", ["create", "update", "destroy", "replace"])
def test_no_sensitive_value_survives_in_any_shape(value: object, mark: object, action: str) -> None:
    """However deep a mark stands, the value under it is never shown."""
    shown = _shown(
        action=action,
        before=None if action == "create" else {"v": value, "other": 1},
        after=None if action == "destroy" else {"v": "hunter2", "other": 2},
        before_sensitive={"v": mark},
        after_sensitive={"v": True},
    )
    assert shown
    assert "hunter2" not in repr(shown)


def test_what_is_known_only_after_apply_says_so() -> None:
    """An unknown value is named as such, also inside of others and where there was none before."""
    change = ResourceChange(
        address="t.n",
        type="t",
        name="n",
        action="update",
        before={"id": "i-1", "list": ["a"], "block": [{"x": 1}]},
        after={"list": ["a", None], "block": [{}]},
        after_unknown={"id": True, "list": [False, True], "block": [{"x": True}], "new": True},
    )
    found = {attribute.path: attribute for attribute in attribute_changes(change)}
    assert {path: attribute.after for path, attribute in found.items()} == {
        "block[0].x": "(known after apply)",
        "id": "(known after apply)",
        "list": "(known after apply)",
        "new": "(known after apply)",
    }
    assert not any(attribute.known for attribute in found.values())


def test_what_forces_a_replacement_is_marked() -> None:
    """The attribute on a replace path is marked, and no other."""
    change = ResourceChange(
        address="t.n",
        type="t",
        name="n",
        action="replace",
        before={"cidr": "a", "name": "b"},
        after={"cidr": "c", "name": "d"},
        replace_paths=(("cidr",),),
    )
    assert {found.path: found.forces_replacement for found in attribute_changes(change)} == {
        "cidr": True,
        "name": False,
    }


def test_policies_are_compared_by_what_they_say() -> None:
    """A policy that changes in one place shows that place; one that differs in its spaces alone shows both texts."""
    assert _shown(before={"policy": '{"S": [{"A": "x"}]}'}, after={"policy": '{"S":[{"A":"y"}]}'}) == {
        "policy.S[0].A": ('"x"', '"y"')
    }
    assert _shown(before={"policy": '{"S": 1}'}, after={"policy": '{"S":1}'}) == {
        "policy": ('"{\\"S\\": 1}"', '"{\\"S\\":1}"')
    }


def test_kinds_say_what_happens() -> None:
    """What comes is added, what goes is removed, the rest changes."""
    change = ResourceChange(
        address="t.n", type="t", name="n", action="update", before={"a": 1, "b": 1}, after={"b": 2, "c": 3}
    )
    assert {found.path: found.kind for found in attribute_changes(change)} == {"a": "remove", "b": "change", "c": "add"}
