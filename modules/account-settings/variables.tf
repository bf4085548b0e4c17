variable "account_id" {
  description = "Id of the account these settings belong to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id is \"${var.account_id}\": it takes 12 digits, such as \"123456789012\"."
  }
}

variable "alternate_contacts" {
  description = <<-EOT
    Alternate contacts by kind: `billing`, `operations`, `security`.

    - `name`: who is reached, at most 64 characters.
    - `title`: function of that person or team, at most 50 characters.
    - `email`: address.
    - `phone`: number, at most 25 characters.
  EOT
  type = map(object({
    name  = string
    title = string
    email = string
    phone = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for kind in keys(var.alternate_contacts) : contains(["billing", "operations", "security"], kind)])
    error_message = "alternate_contacts has the kinds ${join(", ", [for kind in keys(var.alternate_contacts) : "\"${kind}\""])}: AWS knows \"billing\", \"operations\" and \"security\"."
  }

  validation {
    condition     = alltrue([for contact in var.alternate_contacts : try(length(contact.name) >= 1 && length(contact.name) <= 64 && length(contact.title) >= 1 && length(contact.title) <= 50, false)])
    error_message = "alternate_contacts (${join(", ", keys(var.alternate_contacts))}): a name takes 1 to 64 characters and a title 1 to 50, such as \"Security team\" and \"Incident response\"."
  }

  validation {
    condition     = alltrue([for contact in var.alternate_contacts : try(length(contact.email) <= 254 && can(regex("^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$", contact.email)), false)])
    error_message = "alternate_contacts has the addresses ${join(", ", [for contact in var.alternate_contacts : "\"${coalesce(contact.email, "null")}\""])}: each takes the form \"security@example.org\"."
  }

  validation {
    condition     = alltrue([for contact in var.alternate_contacts : can(regex("^[\\s0-9()+-]{1,25}$", contact.phone))])
    error_message = "alternate_contacts has the phone numbers ${join(", ", [for contact in var.alternate_contacts : "\"${coalesce(contact.phone, "null")}\""])}: each takes up to 25 digits, spaces, parentheses, \"+\" and \"-\", such as \"+44 20 7946 0000\"."
  }
}

variable "access" {
  description = <<-EOT
    Identity Center groups that get a permission set in the account. Keys are names of your choice, `Group/PermissionSet` by convention; changing one replaces the assignment.

    - `group_id`: id of the group in the identity store.
    - `permission_set_arn`: ARN of the permission set.
  EOT
  type = map(object({
    group_id           = string
    permission_set_arn = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for assignment in var.access : can(regex("^([0-9a-f]{10}-)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", assignment.group_id))])
    error_message = "access has the group ids ${join(", ", [for assignment in var.access : "\"${coalesce(assignment.group_id, "null")}\""])}: each takes an id of the identity store, such as \"9067642ac6-0f0e4f4a-7a2b-4d1c-9a57-1b9a2a3c4d5e\"."
  }

  validation {
    condition     = alltrue([for assignment in var.access : can(regex("^arn:aws[a-z-]*:sso:::[^ ]+/ps-[a-zA-Z0-9.-]+$", assignment.permission_set_arn))])
    error_message = "access has the permission sets ${join(", ", [for assignment in var.access : "\"${coalesce(assignment.permission_set_arn, "null")}\""])}: each takes an ARN, such as \"arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444\"."
  }
}

variable "identity_center_instance_arn" {
  description = "ARN of the Identity Center instance; needed only where `access` has something in it."
  type        = string
  default     = null

  validation {
    condition     = var.identity_center_instance_arn == null ? true : can(regex("^arn:aws[a-z-]*:sso:::instance/[^/]+$", var.identity_center_instance_arn))
    error_message = "identity_center_instance_arn is \"${coalesce(var.identity_center_instance_arn, "null")}\": it takes an ARN, such as \"arn:aws:sso:::instance/ssoins-1111222233334444\"."
  }

  validation {
    condition     = var.identity_center_instance_arn != null || length(var.access) == 0
    error_message = "identity_center_instance_arn is null, but access assigns ${join(", ", [for key in keys(var.access) : "\"${key}\""])}: give the instance, such as \"arn:aws:sso:::instance/ssoins-1111222233334444\"."
  }
}

variable "opt_in_regions" {
  description = "Regions that are off by default and wanted on. A Region that is taken out of the set stays on: AWS would strand what runs there."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for region in var.opt_in_regions : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", region))])
    error_message = "opt_in_regions has ${join(", ", [for region in var.opt_in_regions : "\"${region}\""])}: each takes the code of a Region, such as \"eu-south-1\"."
  }
}
