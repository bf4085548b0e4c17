output "account" {
  description = "Identity of the account in the fleet."
  value       = var.account
}

output "email" {
  description = "Address of the root user that was asked for."
  value       = var.email
}

output "on_removal" {
  description = "What deleting the request means."
  value       = var.on_removal
}

output "provisioned_product_id" {
  description = "Id of the provisioned product."
  value       = aws_servicecatalog_provisioned_product.this.id
}
