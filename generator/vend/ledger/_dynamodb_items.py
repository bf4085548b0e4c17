"""Items of one DynamoDB table; what goes wrong with it is a LedgerError."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from vend.errors import Diagnostic, LedgerError

Item = dict[str, dict[str, Any]]
"""As botocore takes it: `{"name": {"S": "value"}}`."""


def key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def text(item: Mapping[str, Mapping[str, Any]], name: str) -> str:
    return str(item.get(name, {}).get("S", ""))


class Items:
    """The items of a table with the string keys `pk` and `sk`; every method raises LedgerError.

    Args:
        client: a botocore client of DynamoDB.
        table: its name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, pk: str, sk: str) -> Item | None:
        """An item as it is now; None where there is none."""
        with self._translated("reading the ledger"):
            answer = self._client.get_item(TableName=self._table, Key=key(pk, sk), ConsistentRead=True)
        return cast("Item | None", answer.get("Item"))

    def put(self, item: Item, condition: str | None = None, values: Item | None = None) -> bool:
        """Writes an item in the place of what is there; False where the condition on that does not hold."""
        return self._write(self._client.put_item, condition, values, Item=item)

    def delete(self, pk: str, sk: str, condition: str | None = None, values: Item | None = None) -> bool:
        """Deletes an item; False where the condition on it does not hold."""
        return self._write(self._client.delete_item, condition, values, Key=key(pk, sk))

    def update(
        self, pk: str, sk: str, attributes: Item, condition: str | None = None, values: Item | None = None
    ) -> bool:
        """Sets attributes of an item; its others stay. False where the condition on it does not hold."""
        names = {f"#{number}": name for number, name in enumerate(attributes)}
        return self._write(
            self._client.update_item,
            condition,
            {**(values or {}), **{f":{number}": value for number, value in enumerate(attributes.values())}},
            Key=key(pk, sk),
            UpdateExpression="SET " + ", ".join(f"{name} = :{name[1:]}" for name in names),
            ExpressionAttributeNames=names,
        )

    def query(self, pk: str, begins: str = "", *, newest_first: bool = False) -> Iterator[Item]:
        """The items under a key, in the order of `sk`.

        Args:
            pk: the key.
            begins: only those whose `sk` begins so.
            newest_first: in the opposite order.
        """
        condition = "pk = :pk" + (" AND begins_with(sk, :begins)" if begins else "")
        values = {":pk": {"S": pk}, **({":begins": {"S": begins}} if begins else {})}
        arguments: dict[str, Any] = {}
        while True:
            with self._translated("reading the ledger"):
                page = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression=condition,
                    ExpressionAttributeValues=values,
                    ConsistentRead=True,
                    ScanIndexForward=not newest_first,
                    **arguments,
                )
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            arguments = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _write(self, call: Callable[..., Any], condition: str | None, values: Item | None, **arguments: Any) -> bool:
        if condition:
            arguments["ConditionExpression"] = condition
        if values:
            arguments["ExpressionAttributeValues"] = values
        with self._translated("writing to the ledger"):
            try:
                call(TableName=self._table, **arguments)
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
            else:
                return True

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            raise LedgerError(_refused(self._table, doing, error)) from error
        except BotoCoreError as error:
            raise LedgerError(_unavailable(self._table, doing, str(error))) from error


def _refused(table: str, doing: str, error: Any) -> Diagnostic:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code == "ResourceNotFoundException":
        return Diagnostic(
            code="ledger-missing",
            summary=f'the ledger table "{table}" does not exist',
            detail=f"{doing}: DynamoDB answered {code}",
            hint="create it (modules/foundation does this), or correct `ledger` in vend.hcl",
        )
    return _unavailable(table, doing, f"{code}: {error.response.get('Error', {}).get('Message', '')}")


def _unavailable(table: str, doing: str, why: str) -> Diagnostic:
    return Diagnostic(
        code="ledger-unavailable",
        summary="the ledger cannot be read or written",
        detail=f"{doing} in DynamoDB table {table}: {why}",
        hint="check that the vending role may use the table, then run the command again: it resumes",
    )
