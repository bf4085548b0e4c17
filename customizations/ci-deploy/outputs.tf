output "role_arn" {
  description = "ARN of the role that CI assumes."
  value       = module.role.role_arn
}
