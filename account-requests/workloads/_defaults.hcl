# Workloads have an on-call contact.
defaults {
  alternate_contact "operations" {
    name  = "Operations on call"
    title = "Operations"
    email = "operations@example.com"
    phone = "+1 555 0101"
  }

  tags = {
    Tier = "workload"
  }
}
