output "account_alias" {
  description = "Alias of the account; null where none is set."
  value       = one(aws_iam_account_alias.this[*].account_alias)
}
