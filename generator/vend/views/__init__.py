"""The only printer: what commands answer, what happens meanwhile, and what is wrong.

`View` is one interface with a form for people, one for programs and one for GitHub Actions. What a
command answers is a `Document`, built by a pure function from values.
"""

from vend.views._board import Board, LineBoard, LiveBoard
from vend.views._check import CHECK_LIMIT, MOST_ANNOTATIONS, CheckOptions, check_run
from vend.views._comment import COMMENT_LIMIT, CommentOptions, comment, comment_marker, frozen_marker
from vend.views._diagnostics import annotation, diagnostic_lines
from vend.views._document import (
    Document,
    explanation_document,
    failure_document,
    origins_document,
    outcome_document,
    requests_document,
    validation_document,
)
from vend.views._edit import diff_lines, edit_document
from vend.views._events import belongs_to, event_name, phase, told
from vend.views._excerpt import Sources, no_sources
from vend.views._holds import hold_sentences, unlocked_document
from vend.views._html import report
from vend.views._markup import is_address
from vend.views._plan import plan_document, policy_lines
from vend.views._publication import SUMMARY_LIMIT, publication, step_summary
from vend.views._published import published_document
from vend.views._report import report_document
from vend.views._sandbox import faults_document, sandbox_document
from vend.views._sarif import SarifTool, sarif_log
from vend.views._status import history_document, status_document
from vend.views._text import Line, Span, columns, line, neutralized, plain
from vend.views._views import GithubView, HumanView, JsonView, PageView, SarifView, View

__all__ = [
    "CHECK_LIMIT",
    "COMMENT_LIMIT",
    "MOST_ANNOTATIONS",
    "SUMMARY_LIMIT",
    "Board",
    "CheckOptions",
    "CommentOptions",
    "Document",
    "GithubView",
    "HumanView",
    "JsonView",
    "Line",
    "LineBoard",
    "LiveBoard",
    "PageView",
    "SarifTool",
    "SarifView",
    "Sources",
    "Span",
    "View",
    "annotation",
    "belongs_to",
    "check_run",
    "columns",
    "comment",
    "comment_marker",
    "diagnostic_lines",
    "diff_lines",
    "edit_document",
    "event_name",
    "explanation_document",
    "failure_document",
    "faults_document",
    "frozen_marker",
    "history_document",
    "hold_sentences",
    "is_address",
    "line",
    "neutralized",
    "no_sources",
    "origins_document",
    "outcome_document",
    "phase",
    "plain",
    "plan_document",
    "policy_lines",
    "publication",
    "published_document",
    "report",
    "report_document",
    "requests_document",
    "sandbox_document",
    "sarif_log",
    "status_document",
    "step_summary",
    "told",
    "unlocked_document",
    "validation_document",
]
