module "account_baseline" {
  source = "../.."

  account_alias          = "example-payments-prod"
  block_public_s3_access = true
  encrypt_ebs_by_default = true

  password_policy = {
    minimum_length = 16
    max_age_days   = 90
  }
}

output "account_alias" {
  description = "Alias of the account."
  value       = module.account_baseline.account_alias
}
