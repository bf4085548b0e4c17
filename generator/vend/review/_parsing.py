"""Reading back what `to_json` wrote: manifests and reviews. Whatever is of another form raises ValueError."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, cast, get_args

from vend.errors import Diagnostic, Related
from vend.models import Position, Stage
from vend.plan import (
    AccountAction,
    AccountReview,
    AttributeChange,
    AttributeKind,
    ChangeAction,
    Operation,
    PolicyResult,
    PolicySeverity,
    Review,
    ReviewedChange,
    Risk,
    RiskLevel,
    Selection,
    SemanticChange,
    StageReview,
    StageState,
    Topic,
)
from vend.review._manifest import (
    FORMAT,
    BundledFile,
    Manifest,
    RecordedAccount,
    RecordedChange,
    RecordedOperation,
    RecordedStage,
)

_T = TypeVar("_T")
_Json: TypeAlias = Mapping[str, Any]
_REQUIRED = object()


def manifest_from_json(document: Any) -> Manifest:
    """The manifest that `to_json` wrote.

    Raises:
        ValueError: it is of another form, or its digests do not add up.
    """
    read = _Object(document)
    if read.number("format") != FORMAT:
        raise ValueError(f"its format is {document['format']}; this version of vend reads {FORMAT}")
    found = Manifest(
        fleet=read.text("fleet"),
        organization_id=read.text("organization_id"),
        created=read.text("created"),
        expires=read.text("expires"),
        accounts=read.all("accounts", _recorded_account),
        selection=_selection(read.inner("selection")),
        policy_digest=read.text("policy_digest"),
        artifact=read.maybe("artifact"),
        settings=read.texts("settings"),
        templates=read.text("templates"),
        terraform=read.text("terraform"),
        providers=read.texts("providers"),
        lock=read.maybe("lock"),
        commit=read.maybe("commit"),
        vend=read.text("vend"),
        sealed=read.flag("sealed"),
        files={
            name: BundledFile(sha256=(file := _Object(entry)).text("sha256"), size=file.number("size"))
            for name, entry in read.mapping("files").items()
        },
    )
    if found.to_json() != document:
        raise ValueError("its digests do not match its content, or it contains more than it should")
    return found


def review_from_json(document: Any) -> Review:
    """The review that `to_json` wrote.

    Raises:
        ValueError: it is of another form.
    """
    read = _Object(document)
    return Review(
        digest=read.text("digest"),
        accounts=read.all("accounts", _account),
        terraform_runs=read.number("terraform_runs"),
        fleet=read.text("fleet"),
        organization_id=read.maybe("organization_id"),
        policy=read.all("policy", _policy),
        diagnostics=read.all("diagnostics", _diagnostic),
        bundle=read.maybe("bundle"),
        bundle_digest=read.maybe("bundle_digest"),
        created=read.maybe("created"),
        expires=read.maybe("expires"),
    )


class _Object:
    """A JSON object whose values are of the type that is asked for."""

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError("an object was expected")  # noqa: TRY004 - one kind of error for what is of another form
        self._value: _Json = value

    def _get(self, name: str, *kinds: type) -> Any:
        value = self._value.get(name, _REQUIRED)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f'"{name}" is missing or of another type')
        return value

    def text(self, name: str) -> str:
        return cast("str", self._get(name, str))

    def maybe(self, name: str) -> str | None:
        return cast("str | None", self._get(name, str, type(None)))

    def number(self, name: str) -> int:
        return cast("int", self._get(name, int))

    def seconds(self, name: str) -> float | None:
        return cast("float | None", self._get(name, int, float, type(None)))

    def flag(self, name: str) -> bool:
        return cast("bool", self._get(name, bool))

    def mapping(self, name: str) -> _Json:
        return cast("_Json", self._get(name, dict))

    def inner(self, name: str) -> _Object:
        return _Object(self._get(name, dict))

    def any(self, name: str) -> Any:
        if name not in self._value:
            raise ValueError(f'"{name}" is missing')
        return self._value[name]

    def all(self, name: str, read: Callable[[_Object], _T]) -> tuple[_T, ...]:
        return tuple(read(_Object(item)) for item in self._get(name, list))

    def texts(self, name: str) -> dict[str, str]:
        found = self.mapping(name)
        if not all(isinstance(value, str) for value in found.values()):
            raise ValueError(f'"{name}" holds something that is no text')
        return dict(found)

    def list(self, name: str) -> tuple[str, ...]:
        found: Sequence[Any] = self._get(name, list)
        if not all(isinstance(value, str) for value in found):
            raise ValueError(f'"{name}" holds something that is no text')
        return tuple(found)

    def one_of(self, name: str, kind: Any) -> Any:
        value = self.text(name)
        if value not in get_args(kind):
            raise ValueError(f'"{name}" is "{value}", which is none of {", ".join(get_args(kind))}')
        return value

    def position(self) -> Position | None:
        file = self.maybe("file")
        if file is None:
            return None
        return Position(file=file, line=self.number("line"), column=self.number("column"))


def _selection(read: _Object) -> Selection:
    stage = read.maybe("stage")
    return Selection(
        accounts=read.list("accounts"),
        stage=read.one_of("stage", Stage) if stage is not None else None,
        refresh=read.flag("refresh"),
        allow_removal=read.list("allow_removal"),
    )


def _recorded_account(read: _Object) -> RecordedAccount:
    found = read.mapping("found")
    if not all(isinstance(value, str | None) for value in found.values()):
        raise ValueError('"found" holds something that is no text')
    return RecordedAccount(
        account=read.text("account"),
        account_id=read.maybe("account_id"),
        action=read.one_of("action", AccountAction),
        request=read.texts("request"),
        found=dict(found),
        operations=read.all(
            "operations",
            lambda each: RecordedOperation(
                operation=each.text("operation"), stage=each.one_of("stage", Stage), digest=each.text("digest")
            ),
        ),
        stages=read.all("stages", _recorded_stage),
    )


def _recorded_stage(read: _Object) -> RecordedStage:
    state = read.inner("terraform_state")
    lineage = state.maybe("lineage")
    return RecordedStage(
        stage=read.one_of("stage", Stage),
        state=read.one_of("state", StageState),
        preview=read.flag("preview"),
        hooks=read.flag("hooks"),
        fingerprint=read.text("fingerprint"),
        inputs=read.texts("inputs"),
        lineage=lineage,
        serial=state.number("serial") if lineage is not None else None,
        changes=read.all(
            "changes",
            lambda each: RecordedChange(
                address=each.text("address"),
                type=each.text("type"),
                action=each.one_of("action", ChangeAction),
                digest=each.text("digest"),
                unknown=each.any("unknown"),
            ),
        ),
        plan=read.maybe("plan"),
    )


def _account(read: _Object) -> AccountReview:
    unit, change = read.inner("organizational_unit"), read.inner("change")
    risk = read.inner("risk")
    return AccountReview(
        account=read.text("account"),
        action=read.one_of("action", AccountAction),
        account_id=read.maybe("account_id"),
        name=read.maybe("name"),
        email=read.maybe("email"),
        unit_before=unit.maybe("from"),
        unit_after=unit.maybe("to"),
        risk=Risk(level=risk.one_of("level", RiskLevel), reasons=risk.list("reasons")),
        requested_by=change.maybe("requested_by"),
        reason=change.maybe("reason"),
        position=read.inner("source").position(),
        semantic=read.all("semantic", _semantic),
        operations=read.all("operations", _operation),
        stages=read.all("stages", _stage),
        policy=read.all("policy", _policy),
        diagnostics=read.all("diagnostics", _diagnostic),
    )


def _semantic(read: _Object) -> SemanticChange:
    return SemanticChange(
        topic=read.one_of("topic", Topic),
        kind=read.one_of("kind", AttributeKind),
        summary=read.text("summary"),
        field=read.text("field"),
        before=read.maybe("from"),
        after=read.maybe("to"),
        items=read.list("items"),
        sensitive=read.flag("sensitive"),
        position=read.position(),
    )


def _operation(read: _Object) -> Operation:
    return Operation(
        operation=read.text("operation"),
        stage=read.one_of("stage", Stage),
        before=read.any("from"),
        after=read.any("to"),
        precondition=read.maybe("precondition"),
    )


def _stage(read: _Object) -> StageReview:
    return StageReview(
        stage=read.one_of("stage", Stage),
        state=read.one_of("state", StageState),
        fingerprint=read.text("fingerprint"),
        changes=read.all("changes", _change),
        drift=read.all("drift", _change),
        preview=read.flag("preview"),
        hooks=read.flag("hooks"),
        diagnostics=read.all("diagnostics", _diagnostic),
        started=read.seconds("started"),
        seconds=read.seconds("seconds"),
    )


def _change(read: _Object) -> ReviewedChange:
    return ReviewedChange(
        address=read.text("address"),
        type=read.text("type"),
        name=read.text("name"),
        module=read.text("module"),
        action=read.one_of("action", ChangeAction),
        importing=read.maybe("importing"),
        forced_by=read.list("forced_by"),
        attributes=read.all("attributes", _attribute),
        unchanged=read.all("unchanged", lambda each: (each.text("path"), each.text("value"))),
    )


def _attribute(read: _Object) -> AttributeChange:
    return AttributeChange(
        path=read.text("path"),
        kind=read.one_of("kind", AttributeKind),
        before=read.maybe("before"),
        after=read.maybe("after"),
        known=read.flag("known"),
        sensitive=read.flag("sensitive"),
        forces_replacement=read.flag("forces_replacement"),
    )


def _policy(read: _Object) -> PolicyResult:
    rule = read.text("code")
    return PolicyResult(
        code=rule,
        severity=read.one_of("severity", PolicySeverity),
        summary=read.text("summary"),
        digest=read.text("digest"),
        account=read.maybe("account"),
        address=read.maybe("address"),
        detail=read.maybe("detail"),
        hint=read.maybe("hint"),
        reference=read.maybe("reference"),
        position=read.position(),
        approved_by=read.list("approved_by"),
    )


def _diagnostic(read: _Object) -> Diagnostic:
    def place(each: _Object) -> dict[str, Any]:
        names = ("line", "column", "end_line", "end_column")
        return {name: each.number(name) if each.any(name) is not None else None for name in names}

    known = read.text("code")
    return Diagnostic(
        severity=read.one_of("severity", Literal["error", "warning"]),
        code=known,
        summary=read.text("summary"),
        detail=read.maybe("detail"),
        hint=read.maybe("hint"),
        file=read.maybe("file"),
        account=read.maybe("account"),
        related=read.all(
            "related",
            lambda each: Related(message=each.text("message"), file=each.text("file"), **place(each)),
        ),
        **place(read),
    )
