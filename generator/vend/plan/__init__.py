"""What is going to happen, and what may be shown of it.

`Plan` holds raw values, secrets among them; `Review` is what every form of it for people and programs is made
from, with everything sensitive masked. `vend.review` makes the one from the other.
"""

from vend.plan._changes import (
    CHANGING,
    AccountAction,
    AccountPlan,
    AttributeChange,
    AttributeKind,
    ChangeAction,
    Controls,
    Counts,
    Operation,
    Plan,
    ResourceChange,
    Selection,
    StagePlan,
    StageState,
    Subject,
    TerraformCounts,
)
from vend.plan._policy import PolicyResult, PolicySeverity
from vend.plan._review import (
    AccountReview,
    Review,
    ReviewedChange,
    Risk,
    RiskLevel,
    SemanticChange,
    StageReview,
    Topic,
    UnchangedAttribute,
    Verdict,
)

__all__ = [
    "CHANGING",
    "AccountAction",
    "AccountPlan",
    "AccountReview",
    "AttributeChange",
    "AttributeKind",
    "ChangeAction",
    "Controls",
    "Counts",
    "Operation",
    "Plan",
    "PolicyResult",
    "PolicySeverity",
    "ResourceChange",
    "Review",
    "ReviewedChange",
    "Risk",
    "RiskLevel",
    "Selection",
    "SemanticChange",
    "StagePlan",
    "StageReview",
    "StageState",
    "Subject",
    "TerraformCounts",
    "Topic",
    "UnchangedAttribute",
    "Verdict",
]
