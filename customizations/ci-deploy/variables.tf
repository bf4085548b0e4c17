variable "account" {
  description = "The account as its request describes it."
  type = object({
    tags = map(string)
  })
  nullable = false
}

variable "custom_fields" {
  description = "The request's custom fields; this customization reads `ci_repository` and `ci_environment`."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for key in ["ci_repository", "ci_environment"] : contains(keys(var.custom_fields), key)])
    error_message = "custom_fields lacks ci_repository or ci_environment: give the account's request both, such as ci_repository = \"acme/invoices\" and ci_environment = \"production\"."
  }
}
