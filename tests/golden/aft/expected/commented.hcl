# Requests of the payments team.
# Ask them before you change anything.

/* Asked for in March:
see the ticket. */
account "Payments-prod" {
  # since 2024
  # Who it is.
  # AFT's own
  name = "Payments prod"
  # all of them
  email = "aws+payments@example.com" // the root user
  # Below the root, by name.
  organizational_unit = "Sandbox" # for now

  sso_user {
    email      = "grace@example.com"
    first_name = "Grace"  # Murray
    last_name  = "Hopper" # née Murray
  }

  # For the bill.
  tags = {
    CostCenterOfTheTeam = "4711" # padded
    # Finance asks for it.
    Owner = "grace : not a comment" # mail name
    # No more.
  }
  # nothing yet
  # later

  change {
    requested_by = "Grace" /* inline */
    reason       = "wanted"
  }
  # That is all.
}

# module "old" {
#   source = "./modules/aft-account-request"
# }

# The other one.
account "data" {
  name                = "data"
  email               = "aws+data@example.com"
  organizational_unit = "Sandbox"
  # none
}

# The end.
