"""The parts of a review that are published to a forge, and the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vend.codec import JsonDocument, hidden
from vend.errors import Diagnostic

AnnotationLevel = Literal["notice", "warning", "failure"]
Conclusion = Literal["success", "action_required", "failure"]
PublishedPart = Literal["summary", "comment", "check", "labels"]
PublishedStatus = Literal["created", "updated", "unchanged", "skipped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark beside a line of a file, in a check run.

    Attributes:
        path: of the file, from the top of the repository.
        line: 1-based.
        columns: of the first and the last character on that line, 1-based; None where that is not known.
        title: 255 characters at most.
        message: plain text; 64 KB at most.
    """

    path: str
    line: int
    level: AnnotationLevel
    title: str
    message: str
    columns: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """A check of a commit that is done.

    Attributes:
        name: by which branch protection knows it.
        title: its verdict on one line.
        summary: Markdown, 65,535 bytes at most.
        text: more Markdown; empty where there is no more.
        annotations: any number; the most important first.
        details_url: where there is more; None where there is no such place.
        external_id: what it is about: the change set's digest.
    """

    name: str
    conclusion: Conclusion
    title: str
    summary: str
    text: str = ""
    annotations: tuple[Annotation, ...] = ()
    details_url: str | None = None
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label of a pull request.

    Attributes:
        name: 50 characters at most.
        color: six hexadecimal digits.
        description: 100 characters at most.
    """

    name: str
    color: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Everything of one review that a forge is given.

    Attributes:
        comment: Markdown that begins with a marker.
        markers: how an earlier comment that this one takes the place of begins; the first that is found counts.
        labels: those that the pull request shall have.
        owned: names of all labels that are ours to take away; no other is touched.
        newest_only: whether comment and labels are only for the pull request's newest commit.
    """

    comment: str
    markers: tuple[str, ...]
    check: CheckRun
    labels: tuple[Label, ...] = ()
    owned: frozenset[str] = frozenset()
    newest_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(JsonDocument):
    """What came of one part of a publication.

    Attributes:
        url: where it is to be seen.
        note: why it was skipped, or what was done besides.
        diagnostics: why it failed.
    """

    part: PublishedPart
    status: PublishedStatus
    url: str | None = None
    note: str | None = None
    diagnostics: tuple[Diagnostic, ...] = field(default=(), metadata=hidden())
