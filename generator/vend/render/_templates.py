"""Rendering templates: they write structure only, never values of a request."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vend.errors import Diagnostic, InvalidInputError, did_you_mean, sort_diagnostics
from vend.models import ROOTS, Stage

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_SHIPPED = Path(__file__).with_name("templates")
_SUFFIX = ".tf.j2"
_PRINTABLE = re.compile(r"[A-Za-z0-9._/:~<>=!, -]*")
"""What a template may print: names, ids, Regions, ARNs, paths, version constraints. Nothing that ends a string, begins
an expression or a comment, or breaks a line."""


class RefusedValueError(ValueError):
    """A template tried to print something that is not a name, id, path or version."""


class Templates:
    """The templates of one fleet: its own `templates/`, over those that ship with vend.

    Args:
        fleet_directory: the fleet's; `templates/` in it may be missing.

    Raises:
        InvalidInputError: a file in `templates/` that overrides nothing.
    """

    def __init__(self, fleet_directory: Path) -> None:
        own = fleet_directory / "templates"
        problems = tuple(_strangers(own))
        if problems:
            raise InvalidInputError(problems)
        self._environment = _environment((own, _SHIPPED))

    def render(self, stage: Stage, context: Mapping[str, Any]) -> dict[str, str]:
        """All files of a root module by name, sorted.

        Raises:
            InvalidInputError: a template is not valid, uses something unknown, or prints a value it must not.
        """
        files: dict[str, str] = {}
        problems: list[Diagnostic] = []
        for template in shipped(stage):
            rendered = self._render(f"{stage}/{template}", context)
            if isinstance(rendered, Diagnostic):
                problems.append(rendered)
            else:
                files[template.removesuffix(".j2")] = rendered
        if problems:
            raise InvalidInputError(sort_diagnostics(problems))
        return files

    def _render(self, name: str, context: Mapping[str, Any]) -> str | Diagnostic:
        try:
            return self._environment.get_template(name).render(context)
        except Exception as error:  # noqa: BLE001 - a template is a program of the fleet's; what it raises is its failure
            return _problem(name, error)


def templates_digest(fleet_directory: Path) -> str:
    """SHA-256 (hex) of every template that a fleet's root modules are rendered from, its own and ours."""
    found = {file.relative_to(_SHIPPED).as_posix(): file for file in sorted(_SHIPPED.rglob("*.j2"))}
    own = fleet_directory / "templates"
    found |= {file.relative_to(own).as_posix(): file for file in sorted(own.rglob("*.j2"))}
    digest = hashlib.sha256()
    for name, file in sorted(found.items()):
        content = file.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def shipped(stage: Stage) -> tuple[str, ...]:
    """The names of the templates of a root module, sorted."""
    return tuple(sorted(file.name for file in (_SHIPPED / stage).glob(f"*{_SUFFIX}")))


@lru_cache(maxsize=8)
def _environment(folders: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        finalize=_only_structure,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _only_structure(value: Any) -> str:
    from jinja2 import Undefined

    if isinstance(value, Undefined):
        return str(value)  # raises: it is a strict one
    text = str(value)
    if isinstance(value, str | int) and not isinstance(value, bool) and _PRINTABLE.fullmatch(text):
        return text
    raise RefusedValueError(f"{text!r} is not a name, id, path or version, so it cannot be written into Terraform code")


def _strangers(own: Path) -> Iterator[Diagnostic]:
    known = {f"{stage}/{name}" for stage in ROOTS for name in shipped(stage)}
    if not own.is_dir():
        return
    for file in sorted(own.rglob("*")):
        name = file.relative_to(own).as_posix()
        if file.is_dir() or file.name.startswith((".", "_")) or file.suffix == ".md" or name in known:
            continue
        yield Diagnostic(
            code="template-unknown",
            summary=f'vend has no template "{_shown(name)}" to override',
            hint=did_you_mean(name, known)
            or "the name of a file to include starts with _; Terraform for every account goes into "
            "customizations/global",
            file=f"templates/{_shown(name)}",
        )


def _problem(name: str, error: Exception) -> Diagnostic:
    from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError

    file, line = _place(error) or (name, None)
    hint = None
    if isinstance(error, TemplateSyntaxError):
        file, line = error.name or file, error.lineno
        summary = error.message or "not a valid template"
    elif isinstance(error, TemplateNotFound):
        summary = f'no template "{_shown(str(error.name or ""))}"'
    else:
        summary = str(error)
        if isinstance(error, RefusedValueError | UndefinedError):
            hint = "values of a request are passed to Terraform as variables: use var.… in the template"
    return Diagnostic(
        code="template-error",
        summary=f"template {file}: {_shown(summary.splitlines()[0] if summary else type(error).__name__)}",
        hint=hint,
        file=f"templates/{file}",
        line=line,
    )


def _place(error: Exception) -> tuple[str, int] | None:
    """Template and line of the innermost frame that Jinja rewrote to a template's."""
    found: tuple[str, int] | None = None
    frame = error.__traceback__
    while frame is not None:
        name = frame.tb_frame.f_globals.get("__jinja_template__") and frame.tb_frame.f_code.co_filename
        if name is None and frame.tb_frame.f_code.co_filename.endswith(_SUFFIX):
            name = frame.tb_frame.f_code.co_filename
        if name:
            path = Path(name)
            found = (f"{path.parent.name}/{path.name}" if path.parent.name in ROOTS else path.name, frame.tb_lineno)
        frame = frame.tb_next
    return found


def _shown(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")
