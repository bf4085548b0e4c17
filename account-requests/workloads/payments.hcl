# A file may contain several accounts.

account "payments-prod" {
  name                = "Payments (prod)"
  email               = "aws+payments-prod@example.com"
  organizational_unit = "Workloads/Prod"

  sso_user {
    email      = "grace@example.com"
    first_name = "Grace"
    last_name  = "Hopper"
  }

  tags = {
    CostCenter  = "4711"
    Environment = "prod"
  }

  custom_fields = {
    vpc_cidr       = "10.20.0.0/16"
    ci_repository  = "example/payments"
    ci_environment = "production"
  }

  # In this order: first the network, then the role that deploys into it.
  customizations = ["spoke-network", "ci-deploy"]

  access "PaymentsDevelopers" { permission_set = "AWSReadOnlyAccess" }

  change {
    requested_by = "grace@example.com"
    reason       = "Card payments go live"
  }

  # Deleting this block keeps the account. "unmanage" removes it from Control Tower, "close" also closes it;
  # both also require the account to be named: vend apply --allow-removal payments-prod
  on_removal = "retain"
}

account "payments-test" {
  name                = "Payments (test)"
  email               = "aws+payments-test@example.com"
  organizational_unit = "Workloads/Test"

  tags = {
    CostCenter  = "4711"
    Environment = "test"
  }

  custom_fields = {
    vpc_cidr = "10.21.0.0/16"
  }

  customizations = ["spoke-network"]

  access "PaymentsDevelopers" { permission_set = "AWSPowerUserAccess" }

  change {
    requested_by = "grace@example.com"
    reason       = "A place to break things before production"
  }

  on_removal = "unmanage"
}
