"""Refuses a network that overlaps with another one of the account, before Terraform makes it.

AWS lets VPCs of one account overlap; it shows only when somebody connects them.
"""

import ipaddress
import os
from collections.abc import Mapping
from typing import Any

import boto3

# Set by the module on the VPC it makes: the name of the account request.
NAME_TAG = "Name"


def run(context: Mapping[str, Any]) -> None:
    """Ends with a message, which makes the hook fail, where another VPC has addresses of `vpc_cidr`."""
    wanted = ipaddress.ip_network(context["request"]["custom_fields"]["vpc_cidr"])
    ec2 = boto3.Session(region_name=os.environ["VEND_REGION"]).client("ec2")

    for page in ec2.get_paginator("describe_vpcs").paginate():
        for vpc in page["Vpcs"]:
            tags = {tag["Key"]: tag["Value"] for tag in vpc.get("Tags", [])}
            if tags.get(NAME_TAG) == os.environ["VEND_ACCOUNT"] or vpc.get("IsDefault"):
                continue
            taken = ipaddress.ip_network(vpc["CidrBlock"])
            if taken.overlaps(wanted):
                raise SystemExit(f"vpc_cidr {wanted} overlaps with {taken} of {vpc['VpcId']}")

    print(f"{wanted} is free")
