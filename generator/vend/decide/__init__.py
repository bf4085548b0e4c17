"""From what is wanted and what exists to one action: a pure function and its table."""

from vend.decide._decide import (
    PRODUCT_TYPE,
    Decision,
    decide,
    due_stages,
    needs_state,
    refine,
    send_parameters,
    tag_operation,
)
from vend.decide._refusals import stage_too_early
from vend.decide._situation import ProductState, Situation

__all__ = [
    "PRODUCT_TYPE",
    "Decision",
    "ProductState",
    "Situation",
    "decide",
    "due_stages",
    "needs_state",
    "refine",
    "send_parameters",
    "stage_too_early",
    "tag_operation",
]
