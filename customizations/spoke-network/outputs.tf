output "vpc_id" {
  description = "Id of the VPC."
  value       = module.spoke.vpc_id
}

output "private_subnet_ids" {
  description = "Ids of the private subnets by availability zone."
  value       = module.spoke.private_subnet_ids
}
