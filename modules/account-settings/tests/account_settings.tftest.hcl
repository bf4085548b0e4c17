mock_provider "aws" {}

variables {
  account_id = "222222222222"
}

run "an_account_without_settings_gets_no_resource" {
  command = plan

  assert {
    condition     = length(aws_account_alternate_contact.this) + length(aws_ssoadmin_account_assignment.this) + length(aws_account_region.this) == 0
    error_message = "resources are planned though nothing was asked for"
  }
}

run "a_contact_goes_to_the_vended_account" {
  command = plan

  variables {
    alternate_contacts = {
      security = { name = "Security desk", title = "CSIRT", email = "security@example.com", phone = "+1 (555) 01-00" }
    }
  }

  assert {
    condition = (
      aws_account_alternate_contact.this["security"].account_id == "222222222222" &&
      aws_account_alternate_contact.this["security"].alternate_contact_type == "SECURITY"
    )
    error_message = "the contact is not the vended account's security contact"
  }
}

run "a_group_gets_its_permission_set_in_the_vended_account" {
  command = plan

  variables {
    identity_center_instance_arn = "arn:aws:sso:::instance/ssoins-1111222233334444"
    access = {
      "PlatformAdmins/AdministratorAccess" = {
        group_id           = "9067642ac6-0f0e4f4a-7a2b-4d1c-9a57-1b9a2a3c4d5e"
        permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444"
      }
    }
  }

  assert {
    condition = (
      aws_ssoadmin_account_assignment.this["PlatformAdmins/AdministratorAccess"].target_id == "222222222222" &&
      aws_ssoadmin_account_assignment.this["PlatformAdmins/AdministratorAccess"].principal_type == "GROUP"
    )
    error_message = "the assignment is not for a group in the vended account"
  }
}

run "a_region_is_switched_on" {
  command = plan

  variables {
    opt_in_regions = ["eu-south-1"]
  }

  assert {
    condition     = aws_account_region.this["eu-south-1"].enabled && aws_account_region.this["eu-south-1"].account_id == "222222222222"
    error_message = "the Region is not switched on in the vended account"
  }
}

run "the_placeholder_of_an_account_to_come_is_accepted" {
  command = plan

  variables {
    account_id = "000000000000"
  }
}

run "an_account_id_that_lost_its_zero_is_refused" {
  command = plan

  variables {
    account_id = "22222222222"
  }

  expect_failures = [var.account_id]
}

run "an_unknown_kind_of_contact_is_refused" {
  command = plan

  variables {
    alternate_contacts = {
      legal = { name = "Legal", title = "Counsel", email = "legal@example.com", phone = "+1 555 0100" }
    }
  }

  expect_failures = [var.alternate_contacts]
}

run "a_phone_number_with_letters_is_refused" {
  command = plan

  variables {
    alternate_contacts = {
      security = { name = "Security desk", title = "CSIRT", email = "security@example.com", phone = "ext. 42" }
    }
  }

  expect_failures = [var.alternate_contacts]
}

run "a_contact_without_an_address_is_refused" {
  command = plan

  variables {
    alternate_contacts = {
      security = { name = "Security desk", title = "CSIRT", email = "security", phone = "+1 555 0100" }
    }
  }

  expect_failures = [var.alternate_contacts]
}

run "a_title_of_51_characters_is_refused" {
  command = plan

  variables {
    alternate_contacts = {
      security = { name = "Security desk", title = "123456789012345678901234567890123456789012345678901", email = "security@example.com", phone = "+1 555 0100" }
    }
  }

  expect_failures = [var.alternate_contacts]
}

run "access_without_an_instance_is_refused" {
  command = plan

  variables {
    access = {
      "PlatformAdmins/AdministratorAccess" = {
        group_id           = "9067642ac6-0f0e4f4a-7a2b-4d1c-9a57-1b9a2a3c4d5e"
        permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444"
      }
    }
  }

  expect_failures = [var.identity_center_instance_arn]
}

run "a_group_given_by_name_is_refused" {
  command = plan

  variables {
    identity_center_instance_arn = "arn:aws:sso:::instance/ssoins-1111222233334444"
    access = {
      admins = {
        group_id           = "PlatformAdmins"
        permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444"
      }
    }
  }

  expect_failures = [var.access]
}

run "a_permission_set_given_by_name_is_refused" {
  command = plan

  variables {
    identity_center_instance_arn = "arn:aws:sso:::instance/ssoins-1111222233334444"
    access = {
      admins = {
        group_id           = "9067642ac6-0f0e4f4a-7a2b-4d1c-9a57-1b9a2a3c4d5e"
        permission_set_arn = "AdministratorAccess"
      }
    }
  }

  expect_failures = [var.access]
}

run "an_instance_given_by_id_is_refused" {
  command = plan

  variables {
    identity_center_instance_arn = "ssoins-1111222233334444"
  }

  expect_failures = [var.identity_center_instance_arn]
}

run "an_availability_zone_is_no_region" {
  command = plan

  variables {
    opt_in_regions = ["eu-south-1a"]
  }

  expect_failures = [var.opt_in_regions]
}

run "the_example_plans" {
  command = plan

  module {
    source = "./examples/complete"
  }
}
