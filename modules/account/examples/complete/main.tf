module "account" {
  source = "../.."

  account             = "payments-prod"
  name                = "Payments (prod)"
  email               = "aws+payments-prod@example.com"
  organizational_unit = "Prod (ou-ab12-cdefgh34)"

  sso_user = {
    email      = "grace@example.com"
    first_name = "Grace"
    last_name  = "Hopper"
  }

  product_id               = "prod-abcdefghijklm"
  provisioning_artifact_id = "pa-abcdefghijklm"
  path_id                  = "lpv2-abcdefghijklm"

  on_removal = "retain"
}

output "provisioned_product_id" {
  description = "Id of the provisioned product."
  value       = module.account.provisioned_product_id
}
