output "alternate_contacts" {
  description = "Kinds of the alternate contacts that are set."
  value       = keys(aws_account_alternate_contact.this)
}

output "access" {
  description = "Keys of the assignments that are made."
  value       = keys(aws_ssoadmin_account_assignment.this)
}

output "opt_in_regions" {
  description = "State of each Region that is switched on, by its code: `ENABLED`, or `ENABLING` while AWS is at it."
  value       = { for name, region in aws_account_region.this : name => region.opt_status }
}
