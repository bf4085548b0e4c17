# Written by vend: an import would otherwise send all parameters, an update of the account that changes nothing and
# takes one of the few account operations at once. Stays until the first real change.
resource "aws_servicecatalog_provisioned_product" "this" {
  lifecycle {
    ignore_changes = [
      accept_language,
      ignore_errors,
      path_id,
      path_name,
      provisioning_artifact_id,
      provisioning_artifact_name,
      provisioning_parameters,
      retain_physical_resources,
      tags,
      tags_all,
      timeouts, # not in an imported state: alone enough for UpdateProvisionedProduct
    ]
  }
}
