# A minimal request: other values come from _defaults.hcl, and the name from the label.
account "sandbox-grace" {
  email               = "aws+sandbox-grace@example.com"
  organizational_unit = "Sandbox"

  change {
    requested_by = "grace@example.com"
    reason       = "Trying things out"
  }

  on_removal = "close"
}
