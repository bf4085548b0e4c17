"""Service Catalog around Account Factory: who finds what, by which name, on which page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, VENDING_ROLE, Emulated, emulated

pytestmark = pytest.mark.sandbox


@pytest.fixture
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    """Code and text of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_caller_outside_the_portfolio_finds_nothing(aws: Emulated) -> None:
    """Launch paths depend on the caller's role being associated with the portfolio."""
    import json

    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "sts:AssumeRole"}
    role = aws.client("iam").create_role(
        RoleName="stranger", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    stranger = aws.client("servicecatalog", aws.assume(role))
    product = aws.product()
    assert stranger.search_products()["ProductViewSummaries"] == []
    assert len(stranger.search_products_as_admin()["ProductViewDetails"]) == 1
    code, text = refused(stranger.list_launch_paths, ProductId=product["ProductId"])
    assert (code, text) == (
        "ResourceNotFoundException",
        f"No launch paths found for resource: {product['ProductId']}",
    )
    portfolio = aws.client("servicecatalog").list_portfolios()["PortfolioDetails"][0]["Id"]
    aws.client("servicecatalog").associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN=role, PrincipalType="IAM"
    )
    assert stranger.list_launch_paths(ProductId=product["ProductId"])["LaunchPathSummaries"][0]["Id"].startswith(
        "lpv2-"
    )
    vending = aws.client("servicecatalog", aws.assume(VENDING_ROLE))
    assert len(vending.search_products()["ProductViewSummaries"]) == 1


def test_a_pattern_of_principals_has_no_account(aws: Emulated) -> None:
    """IAM_PATTERN names roles by wildcard."""
    import json

    trust = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:*"}
    role = aws.client("iam").create_role(
        RoleName="team-a",
        Path="/teams/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust}),
    )["Role"]["Arn"]
    catalog = aws.client("servicecatalog")
    catalog.associate_principal_with_portfolio(
        PortfolioId=catalog.list_portfolios()["PortfolioDetails"][0]["Id"],
        PrincipalARN="arn:aws:iam:::role/teams/team-*",
        PrincipalType="IAM_PATTERN",
    )
    assert len(aws.client("servicecatalog", aws.assume(role)).search_products()["ProductViewSummaries"]) == 1


def test_other_regions_and_accounts_have_no_product(aws: Emulated) -> None:
    """The product lives in the home Region of the management account alone (AFT#285)."""
    assert aws.client("servicecatalog", region="us-east-1").search_products()["ProductViewSummaries"] == []
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    member = aws.client("servicecatalog", aws.execution(account_id))
    assert member.search_products_as_admin()["ProductViewDetails"] == []
    describe = aws.client("servicecatalog", region="us-east-1").describe_product_as_admin
    assert refused(describe, Name="AWS Control Tower Account Factory") == (
        "ResourceNotFoundException",
        "Product with name AWS Control Tower Account Factory not found",
    )


