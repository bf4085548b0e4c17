# Roles that CI assumes with its own tokens: one plans pull requests, one applies what was merged.

locals {
  state_objects = "${local.bucket_arn}/${var.state_prefix}/*"

  key_statements = var.kms_key_arn == null ? [] : [{
    Sid      = "StateKey"
    Effect   = "Allow"
    Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource = [var.kms_key_arn]
  }]

  # A role that can assume the execution role is an administrator of every vended account.
  execution_statements = [{
    Sid      = "VendedAccounts"
    Effect   = "Allow"
    Action   = ["sts:AssumeRole"]
    Resource = [local.execution_role_arn]
  }]

  plan_statements = concat([
    {
      Sid    = "Look"
      Effect = "Allow"
      Action = [
        "account:Get*", "account:List*",
        "controltower:Get*", "controltower:List*",
        "iam:GetSAMLProvider",
        "identitystore:Describe*", "identitystore:Get*", "identitystore:List*",
        "organizations:Describe*", "organizations:List*",
        "servicecatalog:Describe*", "servicecatalog:Get*", "servicecatalog:List*", "servicecatalog:Scan*", "servicecatalog:Search*",
        "servicequotas:GetServiceQuota",
        "sso:Describe*", "sso:Get*", "sso:List*",
        "sts:GetCallerIdentity",
      ]
      Resource = ["*"]
    },
    {
      Sid      = "ReadState"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = [local.state_objects]
    },
    {
      Sid      = "ListState"
      Effect   = "Allow"
      Action   = ["s3:ListBucket", "s3:GetBucketVersioning"]
      Resource = [local.bucket_arn]
    },
    {
      Sid    = "ReadLedger"
      Effect = "Allow"
      Action = [
        "dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan",
      ]
      Resource = [local.table_arn]
    },
  ], local.key_statements)

  apply_statements = concat([
    {
      Sid    = "WriteState"
      Effect = "Allow"
      Action = ["s3:PutObject", "s3:DeleteObject"]
      # The objects below the prefix, locks included.
      Resource = [local.state_objects]
    },
    {
      Sid    = "WriteLedger"
      Effect = "Allow"
      Action = [
        "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem",
        "dynamodb:UpdateItem",
      ]
      Resource = [local.table_arn]
    },
    {
      Sid    = "Products"
      Effect = "Allow"
      Action = [
        "servicecatalog:ProvisionProduct", "servicecatalog:TerminateProvisionedProduct",
        "servicecatalog:UpdateProvisionedProduct",
      ]
      Resource = ["*"]
    },
    {
      # Account Factory has no launch role: it uses its caller's permissions. From "Scripted provisioning" in the
      # Control Tower user guide.
      Sid    = "AccountFactory"
      Effect = "Allow"
      Action = [
        "controltower:CreateManagedAccount", "controltower:DeregisterManagedAccount",
        "controltower:DescribeManagedAccount",
        "organizations:CreateAccount", "organizations:DescribeCreateAccountStatus",
        "s3:GetObject",
        "sso-directory:AddMemberToGroup", "sso-directory:CreateUser", "sso-directory:DescribeDirectory",
        "sso-directory:DescribeGroups", "sso-directory:GetUserPoolInfo", "sso-directory:ListMembersInGroup",
        "sso-directory:SearchGroups", "sso-directory:SearchGroupsWithGroupName", "sso-directory:SearchUsers",
        "sso:AssociateProfile", "sso:CreateApplicationInstance", "sso:CreateProfile", "sso:CreateTrust",
        "sso:DescribeRegisteredRegions", "sso:GetApplicationInstance", "sso:GetPeregrineStatus",
        "sso:GetPermissionSet", "sso:GetProfile", "sso:GetSSOStatus", "sso:GetTrust",
        "sso:ListDirectoryAssociations", "sso:ListPermissionSets", "sso:ListProfileAssociations",
        "sso:ProvisionApplicationInstanceForAWSAccount", "sso:ProvisionApplicationProfileForAWSAccountInstance",
        "sso:ProvisionSAMLProvider", "sso:UpdateProfile", "sso:UpdateTrust",
      ]
      Resource = ["*"]
    },
    {
      Sid    = "AccountSettings"
      Effect = "Allow"
      Action = [
        "account:DeleteAlternateContact", "account:EnableRegion", "account:PutAlternateContact",
        "organizations:TagResource", "organizations:UntagResource",
        "sso:CreateAccountAssignment", "sso:DeleteAccountAssignment",
      ]
      Resource = ["*"]
    },
  ], local.execution_statements)

  role_arns = var.ci == null ? {} : {
    plan  = "arn:${local.partition}:iam::${local.account_id}:role/${var.ci.plan_role}"
    apply = "arn:${local.partition}:iam::${local.account_id}:role/${var.ci.apply_role}"
  }

  # What Terraform inside a vended account may do with the state is a session of the role itself, narrowed to that
  # account's state. Only a role that reaches vended accounts needs it.
  own_statements = {
    for role, arn in local.role_arns : role => [{
      Sid      = "OwnNarrowedSession"
      Effect   = "Allow"
      Action   = ["sts:AssumeRole"]
      Resource = [arn]
    }]
  }

  roles = var.ci == null ? {} : {
    plan = {
      name             = var.ci.plan_role
      subjects         = var.ci.plan_subjects
      refs             = []
      reaches_accounts = var.ci.plan_in_accounts
      statements       = concat(local.plan_statements, var.ci.plan_in_accounts ? concat(local.execution_statements, local.own_statements.plan) : [])
    }
    apply = {
      name             = var.ci.apply_role
      subjects         = var.ci.apply_subjects
      refs             = sort(var.ci.apply_refs)
      reaches_accounts = true
      statements       = concat(local.plan_statements, local.apply_statements, local.own_statements.apply)
    }
  }

  issuer       = var.ci == null ? "" : trimprefix(var.ci.issuer, "https://")
  provider_arn = "arn:${local.partition}:iam::${local.account_id}:oidc-provider/${local.issuer}"
}

