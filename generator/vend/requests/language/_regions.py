"""The Regions of AWS, from botocore's list of partitions; a test compares them."""

from __future__ import annotations

import re

from vend.errors import did_you_mean
from vend.requests.language._language import InvalidValue, Rule

DEFAULT_REGIONS = frozenset(
    (
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    )
)
"""On in every account, and not to be switched: those launched before March 20, 2019 (AWS Account Management guide)."""

OPT_IN_REGIONS = frozenset(
    (
        "af-south-1",
        "ap-east-1",
        "ap-east-2",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-west-1",
        "eu-central-2",
        "eu-south-1",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "me-west-1",
        "mx-central-1",
        "sa-west-1",
    )
)
"""Off until an account opts in."""

OTHER_REGIONS = frozenset(("cn-north-1", "cn-northwest-1", "eusc-de-east-1", "us-gov-east-1", "us-gov-west-1"))
"""Of partitions whose accounts have no others."""

_SHAPE = r"^[a-z]{2,4}(-[a-z]+)+-[0-9]+$"
_LOOKS = re.compile(_SHAPE)
_FORM = 'write it as "eu-west-1"'


def _region(value: str) -> InvalidValue | None:
    known = DEFAULT_REGIONS | OPT_IN_REGIONS | OTHER_REGIONS
    return None if value in known else _stranger(value, known)


def _opt_in(value: str) -> InvalidValue | None:
    if value in DEFAULT_REGIONS or value in OTHER_REGIONS:
        return InvalidValue(
            code="invalid-region",
            summary=f'Region "{value}" is enabled in every account that may use it, and is not an opt-in Region',
            hint="remove it",
        )
    return None if value in OPT_IN_REGIONS else _stranger(value, OPT_IN_REGIONS)


def _stranger(value: str, known: frozenset[str]) -> InvalidValue:
    """Regions are added every year: one that vend does not know is no error, as long as it looks like one."""
    if _LOOKS.fullmatch(value) is None:
        return InvalidValue(
            code="invalid-region", summary=f'"{value}" is not a Region', hint=did_you_mean(value, known) or _FORM
        )
    return InvalidValue(
        severity="warning",
        code="unknown-region",
        summary=f'unknown Region "{value}"',
        hint=did_you_mean(value, known) or "if the Region is newer than this version of vend, ignore this warning",
    )


REGION = Rule(check=_region, accepts="name of a Region", shortest=1, longest=50, pattern=_SHAPE)
OPT_IN_REGION = Rule(
    check=_opt_in,
    accepts="names of Regions that are disabled by default",
    shortest=1,
    longest=50,
    pattern=_SHAPE,
    model=("account", "RegionName"),
)
