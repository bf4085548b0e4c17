# Defaults hold for this folder and all below it. A folder further down may have its own: maps are merged
# key by key and the nearest folder wins; everything else is replaced.

defaults {
  # Identity Center user who is administrator of the account.
  sso_user {
    email      = "platform@example.com"
    first_name = "Platform"
    last_name  = "Team"
  }

  # Tags of the account in AWS Organizations. A tag that is removed here is removed there.
  tags = {
    ManagedBy = "vend"
  }

  alternate_contact "security" {
    name  = "Security desk"
    title = "CSIRT"
    email = "security@example.com"
    phone = "+1 555 0100"
  }
}