resource "aws_iam_openid_connect_provider" "ci" {
  count = try(var.ci.create_provider, false) ? 1 : 0

  url            = var.ci.issuer
  client_id_list = sort(var.ci.audiences)

  tags = var.tags
}

resource "aws_iam_role" "ci" {
  for_each = local.roles

  name                 = each.value.name
  description          = "vend ${each.key}, assumed by CI"
  max_session_duration = 43200

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "CiWithItsToken"
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider_arn }
      Condition = {
        StringEquals = merge(
          { "${local.issuer}:aud" = sort(var.ci.audiences) },
          length(each.value.refs) == 0 ? {} : { "${local.issuer}:ref" = each.value.refs },
        )
        StringLike = { "${local.issuer}:sub" = sort(each.value.subjects) }
      }
      }], each.value.reaches_accounts ? [{
      # A role cannot name itself as principal before it exists; its account, with its ARN as the condition, can be named.
      Sid       = "OwnNarrowedSession"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
      Condition = { ArnEquals = { "aws:PrincipalArn" = local.role_arns[each.key] } }
    }] : [])
  })

  tags = var.tags

  depends_on = [aws_iam_openid_connect_provider.ci]
}

resource "aws_iam_role_policy" "ci" {
  for_each = local.roles

  name = "vend-${each.key}"
  role = aws_iam_role.ci[each.key].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = each.value.statements
  })
}

# Without it Service Catalog answers "No launch paths found". The plan role looks the launch path up, too.
resource "aws_servicecatalog_principal_portfolio_association" "ci" {
  for_each = var.account_factory_portfolio_id == null ? {} : local.roles

  portfolio_id   = var.account_factory_portfolio_id
  principal_arn  = aws_iam_role.ci[each.key].arn
  principal_type = "IAM"
}
