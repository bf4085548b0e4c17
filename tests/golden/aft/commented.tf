# Requests of the payments team.
# Ask them before you change anything.

/* Asked for in March:
   see the ticket. */
module "payments" { # since 2024
  source = "./modules/aft-account-request" # AFT's own

  # Who it is.
  control_tower_parameters = { # all of them
    AccountEmail = "aws+payments@example.com" // the root user
    AccountName  = "Payments prod"
    # Below the root, by name.
    ManagedOrganizationalUnit = "Sandbox" # for now
    SSOUserEmail     = "grace@example.com"
    SSOUserFirstName = "Grace" # Murray
    SSOUserLastName  = "Hopper" # née Murray
  }

  # For the bill.
  account_tags = {
    # Finance asks for it.
    "Owner" = "grace : not a comment" # mail name
    CostCenterOfTheTeam = "4711" # padded
    # No more.
  }

  custom_fields = {} # nothing yet
  change_management_parameters = { change_requested_by = "Grace", /* inline */ change_reason = "wanted" }
  account_customizations_name = null # later
  # That is all.
}

locals {
  a = 1 # not about a request
}

# module "old" {
#   source = "./modules/aft-account-request"
# }

# The other one.
module "data" {
  source                   = "./modules/aft-account-request"
  control_tower_parameters = { AccountEmail = "aws+data@example.com", AccountName = "data", ManagedOrganizationalUnit = "Sandbox", SSOUserEmail = "", SSOUserFirstName = "", SSOUserLastName = "" }
  account_tags             = {}
  change_management_parameters = {
    change_requested_by = ""
    change_reason       = "" # none
  }
}

# About what follows.
locals {
  b = 2
}

# The end.
