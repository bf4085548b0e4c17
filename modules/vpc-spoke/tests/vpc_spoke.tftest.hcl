mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = {
      names = ["eu-west-1c", "eu-west-1a", "eu-west-1b"]
    }
  }
}

variables {
  name = "payments-prod"
  cidr = "10.20.0.0/16"
}

run "two_zones_get_a_subnet_each" {
  command = plan

  assert {
    condition     = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == { "eu-west-1a" = "10.20.0.0/19", "eu-west-1b" = "10.20.32.0/19" }
    error_message = "the subnets are not the first blocks of the VPC, by zone"
  }
}

run "a_third_zone_moves_no_subnet" {
  command = plan

  variables {
    availability_zones = 3
  }

  assert {
    condition     = [for subnet in aws_subnet.private : subnet.cidr_block] == ["10.20.0.0/19", "10.20.32.0/19", "10.20.64.0/19"]
    error_message = "an existing subnet would get another block"
  }
}

run "subnets_are_private" {
  command = plan

  assert {
    condition     = !anytrue([for subnet in aws_subnet.private : subnet.map_public_ip_on_launch])
    error_message = "a subnet hands out public addresses"
  }
}

run "names_are_given_unless_told_otherwise" {
  command = plan

  assert {
    condition     = aws_vpc.this.enable_dns_support && aws_vpc.this.enable_dns_hostnames
    error_message = "the VPC gives no names"
  }
}

run "flow_logs_are_made_only_where_a_bucket_is_given" {
  command = plan

  assert {
    condition     = length(aws_flow_log.this) == 0
    error_message = "a flow log is planned without a bucket"
  }
}

run "more_zones_than_the_region_has_are_refused" {
  command = plan

  variables {
    availability_zones = 4
  }

  expect_failures = [aws_vpc.this]
}

run "an_address_inside_a_block_is_refused" {
  command = plan

  variables {
    cidr = "10.20.0.1/16"
  }

  expect_failures = [var.cidr]
}

run "public_address_space_is_refused" {
  command = plan

  variables {
    cidr = "8.8.0.0/16"
  }

  expect_failures = [var.cidr]
}

run "subnets_smaller_than_aws_allows_are_refused" {
  command = plan

  variables {
    cidr           = "10.20.0.0/25"
    subnet_newbits = 4
  }

  expect_failures = [var.subnet_newbits]
}

run "too_few_bits_for_the_zones_are_refused" {
  command = plan

  variables {
    subnet_newbits = 0
  }

  expect_failures = [var.subnet_newbits]
}

run "a_bucket_given_by_name_is_refused" {
  command = plan

  variables {
    flow_logs = { bucket_arn = "example-flow-logs" }
  }

  expect_failures = [var.flow_logs]
}

run "the_example_plans" {
  command = plan

  module {
    source = "./examples/complete"
  }
}
