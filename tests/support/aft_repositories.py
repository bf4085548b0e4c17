"""Account-request repositories of AFT's users in the shapes they have; written for these tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MODULE = "terraform/modules/aft-account-request"
PARAMETERS = {
    "AccountEmail": "aws+payments@example.com",
    "AccountName": "Payments",
    "ManagedOrganizationalUnit": "Sandbox",
    "SSOUserEmail": "grace@example.com",
    "SSOUserFirstName": "Grace",
    "SSOUserLastName": "Hopper",
}
SSO = """\
    SSOUserEmail              = "grace@example.com"
    SSOUserFirstName          = "Grace"
    SSOUserLastName           = "Hopper"
"""
CHANGE = """\
  change_management_parameters = {
    change_requested_by = "Grace"
    change_reason       = "wanted"
  }
"""
TABLE_VARIABLES = """\
variable "account-request-table" {
  type    = string
  default = "aft-request"
}

variable "account-request-table-hash" {
  type    = string
  default = "id"
}
"""
PARAMETERS_VARIABLE = """\
variable "control_tower_parameters" {
  type = object({
    AccountEmail              = string
    AccountName               = string
    ManagedOrganizationalUnit = string
    SSOUserEmail              = string
    SSOUserFirstName          = string
    SSOUserLastName           = string
  })
}
"""
CHANGE_VARIABLE = """\
variable "change_management_parameters" {
  type = object({
    change_requested_by = string
    change_reason       = string
  })
}
"""
TAGS_VARIABLE = """\
variable "account_tags" {
  type        = map(any)
  description = "tags of the account"
  default     = {}
}
"""
FIELDS_VARIABLE = """\
variable "custom_fields" {
  type    = map(any)
  default = {}
}
"""
CUSTOMIZATIONS_VARIABLE = """\
variable "account_customizations_name" {
  type    = string
  default = ""
}
"""
VERSIONS = """\
terraform {
  required_version = ">= 0.15.1"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 3.15"
    }
  }
}
"""


def item(*parts: str) -> str:
    """The resource that leaves a request for AFT: these parts of its item, or all that AFT has today."""
    fields = "".join(
        f'      {name} = {{ S = lookup(var.control_tower_parameters, "{name}") }}\n' for name in PARAMETERS
    )
    known = {
        "change": "    change_management_parameters = { M = {\n"
        '      change_reason       = { S = lookup(var.change_management_parameters, "change_reason") }\n'
        '      change_requested_by = { S = lookup(var.change_management_parameters, "change_requested_by") }\n'
        "    } }\n",
        "tags": "    account_tags                = { S = jsonencode(var.account_tags) }\n",
        "customizations": "    account_customizations_name = { S = var.account_customizations_name }\n",
        "fields": "    custom_fields               = { S = jsonencode(var.custom_fields) }\n",
    }
    return (
        'resource "aws_dynamodb_table_item" "account-request" {\n'
        "  table_name = var.account-request-table\n  hash_key   = var.account-request-table-hash\n\n"
        "  item = jsonencode({\n"
        '    id = { S = lookup(var.control_tower_parameters, "AccountEmail") }\n'
        f"    control_tower_parameters = {{ M = {{\n{fields}    }} }}\n"
        f"{''.join(known.get(part, part) for part in parts or known)}  }})\n}}\n"
    )


def module(*, variables: str | None = None, ddb: str | None = None) -> dict[str, str]:
    """AFT's module as it is today, or with these variables or this resource."""
    everything = PARAMETERS_VARIABLE + CHANGE_VARIABLE + TAGS_VARIABLE + FIELDS_VARIABLE + CUSTOMIZATIONS_VARIABLE
    return {
        f"{MODULE}/variables.tf": TABLE_VARIABLES + (everything if variables is None else variables),
        f"{MODULE}/ddb.tf": item() if ddb is None else ddb,
        f"{MODULE}/versions.tf": VERSIONS,
        "terraform/aft-providers.jinja": 'provider "aws" {\n  region = "{{ provider_region }}"\n}\n',
        "terraform/backend.jinja": 'terraform {\n  backend "s3" {\n    region = "{{ region }}"\n  }\n}\n',
    }


