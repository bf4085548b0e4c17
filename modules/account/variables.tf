variable "account" {
  description = "Identity of the account in the fleet and name of its provisioned product. Changing it would replace the product, which `prevent_destroy` refuses."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$", var.account))
    error_message = "account is \"${var.account}\": it takes 1 to 128 letters, digits, \".\", \"_\" and \"-\", and begins with a letter or digit, such as \"payments-prod\"."
  }
}

variable "name" {
  description = "Name of the AWS account. Control Tower uses it only when the account is made."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[ -;=?-~]{1,50}$", var.name))
    error_message = "name is \"${var.name}\": it takes 1 to 50 printable ASCII characters without \"<\" and \">\", such as \"Invoices (prod)\"."
  }
}

variable "email" {
  description = "Address of the account's root user; unique across all of AWS. Control Tower uses it only when the account is made."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.email) >= 6 && length(var.email) <= 64 && can(regex("^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$", var.email))
    error_message = "email is \"${var.email}\": it takes an address of 6 to 64 characters, such as \"aws+payments@example.com\"."
  }
}

variable "organizational_unit" {
  description = "Organizational unit in Control Tower's form: `Name (ou-id)`, or `Name` for a unit directly below the root."
  type        = string
  nullable    = false

  validation {
    # Control Tower refuses a bare id and a path, but only after it has taken the order.
    condition = (
      can(regex("^.{1,128} \\(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}\\)$", var.organizational_unit)) ||
      can(regex("^[^/]{1,128}$", var.organizational_unit)) && !can(regex("^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$", var.organizational_unit))
    )
    error_message = "organizational_unit is \"${var.organizational_unit}\": Control Tower takes neither a path nor a bare id, only \"Name (ou-id)\" or the name of a unit directly below the root, such as \"Prod (ou-ab12-cdefgh34)\"."
  }
}

variable "sso_user" {
  description = <<-EOT
    Identity Center user who gets administrator access to the account. A changed user is added; the old one keeps access.

    - `email`: address and user name.
    - `first_name`: given name.
    - `last_name`: family name.
  EOT
  type = object({
    email      = string
    first_name = string
    last_name  = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$", var.sso_user.email))
    error_message = "sso_user.email is \"${var.sso_user.email}\": it takes an address, such as \"ada@example.org\"."
  }

  validation {
    condition     = try(length(trimspace(var.sso_user.first_name)), 0) > 0 && try(length(trimspace(var.sso_user.last_name)), 0) > 0
    error_message = "sso_user of \"${var.sso_user.email}\" has an empty first_name or last_name: both are needed, such as \"Ada\" and \"Lovelace\"."
  }
}

variable "product_id" {
  description = "Id of the product `AWS Control Tower Account Factory`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^prod-[a-zA-Z0-9]+$", var.product_id))
    error_message = "product_id is \"${var.product_id}\": it takes an id such as \"prod-abcdefghijklm\"."
  }
}

variable "provisioning_artifact_id" {
  description = "Id of the product's version. Keep the account's present one: another one updates the account. Names are ambiguous, several versions can share one."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^pa-[a-zA-Z0-9]+$", var.provisioning_artifact_id))
    error_message = "provisioning_artifact_id is \"${var.provisioning_artifact_id}\": it takes an id such as \"pa-abcdefghijklm\"."
  }
}

variable "path_id" {
  description = "Id of the launch path to make the account with. An account that exists keeps its own."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^lp[a-zA-Z0-9]*-[a-zA-Z0-9]+$", var.path_id))
    error_message = "path_id is \"${var.path_id}\": it takes an id such as \"lpv2-abcdefghijklm\"."
  }
}

variable "on_removal" {
  description = "What deleting the request means: `retain`, `unmanage` or `close`. Kept in the state for the day when the request is gone; changes nothing in AWS."
  type        = string
  default     = "retain"
  nullable    = false

  validation {
    condition     = contains(["retain", "unmanage", "close"], var.on_removal)
    error_message = "on_removal is \"${var.on_removal}\": it takes \"retain\", \"unmanage\" or \"close\"."
  }
}
