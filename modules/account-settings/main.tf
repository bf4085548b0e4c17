resource "aws_account_alternate_contact" "this" {
  for_each = var.alternate_contacts

  account_id             = var.account_id
  alternate_contact_type = upper(each.key)
  name                   = each.value.name
  title                  = each.value.title
  email_address          = each.value.email
  phone_number           = each.value.phone
}

resource "aws_ssoadmin_account_assignment" "this" {
  for_each = var.access

  instance_arn       = var.identity_center_instance_arn
  permission_set_arn = each.value.permission_set_arn
  principal_type     = "GROUP"
  principal_id       = each.value.group_id
  target_type        = "AWS_ACCOUNT"
  target_id          = var.account_id
}

resource "aws_account_region" "this" {
  for_each = var.opt_in_regions

  account_id  = var.account_id
  region_name = each.value
  enabled     = true

  # AWS takes minutes, at times hours, to bring IAM into a Region.
  timeouts {
    create = "120m"
    update = "120m"
  }
}
