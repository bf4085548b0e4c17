variable "account" {
  description = "The account as its request describes it."
  type = object({
    account = string
    tags    = map(string)
  })
  nullable = false
}

variable "custom_fields" {
  description = "The request's custom fields; this customization reads `vpc_cidr`."
  type        = map(string)
  nullable    = false

  validation {
    condition     = contains(keys(var.custom_fields), "vpc_cidr")
    error_message = "custom_fields has no vpc_cidr: give the account's request one, such as vpc_cidr = \"10.64.0.0/16\"."
  }
}
