"""What a reviewer sees: the change set, its digest, and what is refused."""

from vend.review._attributes import attribute_changes
from vend.review._bundle import Bundle, pack, unpack
from vend.review._bundle_files import latest_bundle, plan_name, read_bundle, refuse_place, wipe_plans, write_bundle
from vend.review._compare import changed_since_review, differences, field_digests, unreviewed
from vend.review._concealing import masking_of, without_secrets
from vend.review._digest import (
    change_digest,
    digest,
    operation_digest,
    operation_token,
    reviewed_changes,
    stage_digest,
)
from vend.review._guard import refuse_unreviewed
from vend.review._manifest import (
    Manifest,
    RecordedAccount,
    RecordedChange,
    RecordedOperation,
    RecordedStage,
)
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
from vend.review._seal import Key

__all__ = [
    "RULES",
    "SHOWN",
    "Bundle",
    "Facts",
    "Key",
    "Manifest",
    "Masking",
    "Policies",
    "RecordedAccount",
    "RecordedChange",
    "RecordedOperation",
    "RecordedStage",
    "attribute_changes",
    "change_digest",
    "changed_since_review",
    "denials",
    "differences",
    "digest",
    "field_digests",
    "judge",
    "latest_bundle",
    "masking_of",
    "operation_digest",
    "operation_token",
    "own_results",
    "pack",
    "plan_name",
    "policy_digest",
    "policy_input",
    "read_bundle",
    "refuse_place",
    "refuse_unreviewed",
    "refused_by_policy",
    "review_of",
    "reviewed_changes",
    "stage_digest",
    "unpack",
    "unreviewed",
    "violation_digest",
    "wipe_plans",
    "without_secrets",
    "write_bundle",
]
