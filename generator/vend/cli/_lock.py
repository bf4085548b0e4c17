"""`vend lock`: provider versions and hashes, for every run to hold to."""

from __future__ import annotations

from vend.cli.call._call import DONE, Call
from vend.cli.call._fleet import open_settings
from vend.cli.call._interrupts import stopping


def lock(call: Call) -> int:
    """Writes terraform.lock.hcl beside vend.hcl.

    Raises:
        InvalidInputError: there is no vend.hcl: the fleet is a checkout, to which vend adds nothing.
    """
    from vend.errors import Diagnostic, InvalidInputError
    from vend.process import Stop
    from vend.terraform import Terraform, find_binary, find_mirror
    from vend.views import outcome_document

    directory, settings = open_settings(call)
    if settings.foreign:
        raise InvalidInputError(
            Diagnostic(
                code="aft-not-locked",
                summary="a checkout of an AFT account-request repository cannot hold vend's lock file",
                detail="vend never adds files to an AFT repository; nothing was written.",
                hint='run `vend lock` in a folder beside it whose vend.hcl has requests { aft = "…" }',
            )
        )
    working = directory / ".vend"
    stop = Stop()
    with stopping(stop, call):
        terraform = Terraform(
            binary=find_binary(settings.terraform, call.environ, working / "terraform.json"),
            mirror=find_mirror(settings.terraform, call.environ),
            directory=working,
            settings=settings.terraform,
            environ=call.environ,
            stop=stop,
        )
        content = terraform.lock()
    target = directory / "terraform.lock.hcl"
    changed = not target.exists() or target.read_bytes() != content
    if changed:
        target.write_bytes(content)
    providers = ", ".join(
        f"{name} {version}" for name, version in sorted(settings.terraform.required_providers.items())
    )
    told = f"{target.name} {'holds' if changed else 'already holds'} {providers}"
    call.view.show(
        outcome_document({"file": str(target), "changed": changed, "terraform_runs": terraform.runs}, (told,))
    )
    return DONE
