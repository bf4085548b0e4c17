data "aws_availability_zones" "this" {
  state = "available"

  # Local Zones and Wavelength Zones are listed too; they carry fewer services.
  filter {
    name   = "zone-type"
    values = ["availability-zone"]
  }
}

locals {
  available = sort(data.aws_availability_zones.this.names)
  zones     = slice(local.available, 0, min(var.availability_zones, length(local.available)))

  # A zone's place in the list picks its block: adding a zone later moves no subnet.
  subnet_cidrs = { for index, zone in local.zones : zone => cidrsubnet(var.cidr, var.subnet_newbits, index) }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = var.dns_hostnames

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = length(local.available) >= var.availability_zones
      error_message = "availability_zones is ${var.availability_zones}, but the Region has ${length(local.available)}."
    }
  }
}

# AWS makes it with every VPC and lets everything out; without rules nobody can use it by accident.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-default-locked" })
}

resource "aws_subnet" "private" {
  for_each = local.subnet_cidrs

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = false

  tags = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

resource "aws_route_table" "private" {
  for_each = local.subnet_cidrs

  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-private-${each.key}" })

  lifecycle {
    # Routes belong to whoever connects the spoke: a transit gateway, a peering, a VPN.
    ignore_changes = [route]
  }
}

resource "aws_route_table_association" "private" {
  for_each = local.subnet_cidrs

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

resource "aws_flow_log" "this" {
  count = var.flow_logs == null ? 0 : 1

  vpc_id               = aws_vpc.this.id
  traffic_type         = "ALL"
  log_destination_type = "s3"
  log_destination      = var.flow_logs.bucket_arn

  tags = merge(var.tags, { Name = var.name })
}
