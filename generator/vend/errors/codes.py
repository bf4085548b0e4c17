"""Every diagnostic code, with one sentence on when it is given.

The reference page of diagnostics is generated from this table, and a test holds that no
other code is used anywhere. Sorted by code.
"""

from __future__ import annotations

CODES: dict[str, str] = {
    "access-denied": "AWS denied a call for want of permission.",
    "account-factory-not-found": "The home Region has no Account Factory product that the caller may launch.",
    "ambiguous-organizational-unit": "Several organizational units have the path that a request names.",
    "approval-needed": "An apply without `--auto-approve` has no terminal to ask on.",
    "aws-call-failed": "A call to AWS could not be made, or its answer could not be read.",
    "aws-refused": "AWS refused a call, for a reason that it names.",
    "aws-throttled": "AWS throttled a call for longer than vend tries again.",
    "aws-unreachable": "AWS did not answer: no network, a proxy in between, or a wrong endpoint.",
    "bad-usage": "The command line has an unknown command, option or value.",
    "control-tower-busy": "Control Tower or Service Catalog is at work on something that excludes the call.",
    "credentials-endpoint": "The loopback port through which Terraform gets its credentials could not be opened.",
    "credentials-expired": "The AWS credentials have expired.",
    "credentials-invalid": "AWS does not accept the credentials.",
    "fleet-frozen": "An apply was asked for while vend.hcl says `frozen = true`.",
    "internal-error": "vend met something that it did not foresee: a bug in vend.",
    "interrupted": "The user asked to stop, by Ctrl-C or a termination signal.",
    "ledger-busy": "Another process or machine kept the ledger from being written for too long.",
    "ledger-closed": "The ledger was used after it had been closed.",
    "ledger-damaged": "The ledger's file is damaged, or is a database of something else.",
    "ledger-missing": "The ledger's DynamoDB table does not exist.",
    "ledger-newer": "The ledger was written by a newer version of vend.",
    "ledger-unavailable": "The ledger cannot be read or written: permissions, space, or no answer.",
    "management-account-session": "The management account itself was to be customized or closed.",
    "no-active-artifact": "The Account Factory product has no active provisioning artifact.",
    "no-credentials": "No AWS credentials were found, or their source does not answer.",
    "no-launch-path": "The caller is not associated with the Account Factory portfolio.",
    "no-organization": "The caller's account belongs to no organization.",
    "not-approved": "The question whether to apply was not answered with yes.",
    "not-management-account": "The credentials lead to an account that is not the organization's management account.",
    "organizational-unit-is-root": "A request names the root of the organization.",
    "organizational-unit-name-differs": "A request gives a unit's id together with the name of another.",
    "program-not-found": "A program that should run is not there.",
    "program-not-startable": "A program is there but cannot be started: not executable, no interpreter, or no directory.",
    "role-not-assumed": "AWS denied assuming the vending role or an account's execution role.",
    "state-bucket-missing": "The S3 bucket for Terraform state does not exist.",
    "state-role-missing": "Customizations with S3 state need a vending role whose session can be narrowed.",
    "unknown-organizational-unit": "A request names an organizational unit that does not exist.",
    "wrong-organization": "The credentials lead to another organization or management account than vend.hcl pins.",
}
