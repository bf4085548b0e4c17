output "role_arn" {
  description = "ARN of the role, to be given to CI."
  value       = aws_iam_role.this.arn
}

output "provider_arn" {
  description = "ARN of the OIDC provider that the role trusts."
  value       = local.provider_arn
}
