# Defaults apply to this folder and all folders below it. A subfolder may have its own: maps are merged key by key,
# and the nearest folder wins; other values are replaced.

defaults {
  # The Identity Center user who administers the account.
  sso_user {
    email      = "platform@example.com"
    first_name = "Platform"
    last_name  = "Team"
  }

  # The account's tags in AWS Organizations. Removing a tag here removes it there.
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
