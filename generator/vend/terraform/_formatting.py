"""Terraform's own formatter, over any HCL."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from vend.errors import Diagnostic, TerraformError
from vend.process import Command, run
from vend.terraform._binary import TerraformBinary
from vend.terraform._environment import terraform_environment

_TIMEOUT_SECONDS = 300.0
_ROUNDS = 3
"""A text that was formatted may be formatted once more, where a line's length decides what stands below what."""


def format_texts(binary: TerraformBinary, texts: Sequence[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Texts in the canonical format of `terraform fmt`, all of them in one process.

    Args:
        binary: from `find_binary`.
        texts: HCL whose syntax is right.
        environ: the caller's; Terraform's own is built from it.

    Raises:
        TerraformError: Terraform refused one of them, or did not come to an end.
        ProcessError: it could not be started.
    """
    with tempfile.TemporaryDirectory(prefix="vend-fmt-") as name:
        base = Path(name)
        folder = base / "texts"
        folder.mkdir()
        files = [folder / f"{index}.tf" for index in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(text.encode("utf-8"))
        extra = {"HOME": name, "TF_CLI_CONFIG_FILE": os.devnull, "TF_DATA_DIR": str(base / "data")}
        command = Command(
            argv=[*binary.argv, "fmt", "-list=true", "-no-color", str(folder)],
            env=terraform_environment(environ, {}, extra),
            cwd=base,
            timeout_seconds=_TIMEOUT_SECONDS,
        )
        for _ in range(_ROUNDS):
            completed = run(command)
            if completed.returncode != 0:
                raise _refused(completed.stderr or completed.stdout)
            if not completed.stdout.strip():
                break
        else:
            raise _refused("it formats what it has formatted, again and again")
        return tuple(file.read_bytes().decode("utf-8") for file in files)


def _refused(detail: str) -> TerraformError:
    return TerraformError(
        Diagnostic(code="terraform-error", summary="terraform fmt failed", detail=detail.strip()[-2000:] or None)
    )
