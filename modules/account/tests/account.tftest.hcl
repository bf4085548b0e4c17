# Plans only: an applied product could not be torn down again, `prevent_destroy` stands before it.
mock_provider "aws" {}

variables {
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
}

run "the_product_is_named_after_the_account" {
  command = plan

  assert {
    condition     = aws_servicecatalog_provisioned_product.this.name == "payments-prod"
    error_message = "the product is not named after the account"
  }
}

run "the_parameters_stand_in_a_fixed_order" {
  command = plan

  assert {
    condition = [for parameter in aws_servicecatalog_provisioned_product.this.provisioning_parameters : [parameter.key, parameter.value]] == [
      ["AccountEmail", "aws+payments-prod@example.com"],
      ["AccountName", "Payments (prod)"],
      ["ManagedOrganizationalUnit", "Prod (ou-ab12-cdefgh34)"],
      ["SSOUserEmail", "grace@example.com"],
      ["SSOUserFirstName", "Grace"],
      ["SSOUserLastName", "Hopper"],
    ]
    error_message = "parameters or their order changed: every account in every fleet would be updated"
  }
}

run "control_tower_gets_ninety_minutes" {
  command = plan

  assert {
    condition     = [for operation in ["create", "update", "delete", "read"] : aws_servicecatalog_provisioned_product.this.timeouts[operation]] == ["90m", "90m", "90m", "30m"]
    error_message = "the waiting times changed"
  }
}

run "what_removal_means_is_kept_in_the_state" {
  command = plan

  variables {
    on_removal = "close"
  }

  assert {
    condition     = output.on_removal == "close" && output.account == "payments-prod" && output.email == "aws+payments-prod@example.com"
    error_message = "the outputs do not repeat the request"
  }
}

run "an_account_is_retained_unless_told_otherwise" {
  command = plan

  assert {
    condition     = output.on_removal == "retain"
    error_message = "on_removal does not default to retain"
  }
}

run "a_unit_below_the_root_needs_no_id" {
  command = plan

  variables {
    organizational_unit = "Sandbox"
  }
}

run "values_that_look_like_templates_stay_as_they_are" {
  command = plan

  variables {
    name = "$${path.module} %%{ if true }"
  }

  assert {
    condition     = aws_servicecatalog_provisioned_product.this.provisioning_parameters[1].value == "$${path.module} %%{ if true }"
    error_message = "the name was interpreted"
  }
}

run "a_slug_that_is_no_product_name_is_refused" {
  command = plan

  variables {
    account = "-payments"
  }

  expect_failures = [var.account]
}

run "a_name_of_51_characters_is_refused" {
  command = plan

  variables {
    name = "123456789012345678901234567890123456789012345678901"
  }

  expect_failures = [var.name]
}

run "a_name_with_an_angle_bracket_is_refused" {
  command = plan

  variables {
    name = "Payments <prod>"
  }

  expect_failures = [var.name]
}

run "an_email_of_65_characters_is_refused" {
  command = plan

  variables {
    email = "aws+payments-prod-that-is-quite-a-bit-too-long-for-aws@example.com"
  }

  expect_failures = [var.email]
}

run "an_email_without_a_domain_is_refused" {
  command = plan

  variables {
    email = "payments@example"
  }

  expect_failures = [var.email]
}

run "a_path_of_units_is_refused" {
  command = plan

  variables {
    organizational_unit = "Workloads/Prod"
  }

  expect_failures = [var.organizational_unit]
}

run "a_bare_unit_id_is_refused" {
  command = plan

  variables {
    organizational_unit = "ou-ab12-cdefgh34"
  }

  expect_failures = [var.organizational_unit]
}

run "an_sso_user_without_a_last_name_is_refused" {
  command = plan

  variables {
    sso_user = {
      email      = "grace@example.com"
      first_name = "Grace"
      last_name  = " "
    }
  }

  expect_failures = [var.sso_user]
}

run "an_artifact_given_by_name_is_refused" {
  command = plan

  variables {
    provisioning_artifact_id = "AWS Control Tower Account Factory"
  }

  expect_failures = [var.provisioning_artifact_id]
}

run "a_product_given_by_name_is_refused" {
  command = plan

  variables {
    product_id = "AWS Control Tower Account Factory"
  }

  expect_failures = [var.product_id]
}

run "a_launch_path_given_by_name_is_refused" {
  command = plan

  variables {
    path_id = "AWS Control Tower Account Factory Portfolio"
  }

  expect_failures = [var.path_id]
}

run "an_unknown_meaning_of_removal_is_refused" {
  command = plan

  variables {
    on_removal = "destroy"
  }

  expect_failures = [var.on_removal]
}

run "the_example_plans" {
  command = plan

  module {
    source = "./examples/complete"
  }
}
