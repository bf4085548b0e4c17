"""The driver and real Terraform: what the unit tests assume of Terraform is so."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from vend.errors import TerraformError
from vend.plan import Counts, TerraformCounts
from vend.settings import TerraformSettings
from vend.terraform import Outcome, Terraform, find_binary, find_mirror, read_state

pytestmark = pytest.mark.terraform

HOSTILE = {
    "interpolation": '${file("/etc/hostname")}',
    "directive": "%{ if true }yes%{ endif }",
    "quotes": "\"double\" 'single' \\back\\",
    "lines": "one\ntwo\r\n\ttab",
    "emoji": "naïve ☃ 👩🏽\u200d🚀",
    "escapes": "$${not} %%{not} \\u0041",
    "empty": "",
}
VALUES = """
variable "values" { type = map(string) }
resource "terraform_data" "values" {
  for_each = var.values
  input    = each.value
}
output "values" { value = { for key, made in terraform_data.values : key => made.output } }
"""


@dataclass
class _Root:
    """A root module in a fleet's working directory."""

    terraform: Terraform
    stop: threading.Event
    working: Path
    name: str = "account"

    @property
    def directory(self) -> Path:
        return self.working / "roots" / "payments" / self.name

    @property
    def plan_file(self) -> Path:
        return self.working / "plans" / "payments" / f"{self.name}.tfplan"

    @property
    def state_file(self) -> Path:
        return self.working / "state" / f"{self.name}.tfstate"

    @property
    def data_directory(self) -> Path:
        return self.working / "data" / "payments" / self.name

    def write(self, main: str, values: Mapping[str, object] | None = None) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        backend = f'terraform {{ \n backend "local" {{ \n path = "{self.state_file}" \n}} \n}}\n'
        (self.directory / "main.tf").write_text(backend + main)
        (self.directory / "runtime.tfvars.json").write_text(json.dumps(values or {}))

    def init(self, session: Mapping[str, str] | None = None) -> Outcome:
        return self.terraform.init(self.directory, data_directory=self.data_directory, session=session or {})

    def plan(self, session: Mapping[str, str] | None = None) -> Outcome:
        return self.terraform.plan(
            self.directory, out=self.plan_file, data_directory=self.data_directory, session=session or {}
        )

    def apply(self, on_progress: Callable[[str, int, int], None] | None = None) -> Outcome:
        return self.terraform.apply(
            self.directory,
            plan_file=self.plan_file,
            data_directory=self.data_directory,
            session={},
            on_progress=on_progress,
        )

    def done(self, main: str, values: Mapping[str, object] | None = None) -> Outcome:
        self.write(main, values)
        for step in (self.init, self.plan, self.apply):
            outcome = step()
            assert outcome.ok, outcome.diagnostics
        return outcome


@pytest.fixture
def root(tmp_path: Path) -> _Root:
    settings = TerraformSettings()
    working = tmp_path / ".vend" / "o-contracttest"
    stop = threading.Event()
    terraform = Terraform(
        binary=find_binary(settings, os.environ, tmp_path / "terraform.json"),
        mirror=find_mirror(settings, os.environ),
        directory=working,
        settings=settings,
        environ=os.environ,
        stop=stop,
    )
    return _Root(terraform=terraform, stop=stop, working=working)


def test_values_come_out_as_they_went_in(root: _Root) -> None:
    """What looks like Terraform in a value stays text, byte for byte, through plan, apply and state."""
    root.write(VALUES, {"values": HOSTILE})
    assert root.init().ok
    assert root.plan().ok
    changes = root.terraform.show(
        root.directory, plan_file=root.plan_file, data_directory=root.data_directory, session={}
    ).changes
    assert {change.address.split('"')[1]: change.after["input"] for change in changes} == HOSTILE
    assert root.apply().outputs == {"values": HOSTILE}
    state = read_state(root.state_file.read_bytes())
    assert {resource.index: resource.attributes["output"]["value"] for resource in state.resources} == HOSTILE


def test_a_second_plan_finds_nothing(root: _Root) -> None:
    """Planned, applied, planned again: changes, then none; counts as Terraform sums them up."""
    root.write(VALUES, {"values": {"a": "1", "b": "2"}})
    root.init()
    first = root.plan()
    assert first.changed
    assert first.counts is not None
    assert first.counts.add == 2
    assert {change.action for change in first.planned} == {"create"}
    progress: list[tuple[str, int, int]] = []
    applied = root.apply(on_progress=lambda *step: progress.append(step))
    assert applied.changed
    assert progress[-1][1:] == (2, 2)
    second = root.plan()
    assert second.ok
    assert not second.changed
    assert second.planned == ()


