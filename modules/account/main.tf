resource "aws_servicecatalog_provisioned_product" "this" {
  name                     = var.account
  product_id               = var.product_id
  provisioning_artifact_id = var.provisioning_artifact_id
  path_id                  = var.path_id

  # The provider compares these as a list and never reads them back: another order is an update of the account.
  provisioning_parameters {
    key   = "AccountEmail"
    value = var.email
  }

  provisioning_parameters {
    key   = "AccountName"
    value = var.name
  }

  provisioning_parameters {
    key   = "ManagedOrganizationalUnit"
    value = var.organizational_unit
  }

  provisioning_parameters {
    key   = "SSOUserEmail"
    value = var.sso_user.email
  }

  provisioning_parameters {
    key   = "SSOUserFirstName"
    value = var.sso_user.first_name
  }

  provisioning_parameters {
    key   = "SSOUserLastName"
    value = var.sso_user.last_name
  }

  # Control Tower takes up to 45 minutes for an account, and waits for its turn besides; the provider gives up after 30.
  timeouts {
    create = "90m"
    read   = "30m"
    update = "90m"
    delete = "90m"
  }

  lifecycle {
    # Destroying this terminates the product, which takes the account out of Control Tower.
    prevent_destroy = true

    # Any difference here would call UpdateProvisionedProduct, which changes nothing in the account and takes one of the
    # few account operations that Control Tower runs at once.
    ignore_changes = [
      accept_language,           # language of error messages; never read back
      ignore_errors,             # only used to terminate
      retain_physical_resources, # only used to terminate
      path_id,                   # only used to launch; a rebuilt portfolio would otherwise update every account
      tags,                      # tags of the product; the account's own are set through Organizations
      tags_all,                  # the same, from a provider's default_tags
    ]
  }
}
