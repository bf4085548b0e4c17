variable "state_bucket" {
  description = "Name of the bucket for Terraform's state; unique across all of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket is \"${var.state_bucket}\": it takes 3 to 63 lower-case letters, digits and hyphens, such as \"example-vend-state\"."
  }
}

variable "state_prefix" {
  description = "Prefix of the state's keys, as in `state.prefix` of vend.hcl."
  type        = string
  default     = "vend"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9._-]+(/[a-zA-Z0-9._-]+)*$", var.state_prefix))
    error_message = "state_prefix is \"${var.state_prefix}\": it takes letters, digits, \".\", \"_\", \"-\" and \"/\" between them, such as \"vend\"."
  }
}

variable "state_history_days" {
  description = "How many days to keep old versions of the state."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.state_history_days >= 1 && floor(var.state_history_days) == var.state_history_days
    error_message = "state_history_days is ${var.state_history_days}: it takes a whole number of days, such as 365."
  }
}

variable "ledger_table" {
  description = "Name of the ledger's table, as in `ledger.table` of vend.hcl."
  type        = string
  default     = "vend-ledger"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.ledger_table))
    error_message = "ledger_table is \"${var.ledger_table}\": it takes 3 to 255 letters, digits, \"_\", \".\" and \"-\", such as \"vend-ledger\"."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key for state and ledger. With null, S3 and DynamoDB use their own keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn is \"${coalesce(var.kms_key_arn, "null")}\": it takes the ARN of a key, such as \"arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab\"."
  }
}

variable "execution_role" {
  description = "Name of the role that vend assumes in vended accounts."
  type        = string
  default     = "AWSControlTowerExecution"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9+=,.@_-]{1,64}$", var.execution_role))
    error_message = "execution_role is \"${var.execution_role}\": it takes 1 to 64 letters, digits and \"+=,.@_-\", such as \"AWSControlTowerExecution\"."
  }
}

variable "account_factory_portfolio_id" {
  description = "Id of the portfolio with the Account Factory product; gives the CI roles access to it. With null, you do that yourself."
  type        = string
  default     = null

  validation {
    condition     = var.account_factory_portfolio_id == null ? true : can(regex("^port-[a-zA-Z0-9]+$", var.account_factory_portfolio_id))
    error_message = "account_factory_portfolio_id is \"${coalesce(var.account_factory_portfolio_id, "null")}\": it takes an id, such as \"port-abcdefghijklm\"."
  }
}

variable "ci" {
  description = <<-EOT
    Roles that CI assumes with OIDC tokens. Null creates none.

    - `plan_subjects`: `sub` claims that may plan; usually pull requests.
    - `apply_subjects`: `sub` claims that may apply, without wildcards; the main branch or a protected environment.
    - `apply_refs`: full refs of the branches that may apply; any if empty. Checks the token's `ref` in addition to its `sub`, which STS supports for GitHub's tokens.
    - `issuer`: issuer of the tokens.
    - `audiences`: audiences that are accepted.
    - `create_provider`: false if the account already has an OIDC provider for this issuer.
    - `plan_role`: name of the role that plans.
    - `apply_role`: name of the role that applies.
    - `plan_in_accounts`: whether the plan role may assume the execution role, which makes it administrator of every vended account. Without it, customizations of existing accounts cannot be planned.
  EOT
  type = object({
    plan_subjects    = set(string)
    apply_subjects   = set(string)
    apply_refs       = optional(set(string), [])
    issuer           = optional(string, "https://token.actions.githubusercontent.com")
    audiences        = optional(set(string), ["sts.amazonaws.com"])
    create_provider  = optional(bool, true)
    plan_role        = optional(string, "vend-plan")
    apply_role       = optional(string, "vend-apply")
    plan_in_accounts = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.ci == null ? true : try(length(var.ci.plan_subjects) > 0 && length(var.ci.apply_subjects) > 0, false)
    error_message = "ci names ${try(length(var.ci.plan_subjects), 0)} plan_subjects and ${try(length(var.ci.apply_subjects), 0)} apply_subjects: each role needs at least one, such as \"repo:example/accounts:pull_request\" and \"repo:example/accounts:ref:refs/heads/main\"."
  }

  validation {
    # Kind and owner must be complete before the first wildcard.
    condition     = var.ci == null ? true : alltrue([for subject in setunion(var.ci.plan_subjects, var.ci.apply_subjects) : can(regex("^[^*?/:]+[/:][^*?/:]+([/:].*)?$", subject))])
    error_message = "ci has the subjects ${join(", ", try([for subject in setunion(var.ci.plan_subjects, var.ci.apply_subjects) : "\"${subject}\""], []))}: each must name the whole owner before its first wildcard, such as \"repo:example/accounts:ref:refs/heads/main\"."
  }

  validation {
    # A pull request's token must never be able to apply, and a wildcard would cover it.
    condition     = var.ci == null ? true : length(setintersection(var.ci.plan_subjects, var.ci.apply_subjects)) == 0 && !anytrue([for subject in var.ci.apply_subjects : endswith(subject, ":pull_request") || can(regex("[*?]", subject))])
    error_message = "ci lets ${join(", ", try([for subject in var.ci.apply_subjects : "\"${subject}\""], []))} apply: that must be neither a pull request, nor a subject that plans, nor have a wildcard; \"repo:example/accounts:ref:refs/heads/main\" is one that may."
  }

  validation {
    condition     = var.ci == null ? true : alltrue([for ref in var.ci.apply_refs : can(regex("^refs/(heads|tags)/[^*?]+$", ref))])
    error_message = "ci.apply_refs are ${join(", ", try([for ref in var.ci.apply_refs : "\"${ref}\""], []))}: each must be whole, without a wildcard, such as \"refs/heads/main\"."
  }

  validation {
    condition     = var.ci == null ? true : can(regex("^https://[a-z0-9.-]+(/[a-zA-Z0-9._/-]*[a-zA-Z0-9])?$", var.ci.issuer))
    error_message = "ci.issuer is \"${try(coalesce(var.ci.issuer, "null"), "null")}\": it takes an https address without a slash at its end, such as \"https://token.actions.githubusercontent.com\"."
  }
}

variable "tags" {
  description = "Tags for all resources that support them."
  type        = map(string)
  default     = {}
  nullable    = false
}