def test_init_runs_only_when_something_it_depends_on_changed(root: _Root) -> None:
    """Values change: no init. A module, a backend or the data directory changes: init."""

    def starts_terraform() -> bool:
        runs = root.terraform.runs
        assert root.init().ok
        return root.terraform.runs > runs

    root.write(VALUES, {"values": {"a": "1"}})
    assert starts_terraform()
    root.write(VALUES, {"values": {"a": "2"}})
    assert not starts_terraform()
    module = root.directory / "modules" / "note"
    module.mkdir(parents=True)
    (module / "main.tf").write_text('resource "terraform_data" "note" {}\n')
    root.write(VALUES + 'module "note" {\n source = "./modules/note"\n}\n', {"values": {"a": "2"}})
    assert starts_terraform()
    assert root.plan().ok
    (root.data_directory / "modules" / "modules.json").unlink()
    assert starts_terraform()


def test_another_backend_is_taken_as_it_is(root: _Root) -> None:
    """A changed backend asks no question and migrates nothing."""
    root.done(VALUES, {"values": {"a": "1"}})
    main = root.directory / "main.tf"
    main.write_text(main.read_text().replace("account.tfstate", "elsewhere.tfstate"))
    assert root.init().ok
    assert [change.action for change in root.plan().planned] == ["create"]
    assert not (root.working / "state" / "elsewhere.tfstate").exists()


def test_a_plan_is_a_secret(root: _Root) -> None:
    """Saved plans can be read by nobody else, nor can their folder."""
    root.write(VALUES, {"values": {"a": "1"}})
    root.init()
    root.plan()
    assert root.plan_file.stat().st_mode & 0o777 == 0o600
    assert root.plan_file.parent.stat().st_mode & 0o777 == 0o700


def test_a_stale_plan_is_refused(root: _Root) -> None:
    """A plan applied twice is stale the second time, and says what to do."""
    root.done(VALUES, {"values": {"a": "1"}})
    outcome = root.apply()
    assert not outcome.ok
    (diagnostic,) = outcome.diagnostics
    assert diagnostic.code == "plan-stale"
    assert diagnostic.hint is not None


def test_changes_are_told_apart(root: _Root) -> None:
    """Create, update, replace, destroy, import and forget, and what forces a replacement; counted as Terraform does."""
    resource = 'resource "terraform_data" "{name}" {{\n input = "{input}"\n triggers_replace = "{trigger}"\n}}\n'
    before = [*((name, "1", "1") for name in ("kept", "updated", "replaced", "gone", "left"))]
    after = [("kept", "1", "1"), ("updated", "2", "1"), ("replaced", "1", "2"), ("new", "1", "1")]

    def text(resources: list[tuple[str, str, str]]) -> str:
        return "".join(resource.format(name=name, input=put, trigger=trigger) for name, put, trigger in resources)

    root.done(text(before))
    imported = 'resource "terraform_data" "taken" {\n}\nimport {\n to = terraform_data.taken\n id = "an-id"\n}\n'
    forgotten = "removed {\n from = terraform_data.left\n lifecycle {\n destroy = false\n}\n}\n"
    root.write(text(after) + imported + forgotten)
    planned = root.plan()
    changes = root.terraform.show(
        root.directory, plan_file=root.plan_file, data_directory=root.data_directory, session={}
    ).changes
    expected = {
        "updated": "update",
        "replaced": "replace",
        "gone": "destroy",
        "new": "create",
        "taken": "import",
        "left": "forget",
    }
    assert {change.name: change.action for change in changes} == expected
    assert {change.address.split(".")[1]: change.action for change in planned.planned} == expected
    replaced = next(change for change in changes if change.name == "replaced")
    assert replaced.replace_paths == (("triggers_replace",),)
    assert planned.counts == TerraformCounts(add=2, change=1, remove=2, imported=1)
    assert Counts.of(changes).terraform == planned.counts


def test_an_error_in_the_configuration_has_a_place(root: _Root) -> None:
    """File relative to the fleet, line and column; init and plan both give it."""
    root.write('resource "terraform_data" "a" {\n  input = var.missing\n}\n')
    assert root.init().ok
    outcome = root.plan()
    assert not outcome.ok
    (diagnostic,) = outcome.diagnostics
    assert diagnostic.code == "terraform-error"
    assert diagnostic.file == ".vend/o-contracttest/roots/payments/account/main.tf"
    assert (diagnostic.line, diagnostic.column) == (7, 11)
    assert not root.plan_file.exists()
    root.write("resource {\n")
    assert {diagnostic.code for diagnostic in root.init().diagnostics} == {"terraform-error"}


