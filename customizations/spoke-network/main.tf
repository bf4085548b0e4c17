module "spoke" {
  source = "../../modules/vpc-spoke"

  name = var.account.account
  cidr = var.custom_fields["vpc_cidr"]
  tags = var.account.tags

  # Interface endpoints with private names would need it; there are none here, and the provider waits ten seconds for it.
  dns_hostnames = false
}
