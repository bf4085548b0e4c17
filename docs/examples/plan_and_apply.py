"""Plans a fleet, shows the plan, applies it, and shows what became of each account.

Run it in a fleet: `vend sandbox run -- python plan_and_apply.py` tries it without AWS.
"""

import sys

import vend

try:
    fleet = vend.load_fleet()
except vend.InvalidInputError as error:
    sys.exit("\n".join(f"{problem.file}:{problem.line}: {problem.summary}" for problem in error.diagnostics))
print(f"{len(fleet.requests)} account requests in {fleet.settings.name}")

with vend.open_workspace(fleet) as workspace:
    plan = workspace.plan()
    print(vend.show(workspace.review(plan)))
    if plan.pending:
        report = workspace.apply(plan)
        for result in report.results:
            print(f"{result.account}: {result.status} {result.account_id}")
    for account in workspace.status().accounts:
        print(f"{account.account} is in {account.organizational_unit}")
