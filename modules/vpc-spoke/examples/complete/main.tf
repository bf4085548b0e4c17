module "vpc_spoke" {
  source = "../.."

  name               = "payments-prod"
  cidr               = "10.20.0.0/16"
  availability_zones = 3
  subnet_newbits     = 4
  flow_logs          = { bucket_arn = "arn:aws:s3:::example-flow-logs" }

  tags = { CostCenter = "4711" }
}

output "private_subnet_ids" {
  description = "Ids of the private subnets by availability zone."
  value       = module.vpc_spoke.private_subnet_ids
}
