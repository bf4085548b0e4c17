variable "subjects" {
  description = "Who may assume the role: the `sub` claims of the tokens, `*` within them stands for anything."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.subjects) > 0
    error_message = "subjects is empty, so nobody could assume the role: give at least one, such as \"repo:acme/invoices:environment:production\"."
  }

  validation {
    # GitHub and its like issue tokens to everybody: kind and owner must be complete before the first wildcard.
    condition     = alltrue([for subject in var.subjects : can(regex("^[^*?/:]+[/:][^*?/:]+([/:].*)?$", subject))])
    error_message = "subjects has ${join(", ", [for subject in var.subjects : "\"${subject}\""])}: each must name the whole owner before its first wildcard, such as \"repo:acme/invoices:ref:refs/heads/main\"."
  }
}

variable "name" {
  description = "Name of the role."
  type        = string
  default     = "ci-deploy"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "name is \"${var.name}\": it takes 1 to 64 letters, digits and \"+=,.@_-\", such as \"ci-deploy\"."
  }
}

variable "issuer" {
  description = "Issuer of the tokens."
  type        = string
  default     = "https://token.actions.githubusercontent.com"
  nullable    = false

  validation {
    condition     = can(regex("^https://[a-z0-9.-]+(/[a-zA-Z0-9._/-]*[a-zA-Z0-9])?$", var.issuer))
    error_message = "issuer is \"${var.issuer}\": it takes an https address without a slash at its end, such as \"https://token.actions.githubusercontent.com\"."
  }
}

variable "audiences" {
  description = "Audiences (`aud`) that are accepted."
  type        = set(string)
  default     = ["sts.amazonaws.com"]
  nullable    = false

  validation {
    condition     = length(var.audiences) > 0
    error_message = "audiences is empty, so no token could be accepted: GitHub's is \"sts.amazonaws.com\"."
  }
}

# An object, so that whether there is one is known while planning even where the provider is still to be made.
variable "existing_provider" {
  description = <<-EOT
    OIDC provider of the issuer that is made elsewhere; an account holds one per issuer. Null makes it here.

    - `arn`: its ARN.
  EOT
  type = object({
    arn = string
  })
  default = null

  validation {
    condition     = var.existing_provider == null ? true : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/.+$", var.existing_provider.arn))
    error_message = "existing_provider.arn is \"${try(coalesce(var.existing_provider.arn, "null"), "null")}\": it takes an ARN, such as \"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com\"."
  }
}

variable "policy_arns" {
  description = "ARNs of the policies that say what CI may do, by names of your choice."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.policy_arns : can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", arn))])
    error_message = "policy_arns has ${join(", ", [for arn in var.policy_arns : "\"${coalesce(arn, "null")}\""])}: each takes an ARN, such as \"arn:aws:iam::aws:policy/ReadOnlyAccess\"."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that bounds what the role can ever be allowed. Null sets none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is \"${coalesce(var.permissions_boundary_arn, "null")}\": it takes an ARN, such as \"arn:aws:iam::aws:policy/PowerUserAccess\"."
  }
}

variable "max_session_seconds" {
  description = "Longest session, in seconds, from 3600 to 43200."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.max_session_seconds >= 3600 && var.max_session_seconds <= 43200
    error_message = "max_session_seconds is ${var.max_session_seconds}: it takes 3600 to 43200, such as 3600."
  }
}

variable "tags" {
  description = "Tags of the role and the provider."
  type        = map(string)
  default     = {}
  nullable    = false
}
