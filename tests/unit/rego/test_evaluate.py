"""Policies in Rego, evaluated by the real engine in its own process."""

from __future__ import annotations

from pathlib import Path

import pytest

from vend.rego import Finding, PolicyEvaluation, evaluate, read_policies

COST_CENTER = """package vend

import rego.v1

deny_no_cost_center contains {"msg": message, "account": account.account} if {
  some account in input.accounts
  not account.request.tags.CostCenter
  message := sprintf("%s has no tag CostCenter", [account.account])
}

warn contains message if {
  count(input.accounts) > 1
  message := sprintf("%d accounts at once", [count(input.accounts)])
}
"""
DOCUMENT = {
    "accounts": [
        {"account": "a", "request": {"tags": {}}},
        {"account": "b", "request": {"tags": {"CostCenter": "4711"}}},
    ]
}


def _fleet(directory: Path, **files: str) -> Path:
    (directory / "policies").mkdir()
    for name, text in files.items():
        (directory / "policies" / f"{name}.rego").write_text(text, encoding="utf-8")
    return directory


def _evaluated(directory: Path, document: dict[str, object], seconds: float = 30) -> PolicyEvaluation:
    files, problems = read_policies(directory)
    assert not problems
    return evaluate(files, document, seconds=seconds)


def _codes(evaluation: PolicyEvaluation) -> list[str]:
    return [problem.code for problem in evaluation.diagnostics]


def test_rules_refuse_and_warn(tmp_path: Path) -> None:
    """A deny and a warn rule give findings with code, account, text and place."""
    found = _evaluated(_fleet(tmp_path, costs=COST_CENTER), DOCUMENT)
    assert found == PolicyEvaluation(
        findings=(
            Finding(
                severity="deny",
                code="no-cost-center",
                summary="a has no tag CostCenter",
                account="a",
                file="policies/costs.rego",
                line=5,
            ),
            Finding(
                severity="warn",
                code="policy",
                summary="2 accounts at once",
                account=None,
                file="policies/costs.rego",
                line=11,
            ),
        )
    )


def test_nothing_to_find_is_nothing(tmp_path: Path) -> None:
    """Rules that do not hold give no finding, and a fleet without policies starts no process."""
    assert _evaluated(_fleet(tmp_path, costs=COST_CENTER), {"accounts": []}) == PolicyEvaluation()
    assert evaluate((), {}) == PolicyEvaluation()


def test_a_library_in_a_package_of_its_own_serves_the_rules(tmp_path: Path) -> None:
    """Files of other packages are there for import, and give no findings themselves."""
    directory = _fleet(
        tmp_path,
        lib='package units\nimport rego.v1\nprod(a) if startswith(a.ou, "Prod")\ndeny contains "never asked"\n',
        main="package main\nimport rego.v1\nimport data.units\n"
        'violation contains {"msg": a.account} if { some a in input.accounts; units.prod(a) }\n',
    )
    found = _evaluated(directory, {"accounts": [{"account": "a", "ou": "Prod/x"}, {"account": "b", "ou": "Test"}]})
    assert [(one.severity, one.summary) for one in found.findings] == [("deny", "a")]


def test_values_reach_a_rule_unchanged(tmp_path: Path) -> None:
    """Whatever a value holds, a rule sees exactly that: quotes, NUL, newlines, template syntax."""
    text = 'a\x00b "q" \\ ${x} %{y} `b` \n\t\u2028 😀'
    directory = _fleet(tmp_path, echo="package vend\nimport rego.v1\ndeny contains input.value\n")
    assert [one.summary for one in _evaluated(directory, {"value": text}).findings] == [text]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("package vend\ndeny contains m if {\n  m := \n}\n", "policy-invalid", 3),
        ("package vend\ndeny[m] { m := 1 }\n", "policy-invalid", 2),
        ("package vend\n\ndeny := true\n", "policy-invalid", 3),
        ('package vend\ndeny contains {"text": "no msg"}\n', "policy-invalid", 2),
        ('package vend\ndeny contains {"msg": "m", "account": 7}\n', "policy-invalid", 2),
        ('package vend\ndeny contains {"msg": "m", "code": "No Code"}\n', "policy-invalid", 2),
        ('package vend\ndeny contains "m" if nosuch(input)\n', "policy-error", 2),
        ('package vend\ndeny contains "m" if to_number("x") == 1\n', "policy-error", 2),
        ('package vend\nf(x) := 1 if x > 0\nf(x) := 2 if x > 1\ndeny contains "m" if f(3) == 1\n', "policy-error", 4),
    ],
)
def test_a_policy_that_cannot_be_judged_passes_nothing(tmp_path: Path, text: str, code: str, line: int) -> None:
    """Every way to write a policy that does not work is a diagnostic with its place, never a silent pass."""
    found = _evaluated(_fleet(tmp_path, bad=text), {})
    assert [(one.code, one.file, one.line) for one in found.diagnostics] == [(code, "policies/bad.rego", line)]
    assert not found.findings


def test_a_policy_that_never_ends_is_ended(tmp_path: Path) -> None:
    """The library's regular expressions backtrack; a policy that hangs in one costs its time and nothing else."""
    text = 'package vend\nimport rego.v1\ndeny contains "x" if regex.match(`^(a+)+$`, concat("", [input.a, "!"]))\n'
    found = _evaluated(_fleet(tmp_path, slow=text), {"a": "a" * 60}, seconds=1)
    assert _codes(found) == ["policy-timeout"]


def test_a_policy_sees_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`opa.runtime().env` has nothing of ours in it: credentials are out of reach."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    text = "package vend\nimport rego.v1\ndeny contains key if some key, _ in opa.runtime().env\n"
    keys = {one.summary for one in _evaluated(_fleet(tmp_path, env=text), {}).findings}
    assert keys
    assert not any(key.startswith("AWS") or key in {"PATH", "HOME"} for key in keys)


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """Latin-1 and oversized files are diagnosed by name; tests of policies are left out."""
    directory = _fleet(tmp_path, costs=COST_CENTER, costs_test="not rego at all")
    (directory / "policies" / "latin.rego").write_bytes(b"package vend # \xe9\n")
    (directory / "policies" / "large.rego").write_bytes(b"#" * ((1 << 20) + 1))
    files, problems = read_policies(directory)
    assert [file.name for file in files] == ["policies/costs.rego"]
    assert [(one.code, one.file) for one in problems] == [
        ("policy-unreadable", "policies/large.rego"),
        ("policy-unreadable", "policies/latin.rego"),
    ]


def test_policies_without_effect_are_told(tmp_path: Path) -> None:
    """A folder of policies none of which could ever refuse is warned about: a wrong package is easily written."""
    _, problems = read_policies(_fleet(tmp_path, wrong='package policies\nimport rego.v1\ndeny contains "x"\n'))
    assert [(one.code, one.severity) for one in problems] == [("policy-without-effect", "warning")]
    assert read_policies(tmp_path / "nothing") == ((), ())
