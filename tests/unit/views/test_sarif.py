"""A SARIF log is one that code scanning takes: OASIS's standard and GitHub's wishes, point by point."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from vend.errors import CODES, Diagnostic, Related
from vend.views import SarifTool, SarifView, failure_document, sarif_log, validation_document

TOOL = SarifTool(version="1.2.3", prefix="fleet/", explain=lambda code: f"about {code}")
PLACED = Diagnostic(
    code="invalid-email",
    summary="no email",
    detail="one\ntwo",
    hint="write one",
    file="account-requests/ä b.hcl",
    line=4,
    column=11,
    end_line=5,
    end_column=3,
    account="payments-prod",
    related=(Related(message="the first", file="a.hcl", line=1, column=2, end_line=1, end_column=4),),
)
NOWHERE = Diagnostic(severity="warning", code="no-requests", summary="none")
LINE = Diagnostic(code="hook-invalid", summary="bad", file="x.py", line=3)


def run(*problems: Diagnostic) -> dict[str, Any]:
    """The one run of a log, after what holds for every log has been checked."""
    log = sarif_log(problems, TOOL)
    assert {"$schema", "version", "runs"} == set(log)
    assert log["version"] == "2.1.0"
    (found,) = log["runs"]
    rules = found["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({problem.code for problem in problems})
    for rule in rules:
        assert rule["shortDescription"]["text"] == rule["fullDescription"]["text"] == CODES[rule["id"]]
        assert rule["help"]["text"] == f"about {rule['id']}"
        assert urlsplit(rule["helpUri"]).scheme == "https"
    assert len(found["results"]) == len(set(problems))
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        for place in (location, *result.get("relatedLocations", ())):
            physical = place["physicalLocation"]
            uri = urlsplit(physical["artifactLocation"]["uri"])
            assert not uri.scheme
            assert not uri.path.startswith("/")
            assert uri.path.isascii()
            region = physical["region"]
            assert all(isinstance(number, int) and number >= 1 for number in region.values())
            assert ("endLine" in region) == ("endColumn" in region)
    prints = [result["partialFingerprints"]["vendDiagnostic/v1"] for result in found["results"]]
    assert len(set(prints)) == len(prints)
    return dict(found)


def test_a_result_has_its_place_and_everything_there_is_to_say() -> None:
    """The region counts characters, the end is the first beyond; names are escaped and count from the repository."""
    found = run(PLACED)
    assert found["columnKind"] == "unicodeCodePoints"
    assert found["tool"]["driver"]["semanticVersion"] == "1.2.3"
    (result,) = found["results"]
    assert result["message"]["text"] == "no email\none\ntwo\nHint: write one"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "fleet/account-requests/%C3%A4%20b.hcl", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 4, "startColumn": 11, "endLine": 5, "endColumn": 3},
    }
    assert result["locations"][0]["logicalLocations"][0]["name"] == "payments-prod"
    (related,) = result["relatedLocations"]
    assert (related["id"], related["message"]["text"]) == (1, "the first")


def test_what_stands_nowhere_is_shown_at_the_settings() -> None:
    """Code scanning drops results without a place."""
    found = run(NOWHERE, LINE)
    physical = [result["locations"][0]["physicalLocation"] for result in found["results"]]
    assert physical[0]["artifactLocation"]["uri"] == "fleet/vend.hcl"
    assert physical[0]["region"] == {"startLine": 1}
    assert physical[1]["region"] == {"startLine": 3}
    assert [result["level"] for result in found["results"]] == ["warning", "error"]


def test_a_fingerprint_outlives_a_line_that_is_put_before() -> None:
    """It is made of what is said, not of where; of two alike, the order tells them apart."""

    def prints(first: int, second: int) -> list[str]:
        alike = [Diagnostic(code="wrong-type", summary="s", file="f.hcl", line=at, column=1) for at in (first, second)]
        return [result["partialFingerprints"]["vendDiagnostic/v1"] for result in run(*alike)["results"]]

    assert prints(3, 9) == prints(4, 10)


def test_nothing_wrong_is_a_log_without_results() -> None:
    """So that code scanning closes what it knew."""
    found = run()
    assert found["results"] == []
    assert found["invocations"] == [{"executionSuccessful": True}]


@pytest.mark.parametrize("document", [validation_document(1, [PLACED]), failure_document([PLACED])])
def test_standard_output_holds_the_log_alone(document: Any) -> None:
    """Whether the command answered or failed."""
    out, err = io.StringIO(), io.StringIO()
    view = SarifView(out, err, tool=TOOL)
    view.diagnostics([PLACED])
    view.show(document)
    assert json.loads(out.getvalue()) == sarif_log([PLACED], TOOL)
    assert "no email" in err.getvalue()
