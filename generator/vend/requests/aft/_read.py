"""From a checkout to account requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vend.errors import Diagnostic, VendError
from vend.models import AccountRequest
from vend.requests.aft._call_inputs import RequestInputs, literal
from vend.requests.aft._configuration import Configuration, ModuleCall, read_configuration
from vend.requests.aft._data_files import DataPlaces
from vend.requests.aft._evaluate import Tools, evaluate
from vend.requests.aft._evaluate_instances import evaluate_instances
from vend.requests.aft._evaluated import evaluated
from vend.requests.aft._module import RequestModule
from vend.requests.aft._prepare import prepare
from vend.requests.aft._repository import Repository
from vend.requests.aft._request import to_request
from vend.requests.aft._unquoted_values import warn_of_unquoted_data, warn_of_unquoted_values
from vend.requests.language._problems import Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class AftReading:
    """What a checkout asks for.

    Attributes:
        read: what each call of the module was given, and the request that it makes; in no particular order.
        terraform_runs: Terraform processes started to know them.
    """

    read: tuple[tuple[RequestInputs, AccountRequest], ...] = ()
    terraform_runs: int = 0

    @property
    def requests(self) -> tuple[AccountRequest, ...]:
        """The requests alone."""
        return tuple(request for _, request in self.read)


def read_aft(repository: Repository, tools: Tools, problems: Problems) -> AftReading:
    """The account requests of a checkout; never raises for what stands in it.

    Args:
        repository: from `open_repository`.
        tools: for what only Terraform can tell.
        problems: takes what is wrong.
    """
    configuration = read_configuration(repository, problems)
    request_inputs = [
        literal(call, call.block) for call in configuration.calls if call.literal and call.block is not None
    ]
    for call in configuration.calls:
        if call.block is not None:
            warn_of_unquoted_values(call.block, problems)
    runs = 0
    if not configuration.broken and (configuration.obscure or any(not call.literal for call in configuration.calls)):
        found, runs = _evaluated(repository, configuration, tools, problems)
        request_inputs += found
    read = []
    for each in request_inputs:
        module = configuration.request_modules.get(each.call.module, RequestModule())
        request = to_request(each, module, problems)
        read += [(each, request)] if request is not None else []
    return AftReading(read=tuple(read), terraform_runs=runs)


def _evaluated(
    repository: Repository, configuration: Configuration, tools: Tools, problems: Problems
) -> tuple[list[RequestInputs], int]:
    prepared = prepare(repository, configuration, problems)
    if prepared.refused:
        return [], 0
    try:
        evaluation = evaluate_instances(repository, configuration, tools, evaluate(prepared, tools))
    except VendError as error:
        problems.extend(_here(problem, repository, configuration) for problem in error.diagnostics)
        return [], 0
    problems.extend(_here(problem, repository, configuration) for problem in evaluation.diagnostics)
    calls = {call.address: call for call in configuration.calls}

    def call_of(address: tuple[str, ...]) -> ModuleCall | None:
        call = calls.get(address) or (_obscure(address, repository, configuration) if address else None)
        return call if call is not None and not call.literal else None

    data = DataPlaces(prepared.files, repository.at)
    request_inputs = list(evaluated(evaluation.instances, call_of, data, problems))
    warn_of_unquoted_data(request_inputs, repository, configuration, problems)
    return request_inputs, evaluation.runs


def _obscure(address: tuple[str, ...], repository: Repository, configuration: Configuration) -> ModuleCall | None:
    """The call of a module in a file that only Terraform reads."""
    for path, line in _mentions(address[-1], configuration):
        return ModuleCall(address=address, place=repository.position(path, line), block=None, module="", literal=False)
    return None


def _mentions(label: str, configuration: Configuration) -> Iterator[tuple[str, int]]:
    for files in configuration.modules.values():
        for file in files:
            if file.body is None and f'"{label}"' in file.text:
                yield file.path, file.text.partition(f'"{label}"')[0].count("\n") + 1


def _here(problem: Diagnostic, repository: Repository, configuration: Configuration) -> Diagnostic:
    """A problem of evaluation at its place; without one, at the first block that had to be evaluated."""
    if problem.file is not None:
        return replace(problem, file=repository.at + problem.file)
    first = next((call.place for call in configuration.calls if not call.literal), None)
    return problem.at(first)
