variable "account" {
  type = object({ id = string })
}
