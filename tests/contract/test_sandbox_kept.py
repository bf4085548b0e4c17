"""What a sandbox's state file keeps: everything, and nothing that it says is ever called."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from support.emulated import SECONDS, Emulated, emulated
from vend.sandbox import SandboxConfig
from vend.sandbox.state._graph import Reader
from vend.sandbox.state._snapshot import parts_of, read_kept, write_kept

pytestmark = pytest.mark.sandbox

FROM_THE_CONFIGURATION = {
    ("AccountApi", "_seconds"),
    ("AccountFactory", "_limits"),
    ("AccountListingApi", "_with_status"),
    ("AccountsApi", "_seconds"),
    ("Catalog", "_home"),
    ("Catalog", "_seconds"),
    ("ControlTower", "_home"),
    ("MissingOperations", "_account_id"),
    ("MissingOperations", "_region"),
    ("IdentityStoreApi", "_region"),
    ("LandingZone", "config"),
    ("LifecycleEvents", "_region"),
    ("Organization", "management_account_id"),
    ("Organization", "most_accounts"),
    ("Portfolio", "_account_id"),
    ("Portfolio", "_region"),
    ("TowerOperations", "_seconds"),
    ("ControlTowerResources", "estate"),
}
"""Attributes that a restart takes from vend.hcl again."""
ONLY_WHILE_IT_RUNS = {("Faults", "_changed"), ("Faults", "_closed")}


def _zone(aws: Emulated) -> Any:
    front = aws.sandbox._front
    assert front is not None
    return front.zone


def test_every_attribute_is_kept_or_comes_from_elsewhere() -> None:
    """Whoever gives a part of the landing zone a new attribute names it in KEPT, or says here why not."""
    with emulated() as aws:
        parts = parts_of(_zone(aws)).values()
        assert {"AccountFactory", "ControlTower", "Faults", "Identities"} <= {type(part).__name__ for part in parts}
        forgotten = {
            (type(part).__name__, name)
            for part in parts
            for name, value in vars(part).items()
            if name not in part.KEPT and not _comes_from_elsewhere(value)
        }
    assert forgotten == FROM_THE_CONFIGURATION | ONLY_WHILE_IT_RUNS


def _comes_from_elsewhere(value: object) -> bool:
    """Another part, a function, a table of functions, or moto's."""
    if isinstance(value, dict) and value and all(callable(each) for each in value.values()):
        return True
    return hasattr(type(value), "KEPT") or callable(value) or type(value).__module__.startswith("moto.")


@pytest.fixture(scope="module")
def document() -> tuple[Any, dict[str, Any]]:
    """A sandbox with something of everything as it was written, and what boto3 saw of it before."""
    with emulated(operation_seconds=0.0) as aws:
        account = aws.vended("kept", aws.unit("Workloads/Prod"))
        _fill(aws, account)
        seen = _look(aws, account)
        written, lost = write_kept(_zone(aws))
        assert not lost
        return json.loads(json.dumps(written)), {**seen, "now": aws.clock.now}


def test_all_of_it_comes_back(document: tuple[Any, dict[str, Any]]) -> None:
    """Accounts, products, keys, objects with all versions, functions, queues, tables: boto3 sees what it saw."""
    written, seen = document
    with emulated(operation_seconds=0.0) as aws:
        read_kept(written, _zone(aws))
        aws.variables, aws.clock.now = aws.sandbox.variables(), seen["now"]
        assert {**_look(aws, seen["account"]), "now": aws.clock.now} == seen
        again, _ = write_kept(_zone(aws))
    assert again["parts"].keys() == written["parts"].keys()
    assert {service: set(one["accounts"]) for service, one in again["moto"].items()} == {
        service: set(one["accounts"]) for service, one in written["moto"].items()
    }


def test_what_came_back_can_be_used(document: tuple[Any, dict[str, Any]]) -> None:
    """Keys sign, queues deliver, buckets take versions, roles are assumed, groups of rules are searched."""
    written, seen = document
    with emulated(operation_seconds=0.0) as aws:
        read_kept(written, _zone(aws))
        aws.variables, aws.clock.now = aws.sandbox.variables(), seen["now"]
        inside = aws.execution(seen["account"])
        kms = aws.client("kms", inside)
        signed = kms.sign(KeyId=seen["key"], Message=b"x", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")
        assert kms.verify(
            KeyId=seen["key"],
            Message=b"x",
            Signature=signed["Signature"],
            SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
        )["SignatureValid"]
        sqs = aws.client("sqs", inside)
        assert sqs.receive_message(QueueUrl=seen["queues"][0])["Messages"][0]["Body"] == "hello"
        s3 = aws.client("s3", inside)
        s3.put_object(Bucket="kept-bucket", Key="versioned", Body=b"four")
        assert len(s3.list_object_versions(Bucket="kept-bucket", Prefix="versioned")["Versions"]) == 4
        groups = aws.client("ec2", inside).describe_security_groups(
            Filters=[{"Name": "group-name", "Values": ["kept"]}]
        )["SecurityGroups"]
        assert [group["GroupName"] for group in groups] == ["kept"]
        assert aws.vended("after", aws.unit("Workloads/Prod")) not in {one["Id"] for one in seen["accounts"]}


def test_work_under_way_goes_on() -> None:
    """A sandbox that ended in the middle of an account operation finishes it when it is there again."""
    with emulated() as aws:
        aws.provision("slow", unit=aws.unit("Workloads/Prod"))
        aws.clock.advance(SECONDS * 0.6)
        assert aws.described("slow")["Status"] == "UNDER_CHANGE"
        written, now = json.loads(json.dumps(write_kept(_zone(aws))[0])), aws.clock.now
    with emulated() as aws:
        read_kept(written, _zone(aws))
        aws.variables, aws.clock.now = aws.sandbox.variables(), now
        assert aws.described("slow")["Status"] == "UNDER_CHANGE"
        aws.clock.advance(SECONDS * 0.4)
        assert aws.described("slow")["Status"] == "AVAILABLE"
        record = aws.client("servicecatalog").describe_record(Id=aws.described("slow")["LastRecordId"])
        assert record["RecordDetail"]["Status"] == "SUCCEEDED"
        assert aws.client("servicecatalog").search_provisioned_products()["TotalResultsCount"] == 1


def test_account_states_of_vend_0_1_are_taken_over() -> None:
    """There a closed account was SUSPENDED for 90 days, and listed as CLOSED for ever after."""
    with emulated() as aws:
        closed, gone, suspended = (aws.created(name) for name in ("closed", "gone", "suspended"))
        zone = _zone(aws)
        for account_id, state in ((closed, "SUSPENDED"), (gone, "CLOSED"), (suspended, "SUSPENDED")):
            zone.organization.set_state(account_id, state)
        zone.accounts_api.closed_since[closed] = aws.clock.now
        written, now = json.loads(json.dumps(write_kept(zone)[0])), aws.clock.now
    assert {"closed", "closing", "suspended"} <= written["parts"]["AccountsApi"].keys()
    with emulated() as aws:
        aws.sandbox._front.restore({**written, "config": {}})
        aws.variables, aws.clock.now = aws.sandbox.variables(), now
        states = {one["name"]: one["state"] for one in aws.sandbox.status()["accounts"]}
        assert (states["closed"], states.get("gone"), states["suspended"]) == ("CLOSED", None, "SUSPENDED")
        aws.clock.advance(91 * 24 * 3600)
        assert closed not in {one["id"] for one in aws.sandbox.status()["accounts"]}


def test_sets_that_parts_share_stay_shared() -> None:
    """A unit that is registered after a restart is one to Account Factory too."""
    with emulated(operation_seconds=0.0) as aws:
        written = json.loads(json.dumps(write_kept(_zone(aws))[0]))
    with emulated(operation_seconds=0.0) as aws:
        zone = _zone(aws)
        read_kept(written, zone)
        assert zone.governance is zone.factory.governance is zone.control_tower._governance
        assert zone.governance.registered == {
            unit.id for unit in zone.organization.units() if unit.name not in {"Root", "Security"}
        }


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "subprocess:Popen",
        "vend.process:run",
        "vend.sandbox.server:_Control",
        "vend.sandbox:Anything",
        "vend.sandbox:ApiError",
        "vend.sandbox:Diagnostic",
        "moto.server:ThreadedMotoServer",
        "moto.core.exceptions:RESTError",
        "moto.batch.models:Job",
        "moto.s3.models:os",
        "moto.s3.models:tempfile.SpooledTemporaryFile",
        "moto.s3.models:FakeBucket.get_permission",
        "moto.no_such_service.models:Anything",
        "",
        None,
    ],
)
def test_a_file_names_classes_of_data_only(name: Any) -> None:
    """Nothing else of Python, of moto or of vend can be made from a state file, exceptions and threads least of all."""
    with pytest.raises(ValueError, match=r"state file may not name|not there any more"):
        Reader({"classes": [name], "objects": []}, {})


@pytest.mark.parametrize(
    "entry",
    [
        ["object", 0, {}, "too", "many", "parts"],
        ["object", 7, {}],
        ["list", [99]],
        ["list", ["call", "os.system", "true"]],
        ["list", ["named", "backend", "s3", "1", "aws"]],
        ["list", ["method", [0], "filter_x"]],
        ["list", ["enum", "moto.s3.models:FakeBucket", "x"]],
        ["list", ["pattern", "(", 0]],
        ["default", "os.system"],
        ["dict", 1],
        ["set", [0]],
        "text",
        None,
        7,
        [],
    ],
)
def test_a_damaged_table_is_refused(entry: Any) -> None:
    """Whatever stands in it, reading ends with an error that the caller takes for damage."""
    document = {"moto": {}, "parts": {}, "graph": {"classes": ["moto.s3.models:FakeBucket"], "objects": [entry]}}
    with emulated() as aws, pytest.raises(ValueError):  # noqa: PT011 — which error it was stands in its text, for people
        read_kept(document, _zone(aws))


def test_names_of_our_own_classes_are_good_for_one_class(document: tuple[Any, dict[str, Any]]) -> None:
    """A file names them without their module, so that they can move: no two classes in files have one name."""
    written, _ = document
    ours = [name for name in written["graph"]["classes"] if name.startswith("vend.")]
    assert {"vend.sandbox:Record", "vend.sandbox:Identity"} <= set(ours)
    assert all(name.startswith("vend.sandbox:") for name in ours)
    assert len(Reader({"classes": ours, "objects": []}, {})._classes) == len(ours)


def test_what_another_version_kept_otherwise_is_named(document: tuple[Any, dict[str, Any]]) -> None:
    """A part or an attribute that only the file, or only this vend, knows is as in a new sandbox, and is said."""
    written, _ = document
    parts = {**written["parts"], "Closing": {"_pending": {}}}
    parts["Catalog"] = {name: value for name, value in parts["Catalog"].items() if name != "path_id"}
    with emulated(operation_seconds=0.0) as aws:
        zone = _zone(aws)
        fresh = zone.catalog.path_id
        assert read_kept({**written, "parts": parts}, zone) == ["Catalog.path_id", "Closing._pending"]
        assert zone.catalog.path_id == fresh


def test_no_constructor_is_called() -> None:
    """An object comes into being without its class's own code."""
    from moto.s3.models import FakeGrantee

    reader = Reader({"classes": ["moto.s3.models:FakeGrantee"], "objects": [["object", 0, {"anything": 1}]]}, {})
    made = reader.read([0])
    assert type(made) is FakeGrantee
    assert vars(made) == {"anything": 1}


def test_what_cannot_be_kept_is_named_and_the_rest_is_kept() -> None:
    """A thread in a backend costs that attribute, which is named; the attributes beside it are kept."""
    import threading

    with emulated() as aws:
        from moto.sqs.models import sqs_backends

        aws.client("sqs").create_queue(QueueName="beside")
        sqs_backends["111111111111"]["eu-west-1"].worker = [threading.Thread()]
        written, lost = write_kept(_zone(aws))
    assert [str(one) for one in lost] == ["sqs in 111111111111, eu-west-1: worker (threading:Thread)"]
    kept = written["moto"]["sqs"]["accounts"]["111111111111"]["eu-west-1"]
    assert "queues" in kept
    assert "worker" not in kept


def test_a_part_that_keeps_what_is_no_data_is_a_mistake() -> None:
    """It is found when it is written, with the name of the part."""
    with emulated() as aws:
        from vend.sandbox.state._graph_classes import NotDataError

        zone = _zone(aws)
        zone.factory.records["x"] = lambda: None
        with pytest.raises(NotDataError, match="AccountFactory: builtins:function"):
            write_kept(zone)


def test_a_config_of_another_version_is_read() -> None:
    """Fields that a file does not have are as in a new sandbox."""
    assert SandboxConfig.from_json({"home_region": "eu-west-2", "unheard_of": 1}).home_region == "eu-west-2"


