variable "account" {
  description = "The account as its request describes it."
  type = object({
    account = string
  })
  nullable = false
}
