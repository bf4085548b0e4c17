"""What a reviewer sees: the change set, its digest, and what is refused."""

from vend.review._attributes import attribute_changes
from vend.review._digest import digest, operation_token, stage_digest
from vend.review._guard import refuse_ending_accounts, refuse_unreviewed
from vend.review._masking import Masking
from vend.review._reviewed import review_of

__all__ = [
    "Masking",
    "attribute_changes",
    "digest",
    "operation_token",
    "refuse_ending_accounts",
    "refuse_unreviewed",
    "review_of",
    "stage_digest",
]
