"""The Terraform configuration of an AFT repository: which modules are called, and which calls are requests."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vend.hcl import Attribute, Block, Body, Expression, parse
from vend.models import Position
from vend.requests.aft._module import PARAMETERS, RequestModule, read_request_module
from vend.requests.aft._repository import MODULE, ROOT, Repository
from vend.requests.aft._terraform_strings import plain
from vend.requests.language._problems import Problems

SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
_MOST_CALLS = 20_000
_BEYOND_READER = frozenset({"hcl-not-understood", "hcl-too-large", "hcl-too-deep"})
"""Terraform may well read what is refused for these reasons."""
NOT_GIVEN = frozenset({"source", "version", "providers", "depends_on"})
"""Arguments of a module block that are no input of the module."""
_REQUEST_SOURCE = re.compile(rf'^[ \t]*source[ \t]*=[ \t]*"[^"\n]*/{MODULE}/?"', re.MULTILINE)
_REPEATS = frozenset({"for_each", "count"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationFile:
    """One file of a module; `body` is None where the HCL reader does not read it, but Terraform may."""

    path: str
    text: str
    body: Body | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCall:
    """A module block that asks for accounts.

    Attributes:
        address: labels from the root module down, such as `("team", "payments")`.
        place: of the block.
        block: None where it is written in JSON.
        module: folder of the module it calls.
        literal: all that it says stands there, and it stands for one account.
    """

    address: tuple[str, ...]
    place: Position
    block: Block | None
    module: str
    literal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What is reached from the root module.

    Attributes:
        modules: the files of every module that is reached, by folder.
        request_modules: those of them that AFT's requests call.
        calls: of these, in the order of files.
        obscure: something is there that only Terraform reads, and that may ask for accounts.
        broken: there is a file that Terraform will not read either.
    """

    modules: Mapping[str, tuple[ConfigurationFile, ...]] = field(default_factory=dict)
    request_modules: Mapping[str, RequestModule] = field(default_factory=dict)
    calls: tuple[ModuleCall, ...] = ()
    obscure: bool = False
    broken: bool = False


def read_configuration(repository: Repository, problems: Problems) -> Configuration:
    """Walks the modules from the root down."""
    return _Reader(repository, problems).read()


def is_local(source: str) -> bool:
    """Whether a module's source is a folder of the same repository, as Terraform tells them apart."""
    return source in {".", ".."} or source.startswith(("./", "../"))


def config_paths(repository: Repository, folder: str) -> tuple[str, ...]:
    """The configuration files of a folder; one of OpenTofu's own hides Terraform's of the same name."""
    prefix = f"{folder}/" if folder else ""
    here = [
        path
        for path in repository.paths
        if path.startswith(prefix) and "/" not in path[len(prefix) :] and path.endswith(SUFFIXES)
    ]
    visible = [path for path in here if not posixpath.basename(path).startswith(".")]
    hidden = {path.replace(".tofu", ".tf") for path in visible if path.endswith((".tofu", ".tofu.json"))}
    return tuple(path for path in visible if path not in hidden)


