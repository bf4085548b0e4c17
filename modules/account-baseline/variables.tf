variable "account_alias" {
  description = "Alias of the account in sign-in addresses; unique across all of AWS. Null sets none."
  type        = string
  default     = null

  validation {
    condition = var.account_alias == null ? true : (
      can(regex("^[a-z0-9]([a-z0-9]|-[a-z0-9]){2,62}$", var.account_alias)) &&
      length(var.account_alias) <= 63 && !can(regex("^[0-9]{12}$", var.account_alias))
    )
    error_message = "account_alias is \"${coalesce(var.account_alias, "null")}\": it takes 3 to 63 lower-case letters, digits and single hyphens between them, and must not look like an account id, such as \"example-payments-prod\"."
  }
}

variable "block_public_s3_access" {
  description = "Whether buckets of the account are kept from becoming public, whatever their own policies say."
  type        = bool
  default     = true
  nullable    = false
}

variable "encrypt_ebs_by_default" {
  description = "Whether new EBS volumes are encrypted. This is a setting per Region: it holds for the provider's."
  type        = bool
  default     = true
  nullable    = false
}

variable "password_policy" {
  description = <<-EOT
    Password policy of IAM users; letters of both cases, digits and symbols are always asked for. Null keeps AWS's own.

    - `minimum_length`: characters, 8 to 128.
    - `reuse_prevention`: how many old passwords cannot be used again, 1 to 24.
    - `max_age_days`: days until a password must be changed, 1 to 1095; null never asks.
  EOT
  type = object({
    minimum_length   = optional(number, 14)
    reuse_prevention = optional(number, 24)
    max_age_days     = optional(number)
  })
  default = {}

  validation {
    condition     = var.password_policy == null ? true : try(var.password_policy.minimum_length >= 8 && var.password_policy.minimum_length <= 128, false)
    error_message = "password_policy.minimum_length is ${try(jsonencode(var.password_policy.minimum_length), "null")}: it takes 8 to 128 characters, such as 14."
  }

  validation {
    condition     = var.password_policy == null ? true : try(var.password_policy.reuse_prevention >= 1 && var.password_policy.reuse_prevention <= 24, false)
    error_message = "password_policy.reuse_prevention is ${try(jsonencode(var.password_policy.reuse_prevention), "null")}: it takes 1 to 24 passwords, such as 24."
  }

  validation {
    condition     = try(var.password_policy.max_age_days, null) == null ? true : var.password_policy.max_age_days >= 1 && var.password_policy.max_age_days <= 1095
    error_message = "password_policy.max_age_days is ${try(jsonencode(var.password_policy.max_age_days), "null")}: it takes 1 to 1095 days, such as 90, or null."
  }
}
