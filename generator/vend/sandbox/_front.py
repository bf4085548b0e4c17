"""The entry point of every request: parse, identify the caller, authorize, answer."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from vend.sandbox._account_changes import change_account
from vend.sandbox._journal import Journal, JournalEntry, outcome_of
from vend.sandbox._landing_zone import LandingZone
from vend.sandbox._status import status_of
from vend.sandbox.access._authorization import Guards
from vend.sandbox.access._callers import Identity
from vend.sandbox.control_tower._outside_home_region import answer_outside_home_region
from vend.sandbox.faults._answers import refusal_of_call
from vend.sandbox.faults._faults import DEFAULT_SLOW_SECONDS, Faults, FaultState, Moment
from vend.sandbox.faults._rate_limits import RateLimits
from vend.sandbox.on_moto._forwarding import adapt, ask_moto, forget_everything, not_emulated
from vend.sandbox.on_moto._managed_policies import add_named_managed_policy
from vend.sandbox.organizations._accounts_api import AccountChange
from vend.sandbox.organizations._service_quotas import HOME as QUOTAS_HOME
from vend.sandbox.protocol._call import Answer, ApiCall, ApiError, HttpRequest, NotOursError, failure, success
from vend.sandbox.protocol._cbor import decode
from vend.sandbox.protocol._parsing import host_prefix, read_call, rest_parameters
from vend.sandbox.protocol._validation import check_input
from vend.sandbox.start._config import SandboxConfig
from vend.sandbox.state._saving import may_change
from vend.sandbox.state._snapshot import read_kept, write_kept

_LOG = logging.getLogger("vend.sandbox")
_ASSUMING = frozenset({"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"})
_WITHOUT_SESSIONS = frozenset({"sts:AssumeRoleWithSAML", "sts:GetSessionToken", "sts:GetFederationToken"})
_AT_HOME = frozenset({"servicecatalog", "controltower"})
"""Services that have something only in the management account's home Region."""
_AT_THE_CALL: tuple[Moment, ...] = ("call",)


