module "baseline" {
  source = "../../modules/account-baseline"

  # Aliases are unique across all of AWS: begin them with something that is yours.
  account_alias = "example-${lower(replace(var.account.account, "/[^a-zA-Z0-9]+/", "-"))}"

  password_policy = {
    minimum_length = 16
  }
}