class _Reader:
    def __init__(self, repository: Repository, problems: Problems) -> None:
        self._repository = repository
        self._problems = problems
        self._modules: dict[str, tuple[ConfigurationFile, ...]] = {}
        self._request_modules: dict[str, RequestModule] = {}
        self._calls: list[ModuleCall] = []
        self._obscure = False
        self._broken = False
        self._walked = 0

    def read(self) -> Configuration:
        self._module(ROOT, (), (), one=True)
        self._uncalled()
        return Configuration(
            modules=self._modules,
            request_modules=self._request_modules,
            calls=tuple(self._calls),
            obscure=self._obscure,
            broken=self._broken,
        )

    def _uncalled(self) -> None:
        """Requests in folders that the root module does not reach: AFT's pipeline does not see them either."""
        for path in self._repository.paths:
            folder = posixpath.dirname(path)
            if not path.startswith(f"{ROOT}/") or folder in self._modules or not path.endswith((".tf", ".tofu")):
                continue
            try:
                text = self._repository.read(path).decode("utf-8", "replace")
            except OSError:
                continue
            source = f"./{folder.removeprefix(f'{ROOT}/')}"
            for match in _REQUEST_SOURCE.finditer(text):
                self._problems.warn(
                    "aft-request-not-called",
                    self._repository.position(path, text.count("\n", 0, match.start()) + 1),
                    f"no module calls {folder}, so neither AFT nor vend reads its requests",
                    hint=f'call it from a file of {ROOT}/: module "…" {{ source = "{source}" }}',
                )

    def _files(self, folder: str) -> tuple[ConfigurationFile, ...]:
        if folder not in self._modules:
            paths = config_paths(self._repository, folder)
            read = (self._file(path) for path in paths)
            self._modules[folder] = tuple(file for file in read if file is not None)
        return self._modules[folder]

    def _file(self, path: str) -> ConfigurationFile | None:
        place = self._repository.position(path)
        try:
            content = self._repository.read(path)
            if path.endswith(".json"):
                return ConfigurationFile(path=path, text=content.decode("utf-8-sig"), body=None)
            parsed = parse(content, place.file)
            if parsed.body is None and {problem.code for problem in parsed.diagnostics} <= _BEYOND_READER:
                return ConfigurationFile(path=path, text=content.decode("utf-8-sig"), body=None)
        except OSError as error:
            self._problems.add("unreadable-file", place, f"the file cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            self._problems.add("hcl-encoding", place, "the file is not UTF-8", hint="save the file as UTF-8")
        else:
            self._problems.extend(parsed.diagnostics)
            if parsed.body is not None:
                return ConfigurationFile(path=path, text=content.decode("utf-8-sig"), body=parsed.body)
        self._broken = True
        return None

    def _module(self, folder: str, address: tuple[str, ...], above: tuple[str, ...], *, one: bool) -> None:
        files = self._files(folder)
        overridden = any(_overrides(file.path) for file in files)
        for file in files:
            for label, source, block, place in self._blocks(file):
                if _overrides(file.path):
                    self._obscure = self._obscure or source is not None
                    continue
                literal = one and block is not None and not overridden
                call = ModuleCall(address=(*address, label), place=place, block=block, module=folder, literal=literal)
                self._called(call, source, (*above, folder))

    def _blocks(self, file: ConfigurationFile) -> Iterator[tuple[str, str | None, Block | None, Position]]:
        """Label, source, block and place of every module call."""
        if file.body is not None:
            for block in file.body.blocks_of("module"):
                given = block.body.attributes.get("source")
                source = given.value if given is not None and isinstance(given.value, str) else None
                yield (block.labels or ("",))[0], source, block, block.position
        elif file.path.endswith(".json"):
            yield from self._json_blocks(file)
        elif "module" in file.text:
            self._obscure = True

    def _json_blocks(self, file: ConfigurationFile) -> Iterator[tuple[str, str | None, None, Position]]:
        try:
            document = json.loads(file.text)
        except ValueError as error:
            line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
            place = self._repository.position(file.path, line, column)
            self._problems.add("hcl-syntax", place, f"the file is not valid JSON: {getattr(error, 'msg', error)}")
            self._broken = True
            return
        calls = document.get("module") if isinstance(document, dict) else None
        if not isinstance(calls, dict):
            self._obscure = self._obscure or bool(calls)
            return
        for label, block in calls.items():
            source = block.get("source") if isinstance(block, dict) else None
            lines = file.text.partition(f'"{label}"')[0].count("\n") + 1
            yield label, source if isinstance(source, str) else None, None, self._repository.position(file.path, lines)

    def _called(self, call: ModuleCall, source: str | None, above: tuple[str, ...]) -> None:
        if source is None:
            self._obscure = True
            return
        if not is_local(source):
            self._remote(call, source)
            return
        target = posixpath.normpath(posixpath.join(call.module, source))
        problem = None
        if target.startswith(".."):
            problem = ("aft-outside", "leads outside the repository", "move the module into the repository")
        elif target in above or len(self._calls) + self._walked > _MOST_CALLS:
            problem = ("aft-module-in-a-circle", "calls itself, or too many other modules", "remove the call")
        if problem is not None:
            code, reason, hint = problem
            self._problems.add(
                code, call.place, f'module "{call.address[-1]}" comes from "{source}", which {reason}', hint=hint
            )
            self._broken = True
            return
        self._walked += 1
        repeated = call.block is None or bool(_REPEATS & set(call.block.body.attributes))
        if posixpath.basename(target) == MODULE:
            self._request(target, call, repeated=repeated)
        else:
            self._module(target, call.address, above, one=call.literal and not repeated)

    def _remote(self, call: ModuleCall, source: str) -> None:
        if call.block is None or PARAMETERS in call.block.body.attributes:
            self._problems.add(
                "aft-module-elsewhere",
                call.place,
                f'module "{call.address[-1]}" comes from "{source}"; vend does not download modules',
                hint=f"call a module in this repository: ./modules/{MODULE}",
            )

    def _request(self, target: str, call: ModuleCall, *, repeated: bool) -> None:
        if target not in self._request_modules:
            bodies = [file.body for file in self._files(target)]
            read = read_request_module(body for body in bodies if body is not None)
            self._request_modules[target] = (
                RequestModule(variables=read.variables, plain=False) if None in bodies else read
            )
        literal = (
            call.literal
            and not repeated
            and self._request_modules[target].plain
            and call.block is not None
            and not any(isinstance(plain(given.expression), Expression) for given in inputs(call.block))
        )
        self._calls.append(
            ModuleCall(address=call.address, place=call.place, block=call.block, module=target, literal=literal)
        )


def inputs(block: Block) -> Iterator[Attribute]:
    """The arguments of a module block that are inputs of the module."""
    return (given for name, given in block.body.attributes.items() if name not in NOT_GIVEN)


def _overrides(path: str) -> bool:
    name = posixpath.basename(path).partition(".")[0]
    return name == "override" or name.endswith("_override")