def test_searches_find_by_field_and_page(aws: Emulated) -> None:
    """`physicalId:`, `name:`, `status:` and `type:`, several of them together, page by page."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    aws.vended("search", aws.unit("Workloads/Test"))
    catalog = aws.client("servicecatalog")
    everyone = {"Key": "Account", "Value": "self"}

    def names(*queries: str) -> list[str]:
        found = catalog.search_provisioned_products(
            AccessLevelFilter=everyone, Filters={"SearchQuery": list(queries)}, SortBy="name"
        )
        return [product["Name"] for product in found["ProvisionedProducts"]]

    assert names("type:CONTROL_TOWER_ACCOUNT") == ["payments", "search"]
    assert names(f"physicalId:{account_id}") == ["payments"]
    assert names("name:search", "status:AVAILABLE") == ["search"]
    assert names("status:ERROR") == []
    first = catalog.search_provisioned_products(AccessLevelFilter=everyone, PageSize=1)
    second = catalog.search_provisioned_products(
        AccessLevelFilter=everyone, PageSize=1, PageToken=first["NextPageToken"]
    )
    assert first["TotalResultsCount"] == 2
    assert "NextPageToken" not in second
    assert first["ProvisionedProducts"][0]["PhysicalId"] == account_id


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("describe_product", {"Id": "prod-missing"}, "ResourceNotFoundException"),
        ("describe_product", {}, "InvalidParametersException"),
        ("describe_product_as_admin", {"Name": "Other"}, "ResourceNotFoundException"),
        ("describe_portfolio", {"Id": "port-missing"}, "ResourceNotFoundException"),
        ("list_provisioning_artifacts", {"ProductId": "prod-missing"}, "ResourceNotFoundException"),
        ("describe_record", {"Id": "rec-missing"}, "ResourceNotFoundException"),
        ("describe_provisioned_product", {}, "InvalidParametersException"),
        ("describe_provisioned_product", {"Id": "pp-missing"}, "ResourceNotFoundException"),
        (
            "terminate_provisioned_product",
            {"ProvisionedProductName": "x", "TerminateToken": "t"},
            "ResourceNotFoundException",
        ),
        ("list_record_history", {"SearchFilter": {"Key": "odd", "Value": "x"}}, "InvalidParametersException"),
        ("search_provisioned_products", {"SortBy": "odd"}, "InvalidParametersException"),
    ],
)
def test_what_does_not_exist_is_refused(aws: Emulated, operation: str, arguments: dict[str, Any], code: str) -> None:
    """Each with the error that its model has."""
    assert refused(getattr(aws.client("servicecatalog"), operation), **arguments)[0] == code


def test_names_do_as_well_as_ids(aws: Emulated) -> None:
    """Product, artifact and path by name; records by product."""
    product, artifact = "AWS Control Tower Account Factory", "AWS Control Tower Account Factory"
    values = {
        "AccountName": "a",
        "AccountEmail": "a@example.com",
        "SSOUserEmail": "g@example.com",
        "SSOUserFirstName": "G",
        "SSOUserLastName": "H",
        "ManagedOrganizationalUnit": "Workloads",
    }
    catalog = aws.client("servicecatalog")
    made = catalog.provision_product(
        ProductName=product,
        ProvisioningArtifactName=artifact,
        PathName="AWS Control Tower Account Factory Portfolio",
        ProvisionedProductName="a",
        ProvisionToken="t",
        ProvisioningParameters=[{"Key": key, "Value": value} for key, value in values.items()],
        Tags=[{"Key": "Team", "Value": "A"}],
    )["RecordDetail"]
    assert made["RecordTags"] == [{"Key": "Team", "Value": "A"}]
    search = {"Key": "provisionedproduct", "Value": made["ProvisionedProductId"]}
    found = catalog.list_record_history(SearchFilter=search)["RecordDetails"]
    assert [record["RecordId"] for record in found] == [made["RecordId"]]
    other = catalog.list_record_history(SearchFilter={"Key": "product", "Value": "prod-other"})
    assert other["RecordDetails"] == []


def test_who_sees_which_product(aws: Emulated) -> None:
    """By user, by role, or all of the account."""
    aws.provision("payments", unit="Workloads")
    catalog = aws.client("servicecatalog", aws.assume(VENDING_ROLE))

    def count(level: str) -> int:
        found = catalog.scan_provisioned_products(AccessLevelFilter={"Key": level, "Value": "self"})
        return len(found["ProvisionedProducts"])

    assert [count(level) for level in ("Account", "Role", "User")] == [1, 0, 0]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"FullTextSearch": ["Account Factory"]}, 1),
        ({"FullTextSearch": ["something else"]}, 0),
        ({"Owner": ["AWS Control Tower"]}, 1),
        ({"Owner": ["Somebody"]}, 0),
    ],
)
def test_products_are_filtered(aws: Emulated, filters: dict[str, list[str]], found: int) -> None:
    """By words and by owner."""
    assert len(aws.client("servicecatalog").search_products(Filters=filters)["ProductViewSummaries"]) == found


def test_a_bare_word_searches_every_field(aws: Emulated) -> None:
    """A field that does not exist is refused."""
    aws.vended("payments", aws.unit("Workloads/Prod"))
    search = aws.client("servicecatalog").search_provisioned_products
    everyone = {"Key": "Account", "Value": "self"}
    found = search(AccessLevelFilter=everyone, Filters={"SearchQuery": ["payments"]})
    assert found["TotalResultsCount"] == 1
    bad = {"AccessLevelFilter": everyone, "Filters": {"SearchQuery": ["odd:x"]}}
    assert refused(search, **bad)[0] == "InvalidParametersException"


def test_a_running_product_has_what_was_seen_of_a_real_one(aws: Emulated) -> None:
    """Members of DescribeProvisionedProduct and of the record, before and after (AFT#161)."""
    record = aws.provision("payments", unit=aws.unit("Workloads/Prod"))
    assert list(record) == [
        "RecordId",
        "ProvisionedProductName",
        "Status",
        "CreatedTime",
        "UpdatedTime",
        "ProvisionedProductType",
        "RecordType",
        "ProvisionedProductId",
        "ProductId",
        "ProvisioningArtifactId",
        "PathId",
        "RecordErrors",
        "RecordTags",
    ]
    running = aws.described("payments")
    assert list(running) == [
        "Name",
        "Arn",
        "Type",
        "Id",
        "Status",
        "CreatedTime",
        "IdempotencyToken",
        "LastRecordId",
        "LastProvisioningRecordId",
        "ProductId",
        "ProvisioningArtifactId",
    ]
    assert running["Arn"] == f"arn:aws:servicecatalog:eu-west-1:111111111111:stack/payments/{running['Id']}"
    catalog = aws.client("servicecatalog")
    (listed,) = catalog.search_provisioned_products()["ProvisionedProducts"]
    assert "PhysicalId" not in listed
    aws.clock.advance(SECONDS)
    assert aws.described("payments").keys() - running.keys() == {"LastSuccessfulProvisioningRecordId"}
    (listed,) = catalog.search_provisioned_products()["ProvisionedProducts"]
    assert listed["PhysicalId"].isdigit()


def test_a_thing_is_named_once(aws: Emulated) -> None:
    """By id or by name, never both; a product also by its ARN."""
    aws.vended("payments", aws.unit("Workloads/Prod"))
    catalog, product = aws.client("servicecatalog"), aws.product()
    detail = aws.described("payments")
    code, text = refused(catalog.describe_provisioned_product, Id=detail["Id"], Name="payments")
    assert (code, "but not both" in text) == ("InvalidParametersException", True)
    name = "AWS Control Tower Account Factory"
    for arguments in (
        {"ProductName": name},
        {"ProvisioningArtifactName": name},
        {"PathName": "AWS Control Tower Account Factory Portfolio"},
    ):
        call = {**product, **arguments}
        assert refused(catalog.describe_provisioning_parameters, **call)[0] == "InvalidParametersException"
    again = catalog.update_provisioned_product(
        ProvisionedProductName=detail["Arn"], PathId=product["PathId"], UpdateToken="u"
    )["RecordDetail"]
    assert again["ProvisionedProductId"] == detail["Id"]


def test_what_does_not_fit_the_model_is_refused_in_its_words(aws: Emulated) -> None:
    """A page too large, a name with blanks: the text of AWS's service framework."""
    catalog = aws.client("servicecatalog")
    said = (
        "1 validation error detected: Value '21' at 'pageSize' failed to satisfy constraint: "
        "Member must have value less than or equal to 20"
    )
    assert refused(catalog.list_record_history, PageSize=21) == ("ValidationException", said)
    call = {**aws.product(), "ProvisionedProductName": "two words", "ProvisionToken": "t"}
    code, text = refused(catalog.provision_product, **call)
    assert (code, "at 'provisionedProductName' failed to satisfy constraint" in text) == ("ValidationException", True)


def test_every_list_comes_in_pages(aws: Emulated) -> None:
    """Portfolios of one's own beside Account Factory's; principals; records; products."""
    catalog = aws.client("servicecatalog")
    own = catalog.create_portfolio(DisplayName="Own", ProviderName="Us", IdempotencyToken="t")["PortfolioDetail"]["Id"]
    first = catalog.list_portfolios(PageSize=1)
    second = catalog.list_portfolios(PageSize=1, PageToken=first["NextPageToken"])
    assert "NextPageToken" not in second
    assert [one["PortfolioDetails"][0]["DisplayName"] for one in (first, second)] == [
        "AWS Control Tower Account Factory Portfolio",
        "Own",
    ]
    assert catalog.describe_portfolio(Id=own)["PortfolioDetail"]["DisplayName"] == "Own"
    portfolio = first["PortfolioDetails"][0]["Id"]
    pages = catalog.get_paginator("list_principals_for_portfolio").paginate(PortfolioId=portfolio, PageSize=1)
    principals = [one["PrincipalARN"] for page in pages for one in page["Principals"]]
    assert principals == sorted(principals)
    assert VENDING_ROLE in principals
    for number in range(3):
        aws.provision(f"record-{number}", unit="Sandbox")
    pages = catalog.get_paginator("list_record_history").paginate(PageSize=2)
    assert len([one for page in pages for one in page["RecordDetails"]]) == 3
    pages = catalog.get_paginator("scan_provisioned_products").paginate(PageSize=2)
    assert [one["Name"] for page in pages for one in page["ProvisionedProducts"]] == [
        "record-0",
        "record-1",
        "record-2",
    ]


def test_only_principals_that_exist_are_associated(aws: Emulated) -> None:
    """Users, roles, groups by their ARN; patterns only without an account, ten of them; a group lets its users in."""
    catalog, iam = aws.client("servicecatalog"), aws.client("iam")
    portfolio = catalog.list_portfolios()["PortfolioDetails"][0]["Id"]

    def associate(arn: str, kind: str = "IAM") -> None:
        catalog.associate_principal_with_portfolio(PortfolioId=portfolio, PrincipalARN=arn, PrincipalType=kind)

    iam.create_user(UserName="ada")
    group = iam.create_group(GroupName="builders")["Group"]["Arn"]
    iam.add_user_to_group(GroupName="builders", UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    ada = aws.client("servicecatalog", {"AccessKeyId": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]})
    assert ada.search_products()["ProductViewSummaries"] == []
    associate(group)
    assert len(ada.search_products()["ProductViewSummaries"]) == 1
    missing = {"PortfolioId": portfolio, "PrincipalARN": "arn:aws:iam::111111111111:role/missing"}
    assert refused(catalog.associate_principal_with_portfolio, **missing, PrincipalType="IAM")[0] == (
        "InvalidParametersException"
    )
    assert refused(catalog.associate_principal_with_portfolio, **missing, PrincipalType="IAM_PATTERN")[0] == (
        "InvalidParametersException"
    )
    for number in range(10):
        associate(f"arn:aws:iam:::role/team-{number}-*", "IAM_PATTERN")
    one_more = {"PortfolioId": portfolio, "PrincipalARN": "arn:aws:iam:::role/*", "PrincipalType": "IAM_PATTERN"}
    assert refused(catalog.associate_principal_with_portfolio, **one_more)[0] == "LimitExceededException"


def test_notification_arns_spoil_a_product(aws: Emulated) -> None:
    """Account Factory cannot take them (user guide, troubleshooting): accepted, later ERROR."""
    call = {
        **aws.product(),
        "ProvisionedProductName": "told",
        "ProvisionToken": "t",
        "NotificationArns": ["arn:aws:sns:eu-west-1:111111111111:topic"],
        "ProvisioningParameters": [
            {"Key": key, "Value": value}
            for key, value in {
                "AccountName": "told",
                "AccountEmail": "told@example.com",
                "SSOUserEmail": "grace@example.com",
                "SSOUserFirstName": "Grace",
                "SSOUserLastName": "Hopper",
                "ManagedOrganizationalUnit": "Sandbox",
            }.items()
        ],
    }
    assert aws.client("servicecatalog").provision_product(**call)["RecordDetail"]["Status"] == "CREATED"
    aws.clock.advance(SECONDS)
    assert aws.described("told")["Status"] == "ERROR"


def test_a_product_is_found_by_its_tags(aws: Emulated) -> None:
    """Key or value; sorting goes by the four keys that AWS names."""
    catalog = aws.client("servicecatalog")
    for name, value in (("b", "4711"), ("a", "4712")):
        call = {**aws.product(), "ProvisionedProductName": name, "ProvisionToken": name}
        parameters = {
            "AccountName": name,
            "AccountEmail": f"{name}@example.com",
            "SSOUserEmail": "grace@example.com",
            "SSOUserFirstName": "Grace",
            "SSOUserLastName": "Hopper",
            "ManagedOrganizationalUnit": "Sandbox",
        }
        catalog.provision_product(
            **call,
            Tags=[{"Key": "CostCenter", "Value": value}],
            ProvisioningParameters=[{"Key": key, "Value": item} for key, item in parameters.items()],
        )

    def names(**arguments: Any) -> list[str]:
        found = catalog.search_provisioned_products(**arguments)["ProvisionedProducts"]
        return [one["Name"] for one in found]

    assert names(Filters={"SearchQuery": ["tags:4711"]}) == ["b"]
    assert names(Filters={"SearchQuery": ["tags:CostCenter"]}, SortBy="name") == ["a", "b"]
    assert names(SortBy="name", SortOrder="DESCENDING") == ["b", "a"]
    code, text = refused(catalog.search_provisioned_products, SortBy="status")
    assert (code, "arn, id, name, lastrecordid" in text) == ("InvalidParametersException", True)
