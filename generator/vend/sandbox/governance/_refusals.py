"""Why Control Tower refuses an account operation, in AWS's words."""

from __future__ import annotations

TOO_MANY = (
    "Account Factory cannot complete an operation on this account, because the allowed maximum of {limit} concurrent "
    "account operations is exceeded. Try again later."
)
OTHER_OPERATION = (
    "Account Factory cannot complete an operation on this account, because another AWS Control Tower operation is in "
    "progress. Try again later."
)
NOT_ENROLLED = "The parent organizational unit '{unit}' is not enrolled in AWS Control Tower."
CANNOT_ASSUME = "AWSControlTowerExecution role can't be assumed on the account."
COULD_NOT_ENROLL = "AWS Control Tower could not enroll your account for the following reason: "
EMAIL_IN_USE = (
    "AWS Control Tower cannot create an account because the email address {email} is associated with another account."
)
TOO_MANY_ACCOUNTS = (
    "AWS Control Tower cannot create an account because you have reached the limit on the number of accounts in your "
    "organization."
)
STACK_SET_FAILED = (
    "AWS Control Tower failed to deploy one or more stack set instances: StackSet Id: "
    "AWSControlTowerBP-VPC-ACCOUNT-FACTORY-V1"
)
NOTIFIES = "AWS Control Tower Account Factory does not support notification ARNs."
ACCOUNT_LEFT = (
    "AWS Control Tower has detected that the managed account {account_id} has been removed from the organization."
)
UNCHANGEABLE = "AWS Control Tower cannot change {parameter} of an account that exists."


class RefusedOperationError(Exception):
    """Control Tower refuses an operation that it had accepted: code and text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
