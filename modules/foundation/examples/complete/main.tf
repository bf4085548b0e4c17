module "foundation" {
  source = "../.."

  state_bucket = "example-vend-state"
  state_prefix = "vend"
  ledger_table = "vend-ledger"

  account_factory_portfolio_id = "port-abcdefghijklm"

  ci = {
    plan_subjects  = ["repo:example/accounts:pull_request"]
    apply_subjects = ["repo:example/accounts:ref:refs/heads/main"]
  }

  tags = { Application = "vend" }
}

output "role_arns" {
  description = "ARNs of the CI roles."
  value       = module.foundation.role_arns
}
