"""The `review` block of vend.hcl."""

from __future__ import annotations

from vend.requests.language._language import BlockType, Field, Rule
from vend.requests.language._setting_rules import matching, one_of, unit_pattern, words
from vend.settings import FIXED_RULES, POLICY_RULES

REVIEW = BlockType(
    name="review",
    description="How change sets are shown and passed on. vend hides values that Terraform marks as sensitive, and "
    "values "
    "whose names match a pattern: attributes, tags, custom fields, keys in JSON and environment variables. It also "
    "hides copies of both elsewhere in the account's plan; [the review](review.md#what-is-hidden) says which copies "
    "it finds.",
    fields=(
        Field(
            name="sensitive_patterns",
            kind="list",
            description="Names whose values are hidden, in addition to the built-in ones (`access key`, `api key`, "
            "`auth "
            "key`, "
            "`connection string`, `credential`, `credentials`, `passphrase`, `passwd`, `password`, `passwords`, "
            "`private key`, `secret`, `secrets`, `signing key`, `token`). A pattern ignores case and how its words "
            "are joined: `api key` hides `api_key`, `x-api-key`, `ApiKey` and `apikey`.",
            example='["license key"]',
            rule=Rule(check=words, accepts="one or more words", shortest=1),
            default="[]",
        ),
        Field(
            name="production",
            kind="list",
            description="Paths of the production organizational units, for the [policy](policy.md) "
            "`move-out-of-production`. "
            "`*` matches anything, including `/`.",
            example='["Workloads/Prod", "Workloads/Prod/*"]',
            rule=Rule(check=unit_pattern, accepts="a path, or a pattern of paths", shortest=1),
            default='["Prod", "Prod/*", "*/Prod", "*/Prod/*", "Production", "*/Production", "Production/*"]',
        ),
        Field(
            name="max_accounts",
            kind="number",
            description="How many accounts may change at once without a warning (`many-accounts`).",
            example="20",
            lowest=1,
            highest=10_000,
            default="20",
        ),
        Field(
            name="data_types",
            kind="list",
            description="Terraform resource types that contain data, in addition to those vend knows, for the policy "
            "`data-would-be-lost`.",
            example='["aws_lightsail_database"]',
            rule=matching(
                r"[a-z][a-z0-9]*(_[a-z0-9]+)+", "type of Terraform", "aws_s3_bucket", "a type of Terraform resource"
            ),
            default="[]",
        ),
        Field(
            name="rules",
            kind="map",
            description="Severities of vend's [policies](policy.md) that differ from the policy's own.",
            example='{ administrator-access = "deny", landing-zone-drift = "warn" }',
            rule=one_of("severity", "deny", "warn", "off"),
            key=one_of("rule", *(name for name in POLICY_RULES if name not in FIXED_RULES)),
            default="{}",
            as_block=True,
        ),
        Field(
            name="saved_plans",
            kind="string",
            description="How a plan bundle stores Terraform's saved plans, which contain secrets in plain text: "
            "`encrypt` "
            "needs a key; with `omit`, apply plans again. `vend plan --saved-plans` overrides it.",
            example='"encrypt"',
            rule=one_of("way to store saved plans", "keep", "omit", "encrypt"),
            default='"keep"',
        ),
        Field(
            name="bundle_expires_hours",
            kind="number",
            description="How long a plan bundle may be applied.",
            example="24",
            default="72",
            lowest=1,
            highest=8760,
        ),
        Field(
            name="previews",
            kind="boolean",
            description="Whether `vend plan` plans the customizations of accounts that do not exist yet against an "
            "emulated "
            "AWS, so that the review shows them. `vend plan --no-preview` turns this off for one plan.",
            example="false",
            default="true",
        ),
        Field(
            name="max_previews",
            kind="number",
            description="How many accounts one plan previews at most, starting with those whose customizations no "
            "other "
            "account has. Each takes as long as the plan of a single root module.",
            example="50",
            default="10",
            lowest=1,
            highest=10_000,
        ),
    ),
)
