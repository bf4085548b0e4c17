"""What a reviewer sees: the change set, its digest, and what is refused."""

from vend.review._attributes import attribute_changes
from vend.review._digest import digest, operation_token, stage_digest
from vend.review._guard import refuse_unreviewed
from vend.review._masking import Masking
from vend.review._policy import (
    SHOWN,
    Policies,
    denials,
    judge,
    own_results,
    policy_digest,
    policy_input,
    refused_by_policy,
    violation_digest,
)
from vend.review._reviewed import review_of
from vend.review._rules import RULES, Facts

__all__ = [
    "RULES",
    "SHOWN",
    "Facts",
    "Masking",
    "Policies",
    "attribute_changes",
    "denials",
    "digest",
    "judge",
    "operation_token",
    "own_results",
    "policy_digest",
    "policy_input",
    "refuse_unreviewed",
    "refused_by_policy",
    "review_of",
    "stage_digest",
    "violation_digest",
]