class Front:
    """The application behind the server.

    Args:
        config: what the landing zone starts with.
        clock: seconds since the epoch.
        control: answers requests below `/_vend/`; None where nobody controls it from outside.
    """

    def __init__(
        self,
        config: SandboxConfig,
        clock: Callable[[], float],
        control: Callable[[HttpRequest], Answer] | None = None,
    ) -> None:
        self._clock = clock
        self._control = control
        # moto's backends are plain dictionaries, shared by all threads.
        self._lock = threading.RLock()
        self.faults = Faults()
        self.on_change: Callable[[], None] = lambda: None
        """Called after every change of the sandbox."""
        self.renew(config)

    def renew(self, config: SandboxConfig) -> None:
        """Discards everything and creates a new organization."""
        with self._lock:
            adapt()
            forget_everything()
            self.faults.close()
            self.faults = Faults(config.faults)
            self.faults.on_clear = self._settle
            self._journal = Journal(self._clock)
            self._rates = RateLimits(self._clock) if config.rate_limits else None
            self.zone = LandingZone(config, self._clock, self.faults)
            self._guards = Guards(self.zone.identities, config.management_account)
            self._operations = self.zone.operations()
        self.on_change()

    def kept(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The header and the content of a state file.

        Raises:
            NotDataError: a part keeps what cannot be written, which is a mistake in that part.
        """
        import moto

        with self._lock:
            document, lost = write_kept(self.zone)
        header = {
            "moto": moto.__version__,
            "organization_id": self.zone.organization.id,
            "management_account_id": self.zone.config.management_account,
            "home_region": self.zone.config.home_region,
            "not_kept": sorted(map(str, lost)),
        }
        return header, {**document, "config": self.zone.config.to_json()}

    def restore(self, document: Mapping[str, Any]) -> list[str]:
        """Restores what `kept` returned, and adds what the configuration has named since.

        Returns:
            What another version of vend wrote and this one does not know, or the other way round.

        Raises:
            ValueError: it is none of ours; this sandbox is then worth nothing.
        """
        with self._lock:
            mismatches = read_kept(document, self.zone)
            self.zone.add_what_is_new(SandboxConfig.from_json(document["config"]))
            for fault in self.zone.config.faults:
                self.faults.add(fault)
        return mismatches

    def __call__(self, request: HttpRequest) -> Answer:
        """Answers one request; no error escapes."""
        if host_prefix(request.host) is None or request.method == "CONNECT":
            text = f"vend sandbox: no call leaves this machine; {request.host} was not asked\n"
            return Answer(status=502, headers={"Content-Type": "text/plain"}, body=text.encode())
        if request.path.startswith("/_vend/") and self._control is not None:
            return self._control(request)
        try:
            call = read_call(request)
        except ValueError as error:
            return Answer(status=400, headers={"Content-Type": "text/plain"}, body=f"unreadable: {error}\n".encode())
        entry = self._journal.begin(call)
        answer = self._recorded_answer(call, entry)
        if may_change(call.operation) or self.zone.is_working:
            self.on_change()
        return answer

    def _recorded_answer(self, call: ApiCall, entry: JournalEntry) -> Answer:
        try:
            answer = self._disturbed_answer(call, entry)
        except ApiError as error:
            entry.outcome = error.code
            return failure(call, error)
        except Exception as error:  # noqa: BLE001 — whatever breaks inside must reach the caller as an answer it can read
            _LOG.warning("%s failed", call.name, exc_info=True)
            entry.outcome = type(error).__name__
            return failure(call, not_emulated(call, f"{type(error).__name__}: {error}"))
        entry.outcome = outcome_of(answer)
        return answer

    def _settle(self) -> None:
        with self._lock:
            self.zone.settle()

    def _disturbed_answer(self, call: ApiCall, entry: JournalEntry) -> Answer:
        """The answer, or what a fault turns it into. A call that has to wait does not delay others."""
        with self._lock:
            self.zone.settle()
            identity = self.zone.identities.of(call)
            entry.account_id = identity.account_id or None
            if self._rates is not None:
                self._rates.check(call, identity.account_id)
            concerns = partial(self.zone.account_names.concerns, call, identity.account_id)
            faults, struck = self.faults, self.faults.strike(call.name, _AT_THE_CALL, concerns)
            if struck is None:
                return self._answer(call, identity)
        entry.fault = struck.id
        return self._struck_answer(call, identity, faults, struck)

    def _struck_answer(self, call: ApiCall, identity: Identity, faults: Faults, struck: FaultState) -> Answer:
        kind = struck.fault.kind
        if kind == "timeout":
            faults.wait(struck.id)
            return Answer(lost=True)
        if kind == "slow":
            faults.wait(struck.id, struck.fault.seconds or DEFAULT_SLOW_SECONDS)
        elif kind != "crash-after":
            raise refusal_of_call(call, struck)
        try:
            with self._lock:
                self.zone.settle()
                answer = self._answer(call, identity)
        except ApiError as error:
            answer = failure(call, error)
        return replace(answer, lost=kind == "crash-after")

    def change_account(self, name: str, change: AccountChange) -> dict[str, Any]:
        """As `vend.sandbox._account_changes.change_account`, between two calls."""
        with self._lock:
            self.zone.settle()
            changed = change_account(self.zone, name, change)
        self.on_change()
        return changed

    def status(self) -> dict[str, Any]:
        """The content of the sandbox."""
        with self._lock:
            self.zone.settle()
            return {
                **status_of(self.zone, self._clock()),
                "faults": [state.to_json() for state in self.faults.list()],
                "last_calls": [entry.to_json() for entry in self._journal.entries()],
            }

    def _answer(self, call: ApiCall, identity: Identity) -> Answer:
        if call.name in _WITHOUT_SESSIONS:
            raise not_emulated(call)
        if call.name in _ASSUMING:
            return self._assume(call, identity)
        self._guards.check(call, identity)
        operation = self._operations.get((call.service, call.operation)) if _is_there(call) else None
        if operation is not None:
            params = _parameters(call)
            if call.service in _AT_HOME and not self._is_home(call, identity):
                return success(call, answer_outside_home_region(call.service, call.operation, params))
            try:
                answer = success(call, operation(identity, params))
            except NotOursError:
                pass  # what is asked for is moto's
            else:
                self.zone.answered(call)
                return answer
        self.zone.resources.ensure(identity.account_id, call.service)
        add_named_managed_policy(call, identity.account_id)
        answer = ask_moto(call, identity.account_id or self.zone.organization.management_account_id)
        self.zone.answered(call)
        return answer

    def _is_home(self, call: ApiCall, identity: Identity) -> bool:
        config = self.zone.config
        return (identity.account_id, call.region) == (config.management_account, config.home_region)

    def _assume(self, call: ApiCall, identity: Identity) -> Answer:
        self._guards.check(call, identity)
        assumption = self.zone.identities.allow_assumption(call, identity)
        answer = ask_moto(call, identity.account_id or assumption.role_arn.split(":")[4])
        self.zone.identities.remember(assumption, answer)
        return answer


def _is_there(call: ApiCall) -> bool:
    """Whether the Region has what is answered here; moto says what it says elsewhere."""
    return call.service != "service-quotas" or call.region == QUOTAS_HOME


def _parameters(call: ApiCall) -> dict[str, Any]:
    try:
        if call.protocol == "cbor":
            params = decode(call.request.body)
        elif call.protocol == "rest-json":
            params = rest_parameters(call)
        else:
            params = json.loads(call.request.body or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", str(error)) from error
    check_input(call, params)
    return params
