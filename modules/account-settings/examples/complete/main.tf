module "account_settings" {
  source = "../.."

  account_id = "222222222222"

  alternate_contacts = {
    security = {
      name  = "Security desk"
      title = "CSIRT"
      email = "security@example.com"
      phone = "+1 555 0100"
    }
  }

  identity_center_instance_arn = "arn:aws:sso:::instance/ssoins-1111222233334444"

  access = {
    "PlatformAdmins/AdministratorAccess" = {
      group_id           = "9067642ac6-0f0e4f4a-7a2b-4d1c-9a57-1b9a2a3c4d5e"
      permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444"
    }
  }

  opt_in_regions = ["eu-south-1"]
}

output "opt_in_regions" {
  description = "State of each Region that is switched on."
  value       = module.account_settings.opt_in_regions
}
