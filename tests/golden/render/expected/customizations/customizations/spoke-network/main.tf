variable "custom_fields" {
  type = map(string)
}

variable "region" {
  type = string
}

module "network" {
  source = "../../modules/network"
}
