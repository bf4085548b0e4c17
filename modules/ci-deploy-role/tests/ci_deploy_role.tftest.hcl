mock_provider "aws" {
  # A role's trust policy is checked for the form of its principals.
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = {
      arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    }
    override_during = plan
  }
}

variables {
  subjects = ["repo:example/payments:environment:production"]
}

run "the_role_trusts_only_this_audience_and_subject" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition == {
      StringEquals = { "token.actions.githubusercontent.com:aud" = ["sts.amazonaws.com"] }
      StringLike   = { "token.actions.githubusercontent.com:sub" = ["repo:example/payments:environment:production"] }
    }
    error_message = "the trust policy is wider than asked for"
  }
}

run "a_provider_that_exists_is_used" {
  command = plan

  variables {
    existing_provider = { arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com" }
    issuer            = "https://gitlab.example.com"
    subjects          = ["project_path:example/payments:ref_type:branch:ref:main"]
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.this) == 0 && output.provider_arn == "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com"
    error_message = "a second provider is planned for one issuer"
  }
}

run "the_boundary_is_set" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == "arn:aws:iam::aws:policy/PowerUserAccess"
    error_message = "the role has no boundary"
  }
}

run "any_subject_at_all_is_refused" {
  command = plan

  variables {
    subjects = ["*"]
  }

  expect_failures = [var.subjects]
}

run "any_owner_is_refused" {
  command = plan

  variables {
    subjects = ["repo:*/payments:ref:refs/heads/main"]
  }

  expect_failures = [var.subjects]
}

run "half_an_owner_is_refused" {
  command = plan

  variables {
    subjects = ["repo:exam*/payments:ref:refs/heads/main"]
  }

  expect_failures = [var.subjects]
}

run "nobody_is_refused" {
  command = plan

  variables {
    subjects = []
  }

  expect_failures = [var.subjects]
}

run "an_issuer_without_tls_is_refused" {
  command = plan

  variables {
    issuer = "http://gitlab.example.com"
  }

  expect_failures = [var.issuer]
}

run "a_policy_given_by_name_is_refused" {
  command = plan

  variables {
    policy_arns = { read = "ReadOnlyAccess" }
  }

  expect_failures = [var.policy_arns]
}

run "the_example_plans" {
  command = plan

  module {
    source = "./examples/complete"
  }
}