def test_a_failed_resource_fails_the_apply_and_is_tainted(root: _Root) -> None:
    """The provisioner's error comes back; the state has the resource, tainted; untaint mends it."""
    main = 'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "exit 3"\n  }\n}\n'
    root.write(main)
    root.init()
    root.plan()
    outcome = root.apply()
    assert not outcome.ok
    assert any("exit status 3" in (diagnostic.detail or "") for diagnostic in outcome.diagnostics)
    assert read_state(root.state_file.read_bytes()).resources[0].tainted
    assert [change.action for change in root.plan().planned] == ["replace"]
    untainted = root.terraform.untaint(
        root.directory, address="terraform_data.a", data_directory=root.data_directory, session={}
    )
    assert untainted.ok
    assert not root.plan().changed


def test_untainting_what_is_not_there_says_so(root: _Root) -> None:
    """Text output is read where Terraform has no JSON."""
    root.done(VALUES, {"values": {"a": "1"}})
    outcome = root.terraform.untaint(
        root.directory, address="terraform_data.nope", data_directory=root.data_directory, session={}
    )
    assert outcome.diagnostics[0].summary == "No such resource instance"


def test_an_interrupt_writes_the_state_and_releases_the_lock(root: _Root) -> None:
    """Stopped in the middle of a slow apply: what was made is in the state, the next run is not locked out."""
    root.write(
        'resource "terraform_data" "quick" {}\n'
        'resource "terraform_data" "slow" {\n  depends_on = [terraform_data.quick]\n'
        '  provisioner "local-exec" {\n    command = "exec sleep 30"\n  }\n}\n'
    )
    root.init()
    root.plan()

    def stop_when_slow(detail: str, done: int, total: int) -> None:
        del total
        if "slow" in detail and done:
            root.stop.set()

    outcome = root.apply(on_progress=stop_when_slow)
    assert outcome.stopped
    assert not outcome.ok
    assert outcome.seconds < 20
    assert "terraform-stopped" in {diagnostic.code for diagnostic in outcome.diagnostics}
    assert "terraform_data.quick" in {
        resource.address for resource in read_state(root.state_file.read_bytes()).resources
    }
    assert root.plan().seconds == 0, "nothing is started while the run is being stopped"
    root.stop.clear()
    assert root.plan().ok


def test_a_locked_state_says_so(root: _Root, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one apply holds the state, another one waits and then says who holds it; a plan takes no lock."""
    monkeypatch.setattr("vend.terraform._driver._LOCK_TIMEOUT", "0s")
    root.write(
        'resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "exec sleep 3"\n  }\n}\n'
    )
    root.init()
    root.plan()
    second, data = root.plan_file.with_name("second"), root.data_directory
    assert root.terraform.plan(root.directory, out=second, data_directory=data, session={}).ok
    started = threading.Event()
    thread = threading.Thread(target=lambda: root.apply(on_progress=lambda *_: started.set()))
    thread.start()
    assert started.wait(30)
    third = root.plan_file.with_name("third")
    assert root.terraform.plan(root.directory, out=third, data_directory=data, session={}).ok
    outcome = root.terraform.apply(root.directory, plan_file=second, data_directory=data, session={})
    thread.join()
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["state-locked"]


def test_nothing_of_the_callers_environment_reaches_terraform(root: _Root, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables and arguments from outside change nothing; the session given to the run does."""
    for name, value in {"TF_VAR_who": "outside", "TF_CLI_ARGS_plan": "-destroy", "AWS_PROFILE": "someone"}.items():
        monkeypatch.setenv(name, value)
    root.write('variable "who" {\n  default = "inside"\n}\noutput "who" {\n  value = var.who\n}\n')
    root.init()
    root.plan()
    assert root.apply().outputs == {"who": "inside"}


def test_a_provider_that_is_nowhere(root: _Root) -> None:
    """A version the mirror lacks and no registry: a diagnostic that says what to do, no traceback."""
    terraform_block = (
        'terraform {\n  required_providers {\n    aws = {\n source = "hashicorp/aws"\n version = "0.0.1"\n}\n}\n}\n'
    )
    root.write(terraform_block)
    environment = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    outcome = root.init(session=environment)
    assert {diagnostic.code for diagnostic in outcome.diagnostics} == {"provider-unavailable"}


def test_a_saved_plan_that_is_none(root: _Root) -> None:
    """Reading something else back is an error with Terraform's words."""
    root.write(VALUES, {"values": {}})
    root.init()
    not_a_plan = root.working / "nothing.tfplan"
    not_a_plan.write_bytes(b"PK nothing")
    with pytest.raises(TerraformError):
        root.terraform.show(root.directory, plan_file=not_a_plan, data_directory=root.data_directory, session={})
