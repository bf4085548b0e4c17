mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_resource "aws_iam_role" {
    defaults        = { arn = "arn:aws:iam::111111111111:role/vend-apply" }
    override_during = plan
  }
}

variables {
  state_bucket = "example-vend-state"
}

run "state_is_versioned_encrypted_and_private" {
  command = plan

  assert {
    condition = (
      aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" &&
      one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256" &&
      aws_s3_bucket_public_access_block.state.restrict_public_buckets
    )
    error_message = "the state bucket is not safe"
  }
}

run "the_ledger_has_the_keys_that_vend_uses" {
  command = plan

  assert {
    condition = (
      [aws_dynamodb_table.ledger.hash_key, aws_dynamodb_table.ledger.range_key] == ["pk", "sk"] &&
      aws_dynamodb_table.ledger.ttl[0].attribute_name == "expires_at" &&
      aws_dynamodb_table.ledger.point_in_time_recovery[0].enabled
    )
    error_message = "the table does not fit the ledger"
  }
}

run "without_ci_there_are_no_roles" {
  command = plan

  assert {
    condition     = length(aws_iam_role.ci) + length(aws_iam_openid_connect_provider.ci) == 0
    error_message = "roles are planned that nobody asked for"
  }
}

run "the_plan_role_cannot_change_accounts" {
  command = plan

  variables {
    ci = {
      plan_subjects  = ["repo:example/accounts:pull_request"]
      apply_subjects = ["repo:example/accounts:ref:refs/heads/main"]
    }
  }

  assert {
    condition = length(setintersection(
      flatten([for statement in jsondecode(aws_iam_role_policy.ci["plan"].policy).Statement : statement.Action]),
      ["sts:AssumeRole", "servicecatalog:ProvisionProduct", "servicecatalog:UpdateProvisionedProduct", "servicecatalog:TerminateProvisionedProduct", "organizations:CreateAccount"],
    )) == 0
    error_message = "the plan role may do more than look"
  }

  assert {
    condition = !anytrue([
      for statement in jsondecode(aws_iam_role_policy.ci["plan"].policy).Statement :
      contains(statement.Action, "s3:PutObject") || contains(statement.Action, "s3:DeleteObject")
    ])
    error_message = "the plan role may write state"
  }
}

run "each_role_trusts_its_own_subjects" {
  command = plan

  variables {
    ci = {
      plan_subjects  = ["repo:example/accounts:pull_request"]
      apply_subjects = ["repo:example/accounts:ref:refs/heads/main"]
    }
  }

  assert {
    condition = {
      for key, role in aws_iam_role.ci :
      key => one(jsondecode(role.assume_role_policy).Statement[0].Condition.StringLike["token.actions.githubusercontent.com:sub"])
      } == {
      plan  = "repo:example/accounts:pull_request"
      apply = "repo:example/accounts:ref:refs/heads/main"
    }
    error_message = "a role trusts somebody else's subject"
  }
}

run "a_pull_request_that_applies_is_refused" {
  command = plan

  variables {
    ci = {
      plan_subjects  = ["repo:example/accounts:ref:refs/heads/main"]
      apply_subjects = ["repo:example/accounts:pull_request"]
    }
  }

  expect_failures = [var.ci]
}

run "a_wildcard_that_covers_pull_requests_is_refused" {
  command = plan

  variables {
    ci = {
      plan_subjects  = ["repo:example/accounts:pull_request"]
      apply_subjects = ["repo:example/accounts:*"]
    }
  }

  expect_failures = [var.ci]
}

run "a_subject_that_plans_and_applies_is_refused" {
  command = plan

  variables {
    ci = {
      plan_subjects  = ["repo:example/accounts:ref:refs/heads/main"]
      apply_subjects = ["repo:example/accounts:ref:refs/heads/main"]
    }
  }

  expect_failures = [var.ci]
}

run "any_repository_at_all_is_refused" {
  command = plan

  variables {
    ci = {
      plan_subjects  = ["repo:*"]
      apply_subjects = ["repo:example/accounts:ref:refs/heads/main"]
    }
  }

  expect_failures = [var.ci]
}

run "a_bucket_name_with_capitals_is_refused" {
  command = plan

  variables {
    state_bucket = "Example-State"
  }

  expect_failures = [var.state_bucket]
}

run "a_key_given_by_alias_is_refused" {
  command = plan

  variables {
    kms_key_arn = "alias/vend"
  }

  expect_failures = [var.kms_key_arn]
}

run "the_example_plans" {
  command = plan

  module {
    source = "./examples/complete"
  }
}

run "the_apply_role_takes_tokens_of_its_branch_alone" {
  command = plan

  variables {
    ci = {
      plan_subjects  = ["repo:example/accounts:pull_request"]
      apply_subjects = ["repo:example/accounts:environment:vend-apply"]
      apply_refs     = ["refs/heads/main"]
    }
  }

  assert {
    condition = (
      jsondecode(aws_iam_role.ci["apply"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:ref"] == ["refs/heads/main"] &&
      !can(jsondecode(aws_iam_role.ci["plan"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:ref"])
    )
    error_message = "a token of another branch, or of a pull request, may apply"
  }
}

run "a_branch_must_be_whole" {
  command = plan

  variables {
    ci = {
      plan_subjects  = ["repo:example/accounts:pull_request"]
      apply_subjects = ["repo:example/accounts:environment:vend-apply"]
      apply_refs     = ["refs/heads/*"]
    }
  }

  expect_failures = [var.ci]
}

run "a_role_that_reaches_accounts_may_narrow_its_own_session_and_no_other_role" {
  command = plan

  variables {
    ci = {
      plan_subjects  = ["repo:example/accounts:pull_request"]
      apply_subjects = ["repo:example/accounts:ref:refs/heads/main"]
    }
  }

  assert {
    condition = (
      jsondecode(aws_iam_role.ci["apply"].assume_role_policy).Statement[1].Condition.ArnEquals["aws:PrincipalArn"] == "arn:aws:iam::111111111111:role/vend-apply" &&
      length(jsondecode(aws_iam_role.ci["plan"].assume_role_policy).Statement) == 1
    )
    error_message = "the roles trust something else than themselves"
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_role_policy.ci["apply"].policy).Statement :
      statement.Resource == ["arn:aws:iam::111111111111:role/vend-apply"] && statement.Action == ["sts:AssumeRole"]
    ])
    error_message = "the apply role may not assume itself"
  }
}
