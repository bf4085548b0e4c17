from vend.errors import Diagnostic, has_errors, sort_diagnostics


def test_diagnostics_are_sorted_by_place_and_said_once() -> None:
    """Two of the same become one; those without a place come first."""
    late = Diagnostic(code="x", summary="late", file="b.hcl", line=2, column=1)
    early = Diagnostic(code="x", summary="early", file="b.hcl", line=1, column=9)
    nowhere = Diagnostic(code="x", summary="nowhere", severity="warning")
    assert sort_diagnostics([late, early, late, nowhere]) == (nowhere, early, late)


def test_warnings_alone_are_no_errors() -> None:
    """A run with warnings goes on."""
    assert not has_errors([Diagnostic(code="x", summary="s", severity="warning")])
    assert has_errors([Diagnostic(code="x", summary="s")])
