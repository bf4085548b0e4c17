module "ci_deploy_role" {
  source = "../.."

  name     = "ci-deploy"
  subjects = ["repo:example/payments:environment:production"]

  policy_arns              = { deploy = "arn:aws:iam::aws:policy/PowerUserAccess" }
  permissions_boundary_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
  max_session_seconds      = 7200

  tags = { CostCenter = "4711" }
}

output "role_arn" {
  description = "ARN of the role."
  value       = module.ci_deploy_role.role_arn
}
