variable "name" {
  description = "Name of the VPC, and beginning of the names of what is in it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$", var.name))
    error_message = "name is \"${var.name}\": it takes 1 to 100 letters, digits, \".\", \"_\" and \"-\", such as \"payments-prod\"."
  }
}

variable "cidr" {
  description = "IPv4 block of the VPC, from /16 to /25, in private address space."
  type        = string
  nullable    = false

  validation {
    # cidrhost puts the first address of the block back: "10.20.0.1/16" is no block.
    condition     = can(regex("/(1[6-9]|2[0-5])$", var.cidr)) && try(cidrhost(var.cidr, 0) == split("/", var.cidr)[0], false)
    error_message = "cidr is \"${var.cidr}\": it takes the first address of a block and a length from /16 to /25, such as \"10.64.0.0/16\"."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.)", var.cidr))
    error_message = "cidr is \"${var.cidr}\": it takes private address space (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10), such as \"10.64.0.0/16\"."
  }
}

variable "availability_zones" {
  description = "How many availability zones get a private subnet."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.availability_zones >= 1 && var.availability_zones <= 6 && floor(var.availability_zones) == var.availability_zones
    error_message = "availability_zones is ${var.availability_zones}: it takes a whole number from 1 to 6, such as 3."
  }
}

variable "subnet_newbits" {
  description = "How many bits longer a subnet's prefix is than the VPC's: 3 leaves room for eight subnets. Changing it replaces all subnets."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = pow(2, var.subnet_newbits) >= var.availability_zones
    error_message = "subnet_newbits is ${var.subnet_newbits}, which is too few for ${var.availability_zones} subnets: 3 gives eight."
  }

  validation {
    condition     = try(tonumber(split("/", var.cidr)[1]), 0) + var.subnet_newbits <= 28
    error_message = "subnet_newbits is ${var.subnet_newbits}, which makes subnets of \"${var.cidr}\" smaller than /28, AWS's smallest."
  }
}

variable "dns_hostnames" {
  description = "Whether what runs in the VPC gets DNS names. Private names of interface endpoints need it."
  type        = bool
  default     = true
  nullable    = false
}

# An object, so that whether there is one is known while planning even where the bucket is still to be made.
variable "flow_logs" {
  description = <<-EOT
    Flow logs of the VPC. Null makes none.

    - `bucket_arn`: ARN of the bucket that gets them, usually in the log archive account.
  EOT
  type = object({
    bucket_arn = string
  })
  default = null

  validation {
    condition     = var.flow_logs == null ? true : can(regex("^arn:aws[a-z-]*:s3:::[a-z0-9.-]{3,63}(/.*)?$", var.flow_logs.bucket_arn))
    error_message = "flow_logs.bucket_arn is \"${try(coalesce(var.flow_logs.bucket_arn, "null"), "null")}\": it takes the ARN of a bucket, such as \"arn:aws:s3:::example-flow-logs\"."
  }
}

variable "tags" {
  description = "Tags of everything in the VPC; `Name` is set here."
  type        = map(string)
  default     = {}
  nullable    = false
}