def request(
    label: str, *more: str, source: str = "./modules/aft-account-request", change: str = CHANGE, **parameters: str
) -> str:
    """A `module` block with literal parameters; `more` are further lines."""
    fields = {**PARAMETERS, "AccountEmail": f"aws+{label}@example.com", "AccountName": label, **parameters}
    lines = "".join(f'    {name:<25} = "{value}"\n' for name, value in fields.items())
    return (
        f'module "{label}" {{\n  source = "{source}"\n\n  control_tower_parameters = {{\n{lines}  }}\n'
        f"{change}{''.join(f'  {line}{chr(10)}' for line in more)}}}\n"
    )


FOR_EACH = """\
module "accounts" {
  for_each = local.accounts
  source   = "./modules/aft-account-request"

  control_tower_parameters = {
    AccountEmail              = each.value.email
    AccountName               = each.value.name
    ManagedOrganizationalUnit = try(each.value.ou, "Sandbox")
    SSOUserEmail              = "grace@example.com"
    SSOUserFirstName          = "Grace"
    SSOUserLastName           = "Hopper"
  }

  account_tags                 = try(each.value.tags, {})
  change_management_parameters = try(each.value.change, { change_requested_by = "team", change_reason = "yaml" })
  custom_fields                = try(each.value.fields, {})
  account_customizations_name  = try(each.value.customizations, null)
}
"""

