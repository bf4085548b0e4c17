"""Adds an account request for each row of a table, and vends exactly those accounts.

`python vend_from_table.py accounts.csv`: the columns are `account` and fields as `vend set` takes them, such as
`email`, `organizational_unit` or `tags.CostCenter`. Rows whose account exists already are left alone.
"""

import csv
import sys
from pathlib import Path

import vend


def main(table: Path) -> int:
    """Edits the requests, then plans and applies the new ones; gives the exit code."""
    known = {request.account for request in vend.load_fleet().requests}
    editor = vend.edit_requests()
    added = []
    with table.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            account = row.pop("account")
            if account not in known:
                editor.add(account, {name: value for name, value in row.items() if value}).save()
                added.append(account)
    if not added:
        print("nothing to add")
        return 0
    with vend.open_workspace(vend.load_fleet()) as workspace:
        report = workspace.apply(workspace.plan(added))
    for result in report.results:
        print(f"{result.account}: {result.status}")
        for stage in result.stages:
            for problem in stage.diagnostics:
                print(f"  {problem.summary}", file=sys.stderr)
    return 0 if report.status == "succeeded" else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
