"""`vend sandbox export`: the organization as a file that a sandbox can start from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, Call
from vend.cli.call._fleet import open_settings

if TYPE_CHECKING:
    from vend.aws import Aws
    from vend.settings import Settings


def export(call: Call, out: Path | None) -> int:
    """Reads the organization that the credentials lead to, and writes it to a file or to standard output.

    Raises:
        VendError: AWS could not be asked, or the file cannot be written.
    """
    from vend.aws import export_organization
    from vend.views import Document, line, outcome_document

    _, settings = open_settings(call)
    found, warnings = export_organization(_connected(settings, call.environ), settings.home_region)
    call.view.diagnostics(warnings)
    text = json.dumps(found.to_json(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        lines = tuple(line(each) for each in text.splitlines())
        call.view.show(Document(json=found.to_json(), text=lines))
        return DONE
    _write(call.directory / out, text)
    message = (
        f"{found.organization_id}: {len(found.organizational_units)} units, {len(found.accounts)} accounts, "
        f"{len(found.provisioned_products)} provisioned products, written to {out}"
    )
    summary = {
        "file": str(out),
        "organization_id": found.organization_id,
        "organizational_units": len(found.organizational_units),
        "accounts": len(found.accounts),
        "provisioned_products": len(found.provisioned_products),
        "not_exported": list(found.not_exported),
        "diagnostics": [warning.to_json() for warning in warnings],
    }
    call.view.show(outcome_document(summary, (message,)))
    return DONE


def _connected(settings: Settings, environ: Mapping[str, str]) -> Aws:
    """As the caller alone where that is somebody in the management account: looking needs no role that may vend."""
    from vend.aws import Aws
    from vend.errors import AwsError

    reading = replace(settings, control_tower=replace(settings.control_tower, vending_role=None))
    try:
        return Aws.connect(reading, environ)
    except AwsError as error:
        if settings.control_tower.vending_role is None or error.diagnostics[0].code != "not-management-account":
            raise
    return Aws.connect(settings, environ)


def _write(path: Path, text: str) -> None:
    """Writes the file anew, for this user alone: it holds the addresses of everybody's accounts."""
    from vend.errors import Diagnostic, WorkingDirectoryError

    new = path.with_name(f"{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        new.replace(path)
    except OSError as error:
        raise WorkingDirectoryError(
            Diagnostic(
                code="output-not-writable",
                summary=f"{path} cannot be written",
                detail=f"while writing the organization: {error.strerror or error}",
                hint="choose a file in an existing, writable folder",
            )
        ) from error
