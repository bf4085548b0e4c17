locals {
  # The condition keys of a trust policy begin with the issuer, without its scheme.
  issuer = trimprefix(var.issuer, "https://")

  provider_arn = var.existing_provider == null ? aws_iam_openid_connect_provider.this[0].arn : var.existing_provider.arn
}

resource "aws_iam_openid_connect_provider" "this" {
  count = var.existing_provider == null ? 1 : 0

  url            = var.issuer
  client_id_list = sort(var.audiences)

  tags = var.tags
}

resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "Assumed by CI with tokens of ${local.issuer}"
  max_session_duration = var.max_session_seconds
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "CiWithItsToken"
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider_arn }
      Condition = {
        StringEquals = { "${local.issuer}:aud" = sort(var.audiences) }
        StringLike   = { "${local.issuer}:sub" = sort(var.subjects) }
      }
    }]
  })

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = var.policy_arns

  role       = aws_iam_role.this.name
  policy_arn = each.value
}
