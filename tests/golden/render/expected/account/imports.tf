# Written by vend: takes over a product that exists.
variable "adopted_product_id" {
  type     = string
  nullable = false
}

import {
  to = module.account.aws_servicecatalog_provisioned_product.this
  id = var.adopted_product_id
}
