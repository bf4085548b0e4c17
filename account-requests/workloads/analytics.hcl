account "analytics-prod" {
  name                = "Analytics (prod)"
  email               = "aws+analytics-prod@example.com"
  organizational_unit = "Workloads/Prod"

  tags = {
    CostCenter  = "4800"
    Environment = "prod"
  }

  # No VPC: everything here is serverless, deployed from GitHub.
  custom_fields = {
    ci_repository  = "example/analytics"
    ci_environment = "production"
  }

  customizations = ["ci-deploy"]

  change {
    requested_by = "katherine@example.com"
    reason       = "Reports leave the shared account"
  }
}