SHAPES: dict[str, Mapping[str, str]] = {
    "literal": {
        **module(),
        "README.md": "Ours.\n",
        "examples/account-request.tf": request("example"),
        "terraform/payments.tf": "# Payments\n"
        + request(
            "payments-prod",
            'account_tags = { Owner = "grace@example.com", "ABC:CostCenter" = "0042" }',
            'custom_fields = { vpc_cidr = "10.0.0.0/16" }',
            'account_customizations_name = "spoke"',
            AccountName="Payments Prod",
            ManagedOrganizationalUnit="Prod (ou-ab12-cdefghij)",
        ),
        "terraform/team/README.md": "no Terraform\n",
        "terraform/others.tf": request("data_lake", AccountName="Data Lake") + "\n" + request("x9"),
    },
    "without-custom-fields": {
        **module(
            variables=PARAMETERS_VARIABLE + CHANGE_VARIABLE + TAGS_VARIABLE + CUSTOMIZATIONS_VARIABLE,
            ddb=item("change", "tags", "customizations"),
        ),
        "terraform/main.tf": request("a", 'account_tags = { a = "b" }', 'account_customizations_name = ""'),
    },
    "without-change-management": {
        **module(
            variables=PARAMETERS_VARIABLE + TAGS_VARIABLE + FIELDS_VARIABLE + CUSTOMIZATIONS_VARIABLE,
            ddb=item("tags", "customizations", "fields"),
        ),
        "terraform/main.tf": request("a", "account_customizations_name = null", change=""),
    },
    "without-customizations-name": {
        **module(
            variables=PARAMETERS_VARIABLE + CHANGE_VARIABLE + TAGS_VARIABLE + FIELDS_VARIABLE,
            ddb=item("change", "tags", "fields"),
        ),
        "terraform/main.tf": request("a"),
    },
    "optional-parameters": {
        **module(
            variables="""\
variable "control_tower_parameters" {
  type = object({
    AccountEmail     = string # identity
    AccountName      = string, ManagedOrganizationalUnit = string
    SSOUserEmail     = optional(string)
    SSOUserFirstName = optional(string, "")
    SSOUserLastName  = optional(string)
  })
}
variable "change_management_parameters" {
  type    = object({ change_requested_by = optional(string), change_reason = optional(string) })
  default = null
}
variable "account_tags" {
  default = null
}
"""
        ),
        "terraform/main.tf": """\
module "a" {
  source = "./modules/aft-account-request"
  control_tower_parameters = {
    AccountEmail              = "aws+a@example.com"
    AccountName               = "a"
    ManagedOrganizationalUnit = "Sandbox"
    SSOUserFirstName          = null
  }
  change_management_parameters = { change_reason = "why", change_requested_by = "" }
}
""",
    },
    "maps-instead-of-objects": {
        **module(
            variables="""\
variable "control_tower_parameters" {
  type = map(string)
}
variable "change_management_parameters" {
  type = map(any)
}
variable "account_tags" {
  type = map(string)
}
variable "custom_fields" {
  type = any
}
"""
            + CUSTOMIZATIONS_VARIABLE,
            ddb=item().replace(
                'lookup(var.control_tower_parameters, "AccountName")', "var.control_tower_parameters.AccountName"
            ),
        ),
        "terraform/main.tf": request(
            "a", "account_tags = { n = 7, t = true }", "custom_fields = { n = 7, l = [1, true] }"
        ),
    },
    "template-file": {
        **module(
            ddb="""\
resource "aws_dynamodb_table_item" "account-request" {
  table_name = var.account-request-table
  hash_key   = var.account-request-table-hash

  item = templatefile("${path.module}/templates/item.json.tftpl", {
    control_tower_parameters = var.control_tower_parameters
    account_tags             = var.account_tags
  })
}
"""
        ),
        f"{MODULE}/templates/item.json.tftpl": """\
{
  "id": { "S": ${jsonencode(lookup(control_tower_parameters, "AccountEmail"))} },
  %{~ if length(account_tags) > 0 ~}
  "account_tags": ${jsonencode({ S = jsonencode(account_tags) })},
  %{~ endif ~}
  "custom_fields": { "S": "{}" }
}
""",
        "terraform/main.tf": request("a", 'account_tags = { Learn = "AFT" }') + request("b"),
    },
    "tutorial": {
        **module(),
        "terraform/main.tf": request(
            "sandbox", AccountEmail="<ACCOUNT EMAIL>", AccountName="sandbox-aft", SSOUserEmail="<SSO EMAIL>"
        ),
    },
    "for-each-over-locals": {
        **module(),
        "terraform/locals.tf": """\
locals {
  accounts = {
    one = { email = "aws+one@example.com", name = "one" }
    two = { email = "aws+two@example.com", name = "two words", tags = { Size = 3 } }
  }
}
""",
        "terraform/main.tf": FOR_EACH,
    },
    "one-yaml-file": {
        **module(),
        "accounts.yaml": """\
accounts:
  - email: aws+one@example.com
    name: One
    ou: Infrastructure
    tags: { Owner: grace, Critical: true, Level: 3, Gone: null }
  - email: aws+two@example.com
    name: Two
    fields: { zones: [a, b], size: 1.5 }
    customizations: spoke
""",
        "terraform/main.tf": """\
locals {
  accounts = { for a in yamldecode(file("../accounts.yaml")).accounts : a.name => a }
}

"""
        + FOR_EACH,
    },
    "a-folder-of-yaml": {
        **module(),
        "terraform/accounts/b.yaml": 'name: "b"\nemail: "aws+b@example.com"\n',
        "terraform/accounts/a.yml": "name: ignored\nemail: ignored\n",
        "terraform/accounts/c d.yaml": "name: c d\nemail: not an address\nou: Workloads (ou-ab12-cdefghij)\n",
        "terraform/main.tf": """\
locals {
  files = fileset("${path.module}/accounts", "*.yaml")
  accounts = {
    for f in local.files : trimsuffix(f, ".yaml") => yamldecode(file("${path.module}/accounts/${f}"))
  }
}
"""
        + FOR_EACH,
    },
    "variables-and-tfvars": {
        **module(),
        "terraform/variables.tf": """\
variable "domain" {
  default = "example.com"
}
variable "accounts" {
  type = list(object({
    name = string
    tags = optional(map(string), {})
  }))
}
""",
        "terraform/terraform.tfvars": """\
accounts = [
  { name = "red" },
  { name = "blue", tags = { Colour = "blue" } },
]
""",
        "terraform/domain.auto.tfvars": 'domain = "example.org"\n',
        "terraform/main.tf": """\
locals {
  accounts = { for a in var.accounts : a.name => merge(a, { email = "aws+${a.name}@${var.domain}" }) }
}
"""
        + FOR_EACH,
    },
    "csv-and-json": {
        **module(),
        "terraform/accounts.csv": "name,email,ou\ncsv one,aws+csv1@example.com,Sandbox\n",
        "terraform/accounts.json": '{"accounts": [{"name": "json", "email": "aws+json@example.com"}]}\n',
        "terraform/main.tf": """\
locals {
  list     = concat(csvdecode(file("accounts.csv")), jsondecode(file("./accounts.json")).accounts)
  accounts = { for a in local.list : a.name => a }
}
"""
        + FOR_EACH,
    },
    "nested-modules": {
        **module(),
        "terraform/main.tf": """\
module "team-a" {
  source = "./teams/a"
}

module "generic" {
  for_each = toset(["x", "y"])
  source   = "./modules/account"
  name     = each.key
}

"""
        + request("top"),
        "terraform/teams/a/accounts.tf": request("literal-below", source="../../modules/aft-account-request")
        + 'module "deeper" {\n  source = "./deeper/"\n}\n',
        "terraform/teams/a/deeper/main.tf": request("deep", source="../../../modules/aft-account-request"),
        "terraform/modules/account/main.tf": 'variable "name" {}\n'
        + request(
            "request",
            source="../aft-account-request",
            AccountEmail="aws+${var.name}@example.com",
            AccountName="account ${var.name}",
        ),
    },
    "count": {
        **module(),
        "terraform/main.tf": f"""\
module "lab" {{
  count  = 3
  source = "./modules/aft-account-request"
  control_tower_parameters = {{
    AccountEmail              = "aws+lab${{count.index}}@example.com"
    AccountName               = format("lab %02d", count.index)
    ManagedOrganizationalUnit = "Sandbox"
{SSO}  }}
{CHANGE}}}
"""
        + request("never", "count = 0"),
    },
    "providers-and-backend-in-place": {
        **module(),
        "terraform/providers.tf": """\
terraform {
  required_version = "~> 1.5.0"
  backend "s3" {
    bucket = "state"
  }
  required_providers {
    aws    = { source = "hashicorp/aws", version = "4.0.0" }
    random = { source = "hashicorp/random" }
  }
}
provider "aws" {
  region = "eu-central-1"
}
provider "aws" {
  alias  = "other"
  region = "us-east-1"
}
""",
        "terraform/unrelated.tf": """\
data "aws_caller_identity" "this" {}
resource "random_id" "this" {
  byte_length = 4
}
output "who" {
  value = data.aws_caller_identity.this.account_id
}
module "remote" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}
moved {
  from = module.old
  to   = module.accounts["a"]
}
""",
        "terraform/terraform.tfstate": '{"version": 4, "serial": 1, "lineage": "x", "resources": []}',
        "terraform/.terraform.lock.hcl": 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "4.0.0"\n}\n',
        "terraform/main.tf": """\
locals {
  accounts = { a = { name = "a", email = "aws+a@example.com" } }
}
"""
        + FOR_EACH.replace("source   =", "providers = { aws = aws.other }\n  source   ="),
    },
    "opentofu": {
        f"{MODULE}/variables.tf": "# of an older release\n",
        f"{MODULE}/variables.tofu": TABLE_VARIABLES
        + PARAMETERS_VARIABLE
        + CHANGE_VARIABLE
        + TAGS_VARIABLE
        + FIELDS_VARIABLE,
        f"{MODULE}/ddb.tofu": item("change", "tags", "fields"),
        "terraform/main.tofu": request("literal")
        + """\
locals {
  accounts = { t = { name = "t", email = "aws+t@example.com" } }
}
"""
        + FOR_EACH.replace("  account_customizations_name  = try(each.value.customizations, null)\n", ""),
        "terraform/main.tf": request("hidden"),
    },
    "json-syntax": {
        **module(),
        "terraform/accounts.tf.json": """\
{
  "//": "generated",
  "locals": { "domain": "example.com" },
  "module": {
    "generated": {
      "source": "./modules/aft-account-request",
      "control_tower_parameters": {
        "AccountEmail": "aws+generated@${local.domain}",
        "AccountName": "generated",
        "ManagedOrganizationalUnit": "Sandbox",
        "SSOUserEmail": "grace@example.com",
        "SSOUserFirstName": "Grace",
        "SSOUserLastName": "Hopper"
      },
      "change_management_parameters": { "change_requested_by": "ci", "change_reason": "generated" }
    }
  },
  "provider": { "aws": { "region": "eu-west-1" } },
  "output": { "x": { "value": "${aws_x.y.z}" } }
}
""",
    },
    "module-adds-tags": {
        **module(
            ddb=item(
                "change",
                '    account_tags = { S = jsonencode(merge({ ManagedBy = "AFT" }, var.account_tags)) }\n',
                "customizations",
                "fields",
            )
        ),
        "terraform/main.tf": request("a", 'account_tags = { Owner = "grace" }'),
    },
    "module-has-defaults": {
        **module(
            variables=PARAMETERS_VARIABLE.replace(
                "SSOUserLastName           = string", 'SSOUserLastName = optional(string, "Hopper")'
            )
            + CHANGE_VARIABLE
            + TAGS_VARIABLE.replace("default     = {}", 'default     = { Team = "platform" }')
            + FIELDS_VARIABLE
            + CUSTOMIZATIONS_VARIABLE.replace('default = ""', 'default = "baseline"')
        ),
        "terraform/main.tf": request("a") + request("b", "account_tags = {}", 'account_customizations_name = ""'),
    },
    "several-customizations": {
        **module(
            variables=PARAMETERS_VARIABLE
            + CHANGE_VARIABLE
            + TAGS_VARIABLE
            + FIELDS_VARIABLE
            + """\
variable "account_customizations_name" {
  type    = list(string)
  default = []
}
"""
        ),
        "terraform/main.tf": request("a", 'account_customizations_name = ["baseline", "spoke"]'),
    },
    "variables-of-its-own": {
        **module(
            variables='variable "email" {}\nvariable "name" {}\nvariable "team" {}\n',
            ddb="""\
locals {
  tags = { Team = var.team }
}
resource "aws_dynamodb_table_item" "account-request" {
  table_name = "aft-request"
  hash_key   = "id"
  item = jsonencode({
    id = { S = var.email }
    control_tower_parameters = { M = {
      AccountEmail              = { S = var.email }
      AccountName               = { S = var.name }
      ManagedOrganizationalUnit = { S = "Sandbox" }
      SSOUserEmail              = { S = var.email }
      SSOUserFirstName          = { S = "Team" }
      SSOUserLastName           = { S = var.team }
    } }
    account_tags                = { S = jsonencode(local.tags) }
    account_customizations_name = { NULL = true }
  })
}
""",
        ),
        "terraform/main.tf": """\
module "a" {
  source = "./modules/aft-account-request"
  email  = "aws+a@example.com"
  name   = "a"
  team   = "red"
}
""",
    },
    "values": {
        **module(),
        "terraform/crlf.tf": request("crlf", 'account_tags = { a = "é" }').replace("\n", "\r\n"),
        "terraform/bom.tf": "\ufeff" + request("bom"),
        "terraform/main.tf": request(
            "values",
            """account_tags = {
    Zero = 0042 # an id?
    Big  = 123456789012
    Half = 0.50
    Yes  = true, "No" = false
    Gone = null
  }
  custom_fields = {
    text = <<-EOT
      first
        second
    EOT
    list     = ["a", 1, null]
    map      = { b = "<&>", a = { c = true } }
    quoted   = "she said \\"$${hi}\\""
    huge     = 12345678901234567890.125
    exponent = 1e3
  }
  account_customizations_name = null""",
        ),
        "terraform/computed.tf": request(
            "computed",
            'account_tags = { Date = 2024-01-02, Up = upper("x") }',
            "custom_fields = { a = 1e3, b = [1.50] }",
        ),
    },
    "override-file": {
        **module(),
        "terraform/main.tf": request("a", 'account_tags = { Stage = "test" }'),
        "terraform/prod_override.tf": 'module "a" {\n  account_tags = { Stage = "prod" }\n}\n',
    },
    "folder-nobody-calls": {
        **module(),
        "terraform/main.tf": request("called"),
        "terraform/accounts/stray.tf": request("stray", source="../modules/aft-account-request"),
    },
}


def write(directory: Path, files: Mapping[str, str | bytes]) -> Path:
    """The files of a repository in a folder."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory
