"""The emulated AWS as `vend sandbox status` shows it."""

from __future__ import annotations

from typing import Any

from vend.views import faults_document, plain, sandbox_document

FOUND: dict[str, Any] = {
    "pid": 42,
    "endpoint": "http://127.0.0.1:4711",
    "organization_id": "o-example",
    "management_account_id": "111111111111",
    "home_region": "eu-west-1",
    "operation_seconds": 2.0,
    "organizational_units": [
        {"path": "Sandbox", "id": "ou-1", "registered": True},
        {"path": "Security", "id": "ou-2", "registered": False},
        {"path": "Workloads", "id": "ou-3", "registered": True},
        {"path": "Workloads/Prod", "id": "ou-4", "registered": True},
    ],
    "accounts": [
        {
            "id": "111111111111",
            "name": "Management",
            "email": "m@example.com",
            "state": "ACTIVE",
            "organizational_unit": "",
            "enrolled": False,
            "product": None,
        },
        {
            "id": "222222222222",
            "name": "Payments",
            "email": "p@example.com",
            "state": "ACTIVE",
            "organizational_unit": "Workloads/Prod",
            "enrolled": True,
            "product": "payments",
        },
        {
            "id": "333333333333",
            "name": "Gone",
            "email": "g@example.com",
            "state": "PENDING_CLOSURE",
            "organizational_unit": "Workloads",
            "enrolled": False,
            "product": None,
        },
    ],
    "provisioned_products": [
        {
            "name": "payments",
            "id": "pp-1",
            "status": "TAINTED",
            "status_message": "Code  text",
            "account_id": "222222222222",
        },
        {"name": "search", "id": "pp-2", "status": "UNDER_CHANGE", "status_message": None, "account_id": None},
    ],
    "running_operations": [
        {
            "operation": "ProvisionProduct",
            "subject": "search",
            "started": 0.0,
            "progress": 0.25,
            "seconds_left": 1.5,
            "fault": "fault-2",
            "refused": False,
        },
        {
            "operation": "ProvisionProduct",
            "subject": "hung",
            "started": 0.0,
            "progress": None,
            "seconds_left": None,
            "fault": "fault-1",
            "refused": False,
        },
        {
            "operation": "ProvisionProduct",
            "subject": "sixth",
            "started": 0.0,
            "progress": 0.0,
            "seconds_left": 2.0,
            "fault": None,
            "refused": True,
        },
    ],
    "quotas": [{"name": "account operations at once", "used": 2, "limit": 5}],
    "faults": [],
    "last_calls": [
        {"at": 3600.0, "account_id": None, "operation": "sts:AssumeRole", "outcome": "AccessDenied", "fault": None},
        {
            "at": 3661.0,
            "account_id": "111111111111",
            "operation": "organizations:ListRoots",
            "outcome": "ok",
            "fault": "fault-3",
        },
    ],
}
FAULT: dict[str, Any] = {
    "id": "fault-1",
    "operation": "organizations:ListRoots",
    "kind": "slow",
    "account": None,
    "times": 3,
    "at": "call",
    "code": None,
    "message": None,
    "seconds": 0.5,
    "used": 1,
    "remaining": 2,
}
SHOWN = """\
sandbox at http://127.0.0.1:4711, process 42
organization o-example, management account 111111111111, home Region eu-west-1, 2 s an operation

ORGANIZATION       ID                             PRODUCT                 EMAIL
Root
├─ Sandbox         ou-1          registered
├─ Security        ou-2          not registered
├─ Workloads       ou-3          registered
│  ├─ Prod         ou-4          registered
│  │  └─ Payments  222222222222  enrolled         payments  TAINTED       p@example.com
│  └─ Gone         333333333333  pending closure                          g@example.com
└─ Management      111111111111                                           m@example.com
(no account yet)                                  search    UNDER_CHANGE

FAILED
payments  TAINTED  Code  text

UNDER WAY                 PROGRESS
ProvisionProduct  search  [#####...............]  25%  1.5 s left, fault-2
ProvisionProduct  hung    held                         by fault-1
ProvisionProduct  sixth   -                            to be refused: too much is under way

QUOTA                       USED
account operations at once  2 of 5

LAST CALLS  ACCOUNT
01:00:00Z   -             sts:AssumeRole           AccessDenied
01:01:01Z   111111111111  organizations:ListRoots  ok            fault-3
"""


def test_status_shows_the_whole_organization_as_a_tree() -> None:
    """Units before accounts, products beside their accounts, and what is under way, used, and was called."""
    document = sandbox_document(FOUND)
    assert plain(document.text) == SHOWN
    assert document.json == {"running": True, **FOUND, "diagnostics": []}


def test_status_says_when_there_is_nothing() -> None:
    """And shows faults only where there are some."""
    assert plain(sandbox_document(None).text) == "no sandbox is running\n"
    assert sandbox_document(None).json == {"running": False, "diagnostics": []}
    lines = plain(sandbox_document({**FOUND, "faults": [FAULT], "last_calls": []}).text).splitlines()
    assert lines[-2:] == plain(faults_document([FAULT]).text).splitlines()


def test_faults_say_how_often_they_strike_still() -> None:
    """Used up, a number left, or every call; what they say comes last."""
    listed = [
        FAULT,
        {**FAULT, "id": "fault-2", "seconds": None, "kind": "error", "remaining": None, "message": "no", "code": "X"},
    ]
    assert plain(faults_document(listed).text) == (
        "FAULT    OPERATION                KIND        AT    ACCOUNT  LEFT        USED\n"
        "fault-1  organizations:ListRoots  slow 0.5 s  call  any      2           1\n"
        "fault-2  organizations:ListRoots  error       call  any      every call  1     X  no\n"
    )
    assert plain(faults_document([]).text) == "no faults\n"


def test_the_state_file_and_what_ails_it() -> None:
    """Where everything is kept, since when it could not be written, and what cannot be kept at all."""
    state = {"file": "/fleet/org.state", "saved_at": 0.0, "problem": None, "not_kept": []}
    assert "state in /fleet/org.state, written at 00:00:00Z\n" in plain(
        sandbox_document({**FOUND, "state": state}).text
    )
    ailing = {
        **state,
        "problem": {"summary": "it cannot be written", "detail": "No space left on device"},
        "not_kept": ["batch in 222222222222, eu-west-1: jobs (moto.batch.models:Job)"],
    }
    told = plain(sandbox_document({**FOUND, "state": ailing}).text)
    assert "not written since: it cannot be written: No space left on device\n" in told
    assert "not kept: batch in 222222222222, eu-west-1: jobs" in told
