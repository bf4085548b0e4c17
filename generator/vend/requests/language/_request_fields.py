"""The blocks and fields of account requests; their reader and their reference use this table."""

from __future__ import annotations

from vend.requests.language import _constraints as constraints
from vend.requests.language import _contact_constraints as contact_constraints
from vend.requests.language._language import BlockType, Field
from vend.requests.language._name_templates import TEMPLATE
from vend.requests.language._regions import OPT_IN_REGION

_SSO_USER = BlockType(
    name="sso_user",
    description="The Identity Center user that Account Factory gives access. Account Factory always needs one; by "
    "default "
    "the email is the account's own `email`, the first name `Account` and the last name `Owner`.",
    fields=(
        Field(
            name="email",
            kind="string",
            description="The user's address.",
            example='"grace@example.com"',
            rule=constraints.USER_EMAIL,
            required=True,
        ),
        Field(
            name="first_name",
            kind="string",
            description="The user's first name.",
            example='"Grace"',
            rule=constraints.PERSON,
            required=True,
        ),
        Field(
            name="last_name",
            kind="string",
            description="The user's last name.",
            example='"Hopper"',
            rule=constraints.PERSON,
            required=True,
        ),
    ),
)

_ALTERNATE_CONTACT = BlockType(
    name="alternate_contact",
    description="One of the account's alternate contacts; each kind at most once.",
    label=contact_constraints.CONTACT_KIND,
    repeats=True,
    fields=(
        Field(
            name="name",
            kind="string",
            description="Name of the contact.",
            example='"Security desk"',
            rule=contact_constraints.CONTACT_NAME,
            required=True,
        ),
        Field(
            name="title",
            kind="string",
            description="Title of the contact.",
            example='"CSIRT"',
            rule=contact_constraints.CONTACT_TITLE,
            required=True,
        ),
        Field(
            name="email",
            kind="string",
            description="Email address of the contact.",
            example='"security@example.com"',
            rule=contact_constraints.CONTACT_EMAIL,
            required=True,
        ),
        Field(
            name="phone",
            kind="string",
            description="Phone number of the contact.",
            example='"+1 555 0100"',
            rule=contact_constraints.PHONE,
            required=True,
        ),
    ),
)

_ACCESS = BlockType(
    name="access",
    description="A permission set for an Identity Center group; the label is the group's name. For several permission "
    "sets, "
    "write several blocks with the same label. `vend plan` checks that the group and the permission set exist.",
    label=constraints.GROUP,
    repeats=True,
    fields=(
        Field(
            name="permission_set",
            kind="string",
            description="Name of the permission set.",
            example='"AWSReadOnlyAccess"',
            rule=constraints.PERMISSION_SET,
            required=True,
        ),
    ),
)

_CHANGE = BlockType(
    name="change",
    description="Who requested the account, and why. vend records it and passes it to hooks, but does not interpret "
    "it. One "
    "of the two is enough.",
    sets_something=True,
    fields=(
        Field(
            name="requested_by",
            kind="string",
            description="Who requested the account.",
            example='"grace@example.com"',
            rule=constraints.NOTE,
        ),
        Field(
            name="reason",
            kind="string",
            description="Why.",
            example='"Card payments go live"',
            rule=constraints.NOTE,
        ),
    ),
)

ACCOUNT = BlockType(
    name="account",
    description="One account of the fleet. The label is the account's identity in the fleet, and the name of its "
    "provisioned "
    "product. It cannot change: under another label, the request is refused because its email is in use.",
    label=constraints.SLUG,
    repeats=True,
    fields=(
        Field(
            name="name",
            kind="string",
            description="The AWS account name. Required if the label is not a valid account name. Cannot change once "
            "the "
            "account exists.",
            example='"Payments (prod)"',
            rule=constraints.ACCOUNT_NAME,
            default="the label",
            inherited=False,
        ),
        Field(
            name="email",
            kind="string",
            description="The root user's email address; unique across all of AWS. Cannot change once the account "
            "exists.",
            example='"aws+payments-prod@example.com"',
            rule=constraints.EMAIL,
            required=True,
            inherited=False,
        ),
        Field(
            name="organizational_unit",
            kind="string",
            description="The account's organizational unit. `vend plan` checks that the unit exists and is registered "
            "with "
            "Control Tower.",
            example='"Workloads/Prod"',
            rule=constraints.ORGANIZATIONAL_UNIT,
            required=True,
        ),
        Field(
            name="tags",
            kind="map",
            description="The account's tags in AWS Organizations. vend keeps exactly these: it removes a tag that is "
            "removed "
            "here, and tags that someone else added. Keys that start with `aws:` are reserved for AWS.",
            example='{ CostCenter = "4711" }',
            key=constraints.TAG_KEY,
            rule=constraints.TAG_VALUE,
            default="{}",
            most=50,
        ),
        Field(
            name="custom_fields",
            kind="map",
            description="Data for customizations and hooks; also stored as SSM parameters in the account, "
            "`/vend/custom-fields/<key>`, which everyone with access to the parameters can read. Do not put secrets "
            "here.",
            example='{ vpc_cidr = "10.20.0.0/16" }',
            key=constraints.FIELD_KEY,
            rule=constraints.FIELD_VALUE,
            default="{}",
        ),
        Field(
            name="customizations",
            kind="list",
            description="Folders of `customizations/`, in the order in which they apply. Do not name `global`: it "
            "applies to "
            "every account, first.",
            example='["spoke-network", "ci-deploy"]',
            default="[]",
            unique=True,
        ),
        Field(
            name="opt_in_regions",
            kind="list",
            description="Opt-in Regions to enable.",
            example='["eu-south-1"]',
            rule=OPT_IN_REGION,
            default="[]",
            unique=True,
        ),
        Field(
            name="on_removal",
            kind="string",
            description="What happens when the block is deleted: the account is kept as it is, unmanaged in Control "
            "Tower, "
            "or unmanaged and closed. The latter two also require the account to be named: `vend apply "
            "--allow-removal NAME`. The value in the request when it was last applied counts.",
            example='"retain"',
            rule=constraints.ON_REMOVAL,
            default='"retain"',
        ),
    ),
    blocks=(_SSO_USER, _ALTERNATE_CONTACT, _ACCESS, _CHANGE),
)
"""The fields of `defaults` are those of these that may be inherited."""

TEMPLATES = (
    Field(
        name="email_template",
        kind="string",
        description="The email of accounts without one.",
        example='"aws+{account}@example.com"',
        rule=TEMPLATE,
    ),
    Field(
        name="name_template",
        kind="string",
        description="The name of accounts without one. By default, an account's name is its label.",
        example='"{organizational_unit} {account}"',
        rule=TEMPLATE,
    ),
)
"""Fields of `defaults` alone."""

DEFAULTS = BlockType(
    name="defaults",
    description="Defaults for every account in the folder of this file and in all folders below it.",
    fields=(*(field for field in ACCOUNT.fields if field.inherited), *TEMPLATES),
    blocks=ACCOUNT.blocks,
)