def _fill(aws: Emulated, account: str) -> None:
    """Something of each kind of object that moto holds."""
    inside = aws.execution(account)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})

    iam = aws.client("iam", inside)
    iam.create_role(RoleName="kept", AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName="kept", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    aws.client("kms", inside).create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    aws.client("acm", inside).request_certificate(DomainName="kept.example.com")
    sqs = aws.client("sqs", inside)
    sqs.send_message(QueueUrl=sqs.create_queue(QueueName="kept")["QueueUrl"], MessageBody="hello")
    s3 = aws.client("s3", inside)
    s3.create_bucket(Bucket="kept-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="kept-bucket", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two", b"\x00\xff"):
        s3.put_object(Bucket="kept-bucket", Key="versioned", Body=body)
    upload = s3.create_multipart_upload(Bucket="kept-bucket", Key="parts")["UploadId"]
    part = s3.upload_part(Bucket="kept-bucket", Key="parts", UploadId=upload, PartNumber=1, Body=b"z" * 100)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket="kept-bucket", Key="parts", UploadId=upload, MultipartUpload=parts)
    table = aws.client("dynamodb", inside)
    table.create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.put_item(TableName="kept", Item={"a": {"S": "x"}, "b": {"B": b"\x00"}, "n": {"N": "1.5"}})
    ec2 = aws.client("ec2", inside)
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")
    ec2.create_security_group(GroupName="kept", Description="d", VpcId=vpc)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", "def handler(event, context): pass")
    functions = aws.client("lambda", inside)
    functions.create_function(
        FunctionName="kept",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{account}:role/kept",
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    functions.publish_version(FunctionName="kept")
    functions.create_alias(FunctionName="kept", Name="live", FunctionVersion="1")
    aws.client("ssm", inside).put_parameter(Name="/kept", Value="v", Type="SecureString")
    aws.client("events", inside).put_rule(Name="kept", ScheduleExpression="rate(1 hour)")
    aws.client("account").put_contact_information(
        AccountId=account,
        ContactInformation={
            "FullName": "Kept",
            "AddressLine1": "1 Street",
            "City": "Dublin",
            "PostalCode": "D01",
            "CountryCode": "IE",
            "PhoneNumber": "+15550100",
        },
    )
    aws.client("account").enable_region(AccountId=account, RegionName="af-south-1")
    aws.client("organizations").tag_resource(ResourceId=account, Tags=[{"Key": "CostCenter", "Value": "4711"}])


def _look(aws: Emulated, account: str) -> dict[str, Any]:
    """What boto3 says of all that, without what differs from call to call."""
    inside = aws.execution(account)
    organizations, catalog = aws.client("organizations"), aws.client("servicecatalog")
    s3, functions = aws.client("s3", inside), aws.client("lambda", inside)
    kms = aws.client("kms", inside)
    instance = aws.client("sso-admin").list_instances()["Instances"][0]
    seen = {
        "account": account,
        "organization": organizations.describe_organization()["Organization"],
        "accounts": organizations.list_accounts()["Accounts"],
        "tags": organizations.list_tags_for_resource(ResourceId=account)["Tags"],
        "product": aws.product(),
        "products": catalog.search_provisioned_products()["ProvisionedProducts"],
        "records": catalog.list_record_history()["RecordDetails"],
        "baselines": aws.client("controltower").list_enabled_baselines(includeChildren=True)["enabledBaselines"],
        "contact": aws.client("account").get_contact_information(AccountId=account)["ContactInformation"],
        "region": aws.client("account").get_region_opt_status(AccountId=account, RegionName="af-south-1")[
            "RegionOptStatus"
        ],
        "groups": aws.client("identitystore").list_groups(IdentityStoreId=instance["IdentityStoreId"])["Groups"],
        "users": aws.client("identitystore").list_users(IdentityStoreId=instance["IdentityStoreId"])["Users"],
        "policies": aws.client("iam", inside).list_attached_role_policies(RoleName="kept")["AttachedPolicies"],
        "key": kms.list_keys()["Keys"][0]["KeyId"],
        "certificates": aws.client("acm", inside).list_certificates()["CertificateSummaryList"],
        "queues": aws.client("sqs", inside).list_queues()["QueueUrls"],
        "versions": s3.list_object_versions(Bucket="kept-bucket")["Versions"],
        "bytes": s3.get_object(Bucket="kept-bucket", Key="versioned")["Body"].read(),
        "parts": s3.get_object(Bucket="kept-bucket", Key="parts")["Body"].read(),
        "item": aws.client("dynamodb", inside).get_item(TableName="kept", Key={"a": {"S": "x"}})["Item"],
        "vpcs": aws.client("ec2", inside).describe_vpcs()["Vpcs"],
        "security_groups": aws.client("ec2", inside).describe_security_groups()["SecurityGroups"],
        "functions": functions.list_functions()["Functions"],
        "aliases": functions.list_aliases(FunctionName="kept")["Aliases"],
        "parameter": aws.client("ssm", inside).get_parameter(Name="/kept", WithDecryption=True)["Parameter"],
        "rules": aws.client("events", inside).list_rules()["Rules"],
        "state bucket": aws.client("s3").get_bucket_versioning(Bucket="example-vend-state")["Status"],
        "ledger": aws.client("dynamodb").describe_table(TableName="vend-ledger")["Table"]["TableStatus"],
    }
    return {name: _settled(value) for name, value in seen.items()}


def _settled(value: Any) -> Any:
    """Without the parts of an answer that are the answer's own."""
    return {k: v for k, v in value.items() if k != "ResponseMetadata"} if isinstance(value, dict) else value
