"""Refuses a network that overlaps with another one of the account, before Terraform makes it.

AWS lets VPCs of one account overlap; it shows only when somebody connects them.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

import boto3


def run(context: Mapping[str, Any]) -> None:
    """Ends with a message, which makes the hook fail, where another VPC has addresses of `vpc_cidr`."""
    cidr = context["request"]["custom_fields"].get("vpc_cidr")
    if cidr is None:
        raise SystemExit("the request has no custom field vpc_cidr")

    pages = boto3.client("ec2", region_name=context["region"]).get_paginator("describe_vpcs").paginate()
    vpcs = [vpc for page in pages for vpc in page["Vpcs"]]
    taken = overlapping(cidr, vpcs, own=context["account"])
    if taken:
        raise SystemExit(f"vpc_cidr {cidr} overlaps with {', '.join(taken)}")
    print(f"{cidr} is free")


def overlapping(cidr: str, vpcs: Iterable[Mapping[str, Any]], own: str) -> list[str]:
    """The VPCs that share addresses with this block, but for default ones and the one that is named `own`."""
    wanted = ipaddress.ip_network(cidr)
    taken = []
    for vpc in vpcs:
        names = [tag["Value"] for tag in vpc.get("Tags", []) if tag["Key"] == "Name"]
        if own in names or vpc.get("IsDefault", False):
            continue
        blocks = [block["CidrBlock"] for block in vpc.get("CidrBlockAssociationSet", [])] or [vpc["CidrBlock"]]
        taken += [f"{block} of {vpc['VpcId']}" for block in blocks if ipaddress.ip_network(block).overlaps(wanted)]
    return taken
