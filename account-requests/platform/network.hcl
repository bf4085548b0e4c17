# The label is the account's identity in this fleet and never changes.
account "network-hub" {
  name                = "Network hub"
  email               = "aws+network-hub@example.com" # the root user's email, unique across all of AWS
  organizational_unit = "Platform/Network"            # path below the root

  tags = {
    CostCenter = "1000"
  }

  # Data for customizations and hooks, also stored as SSM parameters in the account.
  custom_fields = {
    vpc_cidr = "10.0.0.0/20"
  }

  # Folders of customizations/, applied after "global", which applies to every account.
  customizations = ["spoke-network"]

  # An Identity Center group, and its permission set in the account.
  access "PlatformAdmins" { permission_set = "AWSAdministratorAccess" }

  change {
    requested_by = "platform@example.com"
    reason       = "Home of everything that connects the others"
  }
}
