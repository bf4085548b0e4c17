mock_provider "aws" {}

run "by_default_everything_but_the_alias_is_set" {
  command = plan

  assert {
    condition = (
      length(aws_iam_account_alias.this) == 0 &&
      length(aws_s3_account_public_access_block.this) == 1 &&
      length(aws_ebs_encryption_by_default.this) == 1 &&
      length(aws_iam_account_password_policy.this) == 1
    )
    error_message = "the defaults do not protect the account"
  }
}

run "all_four_ways_to_public_buckets_are_shut" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_account_public_access_block.this[0].block_public_acls,
      aws_s3_account_public_access_block.this[0].block_public_policy,
      aws_s3_account_public_access_block.this[0].ignore_public_acls,
      aws_s3_account_public_access_block.this[0].restrict_public_buckets,
    ])
    error_message = "a way to public buckets is open"
  }
}

run "each_part_can_be_switched_off" {
  command = plan

  variables {
    block_public_s3_access = false
    encrypt_ebs_by_default = false
    password_policy        = null
  }

  assert {
    condition = (
      length(aws_s3_account_public_access_block.this) == 0 &&
      length(aws_ebs_encryption_by_default.this) == 0 &&
      length(aws_iam_account_password_policy.this) == 0
    )
    error_message = "a part that was switched off is planned"
  }
}

run "a_short_minimum_length_is_refused" {
  command = plan

  variables {
    password_policy = { minimum_length = 6 }
  }

  expect_failures = [var.password_policy]
}

run "an_endless_password_history_is_refused" {
  command = plan

  variables {
    password_policy = { reuse_prevention = 25 }
  }

  expect_failures = [var.password_policy]
}

run "an_alias_with_capitals_is_refused" {
  command = plan

  variables {
    account_alias = "Payments"
  }

  expect_failures = [var.account_alias]
}

run "an_alias_that_looks_like_an_account_id_is_refused" {
  command = plan

  variables {
    account_alias = "123456789012"
  }

  expect_failures = [var.account_alias]
}

run "the_example_plans" {
  command = plan

  module {
    source = "./examples/complete"
  }
}
