"""Machine images are there when somebody looks for them, and cost nothing before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.emulated import Emulated, emulated

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulated]:
    with emulated(operation_seconds=0.0) as running:
        yield running


def test_a_region_that_nobody_asked_for_images_holds_none(aws: Emulated) -> None:
    """Looking at networks makes the Region's backend, not its 1,300 images."""
    from moto.ec2.models import ec2_backends

    aws.client("ec2").describe_vpcs()
    assert not ec2_backends["111111111111"]["eu-west-1"].amis


def test_images_and_their_snapshots_are_found(aws: Emulated) -> None:
    """By owner, by name, by snapshot: what `data "aws_ami"` asks for; twice, they are the same."""
    ec2 = aws.client("ec2")
    found = ec2.describe_images(
        Owners=["amazon"],
        Filters=[{"Name": "name", "Values": ["amzn2-ami-*"]}, {"Name": "state", "Values": ["available"]}],
    )["Images"]
    assert found
    assert ec2.describe_images(ImageIds=[found[0]["ImageId"]])["Images"][0] == found[0]
    snapshots = aws.client("ec2", region="eu-west-2").describe_snapshots(MaxResults=5)["Snapshots"]
    assert snapshots


def test_an_instance_takes_the_properties_of_its_image(aws: Emulated) -> None:
    """In a Region where nobody looked at images before."""
    ec2 = aws.client("ec2", region="eu-central-1")
    image = aws.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    described = ec2.describe_images(ImageIds=[image])["Images"][0]
    assert (instance["ImageId"], instance["RootDeviceName"]) == (image, described["RootDeviceName"])
