output "state_bucket" {
  description = "Name of the bucket, for `state \"s3\"` in vend.hcl."
  value       = aws_s3_bucket.state.bucket
}

output "ledger_table" {
  description = "Name of the table, for `ledger \"dynamodb\"` in vend.hcl."
  value       = aws_dynamodb_table.ledger.name
}

output "role_arns" {
  description = "ARNs of the CI roles, by what they do: `plan`, `apply`."
  value       = { for key, role in aws_iam_role.ci : key => role.arn }
}
