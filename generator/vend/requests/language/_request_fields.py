"""The language of account requests as a table: they are read by it, and its reference is written from it."""

from __future__ import annotations

from vend.requests.language import _constraints as constraints
from vend.requests.language import _contact_constraints as contact_constraints
from vend.requests.language._language import BlockType, Field
from vend.requests.language._name_templates import TEMPLATE
from vend.requests.language._regions import OPT_IN_REGION

_SSO_USER = BlockType(
    name="sso_user",
    says="The Identity Center user that Account Factory gives access. Without it, the email is the account's own "
    "`email`, the first name `Account` and the last name `Owner`: Account Factory wants a user in any case.",
    fields=(
        Field(
            name="email",
            kind="string",
            says="The user's address.",
            example='"grace@example.com"',
            rule=constraints.USER_EMAIL,
            required=True,
        ),
        Field(
            name="first_name",
            kind="string",
            says="The user's first name.",
            example='"Grace"',
            rule=constraints.PERSON,
            required=True,
        ),
        Field(
            name="last_name",
            kind="string",
            says="The user's last name.",
            example='"Hopper"',
            rule=constraints.PERSON,
            required=True,
        ),
    ),
)

_ALTERNATE_CONTACT = BlockType(
    name="alternate_contact",
    says="One of the account's alternate contacts; each kind at most once.",
    label=contact_constraints.CONTACT_KIND,
    repeats=True,
    fields=(
        Field(
            name="name",
            kind="string",
            says="Who it is.",
            example='"Security desk"',
            rule=contact_constraints.CONTACT_NAME,
            required=True,
        ),
        Field(
            name="title",
            kind="string",
            says="Their title.",
            example='"CSIRT"',
            rule=contact_constraints.CONTACT_TITLE,
            required=True,
        ),
        Field(
            name="email",
            kind="string",
            says="Their address.",
            example='"security@example.com"',
            rule=contact_constraints.CONTACT_EMAIL,
            required=True,
        ),
        Field(
            name="phone",
            kind="string",
            says="Their telephone.",
            example='"+1 555 0100"',
            rule=contact_constraints.PHONE,
            required=True,
        ),
    ),
)

_ACCESS = BlockType(
    name="access",
    says="A permission set for a group of Identity Center, which the label names. For several permission sets, write "
    "several blocks with the same label. That group and permission set exist is checked when planning.",
    label=constraints.GROUP,
    repeats=True,
    fields=(
        Field(
            name="permission_set",
            kind="string",
            says="What the group may do in the account.",
            example='"AWSReadOnlyAccess"',
            rule=constraints.PERMISSION_SET,
            required=True,
        ),
    ),
)

_CHANGE = BlockType(
    name="change",
    says="Who asked for the account, and why. It is kept and handed to hooks, and never interpreted. One of "
    "the two is enough.",
    says_something=True,
    fields=(
        Field(
            name="requested_by",
            kind="string",
            says="Who asked.",
            example='"grace@example.com"',
            rule=constraints.NOTE,
        ),
        Field(
            name="reason",
            kind="string",
            says="Why.",
            example='"Card payments go live"',
            rule=constraints.NOTE,
        ),
    ),
)

ACCOUNT = BlockType(
    name="account",
    says="One account that the fleet wants. The label is the account's identity in the fleet, and the name of its "
    "provisioned product. It does not change: under another label the email is found in use, and the request refused.",
    label=constraints.SLUG,
    repeats=True,
    fields=(
        Field(
            name="name",
            kind="string",
            says="The AWS account name. A label that is no such name needs a `name` beside it. Once the account "
            "exists, another name is refused.",
            example='"Payments (prod)"',
            rule=constraints.ACCOUNT_NAME,
            default="the label",
            inherited=False,
        ),
        Field(
            name="email",
            kind="string",
            says="The root user's address; unique across all of AWS. Once the account exists, another one is refused.",
            example='"aws+payments-prod@example.com"',
            rule=constraints.EMAIL,
            required=True,
            inherited=False,
        ),
        Field(
            name="organizational_unit",
            kind="string",
            says="Where the account sits. The unit must exist and be registered with Control Tower; that is checked "
            "when planning.",
            example='"Workloads/Prod"',
            rule=constraints.ORGANIZATIONAL_UNIT,
            required=True,
        ),
        Field(
            name="tags",
            kind="map",
            says="The account's tags in AWS Organizations. vend makes them exactly these: a tag that is removed here "
            "is removed there, and so is one that somebody else added. Keys that begin with `aws:` are AWS's own.",
            example='{ CostCenter = "4711" }',
            key=constraints.TAG_KEY,
            rule=constraints.TAG_VALUE,
            default="{}",
            most=50,
        ),
        Field(
            name="custom_fields",
            kind="map",
            says="Data for customizations and hooks; also SSM parameters in the account, `/vend/custom-fields/<key>`, "
            "readable by whoever may read those: no secrets.",
            example='{ vpc_cidr = "10.20.0.0/16" }',
            key=constraints.FIELD_KEY,
            rule=constraints.FIELD_VALUE,
            default="{}",
        ),
        Field(
            name="customizations",
            kind="list",
            says="Folders of `customizations/`, in the order of their modules and hooks. `global` is not named: every "
            "account gets it, first.",
            example='["spoke-network", "ci-deploy"]',
            default="[]",
            unique=True,
        ),
        Field(
            name="opt_in_regions",
            kind="list",
            says="Regions that are wanted on.",
            example='["eu-south-1"]',
            rule=OPT_IN_REGION,
            default="[]",
            unique=True,
        ),
        Field(
            name="on_removal",
            kind="string",
            says="What deleting the block means: the account is left as it is, taken out of Control Tower, or that and "
            "closed. The latter two are done only when the account is named: `vend apply --allow-removal NAME`. What "
            "counts is what the request said when it was applied last.",
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
        says="The email of accounts that say none.",
        example='"aws+{account}@example.com"',
        rule=TEMPLATE,
    ),
    Field(
        name="name_template",
        kind="string",
        says="The name of accounts that say none; without it, an account takes its label.",
        example='"{organizational_unit} {account}"',
        rule=TEMPLATE,
    ),
)
"""Fields of `defaults` alone."""

DEFAULTS = BlockType(
    name="defaults",
    says="What holds for every account in the folder of its file, and in all folders below.",
    fields=(*(field for field in ACCOUNT.fields if field.inherited), *TEMPLATES),
    blocks=ACCOUNT.blocks,
)
