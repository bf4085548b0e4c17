module "spoke" {
  source = "../../modules/vpc-spoke"

  name = var.account.account
  cidr = var.custom_fields["vpc_cidr"]
  tags = var.account.tags
}
