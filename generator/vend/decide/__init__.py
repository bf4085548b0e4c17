"""From what is wanted and what exists to one action: a pure function and its table."""

from vend.decide._decide import Decision, decide, due_stages, needs_state, refine
from vend.decide._departed import decide_departed
from vend.decide._operations import PRODUCT_TYPE, send_parameters, tag_operation
from vend.decide._refusals import stage_too_early
from vend.decide._situation import Departed, ProductState, Situation
from vend.decide._table import DIMENSIONS, ROWS, Row, coverage

__all__ = [
    "DIMENSIONS",
    "PRODUCT_TYPE",
    "ROWS",
    "Decision",
    "Departed",
    "ProductState",
    "Row",
    "Situation",
    "coverage",
    "decide",
    "decide_departed",
    "due_stages",
    "needs_state",
    "refine",
    "send_parameters",
    "stage_too_early",
    "tag_operation",
]
