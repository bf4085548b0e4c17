module "role" {
  source = "../../modules/ci-deploy-role"

  name     = "ci-deploy"
  subjects = ["repo:${var.custom_fields["ci_repository"]}:environment:${var.custom_fields["ci_environment"]}"]

  # What CI may do, and what it can never be allowed to do whatever is attached to it later.
  policy_arns              = { deploy = "arn:aws:iam::aws:policy/PowerUserAccess" }
  permissions_boundary_arn = "arn:aws:iam::aws:policy/PowerUserAccess"

  tags = var.account.tags
}
