output "account_alias" {
  description = "Alias of the account."
  value       = module.baseline.account_alias
}
