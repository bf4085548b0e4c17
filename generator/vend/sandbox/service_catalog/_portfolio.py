"""Account Factory's portfolio, and who may launch from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.access._iam_policy import matches
from vend.sandbox.protocol._call import ApiError, NotOursError
from vend.sandbox.protocol._ids import new_id
from vend.sandbox.protocol._pagination import page

Input = Mapping[str, Any]
Output = dict[str, Any]

PORTFOLIO = "AWS Control Tower Account Factory Portfolio"
OWNER = "AWS Control Tower"
INVALID = "InvalidParametersException"
MISSING = "ResourceNotFoundException"
PAGE = 20
_MOST_PRINCIPALS, _MOST_PATTERNS = 100, 10
_PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::\d{12}:(role|user|group)/\S+")
_PATTERN = re.compile(r"arn:aws[\w-]*:iam:::(role|user|group)/\S+")


class Portfolio:
    """The operations on portfolios and their principals, by botocore's names.

    Args:
        account_id: the management account.
        region: the home Region.
        created: seconds since the epoch.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("_created", "id", "principals")

    def __init__(self, account_id: str, region: str, created: float) -> None:
        self._account_id = account_id
        self._region = region
        self._created = created
        self.id = new_id("port")
        self.principals: dict[str, str] = {}
        """ARN → `IAM` or `IAM_PATTERN`."""

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here; moto answers for a caller's own portfolios."""
        return {
            "ListPortfolios": self._list,
            "DescribePortfolio": self._describe,
            "ListPrincipalsForPortfolio": self._list_principals,
            "AssociatePrincipalWithPortfolio": self._associate,
            "DisassociatePrincipalFromPortfolio": self._disassociate,
        }

    def admits(self, caller: Identity) -> bool:
        """Whether a caller is associated with it: by ARN, by a pattern without account, or through a group."""
        if caller.kind == "root":
            return False
        names = {caller.principal, *_groups_of(caller)}
        for arn, kind in self.principals.items():
            if kind == "IAM" and arn in names:
                return True
            # IAM_PATTERN has no account: arn:aws:iam:::role/name (AssociatePrincipalWithPortfolio).
            bare = (name.replace(f"::{caller.account_id}:", ":::") for name in names)
            if kind == "IAM_PATTERN" and any(matches(arn, name) for name in bare):
                return True
        return False

    def detail(self) -> Output:
        """As lists show it."""
        return {
            "Id": self.id,
            "ARN": f"arn:aws:catalog:{self._region}:{self._account_id}:portfolio/{self.id}",
            "DisplayName": PORTFOLIO,
            "Description": PORTFOLIO,
            "CreatedTime": self._created,
            "ProviderName": OWNER,
        }

    def check(self, portfolio_id: str) -> None:
        """Checks that a call names this portfolio.

        Raises:
            NotOursError: it is one of the caller's own.
            ApiError: there is none with this id.
        """
        if portfolio_id == self.id:
            return
        if any(one["Id"] == portfolio_id for one in self._others()):
            raise NotOursError
        raise ApiError(MISSING, f"Portfolio {portfolio_id} not found")

    def _others(self) -> list[Output]:
        from moto.servicecatalog.models import servicecatalog_backends

        found = []
        for portfolio in servicecatalog_backends[self._account_id][self._region].portfolios.values():
            detail = portfolio.to_dict()
            detail["CreatedTime"] = detail["CreatedTime"].timestamp()
            found.append(detail)
        return found

    def _list(self, caller: Identity, params: Input) -> Output:
        del caller
        found = [self.detail(), *self._others()]
        items, following = page(found, params.get("PageToken"), params.get("PageSize") or PAGE, INVALID)
        return {"PortfolioDetails": items, "NextPageToken": following}

    def _describe(self, caller: Identity, params: Input) -> Output:
        del caller
        self.check(params["Id"])
        return {"PortfolioDetail": self.detail(), "Tags": [], "TagOptions": [], "Budgets": []}

    def _list_principals(self, caller: Identity, params: Input) -> Output:
        del caller
        self.check(params["PortfolioId"])
        found = [{"PrincipalARN": arn, "PrincipalType": kind} for arn, kind in sorted(self.principals.items())]
        principals, following = page(found, params.get("PageToken"), params.get("PageSize") or PAGE, INVALID)
        return {"Principals": principals, "NextPageToken": following}

    def _associate(self, caller: Identity, params: Input) -> Output:
        del caller
        self.check(params["PortfolioId"])
        arn, kind = params["PrincipalARN"], params["PrincipalType"]
        self._check_principal(arn, kind)
        if arn in self.principals:
            return {}
        patterns = sum(one == "IAM_PATTERN" for one in self.principals.values())
        if len(self.principals) >= _MOST_PRINCIPALS or (kind == "IAM_PATTERN" and patterns >= _MOST_PATTERNS):
            raise ApiError("LimitExceededException", "Portfolio has exceeded the limit of principals.")
        self.principals[arn] = kind
        return {}

    def _check_principal(self, arn: str, kind: str) -> None:
        if kind == "IAM_PATTERN":
            if _PATTERN.fullmatch(arn) is None:
                text = f"{arn} is not an IAM ARN without an account: arn:partition:iam:::resource-type/resource-id"
                raise ApiError(INVALID, text)
        elif _PRINCIPAL.fullmatch(arn) is None or not _exists(arn):
            raise ApiError(INVALID, f"Principal {arn} does not exist.")

    def _disassociate(self, caller: Identity, params: Input) -> Output:
        del caller
        self.check(params["PortfolioId"])
        self.principals.pop(params["PrincipalARN"], None)
        return {}


def _groups_of(caller: Identity) -> list[str]:
    if caller.kind != "user":
        return []
    from moto.iam.models import iam_backends

    name = caller.principal.rpartition("/")[2]
    groups = iam_backends[caller.account_id]["aws"].groups.values()
    return [group.arn for group in groups if any(user.name == name for user in group.users)]


def _exists(arn: str) -> bool:
    from moto.iam.models import iam_backends

    backend = iam_backends[arn.split(":")[4]]["aws"]
    return any(one.arn == arn for one in (*backend.get_roles(), *backend.users.values(), *backend.groups.values()))
