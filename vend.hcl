# The settings of this fleet. Everything has a default except home_region.

fleet "example" {
  home_region = "eu-west-1" # Control Tower's home Region
}

control_tower {
  # Assumed in the management account to vend; without it your own session does the work.
  vending_role = "arn:aws:iam::111111111111:role/vend-apply"

  # Control Tower works on five accounts at once unless AWS raised that quota for you.
  max_concurrent_operations = 5
}

# One state file per account and stage. modules/foundation makes the bucket; `state "local" {}` needs none.
state "s3" {
  bucket = "example-vend-state"
  region = "eu-west-1"
  prefix = "vend"
}

# What was last applied. A team that applies from several machines takes `ledger "dynamodb" { table = "vend-ledger" }`.
ledger "sqlite" {}

terraform {
  version = "~> 1.11"

  # Exact; the hashes are in terraform.lock.hcl.
  required_providers {
    aws = "5.100.0"
  }
}

# The landing zone that `vend demo` and `vend sandbox` emulate; it has no meaning in AWS.
sandbox {
  organizational_units = ["Platform/Network", "Workloads/Prod", "Workloads/Test"]
  groups               = ["PlatformAdmins", "PaymentsDevelopers"]
}
